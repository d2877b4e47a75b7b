"""The arguments of `--model lbt`, checked before a model is loaded.

options = model_options({"teacher": "hf:pretrained=org/big", "answer": "answer", "rationales": 16})
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lbt_solvers.answers.kinds import Named, named_kind
from lbt_solvers.bank import sized
from lbt_solvers.checks import at_least
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exams import check_exam_options
from lbt_solvers.near_match import check_known
from lbt_solvers.rules import rule_of
from lbt_solvers.vocabulary import RATIONALES
from lbt_tasks.lm_eval_plugin.options import SharedOptions, check_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions(SharedOptions):
    """Every field is an argument of `--model_args`."""

    teacher: Any
    """`NAME:key=value;...`, see `back_ends`."""
    students: Any = ""
    """One or several, with `|` between them; the teacher where none is given."""
    rationales: int = RATIONALES
    """Replies of the teacher to each request."""
    rule: str = "sum"
    """How the answer is chosen: `maj`, `max`, `sum`, `avg`."""
    answer: str = ""
    """Column of the documents with the answer. Exams on the task's own questions are graded by it."""
    question: str = ""
    """Column with the question; `question`, `problem` or `input` by default."""
    items: int = 3
    teacher_temperature: float | None = None
    """Of the teacher; by default that of the requests (`--gen_kwargs temperature=1`), 0.7 where they have none."""
    student_temperature: float = 0.0
    student_max_tokens: int = 512
    """Of a student's reply, at most."""
    candidates: str = "lbt_candidates.jsonl"
    """The table of candidates, written anew by every run."""

    @property
    def kind(self) -> Named:
        """How answers are extracted and compared."""
        return named_kind(self.answers, self.answer_options)

    @property
    def exam_sizes(self) -> dict[str, Any]:
        """What the exam maker is given."""
        return sized(self.exam_options, self.items, self.repetitions)


def model_options(given: Mapping[str, Any]) -> ModelOptions:
    """The checked arguments.

    Raises:
        UsageError: an unknown argument, or a value that cannot work.
    """
    with usage_errors():
        check_known(given, [each.name for each in fields(ModelOptions)], "--model lbt")
    if not given.get("teacher"):
        raise UsageError('--model lbt needs a teacher: --model_args "teacher=hf:pretrained=NAME,students=...".')
    options = ModelOptions(**given)
    if not (options.answer or options.bank):
        raise UsageError("--model lbt needs graded exam questions: answer=COLUMN of the documents, or bank=FILE.jsonl.")
    check_kind(options.answers, options.answer_options)
    with usage_errors():
        at_least(1, rationales=options.rationales)
        rule_of(options.rule)
        check_exam_options(options.exam, options.exam_sizes)
        _ = options.prompt_format
    return options
