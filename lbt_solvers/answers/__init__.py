r"""Answers: taken out of completions, compared, and put into classes for a vote.

    >>> MathAnswers().equal("\\frac{1}{2}", "0.5").equal
    True

An `AnswerKind` says how; `MathAnswers` is the one for mathematics, `plain` has those that compare in place, and
`kinds` gives each by its name. Programs have `lbt_tasks.code.answers.CodeAnswers`.
"""

from collections.abc import Sequence
from typing import Protocol

from lbt_solvers.answers._choices import LETTERS, letter_of, options_of_problem
from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.equivalence import Equality, MathAnswers
from lbt_solvers.answers.extraction import Extracted, extract
from lbt_solvers.answers.grades import UNDECIDED, Check, Grade
from lbt_solvers.answers.normalisation import normalise
from lbt_solvers.answers.plain import ChoiceAnswers, JsonAnswers, LabelAnswers, NumberAnswers, TextAnswers, labels_of
from lbt_solvers.types import Problem


class AnswerKind(Protocol):
    """What solvers and scorers need to know about answers.

    Only `grade` may look at gold answers. What it raises ends the sample as an error; it is never a score of 0.
    """

    equals_share_grades: bool
    """Whether answers of one class are right together, so that it does not matter which of them is chosen."""

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the answer of a completion to a problem; `truncated` where it hit its token limit."""
        ...

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """How right the answers to an exam question are, in their order."""
        ...

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """What the problem's own statement lets one check about answers; `None` where there is nothing to check by."""
        ...

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Number of the class of equal answers for each, by first appearance.

        `None` where there is no answer, or one that cannot be right in any case; it never votes.
        """
        ...


__all__ = [
    "LETTERS",
    "options_of_problem",
    "UNDECIDED",
    "AnswerKind",
    "Check",
    "ChoiceAnswers",
    "Equality",
    "Extracted",
    "Grade",
    "JsonAnswers",
    "LabelAnswers",
    "MathAnswers",
    "NumberAnswers",
    "TextAnswers",
    "answer_classes",
    "extract",
    "labels_of",
    "letter_of",
    "normalise",
]
