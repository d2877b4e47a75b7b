"""What is said about an answer: its grade, which may need the gold answer, and its check, which never does.

Grade(score=1.0, how="same number")
Check(passed=0.5, report="Solution().add(1, 2): expected 3, got 4")
"""

from collections.abc import Awaitable, Callable, Sequence
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


async def grades_by_equality(
    problem: Problem, answers: Sequence[str], equal_many: Callable[[list[tuple[str, str]]], Awaitable[list[Equality]]]
) -> list[Grade]:
    """1 for answers that equal a gold answer of the problem, else 0."""
    golds = golds_of(problem)
    compared = await equal_many([(gold, answer) for answer in answers for gold in golds])
    found = [best_of_golds(compared[at : at + len(golds)]) for at in range(0, len(compared), len(golds))]
    return [Grade(float(each.equal), each.how, each.reason) for each in found]


def best_of_golds(compared: Sequence[Equality]) -> Equality:
    """What the comparisons of one answer with several gold answers come to: equal, else undecided, else different."""
    return max(compared, key=lambda each: (each.equal, each.how == UNDECIDED))
