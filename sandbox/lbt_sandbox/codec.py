"""The wire between the untrusted process and the judge: JSON in which every value has exactly one type.

    >>> encode({"a": (1, 2.0), 3: {True}})
    b'{"d":[["a",{"t":[1,2.0]}],[3,{"s":[true]}]]}'
    >>> decode(encode([1, (2,), float("inf"), Fraction(1, 3)]))
    [1, (2,), inf, Fraction(1, 3)]

None, bool, int, float, str and list are their own JSON; an object has one key that names the type of its value:
t tuple, s set, f frozenset, d dict (pairs), b bytes (hex), i int beyond 4,300 digits (hex), c complex, one of the tags
in `codec_types` (numbers, dates, dicts and sequences of the standard library), r a reference that `refer` gave,
o a value of another type, of which only the type's name travels and which equals nothing.

What comes out compares as it would in one process. Encoding runs next to the solution, flattens subclasses with the
base classes' methods and needs only the standard library (Python 3.11). Decoding trusts nothing: depth, size and digits
are bounded, entries of tables where asked, and only types of this list can come out. No pickle, marshal or eval.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from lbt_sandbox.codec_types import BY_KIND, BY_TAG, Extra, fields, type_name

MAX_DEPTH = 200
MAX_INT_BITS = 1 << 22
_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_SCALARS = frozenset({type(None), bool, int, float, str})
_PLAIN_DIGITS = 4300  # up to which CPython converts ints to and from decimal
_PLAIN_BITS = 12_000  # 3,612 digits


class CodecError(ValueError):
    """The bytes are no value of this codec, or the value is too deep or too large for it."""


class TooManyEntriesError(CodecError):
    """More entries of sets and dicts than the caller allows; the bytes may be a value all the same."""


class Opaque:
    """Stands for a value of a type that does not travel; equal to nothing but itself."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


class _How(NamedTuple):
    """How a value is encoded."""

    refer: Callable[[Any], str | None] | None
    subclasses: bool
    wide: bool
    """Look at the size of every int."""


def encode(
    value: Any, limit: int | None = None, refer: Callable[[Any], str | None] | None = None, subclasses: bool = False
) -> bytes:
    """The bytes of a value.

    Args:
        value: Any object; one of a type that does not travel becomes `Opaque`.
        limit: Most bytes allowed.
        refer: Asked about every value of a type that does not travel; gives a reference, or None for `Opaque`.
        subclasses: Ask `refer` also about instances of subclasses, which are flattened where it gives None.

    Raises:
        CodecError: Deeper than `MAX_DEPTH` (also when cyclic), or longer than `limit`.
    """
    how = _How(refer, subclasses, not 0 < sys.get_int_max_str_digits() <= _PLAIN_DIGITS)
    try:
        data = _to_json(_tag(value, MAX_DEPTH, how)).encode()
    except ValueError as error:  # an int beyond the digits that str() converts hid in a list of scalars
        if isinstance(error, CodecError):
            raise
        data = _to_json(_tag(value, MAX_DEPTH, how._replace(wide=True))).encode()
    if limit is not None and len(data) > limit:
        raise CodecError(f"the value takes {len(data)} bytes, more than {limit}")
    return data


def _tag(value: Any, depth: int, how: _How) -> Any:
    kind = type(value)
    if kind in _SCALARS and not (kind is int and how.wide):
        return value
    if depth <= 0:
        raise CodecError(f"the value is nested deeper than {MAX_DEPTH}")
    if kind is list and not how.wide and _SCALARS.issuperset(map(type, value)):
        return value
    flatten = _FLATTEN.get(kind)
    return _tag_inexact(value, kind, depth, how) if flatten is None else flatten(value, depth - 1, how)


_mro = type.__dict__["__mro__"].__get__


def _tag_inexact(value: Any, kind: type, depth: int, how: _How) -> Any:
    """A value of none of the types themselves, perhaps of a subclass."""
    base = next((base for base in _mro(kind) if base in _FLATTEN), None)
    reference = None if how.refer is None or (base and not how.subclasses) else how.refer(value)
    if reference is not None:
        return {"r": reference}
    if base is not None:
        return _FLATTEN[base](value, depth - 1, how)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, (numpy.ndarray, numpy.generic)):
        return _tag(value.tolist(), depth - 1, how)
    return {"o": type_name(kind)}


def _tag_int(value: int, depth: int, how: _How) -> Any:
    plain = int.__int__(value)
    if plain.bit_length() > MAX_INT_BITS:
        raise CodecError(f"an int of {plain.bit_length()} bits is larger than {MAX_INT_BITS}")
    return plain if plain.bit_length() < _PLAIN_BITS else {"i": hex(plain)}


def _extra(extra: Extra) -> Callable[[Any, int, _How], Any]:
    def flatten(value: Any, depth: int, how: _How) -> Any:
        try:
            packed = extra.pack(value)
        except ValueError as error:
            raise CodecError(str(error)) from None
        if packed is not None:
            return {extra.tag: _tag(packed, depth, how)}
        reference = None if how.refer is None else how.refer(value)
        return {"o": type_name(type(value))} if reference is None else {"r": reference}

    return flatten


