r"""How replies announce an answer: `ANSWER:`, `The answer is`, and the same in other languages.

>>> LINE.search("So.\n\u2705 **Final Answer:** 5")[0]
'\u2705 **Final Answer:** '
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_BEFORE = 16
"""Signs, emphasis and commands that may stand before an announcement."""
_BEFORE = (
    r"(?:[^\w\n\\<]|\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boxed|large|Large)\s?\{|\\[()\[\],;:! ]"
    rf"|<(?:/?(?:b|strong|em|i|p|span|div|u)>)?){{0,{MAX_BEFORE}}}"
    r"(?:\d{1,2}[.)][ ]{1,2})?(?:\*\*|__)?"
)
_ENGLISH = r"(?:(?:so|thus|hence|therefore),?[ ])?(?:(?:the|your|my|our)[ ])?(?:final[ ]|correct[ ])?answer"
_AFTER = r"(?:</?(?:b|strong|em|i|span|u)>|[ \t*_`}]){0,6}"
LINE = re.compile(
    rf"^{_BEFORE}{_ENGLISH}(?:[ ]is)?{_AFTER}(?:[:\uff1a]|=(?!=)){_AFTER}"
    rf"|(?<![\w\"'`])(?-i:(?:FINAL[ ])?ANSWER){_AFTER}[:\uff1a]{_AFTER}"
    rf"|(?<=[.!?$)\]}}*] )[Ff]inal [Aa]nswer{_AFTER}:{_AFTER}",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that is said to be the answer; in capitals also within a line."""
HEADING = re.compile(
    rf"^[ \t]{{0,3}}(?:#{{1,6}}[ \t]|\*\*)[^\w\n]{{0,6}}{_ENGLISH}[*:\uff1a]{{0,4}}[ \t\r]*$",
    re.IGNORECASE | re.MULTILINE,
)
SENTENCE = re.compile(
    r"(?:^[^\w\n\\<]{0,12}|(?<=[.!?] ))(?:(?:so|thus|hence|therefore),?[ ])?the[ ](?:final[ ]|correct[ ])?answer"
    r"[ ]is[ ](?!not\b)(?!as[ ]follows)",
    re.IGNORECASE | re.MULTILINE,
)
_WORDS = (
    "antwort endergebnis ergebnis r\u00e9ponse reponse r\u00e9sultat respuesta resultado risposta risultato resposta"
    " antwoord svar svaret slutsvar odpowied\u017a odpov\u011b\u010f v\u00e1lasz vastaus r\u0103spuns jibu jawaban"
    " cevap yan\u0131t \u043e\u0442\u0432\u0435\u0442 \u0432\u0456\u0434\u043f\u043e\u0432\u0456\u0434\u044c"
    " \u03b1\u03c0\u03ac\u03bd\u03c4\u03b7\u03c3\u03b7 \u05ea\u05e9\u05d5\u05d1\u05d4"
).split()
_OTHER_WORDS = (
    "\u0627\u0644\u0625\u062c\u0627\u0628\u0629 \u0627\u0644\u062c\u0648\u0627\u0628 \u0909\u0924\u094d\u0924\u0930"
    " \u0989\u09a4\u09cd\u09a4\u09b0 \u0c38\u0c2e\u0c3e\u0c27\u0c3e\u0c28\u0c02 \u0e04\u0e33\u0e15\u0e2d\u0e1a"
).split()
_EAST_ASIAN = (
    r"(?:\u6700\u7ec8|\u6700\u540e|\u6700\u7d42|\u6b63\u786e|\u6700\u7d42\u7684\u306a)?(?:\u7684)?"
    r"(?:\u7b54\u6848|\u7b54\u3048|\u56de\u7b54|\u89e3\u7b54|\u6b63\u89e3|\uc815\ub2f5|\ub2f5\ubcc0"
    r"|\ucd5c\uc885 ?\ub2f5|(?<![\u4e00-\u9fff\uac00-\ud7a3])(?:\u7b54|\ub2f5))"
)
_ARTICLE = r"(?:die|das|la|le|el|il|a|o|het|den|det)"
_LATIN = rf"(?:{_ARTICLE}[ ]?)?(?:{'|'.join(_WORDS)}|\u0111\u00e1p \u00e1n|\u0111\u00e1p s\u1ed1)"
_KIND = r"(?:[ ](?:finale?|definitiva|final|finala|\u0627\u0644\u0646\u0647\u0627\u0626\u064a\u0629))?"
_COPULA = r"(?:ist|lautet|est|es|\u00e9|\u00e8|\u00e4r|er|jest|je|on|ni|adalah|l\u00e0)"
FOREIGN = re.compile(
    rf"(?:^{_BEFORE}|(?<=[.!?] )|(?<=also )|(?<=donc ))(?:[^\W\d_]{{2,16}}[ ])?{_LATIN}{_KIND}"
    rf"(?:{_AFTER}[:\uff1a]{_AFTER}|[ ]{_COPULA}[ ]:?[ ]?)"
    rf"|^{_BEFORE}(?:{'|'.join(_OTHER_WORDS)}){_KIND}{_AFTER}[:\uff1a]{_AFTER}"
    rf"|{_EAST_ASIAN}{_AFTER}(?:[:\uff1a]|\u662f(?:[:\uff1a])?|\u4e3a(?:[:\uff1a])?|\u70ba|\u306f|\uc740|\ub294){_AFTER}",
    re.IGNORECASE | re.MULTILINE,
)
_WORDS_OF_FOREIGN = (
    *_WORDS,
    *_OTHER_WORDS,
    "\u0111\u00e1p \u00e1n",
    "\u0111\u00e1p s\u1ed1",
    "\u7b54",
    "\ub2f5",
    "\u6b63\u89e3",
)
TAG = re.compile(
    r"<(?P<tag>(?:final[_-]?)?answer|ans)>|(?<!\[)\[(?P<square>(?:final[_-]?)?answer|ans)\](?!\])", re.IGNORECASE
)
"""An answer in a tag of its own, which may be left open."""
LEAD = re.compile(
    rf"(?:(?:so|thus|hence|therefore),?[ ])?(?:{_ENGLISH}|{_LATIN}{_KIND})"
    rf"(?:[ ](?:is|{_COPULA})(?:[ ]?[:\uff1a])?[ ]|{_AFTER}[:\uff1a][ ]*)",
    re.IGNORECASE,
)
"""The announcement once more, at the beginning of what an announcement is followed by."""

