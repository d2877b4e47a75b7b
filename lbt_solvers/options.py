"""The settings that teach, examine and select share, checked once and named by a near match when mistyped.

    settings_of({"prompt": "paper", "student_config": {"temperature": 0.2}})

Sampling parameters come from three places, the later wins: the paper's defaults (appendices A.1 and B.1), the
model's own configuration (`--temperature`, or `--model-role 'student={model: m, temperature: 0.2}'`), and
`teacher_config` / `student_config` given here.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Protocol

from inspect_ai.model import GenerateConfig, Model
from inspect_ai.solver import TaskState
from pydantic import ValidationError

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.kinds import AUTO, answer_kind, name_of
from lbt_solvers.checks import at_least, needed
from lbt_solvers.conversation import asks_for_several
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.generation import Caller
from lbt_solvers.near_match import check_known, did_you_mean
from lbt_solvers.prompts import PromptFormat, load_prompt
from lbt_solvers.stopwatch import Stopwatch

_NAMED = (
    "exam", "rationales", "rule", "bank", "items", "repetitions", "exam_options", "plans", "control", "greedy",
    "answers", "answer_options", "debug_rounds", "debug", "budget", "max_replies", "budget_options", "stop_sampling",
    "exam_kind", "kind_options", "also_examine", "confidence",
)  # fmt: skip
"""Options of `learn_by_teaching` besides these, for near matches."""

PAPER_SAMPLING = GenerateConfig(temperature=0.7)


class Sample(Protocol):
    """What calls are named by; Inspect's `TaskState` is one."""

    @property
    def sample_id(self) -> int | str:
        """Of the problem."""
        ...

    @property
    def epoch(self) -> int:
        """From 1."""
        ...


@dataclass(frozen=True)
class Settings:
    """Shared settings; every field is an option of `learn_by_teaching` and of its stages."""

    prompt: str | PromptFormat = "chat"
    """`chat`, `paper`, `code`, `paper_code`, a YAML file with a prompt format, or the format itself."""
    seed: int | None = 0
    """Seeds every call by problem, role and position; `None` sends no seeds."""
    cache: bool = True
    """Keep every reply in Inspect's cache, so that a killed run repeats no call."""
    choices_per_call: int = 16
    """Choices asked for in one request where a provider can give several."""
    teacher_config: Mapping[str, Any] | None = None
    """Sampling parameters of the teacher, by Inspect's names."""
    student_config: Mapping[str, Any] | None = None
    """Sampling parameters of every student."""
    task_config: Mapping[str, Any] | None = None
    """Sampling parameters of whoever is asked, where neither the model nor the two above name them: those of a task,
    which Inspect gives to the main model alone."""
    show_thinking: bool = False
    """Students are also shown what the teacher thought before its reply, where its provider tells; as plain text, since
    chat templates drop the thoughts of earlier turns. It never answers or votes."""
    student_temperature: float = 0.7
    """Of students whose model and `student_config` name none. The paper's: 0.7 for mathematics, 0 for code."""

    @cached_property
    def prompt_format(self) -> PromptFormat:
        """The format that `prompt` is or names."""
        return load_prompt(self.prompt) if isinstance(self.prompt, str) else self.prompt

    def described(self) -> dict[str, Any]:
        """What made a record, for the log."""
        return {"prompt": self.prompt if isinstance(self.prompt, str) else asdict(self.prompt), "seed": self.seed} | (
            {"show_thinking": True} if self.show_thinking else {}
        )

    def caller(self, model: Model, role: str, sample: Sample, watch: Stopwatch, *, name: str | None = None) -> Caller:
        """Calls to that model on this sample, timed by `watch`; `name` tells students apart."""
        teaches = role == "teacher"
        given = self.teacher_config if teaches else self.student_config
        paper = PAPER_SAMPLING if teaches else GenerateConfig(temperature=self.student_temperature)
        paper = paper.merge(GenerateConfig(**(self.task_config or {})))
        config = paper.merge(model.config).merge(GenerateConfig(**(given or {})))
        caller: type[Caller] = getattr(model, "caller", Caller)  # a model may bring one of its own
        return caller(
            model=model,
            role=name or role,
            config=config,
            prompt=self.prompt_format,
            problem_id=str(sample.sample_id),
            epoch=sample.epoch,
            seed=self.seed,
            cache=self.cache,
            choices_per_call=self.choices_per_call,
            watch=watch,
        )


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Checks settings from a command line.

    Raises:
        UsageError: an unknown setting, prompt or sampling parameter, or a value that cannot be.
    """
    known = [field.name for field in fields(Settings)]
    if unknown := [name for name in given if name not in known]:
        with usage_errors():
            check_known(unknown, [*known, *_NAMED], "Learning by Teaching")
    settings = Settings(**given)
    with usage_errors():
        needed(choices_per_call=settings.choices_per_call, student_temperature=settings.student_temperature)
        at_least(1, choices_per_call=settings.choices_per_call)
        _ = settings.prompt_format
    _check_sampling("student_temperature", {"temperature": settings.student_temperature})
    _check_sampling("task_config", settings.task_config)
    _check_sampling("teacher_config", settings.teacher_config)
    _check_sampling("student_config", settings.student_config)
    return settings


def _check_sampling(option: str, given: Mapping[str, Any] | None) -> None:
    if unknown := sorted(set(given or {}) - set(GenerateConfig.model_fields)):
        near = did_you_mean(unknown[0], GenerateConfig.model_fields)
        raise UsageError(f"{option}: Inspect has no sampling parameter '{unknown[0]}'.{near}")
    try:
        GenerateConfig(**(given or {}))
    except ValidationError as error:
        raise UsageError(f"{option}: {error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}.") from None


def kind_chooser(
    answers: AnswerKind | str | None, options: Mapping[str, Any] | None = None
) -> Callable[[TaskState], AnswerKind]:
    """Gives the kind of answers for a sample: the given or named one, else what suits the form of its target.

    Raises:
        UsageError: no kind of that name, or options that it does not have.
    """
    with usage_errors():
        fixed = answer_kind(answers, options)
    if answers not in (None, AUTO) or options:
        return lambda _: fixed
    return _by_target


def _by_target(state: TaskState) -> AnswerKind:
    if asks_for_several(state, state.target):
        return answer_kind("labels")
    return answer_kind(AUTO, None, list(state.target))


def described_kind(
    answers: AnswerKind | str | None, kind: AnswerKind, options: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What a record says about how answers are read and compared."""
    chosen = {"answers": name_of(kind)}
    if answers in (None, AUTO):
        chosen["answers_chosen_by"] = "the form of the gold answer"
    return chosen | ({"answer_options": dict(options)} if options else {})