_FLATTEN: dict[type, Callable[[Any, int, _How], Any]] = {
    bool: lambda v, d, h: v,
    int: _tag_int,
    float: lambda v, d, h: float.__float__(v),
    str: lambda v, d, h: str.__str__(v),
    # Few frames a level, so that the deepest value leaves room in the interpreter's stack
    list: lambda v, d, h: [_tag(x, d, h) for x in list.__iter__(v)],
    tuple: lambda v, d, h: {"t": [_tag(x, d, h) for x in tuple.__iter__(v)]},
    dict: lambda v, d, h: {"d": [[_tag(k, d, h), _tag(x, d, h)] for k, x in dict.items(v)]},
    set: lambda v, d, h: {"s": [_tag(x, d, h) for x in set.__iter__(v)]},
    frozenset: lambda v, d, h: {"f": [_tag(x, d, h) for x in frozenset.__iter__(v)]},
    bytes: lambda v, d, h: {"b": bytes.hex(v)},
    complex: lambda v, d, h: {"c": fields(complex, ("real", "imag"), v)},
    type(None): lambda v, d, h: None,
    **{kind: _extra(extra) for kind, extra in BY_KIND.items()},
}


class _Reader:
    """What decoding has to know beside the data."""

    __slots__ = ("entries", "resolve")

    def __init__(self, resolve: Callable[[str], Any] | None, entries: int | None) -> None:
        self.resolve, self.entries = resolve, sys.maxsize if entries is None else entries

    def count(self, content: Any) -> None:
        """Items of the content become keys of a table."""
        self.entries -= len(_of(list, content))
        if self.entries < 0:
            raise TooManyEntriesError("more entries of sets and dicts than allowed")


def decode(
    data: bytes, limit: int | None = None, resolve: Callable[[str], Any] | None = None, entries: int | None = None
) -> Any:
    """The value of some bytes that nobody vouches for.

    Args:
        data: From `encode`, or whatever a hostile program made instead.
        limit: Most bytes allowed.
        resolve: Gives the value of a reference, or raises LookupError; without it there must be none.
        entries: Most entries of all sets and dicts together. Their hashes can be chosen so that making a table takes
            quadratic time: 1,000 entries cost some milliseconds then, 100,000 many seconds.

    Raises:
        TooManyEntriesError: More entries.
        CodecError: Anything but the encoding of a value within the bounds.
    """
    if limit is not None and len(data) > limit:
        raise CodecError(f"{len(data)} bytes, more than {limit}")
    try:
        return _untag(json.loads(data, parse_int=_parse_int()), MAX_DEPTH, _Reader(resolve, entries))
    except CodecError:
        raise
    except (ValueError, RecursionError, TypeError, ArithmeticError, LookupError) as error:
        raise CodecError(f"not a value of the codec: {type(error).__name__}: {error}"[:200]) from None


def _parse_int() -> Callable[[str], int] | None:
    """A guard only where the program has switched off CPython's own: converting digits takes quadratic time."""
    return None if 0 < sys.get_int_max_str_digits() <= 10_000 else _guarded_int


def _guarded_int(digits: str) -> int:
    if len(digits) > _PLAIN_DIGITS + 1:  # and a sign
        raise CodecError(f"an int with more than {_PLAIN_DIGITS} decimal digits")
    return int(digits)


def _untag(node: Any, depth: int, reader: _Reader) -> Any:
    kind = type(node)
    if kind in _SCALARS:
        return node
    if depth <= 0:
        raise CodecError(f"nested deeper than {MAX_DEPTH}")
    if kind is list:
        return node if _SCALARS.issuperset(map(type, node)) else [_untag(item, depth - 1, reader) for item in node]
    if len(node) != 1:
        raise CodecError("an object must have exactly one key")
    tag, content = next(iter(node.items()))
    if tag in _OF_ITEMS:
        return _OF_ITEMS[tag](_list(content, depth - 1, reader, table=tag != "t"))
    if tag == "d":
        return _dict(content, depth - 1, reader)
    if tag in BY_TAG:
        return BY_TAG[tag].unpack(_untag(content, depth - 1, reader))
    if tag not in _OF_TEXT:
        raise CodecError(f"unknown tag {tag[:20]!r}")
    return _OF_TEXT[tag](content, reader)


def _of(kind: type, content: Any) -> Any:
    if type(content) is not kind:
        raise CodecError(f"a {kind.__name__} was needed")
    return content


def _list(content: Any, depth: int, reader: _Reader, table: bool) -> list[Any]:
    """The items of a container, as deep as they were encoded."""
    if table:
        reader.count(content)
    if _SCALARS.issuperset(map(type, _of(list, content))):
        return content
    return [_untag(item, depth, reader) for item in content]


def _dict(content: Any, depth: int, reader: _Reader) -> dict[Any, Any]:
    reader.count(content)
    found: dict[Any, Any] = {}
    for pair in content:
        if type(pair) is not list or len(pair) != 2:
            raise CodecError("a dict needs pairs")
        found[_untag(pair[0], depth, reader)] = _untag(pair[1], depth, reader)
    return found


def _int(content: Any) -> int:
    if len(_of(str, content)) > MAX_INT_BITS // 4 + 4:
        raise CodecError("an int with too many digits")
    return int(content, 16)


def _complex(content: Any) -> complex:
    parts = content if type(content) is list and len(content) == 2 else []
    if [type(part) for part in parts] != [float, float]:
        raise CodecError("a complex needs two floats")
    return complex(*parts)


def _reference(content: Any, reader: _Reader) -> Any:
    if reader.resolve is None:
        raise CodecError("a reference has no place here")
    return reader.resolve(_of(str, content))


_OF_ITEMS: dict[str, Callable[[list[Any]], Any]] = {"t": tuple, "s": set, "f": frozenset}
_OF_TEXT: dict[str, Callable[[Any, _Reader], Any]] = {
    "b": lambda c, r: bytes.fromhex(_of(str, c)),
    "i": lambda c, r: _int(c),
    "c": lambda c, r: _complex(c),
    "r": _reference,
    "o": lambda c, r: Opaque(_of(str, c)[:100]),
}
