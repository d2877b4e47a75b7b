"""Types of the standard library that `codec` carries beside the basic ones: each packed into basic values and back.

    >>> extra = BY_TAG["q"]
    >>> extra.pack(Fraction(1, 3)), extra.unpack([1, 3])
    ([1, 3], Fraction(1, 3))

Packing calls methods of the types themselves, never those of a subclass. Unpacking gets whatever `codec` could read:
it raises ValueError, TypeError, ArithmeticError or LookupError for what it did not pack.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

MAX_FRACTION_BITS = 1 << 16
"""Of numerator and denominator: making a Fraction takes their common divisor, in quadratic time."""
_ARRAY_CODES = frozenset("bBhHiIlLqQfd")
_TYPES = {
    kind.__name__: kind
    for kind in (
        bool, int, float, complex, str, bytes, bytearray, list, tuple, range, set, frozenset, dict, type, object,
        type(None),
    )
}  # fmt: skip
_MICROSECOND = dt.timedelta(microseconds=1)


class Extra(NamedTuple):
    """How one type travels."""

    tag: str
    kinds: tuple[type, ...]
    pack: Callable[[Any], Any]
    """Basic values; None for a value that these types cannot tell in full."""
    unpack: Callable[[Any], Any]


def fields(kind: type, names: Iterable[str], value: Any) -> list[Any]:
    """Attributes as the type itself has them, whatever a subclass says."""
    return [getattr(kind, name).__get__(value) for name in names]


def type_name(kind: type) -> str:
    """A class's name, whatever its metaclass says."""
    return type.__dict__["__name__"].__get__(kind)


def _need(is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f"{what} was needed")


def _ints(value: Any, count: int) -> list[int]:
    _need(type(value) is list and len(value) == count and {int}.issuperset(map(type, value)), f"{count} ints")
    return value


def _exactly(kind: type, value: Any) -> Any:
    _need(type(value) is kind, kind.__name__)
    return value


def _pair(value: Any, code: Iterable[Any]) -> tuple[Any, Any]:
    _need(type(value) is list and len(value) == 2 and value[0] in code, "a known code and items")
    return value[0], value[1]


def _pack_fraction(value: Fraction) -> list[int]:
    parts: list[int] = fields(Fraction, ("numerator", "denominator"), value)
    if max(map(int.bit_length, parts)) > MAX_FRACTION_BITS:
        raise ValueError(f"a fraction of more than {MAX_FRACTION_BITS} bits")
    return parts


def _unpack_fraction(value: Any) -> Fraction:
    parts = _ints(value, 2)
    _need(max(map(int.bit_length, parts)) <= MAX_FRACTION_BITS, "a fraction with fewer digits")
    return Fraction(*parts)


def _pack_decimal(value: Decimal) -> str | None:
    return None if Decimal.is_snan(value) else Decimal.__str__(value)  # a signalling NaN raises when compared


def _unpack_decimal(value: Any) -> Decimal:
    number = Decimal(_exactly(str, value))
    _need(not number.is_snan(), "a quiet NaN")
    return number


def _pack_default(value: Any) -> list[Any] | None:
    factory = defaultdict.__dict__["default_factory"].__get__(value)
    name = type_name(factory) if type(factory) is type else None
    known = factory is None or (name is not None and _TYPES.get(name) is factory)
    return [name, dict(dict.items(value))] if known else None


def _unpack_default(value: Any) -> defaultdict[Any, Any]:
    name, items = _pair(value, [None, *_TYPES])
    return defaultdict(None if name is None else _TYPES[name], _exactly(dict, items))


def _unpack_counter(value: Any) -> Counter[Any]:
    counter: Counter[Any] = Counter()
    dict.update(counter, _exactly(dict, value))
    return counter


def _pack_array(value: Any) -> list[Any] | None:
    code = array.__dict__["typecode"].__get__(value)
    return [code, array.tolist(value)] if code in _ARRAY_CODES else None


def _unpack_array(value: Any) -> Any:
    code, items = _pair(value, _ARRAY_CODES)
    _need(type(items) is list and {int, float}.issuperset(map(type, items)), "numbers")
    make: Any = array
    return make(code, items)


