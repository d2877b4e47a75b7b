"""The wire between the untrusted process and the judge: JSON in which every value has exactly one type.

    >>> encode({"a": (1, 2.0), 3: {True}})
    b'{"d":[["a",{"t":[1,2.0]}],[3,{"s":[true]}]]}'
    >>> decode(encode([1, (2,), float("inf")]))
    [1, (2,), inf]

None, bool, int, float, str and list are their own JSON; an object has one key that names the type of its value:
t tuple, s set, f frozenset, d dict (pairs), b bytes (hex), i int beyond 4,300 digits (hex), c complex,
o a value of another type, of which only the type's name travels and which equals nothing.

Encoding runs next to the solution, flattens subclasses with the base classes' methods and needs only the
standard library (Python 3.11). Decoding trusts nothing: depth, size, digits and hash collisions are bounded, and
only types of this list can come out. No pickle, marshal or eval.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

MAX_DEPTH = 200
MAX_INT_BITS = 1 << 22
MAX_COLLISIONS = 64
_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_SCALARS = frozenset({type(None), bool, int, float, str})
_PLAIN_BITS = 12_000  # 3,612 digits: below the 4,300 up to which CPython converts ints to and from decimal


class CodecError(ValueError):
    """The bytes are no value of this codec, or the value is too deep or too large for it."""


class Opaque:
    """Stands for a value of a type that does not travel; equal to nothing but itself."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


def encode(value: Any, limit: int | None = None) -> bytes:
    """The bytes of a value.

    Args:
        value: Any object; one of a type that does not travel becomes `Opaque`.
        limit: Most bytes allowed.

    Raises:
        CodecError: Deeper than `MAX_DEPTH` (also when cyclic), or longer than `limit`.
    """
    try:
        data = _to_json(_tag(value, MAX_DEPTH)).encode()
    except ValueError as error:  # an int beyond the digits that str() converts hid in a list of scalars
        if isinstance(error, CodecError):
            raise
        data = _to_json(_tag(value, MAX_DEPTH, wide=True)).encode()
    if limit is not None and len(data) > limit:
        raise CodecError(f"the value takes {len(data)} bytes, more than {limit}")
    return data


def _tag(value: Any, depth: int, wide: bool = False) -> Any:
    kind = type(value)
    if kind in _SCALARS and not (wide and kind is int):
        return value
    if depth <= 0:
        raise CodecError(f"the value is nested deeper than {MAX_DEPTH}")
    if kind is list and not wide and _SCALARS.issuperset(map(type, value)):
        return value
    for base, flatten in _FLATTEN.items():
        if issubclass(kind, base):
            return flatten(value, depth - 1, wide)
    return _tag_other(value, kind, depth, wide)


def _tag_other(value: Any, kind: type, depth: int, wide: bool) -> Any:
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return _tag(value.tolist(), depth - 1, wide)
    return {"o": kind.__name__}


def _tag_int(value: int, depth: int, wide: bool) -> Any:
    plain = int.__int__(value)
    if plain.bit_length() > MAX_INT_BITS:
        raise CodecError(f"an int of {plain.bit_length()} bits is larger than {MAX_INT_BITS}")
    return plain if plain.bit_length() < _PLAIN_BITS else {"i": hex(plain)}


def _items(values: Iterable[Any], depth: int, wide: bool) -> list[Any]:
    return [_tag(item, depth, wide) for item in values]


_FLATTEN: dict[type, Callable[[Any, int, bool], Any]] = {
    bool: lambda v, d, w: v,
    int: _tag_int,
    float: lambda v, d, w: float.__float__(v),
    str: lambda v, d, w: str.__str__(v),
    list: lambda v, d, w: _items(list.__iter__(v), d, w),
    tuple: lambda v, d, w: {"t": _items(tuple.__iter__(v), d, w)},
    dict: lambda v, d, w: {"d": [[_tag(k, d, w), _tag(x, d, w)] for k, x in dict.items(v)]},
    set: lambda v, d, w: {"s": _items(set.__iter__(v), d, w)},
    frozenset: lambda v, d, w: {"f": _items(frozenset.__iter__(v), d, w)},
    bytes: lambda v, d, w: {"b": bytes.hex(v)},
    complex: lambda v, d, w: {"c": [v.real, v.imag]},
    type(None): lambda v, d, w: None,
}


