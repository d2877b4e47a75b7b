"""Does in the zygote what every child will do, until the interpreter has specialised its code and filled its caches.

    rehearse()   # once, before the first fork

A child would else do that for itself, in its own copies of the zygote's pages: that costs more than the work itself.
"""

from __future__ import annotations

import json
import socket
import sys

from lbt_sandbox import codec
from lbt_sandbox.guest import child, frames

TIMES = 40
PROGRAM = '''
from typing import Dict, List
class Solution:
    def f(self, a: List[int], b: Dict[str, int]) -> int:
        """A sample."""
        return sum(x * 2 for x in a if x % 2 == 0) + len([key for key in sorted(b)])
'''
TESTS = "def check(candidate):\n    assert candidate([2], {}) == 4\n"
_CALL = {"kind": "call", "entry_point": "Solution().f", "preamble": "import math", "source": PROGRAM, "converters": {}}
_TESTS = {"kind": "tests", "entry_point": "f", "source": TESTS}
_INPUT = codec.encode([[[1, 2, 3], {"a": 1}], {}])
_RECEIVED = (
    [(b"J", json.dumps(_CALL).encode()), (b"T", _INPUT), (b"T", _INPUT)],
    [
        (b"J", json.dumps(_TESTS).encode()),
        (b"T", b"check(candidate)"),
        (b"R", b"4"),
        (b"T", b"candidate(1)"),
        (b"R", b"2"),
    ],
)


def rehearse() -> None:
    """Play the parts of both kinds of child."""
    for _ in range(TIMES):
        for received in _RECEIVED:
            _play(received)
    sys.modules.pop("solution", None)


def _play(received: list[tuple[bytes, bytes]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(frames.pack(*frame) for frame in received))
        ours.shutdown(socket.SHUT_WR)
        try:
            child.session(theirs.fileno())
        except EOFError:
            pass
