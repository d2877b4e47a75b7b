r"""The task that is wrapped: its questions as models read them, and its own way to read and score a reply.

    base = BaseTask(load_base("inspect_evals/gsm8k", {"fewshot": 0}))
    base.problems[0].question             # with the task's instructions
    state = await base.replied(problem_id, "2+2=4\n\nANSWER: 4")   # as if its model had said so

A task's prompt is made by its setup and its solver, so these are asked: they run up to the first generation, and what
they would have sent is the question. To score a reply, they run once more with that reply as the generation, and the
task's scorer sees the state they leave. This works for solvers that generate once, without tools.
"""

import re
from collections.abc import Coroutine, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, ModelName, ModelOutput
from inspect_ai.scorer import Target
from inspect_ai.solver import Choices, Solver, TaskState
from inspect_ai.util import registry_create

from lbt_solvers.conversation import asked_turns, message_of, problem_from
from lbt_solvers.errors import PrerequisiteError, UsageError
from lbt_solvers.media import with_media
from lbt_solvers.prompts import PromptFormat
from lbt_solvers.turns import Turn, common_beginning
from lbt_tasks.wrap.task_files import is_file, not_a_task_file, task_of_file

NO_MODEL = ModelName("none/none")
_NO_RANDOM = Random()
_OF_THE_METHOD = {"temperature", "seed", "num_choices", "cache"}
"""Sampling parameters that Learning by Teaching sets itself, call by call."""
AS_WRITTEN = PromptFormat(layout="multi_turn", instruction="", question="{question}", solution="{rationale}")
"""A question as the task asks it; a demonstration is an earlier question with the teacher's whole reply."""


def load_base(name: str, args: Mapping[str, Any] | None = None, option: str = "base=") -> Task:
    """The registered task of that name, or the one of a file: `my_task.py`, `my_task.py@name`.

    Args:
        name: Of the task.
        args: Its own.
        option: What the name was given to, for messages.

    Raises:
        UsageError: it is not there, does not take the arguments, or its data cannot be loaded.
    """
    try:
        if is_file(name):
            return task_of_file(name, args or {}, option)
        return registry_create("task", name, **(args or {}))
    except PrerequisiteError:
        raise
    except Exception as error:  # whatever another package's task needs: data, a network, a further package
        raise UsageError(f"{option}{name}: {_why_not(error, name, args or {}, option)}") from error


def _why_not(error: Exception, name: str, args: Mapping[str, Any], option: str) -> str:
    """Why a task could not be made, and what to do."""
    package = name.partition("/")[0]
    if type(error) is LookupError:  # of the registry; those of data are of its subclasses
        if Path(name).is_dir():
            return not_a_task_file(name)
        install = "Type: pip install inspect-evals" if package == "inspect_evals" else "Install the package that has it"
        return (
            f"no such task is installed. {install}, or look its name up with `inspect list tasks` and in the package's "
            f"own list. A task of your own is named by its file: {option}my_task.py@name."
        )
    if isinstance(error, ImportError):
        more = f"Install it, or the extra of {package} that brings it."
        return f"the task needs more than is installed: {error}. {more}"
    if isinstance(error, TypeError) and _is_about_arguments(error, name, args):
        return f"the task does not take these {'base_args' if option else 'options'}: {error}."
    return f"the task could not be made: {type(error).__name__}: {error}"


def _is_about_arguments(error: TypeError, name: str, args: Mapping[str, Any]) -> bool:
    """Whether the task was called with the wrong arguments, rather than something that it calls itself."""
    unexpected = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    missing = re.match(rf"{re.escape(name.rpartition('/')[2])}\(\) missing", str(error))
    return bool(missing or (unexpected and unexpected[1] in args))