def decode(data: bytes, limit: int | None = None) -> Any:
    """The value of some bytes that nobody vouches for.

    Raises:
        CodecError: Anything but the encoding of a value within the bounds.
    """
    if limit is not None and len(data) > limit:
        raise CodecError(f"{len(data)} bytes, more than {limit}")
    try:
        return _untag(json.loads(data, parse_int=_parse_int()), MAX_DEPTH)
    except CodecError:
        raise
    except (ValueError, RecursionError, TypeError) as error:
        raise CodecError(f"not a value of the codec: {type(error).__name__}: {error}"[:200]) from None


def _parse_int() -> Callable[[str], int] | None:
    """A guard only where the program has switched off CPython's own: converting digits takes quadratic time."""
    return None if 0 < sys.get_int_max_str_digits() <= 10_000 else _guarded_int


def _guarded_int(digits: str) -> int:
    if len(digits) > 4300:
        raise CodecError("an int with more than 4300 decimal digits")
    return int(digits)


def _untag(node: Any, depth: int) -> Any:
    kind = type(node)
    if kind in _SCALARS:
        return node
    if depth <= 0:
        raise CodecError(f"nested deeper than {MAX_DEPTH}")
    if kind is list:
        return node if _SCALARS.issuperset(map(type, node)) else [_untag(item, depth - 1) for item in node]
    if len(node) != 1:
        raise CodecError("an object must have exactly one key")
    tag, content = next(iter(node.items()))
    build = _BUILD.get(tag)
    if build is None:
        raise CodecError(f"unknown tag {tag[:20]!r}")
    return build(content, depth - 1)


def _list(content: Any, depth: int) -> list[Any]:
    if type(content) is not list:
        raise CodecError("a list was needed")
    return _untag(content, depth)


def _text(content: Any) -> str:
    if type(content) is not str:
        raise CodecError("a string was needed")
    return content


def _distinct(items: list[Any]) -> list[Any]:
    """The same items, unless so many share one hash that a table of them would take quadratic time."""
    hashes = Counter(map(hash, items))
    if len(hashes) < len(items) and max(hashes.values()) > MAX_COLLISIONS:
        raise CodecError("too many elements with one hash")
    return items


def _dict(content: Any, depth: int) -> dict[Any, Any]:
    pairs = _list(content, depth)
    if any(type(pair) is not list or len(pair) != 2 for pair in pairs):
        raise CodecError("a dict needs pairs")
    _distinct([key for key, _ in pairs])
    return dict(pairs)


def _int(content: Any) -> int:
    text = _text(content)
    if len(text) > MAX_INT_BITS // 4 + 4:
        raise CodecError("an int with too many digits")
    return int(text, 16)


def _complex(content: Any) -> complex:
    parts = content if type(content) is list and len(content) == 2 else []
    if [type(part) for part in parts] != [float, float]:
        raise CodecError("a complex needs two floats")
    return complex(*parts)


_BUILD: dict[str, Callable[[Any, int], Any]] = {
    "t": lambda c, d: tuple(_list(c, d)),
    "s": lambda c, d: set(_distinct(_list(c, d))),
    "f": lambda c, d: frozenset(_distinct(_list(c, d))),
    "d": _dict,
    "b": lambda c, d: bytes.fromhex(_text(c)),
    "i": lambda c, d: _int(c),
    "c": lambda c, d: _complex(c),
    "o": lambda c, d: Opaque(_text(c)[:100]),
}
