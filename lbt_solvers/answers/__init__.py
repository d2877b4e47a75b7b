r"""Answers: taken out of completions, compared, and put into classes for a vote.

    >>> MathAnswers().equal("\\frac{1}{2}", "0.5").equal
    True

An `AnswerKind` says how; `MathAnswers` is the one for mathematics, `TextAnswers` compares text alone.
"""

from collections.abc import Sequence
from typing import Protocol

from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.equivalence import Equality, MathAnswers, TextAnswers
from lbt_solvers.answers.extraction import Extracted, extract
from lbt_solvers.answers.normalise import normalise


class AnswerKind(Protocol):
    """What solvers and scorers need to know about answers."""

    def extract(self, completion: str, truncated: bool = False) -> Extracted:
        """The reasoning and the answer of a completion; `truncated` where it hit its token limit."""
        ...

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """Whether `answer` is `gold`, for every pair `(gold, answer)`, in their order."""
        ...

    async def classes(self, answers: Sequence[str | None]) -> list[int | None]:
        """Number of the class of equal answers for each, by first appearance; `None` where there is no answer."""
        ...


__all__ = [
    "AnswerKind",
    "Equality",
    "Extracted",
    "MathAnswers",
    "TextAnswers",
    "answer_classes",
    "extract",
    "normalise",
]
