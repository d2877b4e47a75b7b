r"""The little of LaTeX that answers need to be taken apart: tokens, brackets, special characters.

>>> split_top("(1,2),\\{3,4\\}", ",")
['(1,2)', '\\{3,4\\}']
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"\\\\|\\[A-Za-z]+|\\.|.", re.DOTALL)
_OPEN = frozenset({"(", "[", "{", "\\{", "\\langle", "\\lfloor", "\\lceil", "\\begin"})
_CLOSE = frozenset({")", "]", "}", "\\}", "\\rangle", "\\rfloor", "\\rceil", "\\end"})
_PAIRS = {")": "(", "]": "[", "}": "{", "\\}": "\\{"}

_CHARACTERS = str.maketrans(
    {
        "\u2212": "-", "\u2010": "-", "\u2011": "-", "\uff0d": "-",
        "\u00d7": "\\times ", "\u00b7": "\\cdot ", "\u22c5": "\\cdot ", "\u00f7": "\\div ", "\u00b1": "\\pm ",
        "\u2264": "\\le ", "\u2265": "\\ge ", "\u2260": "\\ne ", "\u221e": "\\infty ", "\u00b0": "^\\circ ",
        "\u03c0": "\\pi ", "\u03b8": "\\theta ", "\u03b1": "\\alpha ", "\u03b2": "\\beta ", "\u03bb": "\\lambda ",
        "\u222a": "\\cup ", "\u2229": "\\cap ", "\u2208": "\\in ", "\u2205": "\\emptyset ", "\u211d": "\\mathbb{R}",
        "\u00b2": "^2", "\u00b3": "^3", "\u00bd": "\\frac{1}{2}", "\u00bc": "\\frac{1}{4}", "\u00be": "\\frac{3}{4}",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u27e8": "\\langle ", "\u27e9": "\\rangle ",
        "\u2153": "\\frac{1}{3}", "\u2154": "\\frac{2}{3}", "\u215b": "\\frac{1}{8}", "\u2103": "^\\circ C",
        "\u2109": "^\\circ F", "\uff05": "%", "\uff0c": ",", "\uff08": "(", "\uff09": ")", "\u2013": "-",
        "\u2248": "\\approx ", "\u222b": "\\int ", "\u03c6": "\\phi ", "\u03bc": "\\mu ", "\u03c9": "\\omega ",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_SUPERSCRIPTS = {
    ord(raised): plain
    for raised, plain in zip(
        "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b\u207a\u207f", "0123456789-+n", strict=True
    )
}
_RAISED = re.compile(f"[{''.join(map(chr, _SUPERSCRIPTS))}]+")
_ROOT_SIGN = re.compile("\u221a\\s*(\\d+(?:\\.\\d+)?|[A-Za-z])")


def plain_characters(text: str) -> str:
    """Mathematical Unicode as LaTeX: a minus sign, a times sign, a root sign, Greek letters."""
    if text.isascii():
        return text
    text = _RAISED.sub(lambda run: f"^{{{run[0].translate(_SUPERSCRIPTS)}}}", text)
    return _ROOT_SIGN.sub(r"\\sqrt{\1}", text).replace("\u221a", "\\sqrt").translate(_CHARACTERS)


def tokens(text: str) -> Iterator[tuple[str, int]]:
    r"""Every token with the depth of brackets that it stands in; a bracket stands outside itself."""
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in _CLOSE:
            depth -= 1
        yield token, depth
        if token in _OPEN:
            depth += 1


def brackets_match(inside: str, closing: str = ")]}") -> bool:
    """Whether every such bracket is closed by its like, in order, so that a pair may stand around the text or go."""
    pairs = {close: opening for close, opening in _PAIRS.items() if close[-1] in closing}
    opened: list[str] = []
    for match in _TOKEN.finditer(inside):
        token = match[0]
        if token in pairs.values():
            opened.append(token)
        elif token in pairs and (not opened or opened.pop() != pairs[token]):
            return False
    return not opened


def split_top(text: str, separator: str) -> list[str]:
    """The parts between separators that stand in no bracket; an interval `(0,1]` counts as one bracket."""
    parts = [""]
    for token, depth in tokens(text):
        if depth == 0 and token == separator:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def outside_brackets(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it stands outside round, square and set brackets."""
    piece, depth, outside = "", 0, True
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth -= token in (")", "]", "\\}")
        if (depth <= 0) != outside:
            yield piece, outside
            piece, outside = "", depth <= 0
        piece += token
        depth += token in ("(", "[", "\\{")
    yield piece, outside
