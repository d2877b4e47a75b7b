"""What travels as a reference, and what each side makes of the other's references: one `ObjectPeer` on either side.

    solution = ObjectPeer(fd, named=namespace.__getitem__)   # passes all operators on
    tests = ObjectPeer(fd)                                   # see `proxies` for what it refuses

References: ["y", number] an object that the reader has exported, ["n", name] the solution's definition, ["g", module,
name] something of the standard library, ["m", number, kind, …] an object that the writer has exported, ["a", …] an
array of numbers, ["o", type] what does not travel.
"""

from __future__ import annotations

import functools
import importlib
import operator
import sys
import types
from array import array
from collections import deque
from collections.abc import Callable
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lbt_sandbox.codec import Opaque
from lbt_sandbox.guest import proxies, values
from lbt_sandbox.guest.errors import MESSAGE_LIMIT, TRACEBACK_LIMIT, facts_of, message_of
from lbt_sandbox.guest.operations import OPERATIONS, Exported
from lbt_sandbox.guest.peers import HIDDEN, Peer

_PLAIN = (
    int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, deque, array, range, memoryview,
    Decimal, Fraction, date, time, timedelta, tzinfo, type({}.keys()), type({}.values()), type({}.items()),
)  # fmt: skip
FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType,
    types.WrapperDescriptorType, types.MethodDescriptorType, functools.partial, type(functools.lru_cache(lambda: None)),
)  # fmt: skip
_SAFE_MODULES = frozenset({"builtins", "collections", "datetime", "decimal", "fractions"})
"""Where the tests' side looks up classes that the solution names."""
_DECIDING = frozenset({"unittest", "doctest", "_pytest", "pytest", "bdb", "pdb", "test"})
"""Exceptions of these decide tests: raised by a solution they are errors like any other."""
_DEPTH = 20


class CandidateError(Exception):
    """The solution raised something that cannot be told here."""


