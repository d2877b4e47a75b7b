r"""Keys that are rational numbers, read exactly: no floating point, no tolerance.

>>> as_fraction("1\\frac{4}{5}"), as_fraction("0.\\overline{3}"), as_fraction("\\pi")
(Fraction(9, 5), Fraction(1, 3), None)
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

MAX_EXPONENT = 1_000
SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15,
    "dozen": 12, "gross": 144, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNITS_OF_WORDS = {word: number for number, word in enumerate(_SMALL)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "sixteenth": 16, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
    "millionth": 10**6, "billionth": 10**9,
}  # fmt: skip
_PLURALS = {f"{word}s": value for word, value in SCALES.items()} | {"halves": 2}
FACTORS: Mapping[str, Fraction] = {
    **{word: Fraction(value) for word, value in {**SCALES, **_PLURALS}.items() if word != "halves"},
    **{word: Fraction(1, value) for word, value in _PARTS.items()},
    **{f"{word}s": Fraction(1, value) for word, value in _PARTS.items()},
    "halves": Fraction(1, 2),
}
"""What a word behind a number multiplies it with: `6 millions`, `3 eighths`."""
NUMBER_WORDS = frozenset(FACTORS)
_DECIMAL = r"\d+(?:\.\d*)?|\.\d+"
_INTEGER_OR_DECIMAL = re.compile(_DECIMAL)
_RATIO = re.compile(
    rf"\\frac\{{(?P<n>[+-]?(?:{_DECIMAL}))\}}\{{(?P<d>[+-]?(?:{_DECIMAL}))\}}|(?P<n2>{_DECIMAL})/(?P<d2>{_DECIMAL})"
)
_MIXED = re.compile(r"(?P<whole>\d+)(?:\\frac\{(?P<n>\d+)\}\{(?P<d>\d+)\}| (?P<n2>\d+)/(?P<d2>\d+))")
_SCIENTIFIC = re.compile(
    rf"(?:(?P<mantissa>{_DECIMAL})\\cdot ?)?10\^(?:\{{(?P<braced>[+-]?\d{{1,4}})\}}|(?P<digit>\d))"
)
_E_NOTATION = re.compile(rf"(?P<mantissa>{_DECIMAL})[eE](?P<exponent>[+-]?\d{{1,4}})")
_REPEATING = re.compile(r"(?P<whole>\d*)\.(?P<start>\d*)\\overline\{(?P<cycle>\d+)\}")


@lru_cache(maxsize=1 << 14)
def as_fraction(key: str) -> Fraction | None:
    r"""The number a key is: integer, decimal, ratio, mixed, scientific, repeating, `5 million`; else `None`.

    A whole number before a fraction is a mixed number, `1\frac{4}{5}` is 9/5, as in every MATH answer.
    """
    sign, text = (-1, key[1:]) if key.startswith("-") else (1, key)
    if not re.match(r"[\d.\\a-z]", text):
        return None
    factor = Fraction(1)
    while (split := text.rpartition(" "))[2] in FACTORS and split[0]:
        factor, text = factor * FACTORS[split[2]], split[0].removesuffix(" of a").removesuffix(" of")
    try:
        value = _unsigned(text)
    except ZeroDivisionError:
        return None
    return None if value is None else sign * value * factor


def _unsigned(text: str) -> Fraction | None:
    if _INTEGER_OR_DECIMAL.fullmatch(text):
        return Fraction(text)
    if text[:1].isalpha():
        return _in_words(text)
    if ratio := _RATIO.fullmatch(text):
        return Fraction(ratio["n"] or ratio["n2"]) / Fraction(ratio["d"] or ratio["d2"])
    if mixed := _MIXED.fullmatch(text):
        return int(mixed["whole"]) + Fraction(int(mixed["n"] or mixed["n2"]), int(mixed["d"] or mixed["d2"]))
    if scientific := _SCIENTIFIC.fullmatch(text):
        exponent = int(scientific["braced"] or scientific["digit"])
        return (
            Fraction(scientific["mantissa"] or 1) * Fraction(10) ** exponent if abs(exponent) <= MAX_EXPONENT else None
        )
    if power := _E_NOTATION.fullmatch(text):
        exponent = int(power["exponent"])
        return Fraction(power["mantissa"]) * Fraction(10) ** exponent if abs(exponent) <= MAX_EXPONENT else None
    if repeating := _REPEATING.fullmatch(text):
        start, cycle = repeating["start"], repeating["cycle"]
        tail = Fraction(int(cycle), (10 ** len(cycle) - 1) * 10 ** len(start))
        return Fraction(f"{repeating['whole'] or 0}.{start or 0}") + tail
    return None


def _in_words(text: str) -> Fraction | None:
    """`twenty-five`, `a`, `two hundred and five`; `None` where a word is no number."""
    if text in ("a", "an"):
        return None
    total = group = 0
    words = [word for word in re.split(r"[ -]", text) if word != "and"]
    for place, word in enumerate(words):
        if word in _UNITS_OF_WORDS:
            before = _UNITS_OF_WORDS.get(words[place - 1], 0) if place else 0
            if place and before and (before < 20 or _UNITS_OF_WORDS[word] > 9):
                return None  # `one two` is no number
            group += _UNITS_OF_WORDS[word]
        elif word == "hundred" and group:
            group *= 100
        elif word in ("thousand", "million", "billion") and group:
            total, group = total + group * SCALES[word], 0
        else:
            return None
    return Fraction(total + group) if words else None
