r"""A number's unit: split off, and in one spelling.

    >>> split_unit("864 inches^2"), split_unit("90^\\circ"), split_unit("\\$36"), split_unit("124k")
    (('864', 'in^2'), ('90', 'degree'), ('36', 'dollar'), ('124k', ''))

Two different units make two answers different, nothing is converted; a unit on one side only is no difference, as in
MATH, whose answers leave units out at will. A percent sign is such a unit: `10\%` is `10`, not `0.1`.
"""

import re
from functools import lru_cache

from lbt_solvers.answers._rational import SCALES

_SPELLINGS = {
    "degree": "degree degrees deg",
    "percent": "percent",
    "dollar": "dollar dollars usd buck bucks",
    "cent": "cent cents",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "m": "m meter meters metre metres",
    "km": "km kilometer kilometers kilometre kilometres",
    "in": "in inch inches",
    "ft": "ft foot feet",
    "yd": "yd yard yards",
    "mile": "mi mile miles",
    "s": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "g": "g gram grams",
    "kg": "kg kilogram kilograms",
    "lb": "lb lbs pound pounds",
    "oz": "oz ounce ounces",
    "l": "l L liter liters litre litres",
    "ml": "ml mL milliliter milliliters millilitre millilitres",
    "mph": "mph",
    "day": "day days",
    "man": "man men",
    "am": "am AM",
    "pm": "pm PM",
    "sq": "sq square",
    "cu": "cu cubic",
    "": "unit units",
}
_CANONICAL = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
MIN_UNKNOWN_UNIT = 4
"""Letters of a word that is a unit though the table does not know it: shorter ones may be products of variables."""
_NO_UNITS = frozenset(
    "sin cos tan cot csc log ln exp det gcd lcm mod max and or nor not base factorial choose squared cubed times plus"
    " minus over half infinity if where for to than less more greater least most sqrt root".split()
)
_UNIT = re.compile(r"(?<![A-Za-z\\^_])(?:[A-Za-z][A-Za-z.]*(?:\^[23])?(?:[ /]|$)){1,4}$")
_AFTER_VALUE = re.compile(r"(?:[\d})]|\\\\pi)\s?$")
_PERIODS = re.compile(r"\b[ap]\.m\b", re.IGNORECASE)
_SINGLE = frozenset("msghlL")


@lru_cache(maxsize=1 << 14)
def split_unit(key: str) -> tuple[str, str]:
    """A normalised answer without its unit, and the unit in its usual spelling, empty where there is none."""
    if key.startswith("\\$"):
        return key[2:], "dollar"
    if key.startswith("-\\$"):
        return "-" + key[3:], "dollar"
    if key.endswith("%"):
        return key[:-1], "percent"
    if key.endswith("^\\circ"):
        return key.removesuffix("^\\circ"), "degree"
    found = _UNIT.search(key)
    if not found or not _AFTER_VALUE.search(key[: found.start()]):
        return key, ""
    words = _PERIODS.sub(lambda dots: dots[0].replace(".", ""), found[0]).replace(".", " ").split()
    if (
        not words
        or set(words) & (_NO_UNITS | SCALES.keys())
        or not _is_unit(words[0], spaced=key[found.start() - 1] == " ")
    ):
        return key, ""
    return key[: found.start()].rstrip(), canonical_unit(words)


def _is_unit(word: str, spaced: bool) -> bool:
    """`5 m` and `5cm` have a unit, `5m`, `3xy` and `3 xy` are products, `5 apples` are apples."""
    base = re.split(r"[\^/]", word)[0]
    if len(base) == 1:
        return spaced and base in _SINGLE
    return base in _CANONICAL or base.lower() in _CANONICAL or len(base) >= MIN_UNKNOWN_UNIT


def canonical_unit(words: list[str]) -> str:
    """`["square", "centimeters"]` and `["cm^2"]` are `cm^2`; unknown units only lose their plural."""
    power = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}.get(words[0].lower(), "")
    text = " ".join(words[1:] if power and len(words) > 1 else words).replace(" per ", "/")
    if power and len(words) > 1:
        return _spelling(text) + power if _spelling(text) else ""
    return "/".join(_spelling(part) for part in text.split("/"))


def _spelling(unit: str) -> str:
    base, caret, exponent = unit.partition("^")
    known = _CANONICAL.get(base, _CANONICAL.get(base.lower()))
    if known is None:
        known = base.lower().removesuffix("s") if len(base) > 3 else base.lower()
    return f"{known}{caret}{exponent}" if known else ""