class ObjectPeer(Peer):
    """A side that exports objects and holds proxies of the other's.

    Args:
        fd: The channel.
        named: On the solution's side, gives the definition of a name. The other side is trusted there.
    """

    def __init__(self, fd: int, named: Callable[[str], Any] | None = None) -> None:
        super().__init__(fd, OPERATIONS)
        self.named = named
        self.imports: dict[int, Any] = {}
        self.reads_arrays = self.trusts
        """Whether arrays of numpy arrive as such: not for tests that do not know it, whose `==` they would answer."""

    @property
    def trusts(self) -> bool:
        """Whether the other side is trusted: then its proxies pass on all their operators."""
        return self.named is not None

    def forget(self) -> None:
        """Begin anew with another process on the other side."""
        super().forget()
        self.imports.clear()

    def definition(self, name: str) -> Any:
        """What the solution calls by a name: a proxy that goes on to work with the solution's next process."""
        found = self.request("name", name)
        if (place := proxies.place_of(found)) is not None:
            place.name = name
        return found

    # What goes out

    def refer(self, value: Any) -> Any:
        """The content of a reference to a value that is no data; None where it travels as data."""
        kind = type(value)
        if (known := self._known(value)) is not None:
            return known
        if kind is Exported:
            return self._object(value.value)
        if issubclass(kind, HIDDEN):
            return self._hidden(value)
        if isinstance(value, BaseException):
            return ["m", self.export(value), "fault", self._class(kind, _DEPTH), message_of(value)]
        if (name := self._global(value)) is not None:
            return name
        if isinstance(value, type):
            return self._class(value, _DEPTH)
        if issubclass(kind, _PLAIN) or kind is Opaque:
            return None
        numpy = sys.modules.get("numpy")
        if numpy is not None and issubclass(kind, (numpy.ndarray, numpy.generic)):
            return _array(value)
        return self._object(value)

    def _known(self, value: Any) -> Any:
        """The reference to what stands here for an object of the other side."""
        place = proxies.place_of(value)
        if place is None:
            return None
        if place.name:
            return ["n", place.name]
        if proxies.place_of(self.imports.get(place.number)) is not place:
            raise ReferenceError("the object has gone with the solution's process, which was ended")
        return ["y", place.number]

    def _hidden(self, value: Any) -> list[Any]:
        name = getattr(value, "__name__", "")
        if isinstance(value, types.ModuleType) and name in sys.stdlib_module_names and not self.trusts:
            return ["g", name, ""]
        return ["o", type(value).__name__]

    def _global(self, value: Any) -> list[Any] | None:
        """The name of a class or a constant of the standard library; of its functions, too, to the solution only."""
        if value is Ellipsis or value is NotImplemented:
            return ["g", "builtins", repr(value)]
        named = type if self.trusts else (type, *FUNCTIONS)
        if not isinstance(value, named) or isinstance(value, types.MethodType | functools.partial):
            return None
        owner = getattr(value, "__objclass__", None)
        module = getattr(owner or value, "__module__", None)
        name = getattr(value, "__qualname__", None)
        if type(module) is not str or type(name) is not str or self._lookup(module, name) is not value:
            return None
        return ["g", module, name]

    def _lookup(self, module: str, name: str) -> Any:
        """Something of the standard library; None where it may not be named on this channel."""
        if module.partition(".")[0] not in sys.stdlib_module_names or (self.trusts and module not in _SAFE_MODULES):
            return None
        try:
            return operator.attrgetter(name)(sys.modules[module])
        except (AttributeError, KeyError):
            return None

    def _object(self, value: Any) -> list[Any]:
        kind = type(value)
        if isinstance(value, FUNCTIONS):
            if getattr(value, "__name__", "") in ("format", "format_map"):
                return ["o", "function"]  # a format string reaches every attribute
            return ["m", self.export(value), "function", str(getattr(value, "__name__", kind.__name__))]
        if issubclass(kind, types.CoroutineType):
            return ["m", self.export(value), "coroutine"]
        if hasattr(kind, "__next__") and kind.__module__ in ("builtins", "itertools", "_collections"):
            return ["m", self.export(value), "iterator"]
        return ["m", self.export(value), "object", self._class(kind, _DEPTH)]

    def _class(self, kind: type, depth: int) -> list[Any]:
        if (known := self._known(kind) or self._global(kind)) is not None:
            return known
        number, name = self.export(kind), kind.__name__
        if values.is_namedtuple(kind):
            return ["m", number, "namedtuple", name, list(kind._fields)]  # type: ignore[attr-defined]
        bases = [self._class(base, depth - 1) for base in kind.__bases__] if depth else []
        if issubclass(kind, BaseException):
            return ["m", number, "error", name, bases, kind.__module__]
        return ["m", number, "class", name, bases, sorted(filter(lambda each: _defines(kind, each), proxies.DUNDERS))]

    def describe(self, error: BaseException) -> Any:
        """An exception of this side, as the other one's `error_of` reads it."""
        instance = error.__dict__.get("_lbt_instance")
        if instance is None and (error.__dict__ or not self.trusts):
            instance = self.export(error)
        facts = facts_of(error, *(["<solution>"] if self.trusts else []))
        return (tuple(facts.items()), type(error), tuple(error.args), instance)

    # What comes in

    def resolve(self, content: Any) -> Any:
        """What a reference of the other side's stands for here."""
        tag, *rest = content
        if tag == "y":
            return self.exports[rest[0]]
        if tag == "m":
            return self._import(*rest)
        if tag == "n" and self.named is not None:
            return self.named(rest[0])
        if tag == "g":
            return self._found(*rest)
        if tag == "a":
            return _read_array(*rest) if self.reads_arrays else _read_array(*rest).tolist()
        return Opaque(str(rest[0])[:100])

    def _found(self, module: str, name: str) -> Any:
        if (module, name) in (("builtins", "Ellipsis"), ("builtins", "NotImplemented")):
            return Ellipsis if name == "Ellipsis" else NotImplemented
        if self.trusts:
            found = importlib.import_module(module)
            return operator.attrgetter(name)(found) if name else found
        found = operator.attrgetter(name)(sys.modules[module]) if module in _SAFE_MODULES else None
        return found if isinstance(found, type) else Opaque(name[:100])

    def _import(self, number: int, kind: str, *facts: Any) -> Any:
        if type(number) is not int:
            raise values.Malformed("no number")
        if kind == "coroutine":
            return self._coroutine(number)
        if number not in self.imports:
            self.imports[number] = _MAKE[kind](self, number, *facts)
        return self.imports[number]

    async def _coroutine(self, number: int) -> Any:
        remote = self.imports.setdefault(number, proxies.Remote(self, number))
        return self.request("await", remote)

    def make_class(self, number: int, name: str, bases: list[Any], dunders: list[str]) -> Any:
        """The class here for a class there."""
        passed = proxies.DUNDERS if self.trusts else proxies.HARMLESS
        return proxies.make_class(
            self, number, _name(name), map(self.resolve, bases), [each for each in dunders if each in passed]
        )

    def make_error_class(self, number: int, name: str, bases: list[Any], module: str) -> Any:
        """The exception class here for one there: the standard library's own where both have it."""
        if module.partition(".")[0] in sys.stdlib_module_names - _DECIDING:
            found = getattr(sys.modules.get(module), name, None)
            if isinstance(found, type) and issubclass(found, Exception):
                return found
        return proxies.make_error_class(self, number, _name(name), map(self.resolve, bases))

    def make_object(self, number: int, kind: list[Any]) -> Any:
        """The handle of an object there."""
        found = self.resolve(kind)
        if isinstance(found, type) and not isinstance(found, proxies.RemoteClass):
            found = proxies.make_class(self, -1, _name(found.__name__), (), ())
        return proxies.make_handle(found, self, number)

    def make_fault(self, number: int, kind: list[Any], message: str) -> BaseException:
        """An exception that is a value."""
        return self._error(self.resolve(kind), [str(message)])

    def error_of(self, content: Any) -> BaseException:
        """The exception that the other side describes."""
        pairs, kind, args, instance = content
        if isinstance(instance, BaseException):
            return instance
        facts: dict[str, Any] = dict(pairs)
        error = self._error(kind, args)
        told = {name: _text(facts[name], limit) for name, limit in _FACTS.items()}
        line = facts["line"] if type(facts["line"]) is int else None
        error.__dict__.update(_lbt_failure={**told, "line": line}, _lbt_message=told["message"])
        if type(instance) is int:
            error.__dict__["_lbt_instance"] = self.imports.setdefault(instance, proxies.Remote(self, instance))
        return error

    @staticmethod
    def _error(kind: Any, args: list[Any]) -> BaseException:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = CandidateError
        try:
            error = kind(*args) if kind.__module__ == "builtins" else kind.__new__(kind, *args)
        except Exception:
            error = CandidateError()
        error.args = tuple(args)
        return error


