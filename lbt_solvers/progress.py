"""What a run has done so far, shown by Inspect's own display while it runs.

    RUN_PROGRESS.plan(192)
    RUN_PROGRESS.replied("student: openai/gpt-4o-mini", replies=1, tokens=120)
    RUN_PROGRESS.saved(90)

Inspect's display `plain` has no counters, so there they are printed as a line, between its own. Counters are those of
this process; the time left is that of the problems that were begun, since a solver does not know how many are to come.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inspect_ai.util import display_counter, display_type

EVERY = 0.5
"""Seconds between two looks at the counters: a run has thousands of calls a second."""
LINE_EVERY = 15.0
"""Seconds between two lines on a plain display, which Inspect gives a line every 5 seconds."""


def is_plain() -> bool:
    """Whether Inspect's display prints lines and shows no counters."""
    return display_type() == "plain"


@dataclass(slots=True)
class Progress:
    """Counts, and how they are shown."""

    show: Callable[[str, str], None] = display_counter
    """Takes a caption and a value."""
    plain: Callable[[], bool] = is_plain
    say: Callable[[str], None] = print
    """Takes a line, on a plain display."""
    clock: Callable[[], float] = time.monotonic
    rationales: int = 0
    replies: int = 0
    spared: int = 0
    planned: int = 0
    tokens: int = 0
    _started: float | None = field(default=None, repr=False)
    _shown: float = field(default=float("-inf"), repr=False)
    _said: float | None = field(default=None, repr=False)

    def plan(self, replies: int) -> None:
        """A problem's exams begin; the full exam has that many student replies."""
        self._started = self.clock() if self._started is None else self._started
        self.planned += replies
        self._update()

    def replied(self, role: str, replies: int, tokens: int) -> None:
        """A call gave replies: rationales of a teacher, sittings of a student, and what else costs only tokens."""
        self.rationales += replies if role == "teacher" else 0
        self.replies += replies if role.startswith("student") else 0
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

    def counters(self) -> dict[str, str]:
        """What is shown, by caption."""
        found = {
            "rationales": f"{self.rationales:,}",
            "sittings": f"{self.replies:,}" + (f" of {self.planned - self.spared:,}" if self.planned else ""),
        }
        if self.spared:
            found["saved sittings"] = f"{self.spared:,} ({100 * self.spared / self.planned:.0f} %)"
        found["tokens"] = f"{self.tokens:,}"
        if (left := self.seconds_left) is not None:
            minutes, seconds = divmod(round(left), 60)
            found["left (begun problems)"] = f"{minutes}:{seconds:02}"
        return found

    def _update(self) -> None:
        if (now := self.clock()) < self._shown + EVERY:
            return
        self._shown = now
        if not self.plain():
            for caption, value in self.counters().items():
                self.show(caption, value)
        elif self._said is None:
            self._said = now  # a run that is over at once needs no line
        elif now >= self._said + LINE_EVERY:
            self._said = now
            self.say("Teaching: " + ", ".join(f"{caption} {value}" for caption, value in self.counters().items()))


RUN_PROGRESS = Progress()
"""Of everything this process teaches and examines."""
