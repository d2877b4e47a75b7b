"""What an exam may give away: items that share the taught answer, are a copy of a taught question, or are taught.

    >>> taught = Problem("p1", "Compute 2 plus 3.", "5")
    >>> items = [Problem("e1", "Compute 1 plus 4.", "5"), Problem("e2", "Compute: 2 plus 3!", "five")]
    >>> [(leak.item, leak.kind) for leak in leaks([(taught, items)])]
    [('e1', 'same answer'), ('e2', 'copy')]

A student that copies the demonstration's answer is right on an item with the taught gold answer, whatever the rationale
was worth. A copy of the taught question is that question. An item that is another taught problem tells its gold answer
to whoever chooses among that problem's rationales by these exams. `lbt report` counts them, and says what the rules
choose without them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from lbt_solvers.answers.normalisation import normalise
from lbt_solvers.types import Problem

ALIKE = 0.9
"""Share of words in common above which two questions with the same numbers are one question."""

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")

Kind = Literal["same answer", "copy", "taught"]
_Words = tuple[str, ...]


class Leak(NamedTuple):
    """One item of one exam that gives something away."""

    problem: str
    """Id of the taught problem whose exam it is."""
    item: str
    """Id of the exam item."""
    kind: Kind
    other: str
    """The answer that both have, or the id of the taught problem whose question it is."""


def leaks(exams: Iterable[tuple[Problem, Sequence[Problem]]]) -> list[Leak]:
    """Every leak of these exams, an item once for every kind.

    Args:
        exams: Each taught problem with the items of its exam.
    """
    pairs = list(exams)
    taught: dict[_Words, dict[str, _Words]] = defaultdict(dict)
    for problem, _ in pairs:
        words = _words(problem.question)
        taught[_numbers(words)][problem.id] = words
    return [leak for problem, items in pairs for item in items for leak in _of_item(problem, item, taught)]


def _of_item(problem: Problem, item: Problem, taught: Mapping[_Words, Mapping[str, _Words]]) -> Iterable[Leak]:
    if problem.answer and normalise(problem.answer) == normalise(item.answer):
        yield Leak(problem.id, item.id, "same answer", problem.answer)
    words = _words(item.question)
    same = [other for other, question in taught.get(_numbers(words), {}).items() if _alike(words, question)]
    if problem.id in same:
        yield Leak(problem.id, item.id, "copy", problem.id)
    if others := [other for other in same if other != problem.id]:
        yield Leak(problem.id, item.id, "taught", others[0])


def _words(question: str) -> _Words:
    return tuple(_WORD.findall(question.casefold()))


def _numbers(words: _Words) -> _Words:
    return tuple(word for word in words if word[0].isdigit())


def _alike(a: _Words, b: _Words) -> bool:
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return a == b or (matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE <= matcher.ratio())