_LETTERS_LIKE = str.maketrans(
    "\u0130\u0131\u017f\u03a3\u03c2\u03d6\u1c80\u1c81\u1c82\u1c84\u1c85",
    "iis\u03c3\u03c3\u03c0\u0432\u0434\u043e\u0442\u0442",
)
_OPEN_COMMAND = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boxed|large)$", re.IGNORECASE)


def folded(text: str) -> str:
    """In lower case, character by character: two letters that are one where case is ignored are one letter here."""
    return text.lower() if text.isascii() else text.translate(_LETTERS_LIKE).lower()


def _without_longer(words: Iterable[str]) -> tuple[str, ...]:
    """The words in lower case, but for those that contain another one."""
    lower = {folded(word) for word in words}
    return tuple(sorted(word for word in lower if not any(other in word for other in lower - {word})))


_ENGLISH_WORDS = ("answer",)
_FOREIGN_WORDS = _without_longer(_WORDS_OF_FOREIGN)
_FOREIGN_ASCII_WORDS = tuple(word for word in _FOREIGN_WORDS if word.isascii())
_Lines = list[tuple[int, int]]


def first_line(text: str) -> re.Match[str] | None:
    """What `LINE.search(text)` finds."""
    return next(_matches(LINE, text, _lines_of(text)[0]), None)


def tags(text: str) -> Iterator[re.Match[str]]:
    """What `TAG.finditer(text)` finds."""
    return TAG.finditer(text) if "<" in text or "[" in text else iter(())


def announcements(text: str) -> list[re.Match[str]]:
    """What `LINE`, `HEADING`, `SENTENCE` and `FOREIGN` find, one after the other.

    It takes a fraction of the time of their `finditer`: only the lines that have one of their words are searched.
    """
    english, foreign = _lines_of(text)
    searched = ((LINE, english), (HEADING, english), (SENTENCE, english), (FOREIGN, foreign))
    return [match for pattern, lines in searched for match in _matches(pattern, text, lines)]


@lru_cache(maxsize=2)
def _lines_of(text: str) -> tuple[_Lines, _Lines]:
    """The lines with an English word, and with one of another language; a reply is asked about twice in a row."""
    lower = folded(text)
    foreign = _FOREIGN_ASCII_WORDS if text.isascii() else _FOREIGN_WORDS
    return _lines_with(_ENGLISH_WORDS, text, lower), _lines_with(foreign, text, lower)


def _matches(pattern: re.Pattern[str], text: str, lines: _Lines) -> Iterator[re.Match[str]]:
    at = 0
    for start, end in lines:
        for match in pattern.finditer(text, max(start, at), end):
            at = match.end()
            yield match


def _lines_with(words: tuple[str, ...], text: str, lower: str) -> _Lines:
    """Where the lines with one of the words begin and end; a line goes on behind a command whose `{` is on the next."""
    spans: set[tuple[int, int]] = set()
    for word in words:
        at = lower.find(word)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = len(text) if end < 0 else end
            for _ in range(MAX_BEFORE):
                if not start or not _OPEN_COMMAND.search(text[max(0, start - 12) : start - 1]):
                    break
                start = text.rfind("\n", 0, start - 1) + 1
            spans.add((start, end))
            at = lower.find(word, end)
    return sorted(spans)
