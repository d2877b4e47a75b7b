r"""Where a completion marks its final answer, and what is written there.

    >>> marked_answer(r"So the area is $\boxed{9\pi}$.")
    MarkedAnswer(marker='\\boxed', start=16, end=28, answer='9\\pi', kept='9\\pi')

`extraction` states the order of the markers. Everything here is linear in the length of the text: no pattern can give
back more than a bounded number of characters.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from lbt_solvers.answers._boxes import box_groups
from lbt_solvers.answers._names import FOREIGN, SENTENCE, announcements, first_line, tags
from lbt_solvers.answers._placeholders import is_placeholder
from lbt_solvers.answers._written import (
    MAX_ANSWER,
    MAX_UNIT_WORDS,
    MAX_WORDS,
    answer_text,
    concluded,
    stated,
    word_count,
)

Marker = Literal[
    "[[Final Answer]]",
    "\\boxed",
    "ANSWER:",
    "<answer>",
    "####",
    "last line",
    "option",
    "number",
    "json",
    "code",
    "none",
]

_HEADER = re.compile(r"\[\[\s?final answer\s?\]\][ \t*]{0,12}:?[ \t*]{0,12}", re.IGNORECASE)
_HASHES = re.compile(r"^####[ \t]*(?P<answer>[^\s#].*)$", re.MULTILINE)
_LINE_END = re.compile(r"\n|\[\[(?=\s?[A-Za-z])|$")
_OPENS = re.compile(r"\s*(?P<open>\$\$|\$(?=\s*\n)|\\\[|\$?\s?\\begin\{[a-z]+\*?\}|```[a-z]{0,12}(?=\s*\n))")
_CONCLUSION = re.compile(
    r"[\s$*\\()\[\].,:;#>]*(?:(?:so|thus|hence|therefore|the|final|correct|answer|is)[\s$*\\()\[\].,:;]+)*",
    re.IGNORECASE,
)
_FIRST_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
MAX_SHORT = 80
"""Characters of an answer that is read once and kept."""
MAX_COURTESY = 300
"""Characters that may follow a line `#### 14`: `I hope this helps!`"""


class MarkedAnswer(NamedTuple):
    """A marked answer: `text[start:end]` is marker and answer, `kept` is what the rationale keeps of it."""

    marker: Marker
    start: int
    end: int
    answer: str
    kept: str = ""


def first_marker(text: str) -> int | None:
    """Position after the first explicit marker; a sentence `The answer is ...` is none, it may be reasoning."""
    found = [match.end() for match in (next(_headers(text), None), first_line(text), next(tags(text), None)) if match]
    box = text.find("\\boxed")
    return min([*found, box] if box >= 0 else found, default=None)


def marked_answer(text: str, *, truncated: bool = False, sentences: bool = True) -> MarkedAnswer | None:
    """The answer of the marker that wins, or `None` where no marker has an answer.

    Args:
        text: the visible reply.
        truncated: its end is no conclusion.
        sentences: take the value that a sentence states; otherwise all that is written.
    """
    read = _Reading(text, truncated, sentences)
    headers = (read.written_after(match, "[[Final Answer]]") for match in _backwards(_headers(text)))
    if header := next(filter(None, headers), None):
        return header
    others = (read.last_line(), read.last_box(), read.last_hashes(), read.last_tag())
    return max((found for found in others if found), key=lambda found: (found.end, -found.start), default=None)


def _headers(text: str) -> Iterator[re.Match[str]]:
    return _HEADER.finditer(text) if "[[" in text else iter(())


def _backwards(matches: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    return reversed(list(matches))


class _Reading(NamedTuple):
    """One completion, and how its answers are read."""

    text: str
    truncated: bool
    sentences: bool

    def written_after(self, match: re.Match[str], marker: Marker) -> MarkedAnswer | None:
        """What stands on the rest of the line, or on the next line that is not empty."""
        text = self.text
        begin, start = match.span()
        while begin and text[begin - 1] in " \t*#":
            begin -= 1
        while text[start : start + 1].isspace():
            start += 1
        end = _written_end(text, start)
        raw = text[start:end]
        may_go_on = end == len(text) and not raw.rstrip().endswith(("$", "\\)", "\\]"))
        if is_placeholder(raw) or (self.truncated and may_go_on):
            return None
        answer = self.read(raw)
        if word_count(answer) > MAX_WORDS:
            # "The answer is the number of ways ..." is reasoning, "ANSWER: ..." is not
            answer = concluded(answer) or ("" if match.re in (SENTENCE, FOREIGN) else answer)
        return MarkedAnswer(marker, begin, end, answer) if answer else None

    def read(self, raw: str) -> str:
        """The answer; empty where it is a placeholder."""
        return _read_short(raw, self.sentences) if len(raw) <= MAX_SHORT else _read(raw, self.sentences)

    def last_line(self) -> MarkedAnswer | None:
        """Of a line that is announced."""
        matches = sorted(announcements(self.text), key=lambda match: match.end(), reverse=True)
        return next(filter(None, (self.written_after(match, "ANSWER:") for match in matches)), None)

    def last_hashes(self) -> MarkedAnswer | None:
        """`#### 14` with nothing but a courtesy behind it; `#### Step 2` is a heading."""
        for match in _backwards(_HASHES.finditer(self.text)) if "####" in self.text else ():
            rest = self.text[match.end() :].strip()
            if len(rest) > MAX_COURTESY or (self.truncated and "\n" not in self.text[match.end() :]):
                return None
            answer = self.read(match["answer"])
            if answer and not _FIRST_WORD.match(answer) and word_count(match["answer"]) <= MAX_UNIT_WORDS:
                return MarkedAnswer("####", match.start(), match.end(), answer)
        return None

    def last_tag(self) -> MarkedAnswer | None:
        """`<answer>14</answer>` or `[ANSWER]14[/ANSWER]`; the closing tag may be missing where the reply ends."""
        for match in _backwards(tags(self.text)):
            closing = (f"</{match['tag']}>" if match["tag"] else f"[/{match['square']}]").lower()
            inside = self.text[match.end() : match.end() + MAX_ANSWER]
            length = inside.lower().find(closing)
            if length < 0 and (self.truncated or len(inside) == MAX_ANSWER):
                continue
            if answer := self.read(inside[:length] if length >= 0 else inside):
                end = match.end() + (length + len(closing) if length >= 0 else len(inside))
                return MarkedAnswer("<answer>", match.start(), end, answer)
        return None

    def last_box(self) -> MarkedAnswer | None:
        """The last box, or boxes that are one answer, with the line around where that says nothing else."""
        text = self.text
        group = next((each for each in reversed(box_groups(text)) if self.read(each.answer)), None)
        if group is None:
            return None
        answer = self.read(group.answer)
        start = text.rfind("\n", 0, group.start) + 1
        end = text.find("\n", group.end)
        end = len(text) if end < 0 else end
        rest = text[start : group.start], text[group.end : end]
        if all(len(part) < MAX_ANSWER and _CONCLUSION.fullmatch(part + " ") for part in rest):
            return MarkedAnswer("\\boxed", *_with_display(text, start, end), answer)
        return MarkedAnswer("\\boxed", group.start, group.end, answer, kept=group.kept)


def _read(raw: str, sentences: bool) -> str:
    answer = answer_text(raw)
    answer = stated(answer) if sentences else answer
    return "" if is_placeholder(answer) else answer


_read_short = lru_cache(maxsize=1 << 12)(_read)
"""A run has millions of replies and few answers."""


def _written_end(text: str, start: int) -> int:
    """The end of the line, or of the displayed formula that begins on it."""
    line_end = _LINE_END.search(text, start)
    end = line_end.start() if line_end else len(text)
    opened = _OPENS.match(text, start)
    if not opened:
        return end
    mark = opened["open"]
    closing = {"$$": "$$", "$": "$", "\\[": "\\]"}.get(mark) or (
        "```" if mark.startswith("```") else "\\end" + mark[mark.index("{") :]
    )
    closed = text.find(closing, opened.end(), opened.end() + MAX_ANSWER)
    if closed < end or "\n\n" in text[start:closed]:
        return end
    line_end = _LINE_END.search(text, closed)
    return line_end.start() if line_end else len(text)


def _with_display(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the delimiters of a display that stand on lines of their own around it."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        before, after = text[max(0, start - 9) : start].rstrip(), text[end : end + 9].lstrip()
        if before.endswith(opening) and after.startswith(closing):
            return text.rindex(opening, 0, start), text.index(closing, end) + len(closing)
    return start, end
