r"""Values on their way between the tests and the solution: data as copies, everything else as references.

>>> shared = Shared()
>>> write([[1, 2], (3,)], shared, refer=repr)
b'{"v":{"k":0},"c":{"0":["l",[{"k":1},{"t":[3]}]],"1":["l",[1,2]]}}'

Containers that can change are numbered (k) and stand in a table, so that sharing and cycles arrive as they are. The
reply to a call names the containers of the call by the same numbers, and brings the contents of those that have
changed: `read_reply` puts them into the caller's own objects. Other nodes: t tuple, f frozenset, n namedtuple, i int of
many digits, p plain data as in `codec`, r a reference, whose content the two sides agree upon.

Nothing is trusted in reading: a malformed message is a `Malformed`, and depth is bounded.
"""

from __future__ import annotations

import json
import keyword
from array import array
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, cast

from lbt_sandbox import codec

MAX_DEPTH = 100
"""Of tuples and frozensets in each other; containers may be nested without a bound."""
MAX_FIELDS = 64
_PLAIN_BITS = 12_000
_SCALARS = frozenset({type(None), bool, int, float, str})
_CONTAINERS: dict[type, str] = {
    list: "l", dict: "d", set: "s", bytearray: "y", deque: "q", defaultdict: "D", OrderedDict: "O", Counter: "C",
    array: "a",
}  # fmt: skip
_BY_TAG = {tag: kind for kind, tag in _CONTAINERS.items()}
_FACTORIES: dict[str, Any] = {kind.__name__: kind for kind in (int, float, str, list, dict, set, tuple, bool)}
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
Refer = Callable[[Any], Any]
Resolve = Callable[[Any], Any]


class Malformed(Exception):  # noqa: N818 - says what the message is
    """The bytes are no message of this module."""


class TooDeepError(ValueError):
    """A value is nested too deeply to be written."""


class Shared:
    """The containers of one call, which both sides hold: by number, and what they held when the call was made."""

    __slots__ = ("before", "numbers", "objects")

    def __init__(self) -> None:
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.before: dict[int, Any] = {}

    def add(self, value: Any) -> int:
        """The number of a container, which it keeps alive."""
        number = self.numbers[id(value)] = len(self.objects)
        self.objects[number] = value
        return number


def write(value: Any, shared: Shared, refer: Refer) -> bytes:
    """A message with a value; its containers are added to `shared`.

    Args:
        value: Anything.
        shared: Empty, or what has come with the call that this is the reply to.
        refer: The content of the reference for what is no data.

    Raises:
        TooDeepError: Tuples nested deeper than `MAX_DEPTH`.
    """
    known = len(shared.objects)
    writer = _Writer(shared, refer)
    node = writer.node(value, MAX_DEPTH)
    table = writer.changed(known)
    for number, content in writer.pending():
        table[number] = content
    return _dumps({"v": node, "c": table} if table else {"v": node}).encode()


class _Writer:
    def __init__(self, shared: Shared, refer: Refer) -> None:
        self.shared, self.refer = shared, refer
        self.done = len(shared.objects)

    def changed(self, known: int) -> dict[int, Any]:
        """Contents of the containers of the call that are not as they were."""
        found: dict[int, Any] = {}
        for number in range(known):
            content = self.content(self.shared.objects[number])
            if _dumps(content) != _dumps(self.shared.before[number]):
                found[number] = content
        return found

    def pending(self) -> Any:
        """Contents of the containers met so far, and of those that they hold."""
        while self.done < len(self.shared.objects):
            number = self.done
            self.done += 1
            yield number, self.content(self.shared.objects[number])

    def node(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is int:
            return value if value.bit_length() < _PLAIN_BITS else {"i": hex(value)}
        if kind in _SCALARS:
            return value
        if depth <= 0:
            raise TooDeepError(f"tuples nested deeper than {MAX_DEPTH}")
        if kind in _CONTAINERS:
            number = self.shared.numbers.get(id(value))
            return {"k": self.shared.add(value) if number is None else number}
        if kind is tuple or kind is frozenset:
            return {"t" if kind is tuple else "f": [self.node(item, depth - 1) for item in value]}
        return self._other(value, kind, depth)

    def _other(self, value: Any, kind: type, depth: int) -> Any:
        if issubclass(kind, tuple) and is_namedtuple(kind):
            items = [self.node(item, depth - 1) for item in tuple.__iter__(value)]
            return {"n": [type.__dict__["__name__"].__get__(kind), list(kind._fields), items]}  # type: ignore[attr-defined]
        reference = self.refer(value)
        if reference is not None:
            return {"r": reference}
        return self._plain(value, kind, depth)

    def _plain(self, value: Any, kind: type, depth: int) -> Any:
        """Data of another type: a subclass of a container travels as the container, the rest as `codec` has it."""
        for base in (dict, list, set):
            if issubclass(kind, base):
                return self.node(_flat(base, value), depth)
        if issubclass(kind, tuple):
            return {"t": [self.node(item, depth - 1) for item in tuple.__iter__(value)]}
        try:
            return {"p": codec.encode(value).decode()}
        except codec.CodecError as error:
            raise TooDeepError(str(error)) from None

    def content(self, value: Any) -> list[Any]:
        kind = type(value)
        tag = _CONTAINERS[kind]
        if tag == "y":
            return [tag, value.hex()]
        if tag == "a":
            return [tag, value.tolist(), value.typecode]
        if tag in "dDOC":
            pairs = [[self.node(key, MAX_DEPTH), self.node(item, MAX_DEPTH)] for key, item in value.items()]
            return [tag, pairs, getattr(value.default_factory, "__name__", None)] if tag == "D" else [tag, pairs]
        items = [self.node(item, MAX_DEPTH) for item in value]
        return [tag, items, value.maxlen] if tag == "q" else [tag, items]


def _flat(base: type, value: Any) -> Any:
    """A copy of a subclass's instance, by the methods of the class that all of Python relies upon."""
    return dict(dict.items(value)) if base is dict else base(base.__iter__(value))  # type: ignore[attr-defined]


def is_namedtuple(kind: type) -> bool:
    """Whether a class is what `namedtuple` makes, no subclass of such a one."""
    fields = kind.__dict__.get("_fields")
    return type(fields) is tuple and kind.__bases__ == (tuple,) and all(type(name) is str for name in fields)


@cache
def namedtuple_type(name: str, fields: tuple[str, ...]) -> type:
    """One class for all namedtuples of a name and fields; `Malformed` where they cannot be ones."""
    if not all(_is_name(each) for each in (name, *fields)) or len(fields) > MAX_FIELDS or fields[:1] == ("_",):
        raise Malformed(f"no namedtuple: {name[:40]!r}")
    try:
        return namedtuple(name, fields)  # type: ignore[misc]
    except ValueError as error:
        raise Malformed(str(error)) from None


def _is_name(text: Any) -> bool:
    return type(text) is str and len(text) < 100 and text.isidentifier() and not keyword.iskeyword(text)


def read(data: bytes, resolve: Resolve) -> tuple[Any, Shared]:
    """The value of a call's message, and its containers for the reply.

    Raises:
        Malformed: It is none.
    """
    shared = Shared()
    value = _read(data, shared, resolve)
    return value, shared


def read_reply(data: bytes, shared: Shared, resolve: Resolve) -> Any:
    """The value of the reply to a call whose containers are `shared`, after these have been brought up to date."""
    return _read(data, shared, resolve)


def _read(data: bytes, shared: Shared, resolve: Resolve) -> Any:
    try:
        message = json.loads(data)
        table = {int(number): content for number, content in message.get("c", {}).items()}
        reader = _Reader(shared, resolve)
        reader.make(table)
        for number, content in table.items():
            reader.fill(shared.objects[number], content)
            shared.before[number] = content
        return reader.value(message["v"], MAX_DEPTH)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, ArithmeticError) as error:
        raise Malformed(f"{type(error).__name__}: {error}"[:200]) from None


