"""What a run has done so far, shown by Inspect's own display while it runs.

    RUN_PROGRESS.plan(192)
    RUN_PROGRESS.replied(teacher=False, replies=1, tokens=120)
    RUN_PROGRESS.saved(90)

Counters are those of this process; the time left is that of the problems that were begun, since a solver does not know
how many are still to come.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inspect_ai.util import display_counter

EVERY = 0.5
"""Seconds between two looks at the counters: a run has thousands of calls a second."""


@dataclass(slots=True)
class Progress:
    """Counts, and how they are shown."""

    show: Callable[[str, str], None] = display_counter
    """Takes a caption and a value."""
    clock: Callable[[], float] = time.monotonic
    rationales: int = 0
    replies: int = 0
    spared: int = 0
    planned: int = 0
    tokens: int = 0
    _started: float | None = field(default=None, repr=False)
    _shown: float = field(default=float("-inf"), repr=False)

    def plan(self, replies: int) -> None:
        """A problem's exams begin; the full exam has that many student replies."""
        self._started = self.clock() if self._started is None else self._started
        self.planned += replies
        self._update()

    def replied(self, teacher: bool, replies: int, tokens: int) -> None:
        """A call gave replies: rationales of a teacher, sittings of a student."""
        self.rationales += replies if teacher else 0
        self.replies += 0 if teacher else replies
        self.tokens += tokens
        self._update()

    def saved(self, replies: int) -> None:
        """A problem's exams ended without these replies."""
        self.spared += replies
        self._update()

    @property
    def seconds_left(self) -> float | None:
        """Of the problems begun, at the pace so far; `None` before the first reply."""
        if self._started is None or not self.replies:
            return None
        left = max(0, self.planned - self.replies - self.spared)
        return left * (self.clock() - self._started) / self.replies

    def _update(self) -> None:
        if (now := self.clock()) < self._shown + EVERY:
            return
        self._shown = now
        self.show("rationales", f"{self.rationales:,}")
        self.show("sittings", f"{self.replies:,} of {self.planned - self.spared:,}")
        if self.spared:
            self.show("saved sittings", f"{self.spared:,} ({100 * self.spared / self.planned:.0f} %)")
        self.show("tokens", f"{self.tokens:,}")
        if (left := self.seconds_left) is not None:
            self.show("left (begun problems)", f"{left // 60:.0f}:{left % 60:02.0f}")


RUN_PROGRESS = Progress()
"""Of everything this process teaches and examines."""
