"""One side of the conversation between the tests' process and the solution's: calls, replies, and what each refers to.

    peer.request("call", candidate, [2, 3], {})   # a frame C; the other side's R is the value, its E is raised here

Both sides speak alike: whoever has sent a C waits, and serves the other side's calls meanwhile, so that control passes
with every frame. What is no data is exported under a number, and stands on the other side as a proxy (`proxies`).
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from lbt_sandbox.guest import frames, values

MAX_CALLS = 60
"""Of one side inside each other's, as in callbacks."""
HIDDEN = (types.FrameType, types.CodeType, types.TracebackType, types.CellType, types.ModuleType)
"""What never travels, not even as a reference: it leads to everything else in the process."""


class SolutionEnded(BaseException):
    """The solution's process is no more; the test at hand is over."""


class MalformedReply(BaseException):
    """The solution's process has sent what no honest one sends."""


class Peer(ABC):
    """This side: its channel, what it has exported, and how it sees what the other side exports."""

    def __init__(self, fd: int, operations: dict[str, Callable[..., Any]]) -> None:
        self.fd, self.operations = fd, operations
        self.exports: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.calls = 0
        self.asked = False
        """Whether the other side has ever been asked for something."""
        self.ended = False

    def forget(self) -> None:
        """Begin anew with another process on the other side."""
        self.exports.clear()
        self.numbers.clear()
        self.ended = False

    def export(self, value: Any) -> int:
        """The number of an object of this side, which is kept alive."""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.exports)
            self.exports[number] = value
        return number

    @abstractmethod
    def refer(self, value: Any) -> Any:
        """The content of a reference to a value that is no data; None where it travels as data."""

    @abstractmethod
    def resolve(self, content: Any) -> Any:
        """What a reference of the other side's stands for here."""

    @abstractmethod
    def error_of(self, content: Any) -> BaseException:
        """The exception that the other side describes."""

    @abstractmethod
    def describe(self, error: BaseException) -> Any:
        """An exception of this side, as the other one's `error_of` reads it."""

    def request(self, operation: str, *parts: Any) -> Any:
        """Have the other side do something.

        Raises:
            SolutionEnded: It is no more.
            MalformedReply: Its reply cannot be read.
            BaseException: What the operation raised there.
        """
        self.asked = True
        if self.ended:
            raise SolutionEnded
        if self.calls >= MAX_CALLS:
            raise RecursionError("calls between the tests and the solution are nested too deeply")
        shared = values.Shared()
        payload = values.write([operation, *parts], shared, self.refer)
        self.calls += 1
        try:
            frames.send(self.fd, b"C", payload)
            kind, data = self.receive_reply()
        finally:
            self.calls -= 1
        return self.reply(kind, data, shared)

    def receive_reply(self) -> tuple[bytes, bytes]:
        """The frame that answers the last call; the other side's own calls are served before it."""
        while True:
            kind, data = frames.receive(self.fd)
            if kind != b"C":
                return kind, data
            self.serve(data)

    def reply(self, kind: bytes, data: bytes, shared: values.Shared) -> Any:
        """The value of a reply, or what it raises."""
        if kind not in b"RE":
            self.ended = True
            raise SolutionEnded
        try:
            value = values.read_reply(data, shared, self.resolve)
            error = self.error_of(value) if kind == b"E" else None
        except values.Malformed as malformed:
            raise MalformedReply(str(malformed)) from None
        if error is not None:
            raise error
        return value

    def serve(self, data: bytes) -> None:
        """Do what the other side has asked for, and reply."""
        try:
            request, shared = values.read(data, self.resolve)
        except values.Malformed as error:
            return self.send(b"E", values.write(self.describe(ValueError(str(error))), values.Shared(), self.refer))
        try:
            operation, *parts = request
            kind, value = b"R", self.operations[operation](self, *parts)
        except (SolutionEnded, MalformedReply, MemoryError):
            raise
        except BaseException as error:
            kind, value = b"E", self.describe(error)
        self.send(kind, values.write(value, shared, self.refer))

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a reply."""
        frames.send(self.fd, kind, payload)