class _Reader:
    def __init__(self, shared: Shared, resolve: Resolve) -> None:
        self.shared, self.resolve = shared, resolve

    def make(self, table: dict[int, Any]) -> None:
        """The new containers, still empty, in the order of their numbers."""
        for number in sorted(table):
            tag = table[number][0]
            if number < len(self.shared.objects):
                if type(self.shared.objects[number]) is not _BY_TAG[tag]:
                    raise Malformed("a container of another type")
            elif number != self.shared.add(_empty(tag, table[number])):
                raise Malformed("a gap between the containers' numbers")

    def fill(self, target: Any, content: list[Any]) -> None:
        """Make the container hold the content."""
        tag, items = content[0], content[1]
        if tag == "y":
            target[:] = bytes.fromhex(items)
        elif tag == "a":
            del target[:]
            target.fromlist(items)
        elif tag in "dDOC":
            pairs = [(self.value(key, MAX_DEPTH), self.value(item, MAX_DEPTH)) for key, item in items]
            target.clear()
            for key, item in pairs:
                target[key] = item
        else:
            _replace(target, [self.value(item, MAX_DEPTH) for item in items])

    def value(self, node: Any, depth: int) -> Any:
        if type(node) in _SCALARS:
            return node
        if depth <= 0 or type(node) is not dict or len(node) != 1:
            raise Malformed("no node")
        ((tag, content),) = node.items()
        if tag == "k":
            return self.shared.objects[content]
        if tag == "r":
            return self.resolve(content)
        return _DATA[tag](self, content, depth - 1)

    def items(self, nodes: Any, depth: int) -> list[Any]:
        if type(nodes) is not list:
            raise Malformed("no list")
        return [self.value(node, depth) for node in nodes]

    def namedtuple(self, content: Any, depth: int) -> Any:
        name, fields, nodes = content
        return namedtuple_type(name, tuple(fields))(*self.items(nodes, depth))


def _empty(tag: str, content: list[Any]) -> Any:
    if tag == "q":
        return deque(maxlen=content[2])
    if tag == "a":
        return array(cast("Literal['i']", content[2]))
    return defaultdict(_FACTORIES.get(content[2])) if tag == "D" else _BY_TAG[tag]()


def _replace(target: Any, items: list[Any]) -> None:
    if type(target) is list:
        target[:] = items
    else:
        target.clear()
        target.update(items) if type(target) is set else target.extend(items)


def _int(content: Any) -> int:
    if len(content) > codec.MAX_INT_BITS // 4 + 4:
        raise Malformed("an int of too many digits")
    return int(content, 16)


_DATA: dict[str, Callable[[_Reader, Any, int], Any]] = {
    "t": lambda r, c, d: tuple(r.items(c, d)),
    "f": lambda r, c, d: frozenset(r.items(c, d)),
    "n": lambda r, c, d: r.namedtuple(c, d),
    "i": lambda r, c, d: _int(c),
    "p": lambda r, c, d: codec.decode(c.encode()),
}
