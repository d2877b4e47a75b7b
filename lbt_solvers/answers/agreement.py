"""Answers graded by agreement with a label that models gave, in place of a gold answer.

kind = ByAgreement(MathAnswers())
await kind.grade(Problem("p1~1", "Compute 3+4*5.", answer="23"), ["23.0", "35"])      # scores 1 and 0
"""

from collections.abc import Sequence

from lbt_solvers.answers import AnswerKind, Check, Extracted, Grade
from lbt_solvers.types import Problem


class ByAgreement:
    """Answers to label-free items, graded by whether they are in one class with the label; an `AnswerKind`.

    It works for every kind of answer, since it looks up no test and no target.
    """

    def __init__(self, kind: AnswerKind) -> None:
        self._kind = kind
        self.equals_share_grades = kind.equals_share_grades

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """As the kind does."""
        return self._kind.extract(completion, truncated, problem)

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """1 for answers that agree with the label, else 0."""
        label, *classes = await self._kind.classes([problem.answer, *answers], problem)
        return [Grade(float(number is not None and number == label), "agreement") for number in classes]

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """As the kind does."""
        return await self._kind.check(problem, answers)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """As the kind does."""
        return await self._kind.classes(answers, problem)