_FACTS = {"type": 100, "message": MESSAGE_LIMIT, "traceback": TRACEBACK_LIMIT}


def _text(value: Any, limit: int) -> str:
    if type(value) is not str:
        raise values.Malformed("no text")
    return value[:limit]


def _defines(kind: type, name: str) -> bool:
    return any(name in base.__dict__ for base in kind.__mro__[:-1])


def _name(text: Any) -> str:
    return text[:100] if type(text) is str and text.isidentifier() else "Object"


def _array(value: Any) -> Any:
    """An array of numbers as bytes; None for other arrays, which travel as lists, and for single numbers."""
    if not hasattr(value, "shape") or value.shape == () or value.dtype.kind not in "biufc":
        return None
    return ["a", value.dtype.str, list(value.shape), value.tobytes().hex()]


def _read_array(kind: str, shape: list[int], data: str) -> Any:
    """An array of numbers."""
    if kind[1:2] not in tuple("biufc") or len(kind) > 4 or len(shape) > 32:
        raise values.Malformed("no array")
    numpy: Any = sys.modules.get("numpy") or importlib.import_module("numpy")
    return numpy.frombuffer(bytes.fromhex(data), dtype=kind).reshape(shape).copy()


_MAKE: dict[str, Callable[..., Any]] = {
    "function": lambda peer, number, name: proxies.RemoteFunction(peer, number, _name(name)),
    "iterator": proxies.RemoteIterator,
    "namedtuple": lambda peer, number, name, fields: values.namedtuple_type(name, tuple(fields)),
    "class": ObjectPeer.make_class,
    "error": ObjectPeer.make_error_class,
    "object": ObjectPeer.make_object,
    "fault": ObjectPeer.make_fault,
}
