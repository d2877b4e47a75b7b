"""Compares answers with expected values in a process that may be killed, where an answer decides what that costs.

    comparison = Comparison.load({"options": {"checker": {"name": "exact"}}, …})
    comparison.answer(pack(b"", b"[1,2]", b"[1,2]"))     # b"true"

The answer of a solution comes as the bytes that the solution's process wrote, apart from the test's own: nothing that
it holds can reach into them. A checker written as code runs here too. Neither ever shares a process with a solution.
"""

from __future__ import annotations

import inspect
import struct
from dataclasses import dataclass
from typing import Any

from lbt_sandbox import codec
from lbt_sandbox.compare import Checker, accepts
from lbt_sandbox.guest.solution import CompileError, find, new_module, run_module

RIGHT, WRONG, UNREADABLE = b"true", b"false", b"null"
LENGTH = struct.Struct("!Q")


def pack(inputs: bytes, expected: bytes, answer: bytes) -> bytes:
    """One comparison's parts, each after its length.

    Args:
        inputs: [args, kwargs], encoded; empty where the checker is no program.
        expected: The expected value, encoded.
        answer: What the solution's process wrote: encoded, or text in the case of stdio.
    """
    return b"".join(part for each in (inputs, expected, answer) for part in (LENGTH.pack(len(each)), each))


def _parts(data: bytes) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        begin = at + LENGTH.size
        at = begin + LENGTH.unpack_from(data, at)[0]
        parts.append(data[begin:at])
    return parts


@dataclass(slots=True)
class Comparison:
    """A checker that is ready to compare one answer after another."""

    checker: Checker
    is_text: bool
    """Answers are text as it was printed."""
    program: Any = None
    """The function of a checker written as code."""

    @classmethod
    def load(cls, job: dict[str, Any]) -> Comparison:
        """Run the top level of a checker written as code; anything it raises goes through."""
        options = job["options"]
        checker = Checker(**options["checker"])
        if checker.name != "code":
            return cls(checker, options["is_text"])
        function = find(checker.entry_point, run_module(job, new_module("checker")))()
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise CompileError("TypeError", f"{checker.entry_point} must be a plain function that returns its verdict")
        return cls(checker, options["is_text"], function)

    def answer(self, data: bytes) -> bytes:
        """Whether an answer is right; what a checker written as code returns counts by its truth."""
        inputs, expected, answer = _parts(data)
        try:
            got = answer.decode("utf-8", "replace") if self.is_text else codec.decode(answer)
        except codec.CodecError:
            return UNREADABLE
        wanted = codec.decode(expected)
        if self.program is None:
            right = accepts(self.checker, wanted, got)
        else:
            right = bool(self.program(*codec.decode(inputs), wanted, got))
        return RIGHT if right else WRONG
