r"""When two answers are the same answer.

>>> MathAnswers().equal("\\frac{1}{2}", "0.5")
Equality(equal=True, how='same number', reason='')
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from anyio import to_thread

from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.extraction import Extracted, extract
from lbt_solvers.answers.normalise import normalise


@dataclass(frozen=True, slots=True)
class Equality:
    """Whether two answers are equal, and how that was found."""

    equal: bool
    how: Literal["same text", "same number", "math-verify", "different", "undecided"]
    reason: str = ""


class TextAnswers:
    """Answers that are equal when their normalised texts are."""

    def extract(self, completion: str, truncated: bool = False) -> Extracted:
        """See `extraction.extract`."""
        return extract(completion, truncated=truncated)

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the normalised texts are, and not empty."""
        same = normalise(gold) == normalise(answer) != ""
        return Equality(same, "same text" if same else "different")

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order."""
        return [self.equal(gold, answer) for gold, answer in pairs]

    async def classes(self, answers: Sequence[str | None]) -> list[int | None]:
        """Class of each answer, see `classes.answer_classes`."""
        return answer_classes(answers, lambda a, b: self.equal(a, b).equal)


class MathAnswers(TextAnswers):
    """Mathematical answers: normalised text, exact numbers, then math-verify."""

    def equal(self, gold: str, answer: str) -> Equality:
        """Whether `answer` is `gold`."""
        text = super().equal(gold, answer)
        left, right = _number(normalise(gold)), _number(normalise(answer))
        if text.equal or left is None or right is None:
            return text
        return Equality(left == right, "same number" if left == right else "different")

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order."""
        return await to_thread.run_sync(lambda: [self.equal(gold, answer) for gold, answer in pairs])


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text.replace("\\frac{", "").replace("}{", "/").rstrip("}"))
    except (ValueError, ZeroDivisionError):
        return None
