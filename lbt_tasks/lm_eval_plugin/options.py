"""What a run of the exam tasks is given with `--metadata`: keys that begin with `lbt_`.

    lm_eval run ... --metadata lbt_data=problems.jsonl lbt_rationale_file=rationales.jsonl lbt_exam=variants lbt_items=3

lm-eval hands a task the model's arguments together with the metadata, hence the prefix: everything else is not ours.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from lbt_solvers.answers import answer_classes
from lbt_solvers.answers.kinds import AUTO, Named, check_kind_name, kind_of_golds, named_kind
from lbt_solvers.bank import exam_maker
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_forms import grade_in_place
from lbt_solvers.near_match import check_known
from lbt_solvers.prompts import PromptFormat, load_prompt
from lbt_solvers.types import Problem, Reply

PREFIX = "lbt_"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """What the exam tasks and `--model lbt` both take."""

    bank: str = ""
    """JSONL file of exam questions (`id`, `question`, `answer`); the problems themselves where it is not given."""
    exam: str = "similar"
    repetitions: int = 1
    """Sittings of each item. Students are greedy here unless they are told otherwise, so once is enough."""
    exam_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prompt: str = "chat"
    """How students are asked: a preset or file, as in the Inspect route."""
    answers: str = AUTO
    """How answers are extracted and compared: `math`, `number`, `choice`, `text`, `labels`, `json`, or by the golds."""
    answer_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Rules of that kind."""
    show_thinking: bool = False
    """Students are also shown what the teacher thought."""

    @property
    def prompt_format(self) -> PromptFormat:
        """The format that `prompt` names."""
        with usage_errors():
            return load_prompt(self.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamOptions(SharedOptions):
    """Options of `lbt_exam_*` and `lbt_teach_*`; the keys have the prefix `lbt_`."""

    data: str
    """JSONL file of the taught problems: `id`, `question`, `answer`, optional `metadata`."""
    rationale_file: str = ""
    """JSONL file of what the teacher said, see `lbt_tasks.lm_eval_plugin.rationales`."""
    items: int | None = None

    @property
    def exam_maker(self) -> ExamMaker:
        """The exam maker over the bank."""
        sizes = {"items": self.items, "repetitions": self.repetitions}
        return exam_maker(self.exam, self.bank or self.data, self.exam_options, **sizes)


def exam_options(metadata: Mapping[str, Any]) -> ExamOptions:
    """The options among a run's metadata.

    Raises:
        UsageError: an unknown key with the prefix, or no problems.
    """
    given = {key.removeprefix(PREFIX): value for key, value in metadata.items() if key.startswith(PREFIX)}
    with usage_errors():
        check_known(given, [each.name for each in fields(ExamOptions)], "The task's metadata", PREFIX)
    if "data" not in given:
        raise UsageError("The task needs problems: --metadata lbt_data=FILE.jsonl (id, question, answer a line).")
    options = ExamOptions(**given)
    check_kind(options.answers, options.answer_options)
    return options


def check_kind(name: str, options: Mapping[str, Any] | None = None) -> None:
    """Refuses an unknown kind of answers, or rules that it does not have.

    Raises:
        UsageError: says which there are.
    """
    with usage_errors():
        check_kind_name(name)
        named_kind(name, options)


def kind_for(name: str, options: Mapping[str, Any] | None, golds: Sequence[str]) -> Named:
    """The named kind; of `auto`, the one that suits the gold answers, which the log then says."""
    if name == AUTO and not options:
        name = kind_of_golds(golds)
        _log.info("lbt: answers=%s, chosen by the gold answers.", name)
    return named_kind(name, options)


def is_right(answer: str | None, problem: Problem, kind: Named) -> bool:
    """Whether an answer that was taken out of a completion equals the problem's gold answer."""
    return answer is not None and kind.equal(kind.gold_of(problem), answer).equal


def score_of(reply: str, gold: str, kind: Named, question: str = "") -> float | None:
    """1 where the reply's answer equals the gold answer, else 0; `None` for an empty reply."""
    [graded] = grade_in_place(Problem("", question, gold), [Reply(reply, "stop")], kind)
    return graded.score


def classes_of(answers: Sequence[str | None], kind: Named) -> list[int | None]:
    """Number of the class of equal answers for each; `None` where there is none."""
    return answer_classes(answers, lambda one, other: kind.equal(one, other).equal)
