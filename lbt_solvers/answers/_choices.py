r"""Multiple choice: which option an answer names, and which options a question has.

>>> options_of("Which is even?\n(A) 3\n(B) 4"), letter_of("option B", {}), letter_of("4", {"A": "3", "B": "4"})
({'A': '3', 'B': '4'}, 'B', 'B')
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lbt_solvers.answers.normalisation import normalise
from lbt_solvers.types import Problem

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPTION = re.compile(
    r"(?:^|(?<=\s))(?:\((?P<a>[A-Z])\)|(?P<b>[A-Z])[).:])[ \t]+(?P<text>\S[^\n]*?)(?=\s*$|\s+\(?[A-Z][).:]\s)", re.M
)
_SHELL = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boxed)\s*\{|[{}$*_`\\\"']|^\s*<|>\s*$")
_NAMED = re.compile(
    r"[(\[]?(?:the )?(?:correct |right |best )?(?:option|choice|answer|letter)s?(?: is)?"
    r"[:\s]*\(?([A-Za-z])\)?(?![\w'])",
    re.I,
)
_LEADING = re.compile(
    r"[(\[]?([A-Z])(?:[)\].:](?:\s|$)|\s*[-\u2013\u2014:]\s|\s+(?:is|because|since|as)\b|[)\]]?\s*[.!]?$)"
)
_LOWER = re.compile(r"[(\[]?([a-z])[)\]]?[.]?|([a-z])\)\s.*")
_LAST = re.compile(
    r"\b(?:option|choice|answer(?: is|:)?)\s*[:\s]*\(?([A-Z])\)?(?![\w'])|\(([A-Z])\)"
    r"|\b([A-Z]) is (?:the )?(?:correct|right|best)\b"
)


def letter_of(answer: str, options: Mapping[str, str]) -> str | None:
    """The option that an answer names: by its letter, with or without its text, or by its text alone.

    Args:
        answer: as it was extracted.
        options: texts by letter; where there are some, only their letters count.
    """
    text = " ".join(_SHELL.sub(" ", answer).split())
    for pattern in (_LEADING, _NAMED):
        found = pattern.match(text)
        if found and (letter := _known(found[1], options)):
            return letter
    if by_text := [letter for letter, option in options.items() if normalise(option) == normalise(answer)]:
        return by_text[0] if len(by_text) == 1 else None
    lower = _LOWER.fullmatch(text)
    return _known(lower[1] or lower[2], options) if lower else None


def last_named(text: str, options: Mapping[str, str]) -> str | None:
    """The option that a reply without a marker names last: `so option C`, `(C)`, `C is correct`."""
    named = [
        letter for found in _LAST.finditer(text) if (letter := _known(next(filter(None, found.groups())), options))
    ]
    return named[-1] if named else None


def options_of_problem(problem: Problem | None) -> dict[str, str]:
    """From the metadata `choices` (texts in order, or by letter), else from the question."""
    given: Any = problem.metadata.get("choices") if problem else None
    if isinstance(given, Mapping):
        return {str(letter).upper(): str(text) for letter, text in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(given, Sequence) and not isinstance(given, str):
        return dict(zip(LETTERS, map(str, given), strict=False))  # pyright: ignore[reportUnknownArgumentType]
    return options_of(problem.question) if problem else {}


@lru_cache(maxsize=1 << 12)
def options_of(question: str) -> dict[str, str]:
    """The options that stand in a question, from A on without a gap; none where there are fewer than two."""
    found: dict[str, str] = {}
    for option in _OPTION.finditer(question):
        letter = option["a"] or option["b"]
        if letter == LETTERS[len(found)]:
            found[letter] = option["text"].strip()
    return found if len(found) > 1 else {}


def _known(letter: str, options: Mapping[str, str]) -> str | None:
    return letter.upper() if not options or letter.upper() in options else None
