r"""Where a completion marks its final answer, and what is written there.

    >>> marked_answer(r"So the area is $\boxed{9\pi}$.")
    MarkedAnswer(marker='\\boxed', start=16, end=28, answer='9\\pi', kept='9\\pi')

`extraction` states the order of the markers. Everything here is linear in the length of the text: no pattern can give
back more than a bounded number of characters.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Marker = Literal["[[Final Answer]]", "\\boxed", "ANSWER:", "####", "last line", "code", "none"]

_HEADER = re.compile(r"\[\[\s?final answer\s?\]\][ \t*]{0,12}:?[ \t*]{0,12}", re.IGNORECASE)
_LINE = r"^[ \t>#*_`-]{0,12}"
_NAMED = r"(?:the[ ])?(?:final[ ]|correct[ ])?answer"
_ANSWER = re.compile(rf"{_LINE}{_NAMED}(?:[ ]is)?[ \t*_`]{{0,6}}:[ \t*_`]{{0,6}}", re.IGNORECASE | re.MULTILINE)
_HEADING = re.compile(rf"^[ \t]{{0,3}}(?:#{{1,6}}[ \t]|\*\*){_NAMED}\**[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_SENTENCE = re.compile(
    rf"{_LINE}(?:(?:so|thus|hence|therefore),?[ ])?the[ ](?:final[ ]|correct[ ])?answer[ ]is[ ](?!not\b)",
    re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(r"####[ \t]*(?P<answer>[^\s#].*)")
_BRACES = re.compile(r"\\(?P<box>boxed|fbox)\s{0,4}\{|\\.|[{}]", re.DOTALL)
_BARE_BOX = re.compile(r"\\boxed[ ]{1,4}(?P<answer>[^\s{}$]{1,200})")
_LINE_END = re.compile(r"\n|\[\[(?=\s?[A-Za-z])|$")
_OPENS = re.compile(r"\s*(?P<open>\$\$|\$(?=\s*\n)|\\\[|\$?\s?\\begin\{[a-z]+\*?\})")
_MATH = re.compile(
    r"(?<!\\)(\$\$?)(?P<dollars>(?:\\.|[^$\\])+)\1|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]", re.DOTALL
)
_CONCLUSION = re.compile(
    r"[\s$*\\()\[\].,:;#>]*(?:(?:so|thus|hence|therefore|the|final|correct|answer|is)[\s$*\\()\[\].,:;]+)*",
    re.IGNORECASE,
)
_LEAD = re.compile(rf"(?:(?:so|thus|hence|therefore),?[ ])?{_NAMED}(?:[ ]is)?[ ]?:?[ ]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.\s+(?=[A-Z])|[,;]?\s(?:because|since)\s")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_CONCLUDES = re.compile(r".*(?:\b(?:is|are|equals|is equal to)\b|=)\s*:?\s*(?P<tail>\S.*)", re.IGNORECASE | re.DOTALL)
_ARITHMETIC = re.compile(r"[^A-Za-z]*=\s*(?P<tail>[^=]+)")
_ANSWER_LIKE = re.compile(r"\d|\\[A-Za-z]|^\W*[A-Za-z]\W*$")

MAX_WORDS = 3
"""More words than this are prose, not an answer."""
MAX_UNIT_WORDS = 2
"""Words that may follow a number at the end of a sentence: `The total is 12 square metres.`"""
MAX_ANSWER = 2_000
"""Characters above which what a marker is followed by is no answer."""
MAX_UNWRAPPINGS = 8


class MarkedAnswer(NamedTuple):
    """A marked answer: `text[start:end]` is marker and answer, `kept` is what the rationale keeps of it."""

    marker: Marker
    start: int
    end: int
    answer: str
    kept: str = ""


class _Box(NamedTuple):
    r"""`text[start:end]` is `\boxed{...}`, `text[inside:inside_end]` what stands between its braces."""

    start: int
    inside: int
    inside_end: int
    end: int


def first_marker(text: str) -> int | None:
    """Position after the first explicit marker; a sentence `The answer is ...` is none, it may be reasoning."""
    found = [match.end() for pattern in (_HEADER, _ANSWER) if (match := pattern.search(text))]
    box = text.find("\\boxed")
    return min([*found, box] if box >= 0 else found, default=None)


def marked_answer(text: str, *, truncated: bool = False) -> MarkedAnswer | None:
    """The answer of the marker that wins, or `None` where no marker has an answer."""
    headers = (_written_after(text, match, "[[Final Answer]]", truncated) for match in _backwards(_HEADER, text))
    if header := next(filter(None, headers), None):
        return header
    others = (_last_answer_line(text, truncated), _last_box(text), _hashes(text, truncated))
    return max((found for found in others if found), key=lambda found: (found.end, -found.start), default=None)


def answer_text(written: str) -> str:
    """An answer without the wrappers around it: bold, dollars, boxes, `The answer is`, a full stop.

    Empty where more than `MAX_ANSWER` characters are written: that is no answer.
    """
    if len(written) > MAX_ANSWER:
        return ""
    for _ in range(MAX_UNWRAPPINGS):
        before = written
        written = _unwrapped(written.strip())
        if written == before:
            break
    return written


def concluded(sentence: str) -> str:
    """The answer in which a sentence or an equation ends, `... is 14`; empty where it does not clearly."""
    stated = _CONCLUDES.fullmatch(sentence) if word_count(sentence) else _ARITHMETIC.fullmatch(sentence)
    tail = answer_text(stated["tail"]) if stated else ""
    return tail if _ANSWER_LIKE.search(tail) and word_count(tail) <= MAX_UNIT_WORDS else ""


def word_count(text: str) -> int:
    """Words of two letters and more; commands of LaTeX are none."""
    return len(_WORD.findall(text))


def _unwrapped(written: str) -> str:
    boxes = _boxes(written)
    if boxes:
        return written[boxes[-1].inside : boxes[-1].inside_end]
    for mark in ("**", "`", "*"):
        opened = written.count(mark) <= 2  # one where the line began in bold and the marker took the start
        if opened and written.endswith(mark):
            written = written[: -len(mark)].removeprefix(mark)
    if re.fullmatch(r"<[^<>]+>", written):
        return written[1:-1]
    if lead := _LEAD.match(written):
        written = written[lead.end() :]
    if stop := _SENTENCE_END.search(written):
        written = written[: stop.start()]
    written = _only_formula(written)
    return written[:-1] if written.endswith(".") and not written.endswith("..") else written


def _only_formula(written: str) -> str:
    """The formula where it is the only one, alone or after words; a unit that follows it is kept."""
    formulas = list(_MATH.finditer(written))
    if len(formulas) != 1:
        return written
    formula = formulas[0]
    inside = next(filter(None, (formula["dollars"], formula["round"], formula["square"])))
    before, after = written[: formula.start()], written[formula.end() :]
    if re.search(r"\d", before + after):
        return written
    is_unit = not before.strip() and 1 <= word_count(after) <= 3 and "," not in after
    return f"{inside.strip()}{after}" if is_unit else inside.strip()


def _backwards(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return reversed(list(pattern.finditer(text)))


def _written_after(text: str, match: re.Match[str], marker: Marker, truncated: bool) -> MarkedAnswer | None:
    """What stands on the rest of the line, or on the next line that is not empty."""
    begin, start = match.span()
    while begin and text[begin - 1] in " \t*#":
        begin -= 1
    while text[start : start + 1].isspace():
        start += 1
    end = _written_end(text, start)
    raw = text[start:end]
    may_go_on = end == len(text) and not raw.rstrip().endswith(("$", "\\)", "\\]"))
    answer = answer_text(raw)
    if word_count(answer) > MAX_WORDS:  # "The answer is the number of ways ..." is reasoning, "ANSWER: ..." is not
        answer = concluded(answer) or ("" if match.re is _SENTENCE else answer)
    if not answer or (truncated and may_go_on):
        return None
    return MarkedAnswer(marker, begin, end, answer)


def _written_end(text: str, start: int) -> int:
    """The end of the line, or of the displayed formula that begins on it."""
    line_end = _LINE_END.search(text, start)
    end = line_end.start() if line_end else len(text)
    opened = _OPENS.match(text, start)
    if not opened:
        return end
    mark = opened["open"]
    closing = {"$$": "$$", "$": "$", "\\[": "\\]"}.get(mark) or "\\end" + mark[mark.index("{") :]
    closed = text.find(closing, opened.end(), opened.end() + MAX_ANSWER)
    if closed < end or "\n\n" in text[start:closed]:
        return end
    line_end = _LINE_END.search(text, closed)
    return line_end.start() if line_end else len(text)


def _last_answer_line(text: str, truncated: bool) -> MarkedAnswer | None:
    matches = [match for pattern in (_ANSWER, _HEADING, _SENTENCE) for match in pattern.finditer(text)]
    matches.sort(key=lambda match: match.start(), reverse=True)
    return next(filter(None, (_written_after(text, match, "ANSWER:", truncated) for match in matches)), None)


def _hashes(text: str, truncated: bool) -> MarkedAnswer | None:
    """`#### 14` as the last line; `#### Step 2` is a heading."""
    end = len(text.rstrip())
    start = text.rfind("\n", 0, end) + 1
    match = _HASHES.fullmatch(text, start, end)
    if match is None or (truncated and "\n" not in text[end:]):
        return None
    answer = answer_text(match["answer"])
    if not answer or _WORD.match(answer) or word_count(match["answer"]) > MAX_UNIT_WORDS:
        return None
    return MarkedAnswer("####", start, len(text), answer)


def _last_box(text: str) -> MarkedAnswer | None:
    """The last box, with the line around it where that says nothing else."""
    boxes = _boxes(text)
    inside = text[boxes[-1].inside : boxes[-1].inside_end] if boxes else ""
    answer = answer_text(inside)
    if not answer:
        return None
    box = boxes[-1]
    start = text.rfind("\n", 0, box.start) + 1
    end = text.find("\n", box.end)
    end = len(text) if end < 0 else end
    rest = text[start : box.start], text[box.end : end]
    if all(len(part) < MAX_ANSWER and _CONCLUSION.fullmatch(part + " ") for part in rest):
        return MarkedAnswer("\\boxed", *_with_display(text, start, end), answer)
    return MarkedAnswer("\\boxed", box.start, box.end, answer, kept=inside)


def _with_display(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the delimiters of a display that stand on lines of their own around it."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        before, after = text[max(0, start - 9) : start].rstrip(), text[end : end + 9].lstrip()
        if before.endswith(opening) and after.startswith(closing):
            return text.rindex(opening, 0, start), text.index(closing, end) + len(closing)
    return start, end


def _boxes(text: str) -> list[_Box]:
    """Every outermost closed box from left to right; a box that is never closed is none."""
    if "\\boxed" not in text and "\\fbox" not in text:
        return []
    open_braces: list[re.Match[str]] = []
    boxes = [_Box(bare.start(), *bare.span("answer"), bare.end()) for bare in _BARE_BOX.finditer(text)]
    closed: list[_Box] = []
    for token in _BRACES.finditer(text):
        if token["box"] or token[0] == "{":
            open_braces.append(token)
        elif token[0] == "}" and open_braces:
            opened = open_braces.pop()
            if opened["box"]:
                while closed and closed[-1].start > opened.start():
                    closed.pop()
                closed.append(_Box(opened.start(), opened.end(), token.start(), token.end()))
    return sorted(boxes + closed)
