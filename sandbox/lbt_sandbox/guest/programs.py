"""Runs a program as `python solution.py` would, up to its end: threads joined, exit handlers run, files flushed.

    run_program({"source": "print(input())"})   # in a child, whose descriptors 0 to 2 are the program's

What a program prints may lie in buffers until the interpreter ends, which it does not do here: it would take longer
than most programs. So this does of it what a program can see.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import Any

from lbt_sandbox.guest.solution import new_module, run_module

FILE_NAME = "solution.py"


def run_program(job: dict[str, Any]) -> tuple[bytes, bytes]:
    """Run the job's program as `__main__`; the frame D where it ends well, else what it raised.

    A program that ends with a status of its own ends this process with it.
    """
    module = new_module("__main__", _make_file(job["source"]))
    status = 0
    try:
        run_module(job, module)
    except SystemExit as end:
        status = _status(end.code)
    except BaseException:
        _join_and_leave()
        raise
    _join_and_leave()
    module.__dict__.clear()
    gc.collect()  # files in cycles, which are flushed as they go
    _flush(sys.__stdout__)
    if status:
        os._exit(status)
    return b"D", b""


def _make_file(source: str) -> str:
    """The path of the program's file, which is there where the process has a folder of its own."""
    path = os.path.abspath(FILE_NAME) if "TMPDIR" in os.environ else FILE_NAME
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
    except OSError:
        pass
    sys.argv = [path]
    if os.path.isabs(path):
        sys.path.insert(0, os.path.dirname(path))  # modules beside the program
    return path


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _join_and_leave() -> None:
    threading._shutdown()  # type: ignore[attr-defined]  # no public name does it
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    _flush(sys.stdout, sys.stderr)


def _flush(*streams: Any) -> None:
    for stream in streams:
        try:
            stream.flush()
        except Exception:  # closed or replaced by the program; Python ends all the same
            pass
