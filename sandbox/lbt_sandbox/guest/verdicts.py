"""What the tests' process tells the supervisor: a verdict for each test that it is asked for, in order.

    verdicts.begin(0)        # waits until test 0 is due
    verdicts.end(0)          # or verdicts.fail(0, error)
    verdicts.finish(None)    # the program has ended: what it did not reach has passed, as `return` in a check does

The last test's verdict waits for the program's end, so that whatever fails after it fails the submission.
Frames to the supervisor: D passed, W failed, F failed by the solution's exception, M out of memory, V the solution
broke the protocol, P the tests themselves cannot be run. From it: T the next test.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

from lbt_sandbox.guest import frames, peers
from lbt_sandbox.guest.objects import ObjectPeer

TESTS_NAMES = ("<tests>", "<preamble>")


class Verdicts:
    """The tests that were asked for, and how far they have come.

    Args:
        fd: The channel to the supervisor.
        peer: Forgets the solution's objects when another process takes its place.
        wanted: Numbers of the segments whose verdicts are asked for, ascending.
    """

    def __init__(self, fd: int, peer: ObjectPeer, wanted: Sequence[int]) -> None:
        self.fd, self.peer, self.wanted = fd, peer, wanted
        self._all_wanted = frozenset(wanted)
        self.due: int | None = None
        """Index in `wanted` of the test that the supervisor waits for; None before it asks for the next."""
        self.told = 0
        """How many tests have their verdict."""
        self.skipped = 0
        """Tests judged before this process began: what checks in them is left out."""
        self.has_begun = False
        """Whether any segment has run."""
        self.closed: int | None = None
        self.late: BaseException | None = None

    def await_test(self) -> None:
        """Wait for the supervisor to ask for a test, if it does not wait for one already."""
        if self.due is None:
            _, payload = frames.receive(self.fd)
            order = json.loads(payload)
            if order["fresh"]:
                self.peer.forget()
            self.due, self.skipped = order["test"], max(self.skipped, order["skip"])
            self.told = self.due

    def is_judged(self, number: int) -> bool:
        """Whether a segment had its verdict before this process began."""
        return self.skipped > 0 and number <= self.wanted[self.skipped - 1]

    def checks(self, number: int) -> bool:
        """Whether the checks of a segment are to run."""
        return not self.is_judged(number)

    def begin(self, number: int) -> None:
        """A segment begins."""
        self.has_begun = True
        if self.told < len(self.wanted) and self.closed is None:
            self.await_test()

    def end(self, number: int) -> None:
        """A segment has ended without an error."""
        self._close(number, None)

    def fail(self, number: int, error: BaseException) -> None:
        """A segment has raised."""
        self._close(number, error)

    def _close(self, number: int, error: BaseException | None) -> None:
        if self.due is not None and number == self.wanted[self.due] and self.closed is None:
            if self.due == len(self.wanted) - 1:
                self.closed, self.late = number, error
            else:
                self.tell(error)
        elif number in self._all_wanted and not self.is_judged(number):
            self.late = self.late or error  # it ran again

    def finish(self, error: BaseException | None) -> NoReturn:
        """The program has ended, by an error outside of the segments or by itself; tell the rest."""
        error = error or self.late
        while self.told < len(self.wanted):
            self.await_test()
            self.tell(error)
        while True:
            frames.receive(self.fd)

    def tell(self, error: BaseException | None) -> None:
        """Send the verdict on the test that is due."""
        kind, payload = self._verdict(error)
        self.due, self.told = None, self.told + 1
        frames.send(self.fd, kind, payload)

    def _verdict(self, error: BaseException | None) -> tuple[bytes, bytes]:
        if error is None:
            return b"D", b""
        if isinstance(error, peers.MalformedReply):
            return b"V", _fact("MalformedReply", str(error))
        if failure := error.__dict__.get("_lbt_failure"):
            return b"F", json.dumps(failure).encode()
        line = peers.line_of(error.__traceback__, *TESTS_NAMES)
        fact = _fact(type(error).__name__, peers.message_of(error), line)
        if isinstance(error, MemoryError):
            return b"M", fact
        return (b"W" if self.peer.asked or self.skipped else b"P"), fact


def _fact(kind: str, message: str, line: int | None = None) -> bytes:
    return json.dumps({"type": kind[:100], "message": message[:1000], "line": line}).encode()
