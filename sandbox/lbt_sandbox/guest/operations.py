"""What one side of the conversation does for the other: calls, attributes, items of iterators, operators.

    OPERATIONS["call"](peer, function, [2, 3], {})

On the tests' side the caller is hostile. It reaches objects that were handed to it, by names that are not private:
nothing that leads to the tests' code, their globals or their frames.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from lbt_sandbox.guest.proxies import DUNDERS
from lbt_sandbox.guest.values import is_namedtuple

if TYPE_CHECKING:
    from lbt_sandbox.guest.objects import ObjectPeer

_ATTRIBUTELESS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, types.CoroutineType,
    types.AsyncGeneratorType, BaseException,
)  # fmt: skip
_GENERATOR_METHODS = frozenset({"send", "throw", "close"})


@dataclass(slots=True)
class Exported:
    """Marks a value that is to travel as a reference, although it could as data."""

    value: Any


def _check_handed_out(peer: ObjectPeer, target: Any) -> None:
    """To the solution's side all may be asked; on the tests' side only about what was handed out."""
    number = None if peer.trusts else peer.numbers.get(id(target))
    if not peer.trusts and (number is None or peer.exports[number] is not target):
        raise PermissionError("this object was not handed out")


def _check_attribute(peer: ObjectPeer, target: Any, name: Any) -> None:
    _check_handed_out(peer, target)
    if type(name) is not str or name.startswith("__"):
        raise AttributeError(str(name)[:100])
    if peer.trusts:
        return
    hidden = name.startswith("_") or isinstance(target, _ATTRIBUTELESS)
    if hidden or (isinstance(target, types.GeneratorType) and name not in _GENERATOR_METHODS):
        raise AttributeError(name[:100])


def _call(peer: ObjectPeer, target: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    _check_handed_out(peer, target)
    return target(*args, **kwargs)


def _new(peer: ObjectPeer, target: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A class called: an instance keeps its methods, also where the class derives from a container."""
    made = _call(peer, target, args, kwargs)
    kind = type(made)
    derived = issubclass(kind, (list, dict, set, tuple, deque)) and kind.__flags__ & _HEAP and not is_namedtuple(kind)
    return Exported(made) if derived and not issubclass(kind, Enum) else made


_HEAP = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: a class made by a `class` statement."""


def _get(peer: ObjectPeer, target: Any, name: str) -> Any:
    _check_attribute(peer, target, name)
    return getattr(target, name)


def _set(peer: ObjectPeer, target: Any, name: str, value: Any) -> None:
    _check_attribute(peer, target, name)
    if not peer.trusts and isinstance(target, type):
        raise AttributeError(name[:100])
    setattr(target, name, value)


def _delete(peer: ObjectPeer, target: Any, name: str) -> None:
    _check_attribute(peer, target, name)
    delattr(target, name)


def _next(peer: ObjectPeer, target: Any) -> tuple[Any, ...]:
    """The next item alone, or nothing at the end."""
    _check_handed_out(peer, target)
    try:
        return (next(target),)
    except StopIteration:
        return ()


def _iterate(peer: ObjectPeer, target: Any) -> Any:
    _check_handed_out(peer, target)
    return Exported(iter(target))


def _equal(peer: ObjectPeer, left: Any, right: Any) -> bool:
    _check_handed_out(peer, left)
    return bool(left == right)


def _operator(peer: ObjectPeer, target: Any, name: Any, args: list[Any]) -> Any:
    _check_handed_out(peer, target)
    if name not in DUNDERS:
        raise AttributeError(str(name)[:100])
    return getattr(type(target), name)(target, *args)


def _named(peer: ObjectPeer, name: str) -> Any:
    if peer.named is None:
        raise PermissionError("the tests' definitions are not handed out")
    return peer.named(name)


def run_coroutine(coroutine: Any) -> Any:
    """The value of a coroutine; without an event loop where the process may not have one and it waits for nothing."""
    import asyncio  # noqa: TID251 - the program's, in a process without anyio; slow to import

    runner = asyncio.Runner()
    try:
        runner.get_loop()
    except PermissionError:
        return _drive(coroutine)
    with runner:
        return runner.run(coroutine)


def _drive(coroutine: Any) -> Any:
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("the coroutine waits for an event loop, which needs the problem's `threads`")


def _await(peer: ObjectPeer, target: Any) -> Any:
    _check_handed_out(peer, target)
    return run_coroutine(target)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call, "new": _new, "get": _get, "set": _set, "delete": _delete, "next": _next, "iterate": _iterate,
    "eq": _equal, "operator": _operator, "name": _named, "await": _await,
}  # fmt: skip
