"""What a kind of exam is, and what it needs before the first call.

check_needs(exam_kind("likelihood"), students)     # a UsageError where a student tells no log-probabilities
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.log_probabilities import check_continues, check_reads_prompts, check_tells_ranks

if TYPE_CHECKING:
    from inspect_ai.model import Model

Need = Literal[
    "generate",
    "logprobs",
    "prompt_logprobs",
    "prompt_ranks",
    "continues",
    "teacher",
    "gold_answer",
    "gold_solution",
    "gold_of_taught",
]
"""`logprobs` are those of drawn tokens, which many providers tell; `continues` is a student that goes on with a begun
reply, `teacher` one that answers in the exam. `gold_answer` and `gold_solution` are those of the exam's questions;
`gold_of_taught` is the taught problem's own answer, with which nothing can be chosen: it is for rewards and
benchmarks."""


OF_TAUGHT = "the taught problem's own answer"
"""What a report says of a kind by which nothing can be chosen."""


@dataclass(frozen=True, slots=True)
class ExamKind:
    """One way to examine."""

    name: str
    needs: frozenset[Need]
    of: Callable[[ExamMaker], ExamMaker]
    """The exam maker of the same questions, examined in this way."""
    control: bool = True
    """Whether it can be sat without a rationale."""
    among: bool = False
    """Whether all rationales are read at once, so that no single one has a score of its own."""

    @property
    def gold(self) -> str:
        """What a report says of the answers that it saw."""
        if "gold_of_taught" in self.needs:
            return OF_TAUGHT
        if "gold_solution" in self.needs:
            return "solutions of exam questions"
        return "answers of exam questions" if "gold_answer" in self.needs else "none"


def check_needs(kind: ExamKind, students: "Sequence[Model]", *, selects: bool = True, beside: bool = False) -> None:
    """Refuses what a run cannot give an exam, before anybody is asked.

    Args:
        kind: Of the exam.
        students: Who sits it.
        selects: Whether answers are chosen by its scores.
        beside: Whether it stands beside an exam that scores rationales.

    Raises:
        UsageError: says what is needed, and what has it.
    """
    if selects and "gold_of_taught" in kind.needs:
        raise UsageError(
            f"exam_kind={kind.name} looks at the gold answer of the problem that is taught, so nothing can be chosen "
            "by it: it is for rewards and benchmarks. Choose by another kind of exam."
        )
    if kind.among and not beside:
        raise UsageError(
            f"exam_kind={kind.name} reads all rationales at once and scores no single one: it stands beside an exam, "
            f"also_examine={kind.name}."
        )
    if "continues" in kind.needs:
        for student in students:
            check_continues(student, f"exam_kind={kind.name}")
    if "prompt_ranks" in kind.needs:
        for student in students:
            check_tells_ranks(student, f"exam_kind={kind.name}")
    if "prompt_logprobs" in kind.needs:
        for student in students:
            check_reads_prompts(student, f"exam_kind={kind.name}")
