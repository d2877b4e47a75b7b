r"""A number's unit: split off, and in one spelling.

    >>> split_unit("864 inches^2"), split_unit("90^\\circ"), split_unit("\\$36"), split_unit("124k")
    (('864', 'in^2'), ('90', 'degree'), ('36', 'dollar'), ('124k', ''))

Two different units make two answers different, nothing is converted; a unit on one side only is no difference, as in
MATH, whose answers leave units out at will. A percent sign is such a unit: `10\%` is `10`, not `0.1`.
"""

import re
from functools import lru_cache

from lbt_solvers.answers._rational import NUMBER_WORDS

_SPELLINGS = {
    "degree": "degree degrees deg",
    "celsius": "celsius degC",
    "fahrenheit": "fahrenheit degF",
    "radian": "rad rads radian radians",
    "percent": "percent percents pct",
    "dollar": "dollar dollars usd USD buck bucks",
    "euro": "euro euros eur EUR",
    "pound": "gbp GBP",
    "yen": "yen jpy JPY",
    "rupee": "rupee rupees inr INR",
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
    "mg": "mg milligram milligrams",
    "ton": "ton tons tonne tonnes",
    "gal": "gal gallon gallons",
    "kb": "KB kilobyte kilobytes",
    "mb": "MB megabyte megabytes",
    "gb": "GB gigabyte gigabytes",
    "tb": "TB terabyte terabytes",
    "mph": "mph",
    "km/h": "kmh kph",
    "ms": "ms millisecond milliseconds",
    "day": "day days",
    "week": "wk wks week weeks",
    "month": "month months",
    "year": "yr yrs year years",
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
    " minus over half infinity if where for to than less more greater least most sqrt root through between"
    " except".split()
)
_CURRENCIES = {"\\$": "dollar", "$": "dollar", "\u20ac": "euro", "\u00a3": "pound", "\u00a5": "yen", "\u20b9": "rupee"}
_DEGREES = re.compile(r"\^\\circ ?(?P<scale>[CF])?$|(?<=\d)(?: degrees?)? (?P<word>[Cc]elsius|[Ff]ahrenheit)$")
_UNIT = re.compile(r"(?<![A-Za-z\\^_])(?:[A-Za-z][A-Za-z.]*(?:\^[23])?(?:[ /]|$)){1,4}$")
_AFTER_VALUE = re.compile(
    r"(?:[\d})!|\]]|\\(?:pi|theta|alpha|beta|gamma|phi|lambda|mu|omega)|(?<![A-Za-z\\])[A-Za-z](?=\s))\s?$"
)
_PERIODS = re.compile(r"\b[ap]\.m\b", re.IGNORECASE)
_SINGLE = frozenset("msghlL")


@lru_cache(maxsize=1 << 14)
def split_unit(key: str) -> tuple[str, str]:
    """A normalised answer without its unit, and the unit in its usual spelling, empty where there is none."""
    sign, bare = ("-", key[1:]) if key.startswith("-") else ("", key)
    for symbol, unit in _CURRENCIES.items():
        if bare.startswith(symbol) and len(bare) > len(symbol):
            return sign + bare.removeprefix(symbol).strip(), unit
        if bare.endswith(symbol) and len(bare) > len(symbol) and bare[-len(symbol) - 1] != "\\":
            return key.removesuffix(symbol).strip(), unit
    if key.endswith("%") and len(key) > 1:
        return key[:-1].strip(), "percent"
    if degrees := _DEGREES.search(key):
        scale = degrees["scale"] or (degrees["word"] or " ")[0].upper().strip()
        return key[: degrees.start()].strip(), {"C": "celsius", "F": "fahrenheit"}.get(scale, "degree")
    return _split_words(key)


def _split_words(key: str) -> tuple[str, str]:
    """The words behind a value; the first of them that can be no unit belong to the value, as in `6 million $`."""
    found = _UNIT.search(key)
    start = found.start() if found else len(key)
    while start < len(key):
        words = _PERIODS.sub(lambda dots: dots[0].replace(".", ""), key[start:]).replace(".", " ").split()
        if not words or set(words) & _NO_UNITS:
            return key, ""
        spaced = key[start - 1 : start] == " "
        before = key[:start]
        if (
            not set(words) & NUMBER_WORDS
            and (_AFTER_VALUE.search(before) or before.rstrip().rpartition(" ")[2] in NUMBER_WORDS)
            and _is_unit(words[0], spaced)
        ):
            return before.rstrip(), canonical_unit(words)
        following = key.find(" ", start)
        start = following + 1 if following >= 0 else len(key)
    return key, ""


def is_unit_word(word: str) -> bool:
    """Whether a word is a unit of the table, or one of a number as in `6 million`."""
    return word in _CANONICAL or word.lower() in _CANONICAL or word.lower() in NUMBER_WORDS


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
