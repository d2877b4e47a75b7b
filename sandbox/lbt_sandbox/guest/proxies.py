"""What stands on one side of the conversation for an object of the other: functions, iterators, classes, instances.

    node = candidate(3)        # a Handle, of a class made here after the solution's class
    node.value, node.next      # asked of the other side, by name

A handle has no operators of its own: the solution must not decide what `==`, `<`, `in`, `len`, `bool` or arithmetic
with plain data comes to, nor learn with what it is compared. Only handles are compared with each other by asking. The
operators that `dunders` allows for a class are the exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lbt_sandbox.guest.objects import ObjectPeer

_ORDER = "eq ne lt le gt ge"
_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "iter next call str repr hash bool len getitem setitem delitem contains reversed int float index complex round "
        "abs neg pos invert divmod enter exit format "
        f"{_ORDER} {_ARITHMETIC} {_ARITHMETIC.replace('pow', 'rpow')} "
        + " ".join(f"r{name} i{name}" for name in _ARITHMETIC.split())
    ).split()
)
"""Methods of operators and built-in functions that a proxy may pass on."""
HARMLESS = frozenset({"__iter__", "__next__", "__call__", "__str__"})
"""Those that get nothing from the tests that they do not give by hand, and give data that the tests then compare."""


@dataclass(slots=True)
class Place:
    """Where an object is."""

    peer: ObjectPeer
    number: int
    """Under which the other side has exported it."""
    name: str = ""
    """By which the solution defines it: then it is the same in the solution's next process."""


def place_of(value: Any) -> Place | None:
    """Where the object is that a proxy, or a class made here for one of the other side, stands for."""
    if isinstance(value, BaseException):
        value = value.__dict__.get("_lbt_instance")
    if isinstance(value, Remote):
        return object.__getattribute__(value, "_lbt_at")
    return value.__dict__.get("_lbt_place") if isinstance(value, type) else None


class Remote:
    """Base of all proxies: where the object is."""

    __slots__ = ("__weakref__", "_lbt_at")
    _lbt_at: Place

    def __init__(self, peer: ObjectPeer, number: int) -> None:
        object.__setattr__(self, "_lbt_at", Place(peer, number))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._lbt_at.peer.request("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._lbt_at.peer.request("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._lbt_at.peer.request("delete", self, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("an object of the other process cannot be copied")


class RemoteFunction(Remote):
    """Something that can be called."""

    __slots__ = ("_lbt_title",)

    def __init__(self, peer: ObjectPeer, number: int, name: str) -> None:
        super().__init__(peer, number)
        object.__setattr__(self, "_lbt_title", name)

    @property
    def __name__(self) -> str:
        """The name over there: whoever looks at it depends on the solution."""
        self._lbt_at.peer.asked = True
        return object.__getattribute__(self, "_lbt_title")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it over there."""
        return self._lbt_at.peer.request("call", self, list(args), kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class RemoteIterator(Remote):
    """A generator or another iterator, read item by item; a generator's `send`, `throw` and `close` work as well."""

    __slots__ = ()

    def __iter__(self) -> RemoteIterator:
        return self

    def __next__(self) -> Any:
        found: tuple[Any, ...] = self._lbt_at.peer.request("next", self)
        if not found:
            raise StopIteration
        return found[0]


class Handle(Remote):
    """An instance of a class of the other side."""

    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, Handle):
            return NotImplemented
        return self is other or self._lbt_at.peer.request("eq", self, other) is True

    def __hash__(self) -> int:
        return hash(("handle", self._lbt_at.number))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object>"

    def __contains__(self, item: Any) -> bool:
        raise TypeError(f"argument of type '{type(self).__name__}' is not iterable here")


class RemoteClass(type):
    """A class of the other side, as the class here of which its instances' handles are instances."""

    _lbt_place: Place

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """An instance, made over there."""
        return cls._lbt_place.peer.request("new", cls, list(args), kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls._lbt_place.peer.request("get", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls._lbt_place.peer.request("set", cls, name, value)

    def __iter__(cls) -> Any:
        return cls._lbt_place.peer.request("iterate", cls)

    def __eq__(cls, other: object) -> bool:
        return cls is other

    def __hash__(cls) -> int:
        return type.__hash__(cls)


def make_class(peer: ObjectPeer, number: int, name: str, bases: Iterable[Any], dunders: Iterable[str]) -> RemoteClass:
    """The class here for one of the other side.

    Args:
        peer: This side.
        number: Of the class.
        name: Of the class, too.
        bases: Classes here for its own bases.
        dunders: Operators that are passed on.
    """
    handles = tuple(base for base in dict.fromkeys(bases) if isinstance(base, RemoteClass))
    body: dict[str, Any] = {"__slots__": (), **{dunder: _passed_on(dunder) for dunder in dunders}}
    made = type.__new__(RemoteClass, name, handles or (Handle,), body)
    type.__setattr__(made, "_lbt_place", Place(peer, number))
    return made


def make_handle(kind: RemoteClass, peer: ObjectPeer, number: int) -> Any:
    """The handle of an instance."""
    made: Any = Handle.__new__(kind)  # type: ignore[type-var]
    Remote.__init__(made, peer, number)
    return made


def _passed_on(dunder: str) -> Callable[..., Any]:
    if dunder == "__iter__":
        return lambda self: self._lbt_at.peer.request("iterate", self)

    def method(self: Any, *args: Any) -> Any:
        return self._lbt_at.peer.request("operator", self, dunder, list(args))

    return method


def make_error_class(peer: ObjectPeer, number: int, name: str, bases: Iterable[Any]) -> type[BaseException]:
    """The exception class here for one of the other side: caught as itself and as what it derives from."""
    parents = tuple(base for base in dict.fromkeys(bases) if isinstance(base, type) and issubclass(base, BaseException))
    body = {"_lbt_place": Place(peer, number), "__str__": _say, "__getattr__": _error_attribute}
    try:
        return type(name, parents or (Exception,), body)
    except TypeError:  # bases that do not go together here
        return type(name, parents[:1], body)


def _say(self: Any) -> str:
    message = self.__dict__.get("_lbt_message")
    return super(type(self), self).__str__() if message is None else message


def _error_attribute(self: Any, name: str) -> Any:
    instance = self.__dict__.get("_lbt_instance")
    if name.startswith("_") or instance is None:
        raise AttributeError(name)
    return instance._lbt_at.peer.request("get", instance, name)