def _pack_view(value: memoryview) -> list[Any] | None:
    try:
        plain = value.ndim == 1 and value.format in _ARRAY_CODES | {"c"}
        return [value.format, value.tobytes()] if plain else None
    except ValueError:  # it was released
        return None


def _unpack_view(value: Any) -> memoryview:
    code, data = _pair(value, _ARRAY_CODES | {"c"})
    return memoryview(_exactly(bytes, data)).cast(code)


_DATE, _CLOCK = ("year", "month", "day"), ("hour", "minute", "second", "microsecond", "fold")


def _pack_clock(kind: type[dt.datetime] | type[dt.time], names: Iterable[str], value: Any) -> list[Any] | None:
    """A time with or without a date; its zone travels as the offset that it has at that time."""
    (zone,) = fields(kind, ["tzinfo"], value)
    if zone is not None and type(zone).__module__ not in ("datetime", "zoneinfo"):
        return None
    offset = None if zone is None else kind.utcoffset(value)
    return [fields(kind, names, value), None if offset is None else offset // _MICROSECOND]


def _unpack_clock(make: Callable[..., Any], count: int, value: Any) -> Any:
    numbers, offset = _exactly(list, value)
    *numbers, fold = _ints(numbers, count)
    zone = None if offset is None else dt.timezone(_exactly(int, offset) * _MICROSECOND)
    return make(*numbers, tzinfo=zone, fold=fold)


def _pack_type(value: type) -> str | None:
    name = type_name(value)
    return name if _TYPES.get(name) is value else None


_ordered: Any = OrderedDict()
EXTRAS = (
    Extra("q", (Fraction,), _pack_fraction, _unpack_fraction),
    Extra("D", (Decimal,), _pack_decimal, _unpack_decimal),
    Extra(
        "B",
        (bytearray,),
        lambda v: bytes(bytearray.__getitem__(v, slice(None))),
        lambda v: bytearray(_exactly(bytes, v)),
    ),
    Extra("view", (memoryview,), _pack_view, _unpack_view),
    Extra("array", (array,), _pack_array, _unpack_array),
    Extra("deque", (deque,), lambda v: list(deque.__iter__(v)), lambda v: deque(_exactly(list, v))),
    Extra("range", (range,), lambda v: [v.start, v.stop, v.step], lambda v: range(*_ints(v, 3))),
    Extra("counter", (Counter,), lambda v: dict(dict.items(v)), _unpack_counter),
    Extra("default", (defaultdict,), _pack_default, _unpack_default),
    Extra("ordered", (OrderedDict,), lambda v: dict(OrderedDict.items(v)), lambda v: OrderedDict(_exactly(dict, v))),
    Extra("keys", (type({}.keys()), type(_ordered.keys())), dict.fromkeys, lambda v: _exactly(dict, v).keys()),
    Extra("items", (type({}.items()), type(_ordered.items())), dict, lambda v: _exactly(dict, v).items()),
    Extra(
        "values",
        (type({}.values()), type(_ordered.values())),
        list,
        lambda v: dict(enumerate(_exactly(list, v))).values(),
    ),
    Extra("date", (dt.date,), partial(fields, dt.date, _DATE), lambda v: dt.date(*_ints(v, 3))),
    Extra(
        "datetime",
        (dt.datetime,),
        partial(_pack_clock, dt.datetime, _DATE + _CLOCK),
        partial(_unpack_clock, dt.datetime, 8),
    ),
    Extra("time", (dt.time,), partial(_pack_clock, dt.time, _CLOCK), partial(_unpack_clock, dt.time, 5)),
    Extra(
        "delta",
        (dt.timedelta,),
        partial(fields, dt.timedelta, ("days", "seconds", "microseconds")),
        lambda v: dt.timedelta(*_ints(v, 3)),
    ),
    Extra("type", (type,), _pack_type, lambda v: _TYPES[_exactly(str, v)]),
)
BY_TAG = {extra.tag: extra for extra in EXTRAS}
BY_KIND = {kind: extra for extra in EXTRAS for kind in extra.kinds}
