r"""The answer of a completion that marks none: its last line, where that is or states one.

>>> last_line("So\n$$\n\\frac{7}{3}\n$$")
MarkedAnswer(marker='last line', start=3, end=20, answer='\\frac{7}{3}', kept='')
"""

import re

from lbt_solvers.answers._markers import MarkedAnswer
from lbt_solvers.answers._names import LINE
from lbt_solvers.answers._placeholders import is_placeholder
from lbt_solvers.answers._written import (
    MAX_WORDS,
    answer_text,
    concluded,
    last_sentence,
    one_value,
    stated,
    word_count,
)

MAX_LAST_LINE = 200
"""Characters of a last line that can be an answer or end in one."""
MAX_DISPLAY = 400
MAX_SKIPPED = 6
_EMPTY = re.compile(r"[^\w$\\)\]}%\u20ac\u00a3]*")
_COURTESY = re.compile(
    r"\W{0,4}(?:I hope|hope (?:this|that|it)|let me know|feel free|please (?:let|feel)|thank|is there anything"
    r"|good luck|if you (?:have|need)|happy to)",
    re.IGNORECASE,
)
_DISPLAY = re.compile(
    r"(?:\$\$(?P<a>[^$]{1,400})\$\$|\\\[(?P<b>(?:(?!\\[\[\]])[\s\S]){1,400})\\\]|```[a-z]{0,12}\n(?P<c>[^`]{1,400})```)"
    r"[ \t.]*$"
)
_CLOSES_DISPLAY = re.compile(r"(?:\$\$|\\\]|```)[ \t.]*$")
_CONCLUDING = re.compile(
    r"\W{0,4}(?:so|thus|hence|therefore|finally|altogether|overall|in total|in the end|this (?:means|leaves|gives)"
    r"|that (?:means|leaves|gives)|as a result|consequently)\b",
    re.IGNORECASE,
)


def last_line(text: str, *, sentences: bool = True) -> MarkedAnswer | None:
    """The last line as an answer, or the answer in which its sentence ends; `None` where it is prose."""
    end = len(text.rstrip())
    for _ in range(MAX_SKIPPED):
        if _CLOSES_DISPLAY.search(text[max(0, end - 8) : end]) and (found := _display(text, end)):
            return found
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip()
        if line and not _is_skipped(line):
            return _of_line(line, start, end, sentences)
        end = len(text[:start].rstrip())
    return None


def _is_skipped(line: str) -> bool:
    """A rule, a courtesy, or a marker with the prompt's placeholder."""
    marked = LINE.match(line)
    return bool(_EMPTY.fullmatch(line) or _COURTESY.match(line) or (marked and is_placeholder(line[marked.end() :])))


def _display(text: str, end: int) -> MarkedAnswer | None:
    """A formula on lines of its own, or a fenced line."""
    begin = max(0, end - MAX_DISPLAY)
    found = _DISPLAY.search(text[begin:end])
    inside = next(filter(None, (found["a"], found["b"], found["c"])), "") if found else ""
    answer = stated(answer_text(inside)) if "\n\n" not in inside.strip() else ""
    if not found or not answer or word_count(answer) > MAX_WORDS or is_placeholder(answer):
        return None
    before = text[: begin + found.start()].rpartition("\n")[2].strip()
    return None if before else MarkedAnswer("last line", begin + found.start(), end, answer)


def _of_line(line: str, start: int, end: int, sentences: bool) -> MarkedAnswer | None:
    if len(line) > MAX_LAST_LINE or line.startswith("#") or line.endswith(":"):
        return None
    sentence = last_sentence(line)
    if tail := concluded(sentence):
        return None if is_placeholder(tail) else MarkedAnswer("last line", end, end, tail)
    if sentences and _CONCLUDING.match(sentence) and (value := one_value(sentence)):
        return MarkedAnswer("last line", end, end, value)
    if word_count(line) > MAX_WORDS:
        return None
    short = stated(answer_text(line)) if sentences else answer_text(line)
    return MarkedAnswer("last line", start, end, short) if short and not is_placeholder(short) else None