class _Asked(Exception):  # noqa: N818 - an outcome
    """Carries what a solver would have sent to its model."""

    def __init__(self, state: TaskState, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.state, self.config = state, config


class BaseTask:
    """A task's samples as problems, and its solver as a format for questions and a reader of replies.

    Args:
        task: With samples that have targets.
        name: How messages call it.
        prefix: Of its problems' ids, where another task has the same.

    Raises:
        UsageError: no targets, no samples, or a solver that does not fit; says why.
    """

    def __init__(self, task: Task, name: str, prefix: str = "") -> None:
        self.task, self.name = task, name
        self.samples: dict[str, Sample] = {}
        for number, sample in enumerate(task.dataset, 1):
            identifier = f"{prefix}{number if sample.id is None else sample.id}"
            if identifier in self.samples:
                raise UsageError(f"base={name}: two samples have the id {sample.id}; give every sample its own.")
            self.samples[identifier] = sample.model_copy(update={"id": identifier})
        self._check()
        setup = _solvers(task.setup)
        self.setup_runs_here = not setup or self._only_formats(setup)
        """Whether the task's setup is one of its steps here; else Inspect runs it, in a sample of its own."""
        self._steps = [*(setup if self.setup_runs_here else []), *_solvers(task.solver)]
        self._asked_with: Mapping[str, Any] = {}
        self._turns = {identifier: self._asked(sample) for identifier, sample in self.samples.items()}
        common = len(common_beginning([turns[:-1] for turns in self._turns.values()]))
        self.problems = [
            problem_from(identifier, self._turns[identifier], common, _gold(sample), dict(sample.metadata or {}))
            for identifier, sample in self.samples.items()
        ]

    def _check(self) -> None:
        if not self.samples:
            raise UsageError(f"base={self.name}: the task has no samples.")
        if not any(Target(sample.target).text.strip() for sample in self.samples.values()):
            raise UsageError(f"base={self.name}: the task's samples have no targets, so no exam can be graded.")
        if not self.task.scorer:
            raise UsageError(f"base={self.name}: the task has no scorer, so no exam can be graded.")

    @property
    def sampling(self) -> dict[str, Any]:
        """The sampling parameters that the task gives its model, such as `max_tokens`; those of LbT left out."""
        given = {**self.task.config.model_dump(exclude_none=True), **self._asked_with}
        known = set(GenerateConfig.model_fields) - _OF_THE_METHOD
        return {name: value for name, value in given.items() if name in known and value is not None}

    def messages(self, problem_id: str) -> list[ChatMessage]:
        """What the task's solver would send to its model for that sample."""
        return [message_of(turn) for turn in self._turns[problem_id]]

    async def replied(self, problem_id: str, reply: str, epoch: int = 1) -> TaskState:
        """The state that the task's solver leaves when its model gives that reply.

        Raises:
            UsageError: the solver generates more than once.
        """
        return await self._run(_state(await _with_media(self.samples[problem_id]), epoch), reply)

    async def continue_with(self, state: TaskState, reply: str) -> TaskState:
        """As `replied`, on a running sample's own state, whose messages become the task's."""
        sample = await _with_media(self.samples[str(state.sample_id)])
        state.messages = _messages(sample)
        _fix_order(state, sample)
        return await self._run(state, reply)

    async def _run(self, state: TaskState, reply: str) -> TaskState:
        generations = 0

        async def generate(state: TaskState, *_: Any, **__: Any) -> TaskState:
            nonlocal generations
            generations += 1
            if generations > 1:
                raise UsageError(_unfit(self.name, "its solver generates more than once"))
            state.output = ModelOutput.from_content(str(state.model), reply)
            state.messages.append(state.output.message)
            return state

        for step in self._steps:
            state = await step(state, generate)
            if state.completed:
                break
        if not generations:
            raise UsageError(_unfit(self.name, "its solver never generates"))
        return state

    async def check_setup(self, state: TaskState) -> None:
        """That a setup which ran in the sample left its messages alone: exam questions could not be asked so.

        Raises:
            UsageError: it did not.
        """
        if self.setup_runs_here:
            return
        sample = await _with_media(self.samples[str(state.sample_id)])
        if asked_turns(state.messages) != asked_turns(_messages(sample)):
            raise UsageError(_unfit(self.name, "its setup changes what is asked, and needs a running sample"))

    def _only_formats(self, setup: Sequence[Solver]) -> bool:
        """Whether a setup works on a sample that does not run."""

        async def generate(state: TaskState, *_: Any, **__: Any) -> TaskState:
            raise RuntimeError("a setup that generates")

        async def run() -> None:
            state = _state(next(iter(self.samples.values())))
            for step in setup:
                state = await step(state, generate)

        try:
            _run_without_waiting(run(), self.name)
        except Exception:  # it needs the sample's sandbox, or a model
            return False
        return True

    def _asked(self, sample: Sample) -> tuple[Turn, ...]:
        """The turns that the solver would send for a sample."""
        messages = self._sent(sample)
        if messages[-1].role != "user":
            raise UsageError(_unfit(self.name, f"the last message to its model is of the role {messages[-1].role}"))
        turns = tuple(asked_turns(messages))
        if turns != tuple(asked_turns(self._sent(sample))):
            raise UsageError(_unfit(self.name, "its solver asks differently each time"))
        return turns

    def _sent(self, sample: Sample) -> list[ChatMessage]:
        async def generate(state: TaskState, *_: Any, **config: Any) -> TaskState:
            raise _Asked(state, config)

        async def run() -> None:
            state = _state(sample)
            for step in self._steps:
                state = await step(state, generate)

        try:
            _run_without_waiting(run(), self.name)
        except _Asked as asked:
            if asked.state.tools:
                raise UsageError(_unfit(self.name, "its model uses tools")) from None
            self._asked_with = asked.config
            return list(asked.state.messages)
        except PrerequisiteError:
            raise
        except Exception as error:  # an agent, which asks its model itself, or a solver that needs a running sample
            why = f"its solver does more than ask once ({type(error).__name__}: {error})"
            raise UsageError(_unfit(self.name, why)) from error
        raise UsageError(_unfit(self.name, "its solver never generates"))


def _run_without_waiting(steps: Coroutine[Any, Any, None], name: str) -> None:
    """Runs a coroutine that only formats text; a solver that waits for something first does more than that."""
    try:
        steps.send(None)
    except StopIteration:
        return
    steps.close()
    raise UsageError(_unfit(name, "its solver waits for something before it generates"))


def _unfit(name: str, why: str) -> str:
    return (
        f"base={name}: {why}, so its prompts cannot be taken over. Run the task itself with "
        "--solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=QUESTIONS.jsonl"
    )


def _solvers(given: Any) -> list[Solver]:
    if given is None:
        return []
    return list(given) if isinstance(given, Sequence) else [given]


def _messages(sample: Sample) -> list[ChatMessage]:
    if isinstance(sample.input, str):
        return [ChatMessageUser(content=sample.input, source="input")]
    return [message.model_copy() for message in sample.input]


async def _with_media(sample: Sample) -> Sample:
    """The sample as Inspect runs it: scorers may show its images to a model."""
    if isinstance(sample.input, str):
        return sample
    return sample.model_copy(update={"input": [await with_media(message) for message in sample.input]})


class _SameOrder(Choices):
    """Choices that a solver shuffles into the order in which it shuffled them before: a reply names their letters."""

    def __init__(self, choices: list[str], seed: str) -> None:
        super().__init__(choices)
        self._seed = seed

    def shuffle(self, rand: Random = _NO_RANDOM) -> None:
        """Into the order of this sample."""
        super().shuffle(Random(self._seed))


def _state(sample: Sample, epoch: int = 1) -> TaskState:
    state = TaskState(
        model=NO_MODEL,
        sample_id=str(sample.id),
        epoch=epoch,
        input=sample.input,
        messages=_messages(sample),
        target=Target(sample.target),
        choices=sample.choices,
        metadata=deepcopy(sample.metadata or {}),
    )
    _fix_order(state, sample)
    return state


def _fix_order(state: TaskState, sample: Sample) -> None:
    if sample.choices:
        state.choices = _SameOrder(sample.choices, str(sample.id))


def _gold(sample: Sample) -> str:
    """The targets as people read them; the task's scorer reads them itself."""
    return " or ".join(text for text in Target(sample.target) if text.strip())
