"""The hardened process: waits for a job on its socket, runs it, answers a frame per test. Nothing here is trusted.

    serve(3)   # never returns; the supervisor kills the process

Whatever a program does to this code it does to its own answers only.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

from lbt_sandbox import codec
from lbt_sandbox.guest import frames
from lbt_sandbox.guest.asserts import TESTS_NAME, Tests
from lbt_sandbox.guest.comparing import Comparison
from lbt_sandbox.guest.solution import SOURCE_NAME, CompileError, Program, run_module

MESSAGE_LIMIT = 500
TRACEBACK_FRAMES, TRACEBACK_LIMIT = 20, 4000
_OUT_OF_MEMORY = json.dumps({"type": "MemoryError", "message": "", "line": None}).encode()


def open_streams() -> None:
    """Text streams on the descriptors 0 to 2: made before the first fork; every child has its files there."""
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8", "backslashreplace")
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "utf-8", "backslashreplace")


def _line(trace: TracebackType | None, *names: str) -> int | None:
    """The deepest line of the traceback that lies in a source of these names."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in names:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def describe(error: BaseException, *names: str) -> bytes:
    """What travels of an exception: its type's name, its message, its line."""
    try:
        message = str(error)[:MESSAGE_LIMIT]
    except BaseException:  # a program's own __str__
        message = ""
    fact = {
        "type": type(error).__name__[:100],
        "message": message,
        "line": _line(error.__traceback__, *names),
        "traceback": _traceback(error, *names),
    }
    return json.dumps(fact).encode()


def _traceback(error: BaseException, *names: str) -> str:
    """The traceback from the first frame of these sources on; its end where it is long."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename not in names:
        trace = trace.tb_next
    if trace is None:
        return ""
    try:
        return "".join(traceback.format_exception(type(error), error, trace, limit=-TRACEBACK_FRAMES))[
            -TRACEBACK_LIMIT:
        ]
    except BaseException:  # a program's own __str__, or no memory left
        return ""


def failure(error: BaseException) -> tuple[bytes, bytes]:
    """The frame that an exception of the solution's process becomes."""
    if isinstance(error, CompileError):
        return b"K", json.dumps({"type": error.type_name, "message": str(error), "line": error.line}).encode()
    if isinstance(error, MemoryError):
        return b"M", _OUT_OF_MEMORY
    if isinstance(error, codec.CodecError):
        return b"O", describe(error)
    return b"E", describe(error, SOURCE_NAME)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BaseException:  # closed or replaced by the program
        pass


def _attempt(fd: int, step: Callable[[], tuple[bytes, bytes]]) -> bool:
    try:
        kind, payload = step()
    except BaseException as error:
        kind, payload = failure(error)
    _flush()
    frames.send(fd, kind, payload)
    return kind in b"LRD"


def _serve_calls(fd: int, job: dict[str, Any], loader: type[Program | Comparison] = Program) -> None:
    loaded: list[Program | Comparison] = []

    def load() -> tuple[bytes, bytes]:
        loaded.append(loader.load(job))
        return b"L", b""

    if _attempt(fd, load):
        program = loaded[0]
        while True:
            data = frames.receive(fd)[1]
            _attempt(fd, lambda data=data: (b"R", program.answer(data)))


def _serve_stdio(fd: int, job: dict[str, Any]) -> None:
    frames.send(fd, b"L")
    frames.receive(fd)

    def run() -> tuple[bytes, bytes]:
        try:
            run_module(job, "__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
        return b"D", b""

    _attempt(fd, run)


def _serve_tests(fd: int, job: dict[str, Any]) -> None:
    tests = Tests(job, fd)
    frames.send(fd, b"L")
    while True:
        code = frames.receive(fd)[1].decode("utf-8", "surrogatepass")
        try:
            tests.run(code)
            kind, payload = b"D", b""
        except BaseException as error:
            candidate = getattr(error, "from_candidate", False)
            kind = b"E" if candidate else b"M" if isinstance(error, MemoryError) else b"W"
            payload = describe(error, TESTS_NAME, "<test>")
        frames.send(fd, kind, payload)


def _serve_comparisons(fd: int, job: dict[str, Any]) -> None:
    _serve_calls(fd, job, Comparison)


_ROLES = {"stdio": _serve_stdio, "tests": _serve_tests, "compare": _serve_comparisons}


def session(fd: int) -> NoReturn:
    """Receive a job and serve it; EOFError when the supervisor closes the channel."""
    job = json.loads(frames.receive(fd)[1])
    _ROLES.get(job["kind"], _serve_calls)(fd, job)
    while True:  # a failed load was reported; the supervisor decides what comes next
        frames.receive(fd)


def serve(fd: int) -> NoReturn:
    """Receive a job and serve it until the supervisor ends the process."""
    try:
        session(fd)
    except EOFError:
        os._exit(0)
    except BaseException as error:
        try:
            frames.send(fd, b"E", describe(error, TESTS_NAME))
        finally:
            os._exit(1)
