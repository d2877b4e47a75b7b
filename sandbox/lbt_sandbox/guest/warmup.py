"""Does once what every child will do, until the interpreter has specialised its code and filled its caches.

    prewarm(PRELOAD)      # imports, the compiler, the codec
    play_both_parts()     # both, before the template is forked

A child would else do that for itself, in its own copies of the template's pages: that costs more than the work itself.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from typing import Any

from lbt_sandbox import codec
from lbt_sandbox.guest import child, frames, values

TIMES = 40
PRELOAD = (
    "array bisect collections copy cmath dataclasses datetime decimal enum fractions functools heapq inspect io "
    "itertools math operator queue random re statistics string sys time traceback types typing sortedcontainers"
)
SAMPLE = """
import typing
class Solution:
    def f(self, a: typing.List[int]) -> int:
        return sum(x * 2 for x in a)
"""
PROGRAM = '''
from typing import Dict, List
class Solution:
    def f(self, a: List[int], b: Dict[str, int]) -> int:
        """A sample."""
        return sum(x * 2 for x in a if x % 2 == 0) + len([key for key in sorted(b)])
'''
TESTS = "def check(candidate):\n    assert candidate([2], {}) == 4\n"
_CALL = {"kind": "call", "entry_point": "Solution().f", "preamble": "import math", "source": PROGRAM, "converters": {}}
_ASSERTS = {**_CALL, "kind": "assert_code"}
_TESTS = {"kind": "tests", "entry_point": "f", "source": TESTS, "tests": [0]}
_INPUT = codec.encode([[[1, 2, 3], {"a": 1}], {}])


def _message(value: Any, reference: Any = None) -> bytes:
    return values.write(value, values.Shared(), lambda _: reference)


_FUNCTION = _message(len, ["m", 0, "function", "f"])
_RECEIVED = (
    [(b"J", json.dumps(_CALL).encode()), (b"T", _INPUT), (b"T", _INPUT)],
    [
        (b"J", json.dumps(_TESTS).encode()),
        (b"T", b'{"test": 0, "skip": 0, "lost": [], "fresh": true}'),
        (b"R", _FUNCTION),
        (b"R", _message(4)),
    ],
    [
        (b"J", json.dumps(_ASSERTS).encode()),
        (b"C", _message(["name", _CALL["entry_point"]])),
        (b"C", _message(["call", len, [[2], {}], {}], ["n", _CALL["entry_point"]])),
    ],
)


OWN = ("lbt_sandbox.guest.collected",)
"""Modules of ours that a child cannot read any more, and that most do without."""


def prewarm(modules: str) -> None:
    """Do once what every child would else do for itself: imports, the compiler's first use, the codec's tables."""
    for name in [*modules.split(), *OWN]:
        try:
            importlib.import_module(name)
        except ImportError:  # the host's interpreter may lack what the image has
            pass
    namespace: dict[str, Any] = {"__name__": "sample"}
    exec(compile(SAMPLE, "<sample>", "exec"), namespace)
    codec.decode(codec.encode([[1, (2.5, "a")], {"a": {1}}]))
    json.loads(json.dumps({"a": [1, 2.5, None, "x"]}))
    eval("1 + 1")


def play_both_parts() -> None:
    """Be the child with the solution and the child with the tests."""
    main = sys.modules["__main__"]
    for _ in range(TIMES):
        for received in _RECEIVED:
            _play(received)
    sys.modules.pop("solution", None)
    sys.modules["__main__"] = main


def _play(received: list[tuple[bytes, bytes]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(frames.pack(*frame) for frame in received))
        ours.shutdown(socket.SHUT_WR)
        try:
            child.session(theirs.fileno())
        except EOFError:
            pass
