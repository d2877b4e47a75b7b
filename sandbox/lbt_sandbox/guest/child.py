"""The hardened process: waits for a job on its socket, runs it, answers a frame per test. Nothing here is trusted.

    serve(3)   # never returns; the supervisor kills the process

Whatever a program does to this code it does to its own answers only.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from lbt_sandbox import codec
from lbt_sandbox.guest import frames
from lbt_sandbox.guest.asserts import TestRun
from lbt_sandbox.guest.comparing import Comparison
from lbt_sandbox.guest.errors import describe
from lbt_sandbox.guest.folders import ROOT
from lbt_sandbox.guest.programs import run_program
from lbt_sandbox.guest.solution import SOURCE_NAME, CompileError, Program
from lbt_sandbox.guest.solution_peer import SolutionPeer

_OUT_OF_MEMORY = json.dumps({"type": "MemoryError", "message": "", "line": None}).encode()

_Loadable = TypeVar("_Loadable", Program, Comparison)


def open_streams() -> None:
    """Text streams on the descriptors 0 to 2: made before the first fork; every child has its files there.

    With the names and modes that Python's own have, which programs ask for that read and write faster.
    """
    sys.stdin = _stream(io.BufferedReader(io.FileIO(0, closefd=False)), "<stdin>", "r", "surrogateescape")
    sys.stdout = _stream(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "<stdout>", "w", "backslashreplace")
    sys.stderr = _stream(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "<stderr>", "w", "backslashreplace")
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _stream(buffer: Any, name: str, mode: str, errors: str) -> io.TextIOWrapper:
    buffer.raw.name = name
    stream: Any = io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=name == "<stderr>")
    stream.mode = mode
    return stream


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


def _loaded(fd: int, job: dict[str, Any], loader: type[_Loadable]) -> _Loadable | None:
    """The program, when it has been loaded and reported as such."""
    loaded: list[_Loadable] = []

    def load() -> tuple[bytes, bytes]:
        loaded.append(loader.load(job))
        return b"L", b""

    return loaded[0] if _attempt(fd, load) else None


def _answer_each(fd: int, program: Program | Comparison | None) -> None:
    while program is not None:
        data = frames.receive(fd)[1]
        _attempt(fd, lambda data=data: (b"R", program.answer(data)))


def _serve_calls(fd: int, job: dict[str, Any]) -> None:
    _answer_each(fd, _loaded(fd, job, Program))


def _serve_conversation(fd: int, job: dict[str, Any]) -> None:
    if program := _loaded(fd, job, Program):
        peer = SolutionPeer(fd, program, _flush)
        while True:
            peer.serve(frames.receive(fd)[1])


def _serve_stdio(fd: int, job: dict[str, Any]) -> None:
    frames.send(fd, b"L")
    frames.receive(fd)
    _attempt(fd, lambda: run_program(job))


def _serve_tests(fd: int, job: dict[str, Any]) -> None:
    try:
        tests = TestRun(job, fd)
    except Exception as error:
        frames.send(fd, b"K", describe(error))
        return
    frames.send(fd, b"L")
    tests.run()


SOLUTIONS = frozenset({"call", "in_place", "design", "assert_code", "stdio"})
"""Jobs that run the program being graded; every other is the problem's own code."""


def draw_differently() -> None:
    """Have tests and checkers draw at random what no solution can foresee: solutions start from a known state."""
    random.seed()
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()


def _serve_comparisons(fd: int, job: dict[str, Any]) -> None:
    _answer_each(fd, _loaded(fd, job, Comparison))


_ROLES = {
    "stdio": _serve_stdio, "tests": _serve_tests, "assert_code": _serve_conversation, "compare": _serve_comparisons,
}  # fmt: skip


def session(fd: int) -> NoReturn:
    """Receive a job and serve it; EOFError when the supervisor closes the channel."""
    job = json.loads(frames.receive(fd)[1])
    if job["kind"] not in SOLUTIONS:
        draw_differently()
    _ROLES.get(job["kind"], _serve_calls)(fd, job)
    while True:  # a failed load was reported; the supervisor decides what comes next
        frames.receive(fd)


def serve(fd: int, folder: int | None = None) -> NoReturn:
    """Receive a job and serve it until the supervisor ends the process.

    Args:
        fd: The child's end of its socket.
        folder: The number of the folder in which it may write; None where it may not.
    """
    try:
        if folder is not None:
            os.environ["TMPDIR"] = f"{ROOT}/{folder}"
            os.chdir(os.environ["TMPDIR"])
        session(fd)
    except EOFError:
        os._exit(0)
    except BaseException as error:
        try:
            frames.send(fd, b"E", describe(error))
        finally:
            os._exit(1)
