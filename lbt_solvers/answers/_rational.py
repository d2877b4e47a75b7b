r"""Keys that are rational numbers, read exactly: no floating point, no tolerance.

>>> as_fraction("1\\frac{4}{5}"), as_fraction("0.\\overline{3}"), as_fraction("\\pi")
(Fraction(9, 5), Fraction(1, 3), None)
"""

import re
from fractions import Fraction
from functools import lru_cache

MAX_EXPONENT = 1_000
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_DECIMAL = r"\d+(?:\.\d*)?|\.\d+"
_INTEGER_OR_DECIMAL = re.compile(_DECIMAL)
_RATIO = re.compile(
    rf"\\frac\{{(?P<n>[+-]?(?:{_DECIMAL}))\}}\{{(?P<d>[+-]?(?:{_DECIMAL}))\}}|(?P<n2>{_DECIMAL})/(?P<d2>{_DECIMAL})"
)
_MIXED = re.compile(r"(?P<whole>\d+)(?:\\frac\{(?P<n>\d+)\}\{(?P<d>\d+)\}| (?P<n2>\d+)/(?P<d2>\d+))")
_SCIENTIFIC = re.compile(rf"(?P<mantissa>{_DECIMAL})\\cdot ?10\^(?:\{{(?P<braced>-?\d{{1,4}})\}}|(?P<digit>\d))")
_REPEATING = re.compile(r"(?P<whole>\d*)\.(?P<start>\d*)\\overline\{(?P<cycle>\d+)\}")


@lru_cache(maxsize=1 << 14)
def as_fraction(key: str) -> Fraction | None:
    r"""The number a key is: integer, decimal, ratio, mixed, scientific, repeating, `5 million`; else `None`.

    A whole number before a fraction is a mixed number, `1\frac{4}{5}` is 9/5, as in every MATH answer.
    """
    sign, text = (-1, key[1:]) if key.startswith("-") else (1, key)
    if not re.match(r"[\d.\\]", text):
        return None
    number, _, scale = text.rpartition(" ")
    try:
        value = _unsigned(number) if scale in SCALES else _unsigned(text)
    except ZeroDivisionError:
        return None
    return None if value is None else sign * value * SCALES.get(scale, 1)


def _unsigned(text: str) -> Fraction | None:
    if _INTEGER_OR_DECIMAL.fullmatch(text):
        return Fraction(text)
    if ratio := _RATIO.fullmatch(text):
        return Fraction(ratio["n"] or ratio["n2"]) / Fraction(ratio["d"] or ratio["d2"])
    if mixed := _MIXED.fullmatch(text):
        return int(mixed["whole"]) + Fraction(int(mixed["n"] or mixed["n2"]), int(mixed["d"] or mixed["d2"]))
    if scientific := _SCIENTIFIC.fullmatch(text):
        exponent = int(scientific["braced"] or scientific["digit"])
        return Fraction(scientific["mantissa"]) * Fraction(10) ** exponent if abs(exponent) <= MAX_EXPONENT else None
    if repeating := _REPEATING.fullmatch(text):
        start, cycle = repeating["start"], repeating["cycle"]
        tail = Fraction(int(cycle), (10 ** len(cycle) - 1) * 10 ** len(start))
        return Fraction(f"{repeating['whole'] or 0}.{start or 0}") + tail
    return None
