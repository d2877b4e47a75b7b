"""What is said about an answer: its grade, which may need the gold answer, and its check, which never does.

Grade(score=1.0, how="same number")
Check(passed=0.5, report="Solution().add(1, 2): expected 3, got 4")
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_solvers.answers._compare import Equality
from lbt_solvers.types import Problem, golds_of

UNDECIDED = "undecided"
"""`Grade.how` of an answer that could not be compared in time; its score of 0 is reported with the exam."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How right an answer is."""

    score: float
    """In [0, 1]; nan where whoever grades gave none, which counts neither for nor against the answer."""
    how: str = ""
    """How that was found: `same number`, `undecided`, or a program's verdict."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What the tests in a problem's own statement say about an answer: selection and the teacher may know it."""

    passed: float
    """The V-score as a fraction of visible tests, in [0, 1]."""
    report: str
    """The failed tests, as a teacher may read them."""


class ComparedAnswers(ABC):
    """What kinds share whose answers are right where they equal a gold one."""

    equals_share_grades = True

    @abstractmethod
    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """Whether the second of each pair `(gold, answer)` is the first, in their order."""

    def gold_of(self, problem: Problem) -> str:
        """The gold answer in the form in which `extract` gives answers to that problem."""
        return problem.answer

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """1 for answers that equal a gold answer of the problem, else 0."""
        golds = golds_of(problem)
        compared = await self.equal_many([(gold, answer) for answer in answers for gold in golds])
        found = [best_of_golds(compared[at : at + len(golds)]) for at in range(0, len(compared), len(golds))]
        return [Grade(float(each.equal), each.how, each.reason) for each in found]

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """Nothing: without the gold answer there is nothing to check by."""
        return [None] * len(answers)


def best_of_golds(compared: Sequence[Equality]) -> Equality:
    """What the comparisons of one answer with several gold answers come to: equal, else undecided, else different."""
    return max(compared, key=lambda each: (each.equal, each.how == UNDECIDED))
