r"""One spelling for one answer: a canonical key that changes how an answer is written, never what it says.

    >>> normalise("$\\dfrac12$."), normalise("10,\\!080"), normalise("2, 3"), normalise("\\text{(C)}")
    ('\\frac{1}{2}', '10080', '2,3', 'C')

Answers with one key are the same answer. The reverse is `equivalence`'s work: `0.5` and `\frac{1}{2}` keep two keys, as
do `90^\circ` and `90`. No word is ever deleted, and a comma goes only where it separates thousands: outside brackets,
before groups of exactly three digits, without a space.
"""

import re
from functools import lru_cache

from lbt_solvers.answers._latex import brackets_match, outside_brackets, plain_characters, split_top

MAX_LENGTH = 1_000
"""Characters above which an answer is only stripped: nobody's answer is that long."""
MAX_PASSES = 8

Rule = tuple[re.Pattern[str], str]


def _rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


_SPACING = _rules(
    (r",\\!\s*|\{,\}", ","),
    (r"(?<=\d)(?:\\[,;]|~)(?=\d{3}(?!\d))", ""),  # a thin space between thousands
    (r"(?<!\\)\\(?:!|limits(?![A-Za-z])|(?:display|text|script)style(?![A-Za-z]))", ""),
    (r"\\(?:left|right)(?:\.|(?![A-Za-z]))|\\[bB]igg?[lrm]?(?![A-Za-z])", ""),
    (r"(?<!\\)\\[,;:> ]|\\q?quad(?![A-Za-z])|\\(?:thin|en)space(?![A-Za-z])|~", " "),
    (r"\\(?:hspace\*?|[hv]?phantom|vspace\*?|kern)\s*\{[^{}]*\}", " "),
)
_TEXT = _rules(
    (
        r"\\(?:text(?:bf|it|rm|tt|sf|normal|up)?|math(?:rm|bf|it|sf|tt|normal)|mbox|hbox|operatorname\*?)\s*\{([^{}]*)\}",
        r" \1 ",
    ),
)
_NAMES = _rules(
    (r"\\leq(?![A-Za-z])|\\leqslant(?![A-Za-z])|<=", r"\\le "),
    (r"\\geq(?![A-Za-z])|\\geqslant(?![A-Za-z])|>=", r"\\ge "),
    (r"\\neq(?![A-Za-z])|!=", r"\\ne "),
    (r"\\lt(?![A-Za-z])", "<"),
    (r"\\gt(?![A-Za-z])", ">"),
    (r"\\lbrace(?![A-Za-z])", r"\\{"),
    (r"\\rbrace(?![A-Za-z])", r"\\}"),
    (r"\*\*", "^"),
    (r"\\times(?![A-Za-z])|\*", r"\\cdot "),
    (r"(?<![\\A-Za-z])((?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|ln|exp)(?=[\s(^_{\\\d])", r"\\\1 "),
    (r"(?<![\\A-Za-z])(?:pi|PI|Pi)(?![A-Za-z])", r"\\pi "),
    (r"(?<![\\A-Za-z])[Ii]nfinity(?![A-Za-z])", r"\\infty "),
    (r"\\%", "%"),
    (r"\\varnothing(?![A-Za-z])|\\\{\s*\\\}", r"\\emptyset "),
    (r"(?<![\w)}\]])\+\s*(?=\\infty)", ""),
    (r"\\mathbb\s*(?:\{\s*R\s*\}|R(?![A-Za-z]))|\\R(?:eals?)?(?![A-Za-z])|\\mathbf\{R\}", r"\\mathbb{R}"),
    (r"^\s*(?:the set of )?(?:all )?real(?: number)?s\s*$", r"(-\\infty,\\infty)"),
    (r"(?:^\s*|(?<=\\in)\s*)\\mathbb\{R\}\s*$", r" (-\\infty,\\infty)"),
    (r"\(\s*\\?mod(?![A-Za-z])\s*\{?\s*(\w+)\s*\}?\s*\)|\\[pb]?mod(?![A-Za-z])\s*\{?\s*(\w+)\s*\}?", r"\\pmod{\1\2}"),
    (r"(?<=[\w}])\s+mod\s+(\w+)", r"\\pmod{\1}"),
    (r"\b(?:US|CA|AU|NZ)(?=\\?\$)", ""),
    (r"(?<=\d)\s*(?:per cent|per-cent)(?![A-Za-z])", " percent"),
    (r"(?<=\d)\s*\(?base\s*(\d{1,2})\)?", r"_{\1}"),
    (r"\\degree(?![A-Za-z])|\\textdegree(?![A-Za-z])|\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![A-Za-z])", r"^\\circ "),
    (r"\\[cl]?dots(?![A-Za-z])|\.\.\.", r"\\dots "),
)
_FRACTIONS = _rules(
    (r"\\(?:[dtc]|nice|s|x)frac(?![A-Za-z])", r"\\frac"),
    (r"\\[dt]?binom\s*(\d)\s*(\d)", r"\\binom{\1}{\2}"),
    (r"\\frac\s+(?=[{\d\\])", r"\\frac"),
    (r"\\frac(\d|[A-Za-z](?![A-Za-z])|\\pi(?![A-Za-z]))", r"\\frac{\1}"),
    (r"(\\frac\{(?:[^{}]|\{[^{}]*\})*\})\s*(\d|[A-Za-z](?![A-Za-z])|\\pi(?![A-Za-z]))", r"\1{\2}"),
    (r"(\\frac\{(?:[^{}]|\{[^{}]*\})*\})\s+(?=\{)", r"\1"),
    (r"^([+-]?)(\d+)/(\d+)$", r"\1\\frac{\2}{\3}"),
)
_ROOTS = _rules(
    (r"(?<![\\A-Za-z])sqrt(?=\s*[({])", r"\\sqrt"),
    (r"\\sqrt\s*(\d|[A-Za-z](?![A-Za-z]))", r"\\sqrt{\1}"),
    (r"\\sqrt\s*\(([^()]*)\)", r"\\sqrt{\1}"),
    (r"\\sqrt\s+(?=[{\[])", r"\\sqrt"),
    (r"\\sqrt\[\s*(\w+)\s*\]\s*(\d|[A-Za-z](?![A-Za-z]))", r"\\sqrt[\1]{\2}"),
    (r"(\\sqrt\[\s*\w+\s*\])\s+(?=\{)", r"\1"),
)
_NUMBERS = _rules(
    (r"(?<![\d.A-Za-z])\.(?=\d)", "0."),
    (r"(?<![\d.])(\d+)\.0+(?![\d.\\])", r"\1"),
    (r"(?<![\d.])(\d+\.\d*[1-9])0+(?![\d.\\])", r"\1"),
    (r"^\+\s*(?=[\d.\\A-Za-z(])", ""),
)
_SCRIPTS = _rules(
    (r"\s*([\^_])\s*", r"\1"),
    (r"\^([-+]\d+|[-+][A-Za-z](?![A-Za-z]))(?![\d^])", r"^{\1}"),
    (r"([\^_])(\d{2,})(?![\d^])", r"\1{\2}"),  # `2^10` has the exponent 10, though LaTeX would print 2^1 0
    (r"([\^_])(\w)(?=[\w{])", r"\1{\2}"),
    (r"([\^_])\{\s*(\w)\s*\}(?![\w{])", r"\1\2"),  # `2^{4}3` keeps its braces: `2^43` is another number
    (r"(?<![\w)}\]])\((\w+)\)_", r"\1_"),
)
_SPACES = _rules((r"\s+", " "), (r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])", ""))
_WORD = re.compile(r"(?<![\\A-Za-z0-9_{])[A-Z][a-z]{2,}(?![A-Za-z0-9_])")
_SPACED_THOUSANDS = re.compile(r"^([-+]?(?:\\?\$|[\u20ac\u00a3\u00a5])?)(\d{1,3}(?: \d{3})+)(?=$|\.\d|\s?(?![\d,;])\D)")
_BRACKETED_MATRIX = re.compile(
    r"[\[(]\s*(\\begin\{(?P<name>array|[pb]?matrix|smallmatrix)\}(?:(?!\\begin).)*\\end\{(?P=name)\})\s*[\])]",
    re.DOTALL,
)
_LONE_BACKSLASH = re.compile(r"(?<!\\)\\$")  # of a `\ ` that was stripped
_EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+")
_PARTLY_BOLD = re.compile(r"(?<![\w)}*])\*\*(?!\s)([^*\n]+?)(?<!\s)\*\*(?![\w(*])")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d]|,\d)")
_LIST_COMMA = re.compile(r"(?<=\d)(?:\s+,\s*|,\s+)(?=\d{3}(?!\d))")
_DELIMITER = re.compile(r"\\[()\[\]]|\*\*")
_WRAPPED = re.compile(
    r"\$\$(?P<a>[^$]*)\$\$|\$(?P<b>(?:\\.|[^$\\])*)\$|\\\((?P<c>.*)\\\)|\\\[(?P<d>.*)\\\]|\*\*(?P<e>.*)\*\*"
    r"|`(?P<f>[^`]*)`|\"(?P<g>[^\"]*)\"|\\f?boxed\s*\{(?P<h>.*)\}|\\fbox\s*\{(?P<i>.*)\}",
    re.DOTALL,
)


