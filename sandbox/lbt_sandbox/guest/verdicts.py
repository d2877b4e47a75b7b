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
from lbt_sandbox.guest.errors import describe
from lbt_sandbox.guest.objects import ObjectPeer
from lbt_sandbox.guest.segments import NotRunnable

TESTS_NAMES = ("<tests>", "<preamble>")


def ends_well(error: BaseException) -> bool:
    """Whether the tests have come to an end by `sys.exit()`."""
    return isinstance(error, SystemExit) and error.code in (None, 0) and "_lbt_failure" not in error.__dict__


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
        self.told = 0
        """How many tests have their verdict: the place in `wanted` of the one that comes next."""
        self.is_due = False
        """Whether the supervisor waits for it."""
        self.skipped = 0
        """Tests judged before this process began: what checks in them is left out."""
        self.rounds: dict[int, int] = {}
        self.has_begun = False
        """Whether any segment has run."""
        self.lost: list[int] = []
        """Those of them in which the tests' process was ended: they are left out altogether."""
        self.closed: int | None = None
        self.late: BaseException | None = None

    def await_test(self) -> None:
        """Wait for the supervisor to ask for a test, if it does not wait for one already."""
        if not self.is_due:
            order = json.loads(frames.receive(self.fd)[1])
            if order["fresh"]:
                self.peer.forget()
            self.told, self.skipped = order["test"], max(self.skipped, order["skip"])
            self.is_due, self.lost = True, order["lost"]

    def is_judged(self, number: int) -> bool:
        """Whether a segment had its verdict before this process began."""
        return self.skipped > 0 and number <= self.wanted[self.skipped - 1]

    def prepares(self, number: int) -> bool:
        """Whether what comes before the checks of a segment is to run."""
        return not any(self.wanted[at] == number for at in self.lost)

    def checks(self, number: int) -> bool:
        """Whether the checks of a segment are to run."""
        return not self.is_judged(number)

    def begin(self, number: int) -> None:
        """A segment begins."""
        self.has_begun = True
        if self.told < len(self.wanted) and self.closed is None:
            self.await_test()

    def next_round(self, first: int, count: int) -> int:
        """The number of the next round of a loop whose rounds have the numbers from `first` on."""
        done = self.rounds[first] = self.rounds.get(first, 0) + 1
        return first + (done - 1) % count

    def end(self, number: int) -> None:
        """A segment has ended without an error."""
        self._close(number, None)

    def fail(self, number: int, error: BaseException) -> None:
        """A segment has raised; the tests' own `sys.exit(0)` ends the program, and is no failure."""
        if ends_well(error):
            raise error
        self._close(number, error)

    def _close(self, number: int, error: BaseException | None) -> None:
        is_last = self.told == len(self.wanted) - 1
        if self.is_due and number == self.wanted[self.told] and self.closed is None:
            if is_last:
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
        self.is_due, self.told = False, self.told + 1
        frames.send(self.fd, kind, payload)

    def _verdict(self, error: BaseException | None) -> tuple[bytes, bytes]:
        if error is None:
            return b"D", b""
        if isinstance(error, peers.MalformedReply):
            return b"V", describe(error)
        if failure := error.__dict__.get("_lbt_failure"):
            return b"F", json.dumps(failure).encode()
        return self._kind(error), describe(error, *TESTS_NAMES)

    def _kind(self, error: BaseException) -> bytes:
        """What fails before the solution was asked for anything fails for every solution."""
        if isinstance(error, MemoryError):
            return b"M"
        alone = not (self.peer.asked or self.skipped)
        return b"P" if alone or isinstance(error, NotRunnable) else b"W"
