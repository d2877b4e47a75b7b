"""Tests written as code: they run here, with a proxy that sends every call to the process with the solution.

    proxy(2, 3)   # a frame C to the supervisor; the answer comes back as plain data, or the exception is raised here

What comes back is data of exact types, so an answer with an `__eq__` of its own arrives without it. Expected values
live in this process only.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from typing import Any

from lbt_sandbox import codec
from lbt_sandbox.guest import frames
from lbt_sandbox.guest.solution import compile_program

TESTS_NAME = "<tests>"


class CandidateError(Exception):
    """The solution raised something that is no built-in exception."""


def _exception(failure: dict[str, Any]) -> BaseException:
    """The solution's exception as tests can catch it, marked as the solution's."""
    known = vars(builtins).get(str(failure.get("type")))
    kind = known if isinstance(known, type) and issubclass(known, Exception) else CandidateError
    error = kind(str(failure.get("message")))
    error.from_candidate = True  # type: ignore[attr-defined]
    return error


def make_proxy(fd: int) -> Callable[..., Any]:
    """A function that calls the solution through the supervisor at the other end of `fd`."""

    def candidate(*args: Any, **kwargs: Any) -> Any:
        frames.send(fd, b"C", codec.encode([list(args), kwargs]))
        kind, payload = frames.receive(fd)
        if kind == b"R":
            return codec.decode(payload)
        raise _exception(json.loads(payload))

    return candidate


class Tests:
    """The tests' definitions, loaded once; each test's code runs in a copy of their namespace."""

    def __init__(self, job: dict[str, Any], fd: int) -> None:
        self.namespace: dict[str, Any] = {"__name__": "tests"}
        for source, name in ((job.get("preamble", ""), "<preamble>"), (job["source"], TESTS_NAME)):
            exec(compile_program(source, name), self.namespace)
        name = job["entry_point"].replace("()", "").rpartition(".")[2]
        self.namespace["candidate"] = self.namespace[name] = make_proxy(fd)

    def run(self, code: str) -> None:
        """Run one test's code; it passes when nothing is raised."""
        exec(compile_program(code, "<test>"), dict(self.namespace))