@lru_cache(maxsize=1 << 14)
def normalise(answer: str) -> str:
    """The canonical key of an answer; empty where nothing is written. Normalising a key gives the same key."""
    text = _LONE_BACKSLASH.sub("", answer.strip()).strip()
    if len(text) > MAX_LENGTH:
        return " ".join(text.split())
    for _ in range(MAX_PASSES):
        before = text
        text = _LONE_BACKSLASH.sub("", _once(text)).strip()
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = _unwrapped(plain_characters(_EMOJI.sub("", text) if not text.isascii() else text))
    for rules in (_SPACING, _TEXT, _NAMES, _FRACTIONS, _ROOTS):
        text = _replaced(text, rules)
    text = _bare_set(text)
    text = _without_thousands(_SPACED_THOUSANDS.sub(lambda each: each[1] + each[2].replace(" ", ""), text.strip()))
    for rules in (_NUMBERS, _SCRIPTS, _SPACES):
        text = _replaced(text, rules)
    return _WORD.sub(lambda word: word[0].lower(), _without_brackets(text.strip()))


def _replaced(text: str, rules: tuple[Rule, ...]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _unwrapped(text: str) -> str:
    """Without delimiters around the whole, dollars of formulas inside, and a mark at the end."""
    text = text.strip()
    whole = _WRAPPED.fullmatch(text)
    inside = whole[whole.lastgroup or 0] if whole else ""
    one_formula = brackets_match(inside, "}") and not _DELIMITER.search(inside)
    if inside and one_formula:  # `\\(a\\) and \\(b\\)` are two
        text = inside.strip()
    text = _PARTLY_BOLD.sub(r"\1", text) if "**" in text else text
    dollars = re.findall(r"(?<!\\)\$", text)
    if len(dollars) == 1:
        text = re.sub(r"(?<!\\)\$\s*(?=[\d.])", r"\\$", text)  # the currency
    elif dollars:
        text = re.sub(r"(?<!\\)\$\s*,\s*\$", ", ", text)
        text = re.sub(r"(?<!\\)\$", "", text)
    if (text.endswith((",", ";")) and text[-2:-1] != "\\") or (text.endswith(".") and not text.endswith("..")):
        text = text[:-1]
    return text.strip()


def _bare_set(text: str) -> str:
    """`{1,2}` is a set where the braces are around the whole, `{5}` is a 5 in braces."""
    stripped = text.strip()
    if not (stripped.startswith("{") and stripped.endswith("}") and brackets_match(stripped[1:-1], "}")):
        return text
    inside = stripped[1:-1]
    return f"\\{{{inside}\\}}" if len(split_top(inside, ",")) > 1 else inside


def _without_thousands(text: str) -> str:
    """Only outside brackets: `(1,234)` is a point, `1,234` a number and `1, 234` a list, with the key `1;234`."""
    if "," not in text:
        return text
    return "".join(
        _THOUSANDS.sub(lambda number: number[0].replace(",", ""), _LIST_COMMA.sub(";", piece)) if outside else piece
        for piece, outside in outside_brackets(text)
    )


def _without_brackets(text: str) -> str:
    """`(C)` is the option C, `C)` too, `(x+1)` is x+1; `(1,2)` stays a pair; a matrix needs no second brackets."""
    if matrix := _BRACKETED_MATRIX.fullmatch(text):
        return matrix[1]
    if text[:1] + text[-1:] in ("][", "](", ")[", "]]", "[[") and len(split_top(text[1:-1], ",")) == 2:
        return {"]": "(", "[": "[", ")": ")"}[text[0]] + text[1:-1] + {"[": ")", "]": "]", "(": "("}[text[-1]]
    if re.fullmatch(r"[A-J]\)", text):
        return text[0]
    inside = text[1:-1]
    if text.startswith("(") and text.endswith(")") and inside and brackets_match(inside):
        return text if len(split_top(inside, ",")) > 1 or len(split_top(inside, ";")) > 1 else inside
    return text
