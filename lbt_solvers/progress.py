"""What a run has done so far and how long it still takes, shown by Inspect's own display from the first call on.

    RUN_PROGRESS.problem(rationales=17)                 # the teacher begins
    with RUN_PROGRESS.calling("teacher", 16) as result:
        result.replies, result.tokens = 16, 1200
    RUN_PROGRESS.plan(192)                              # its exams begin
    RUN_PROGRESS.saved(192, spared=90)

Inspect's display `plain` has no counters, so there they are printed as a line, between its own. A slow model gives no
reply for minutes: `while_shown` looks at the clock beside the calls. How the time left is told: `lbt_solvers.pace`.
"""

import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from statistics import fmean

from inspect_ai.util import display_counter, display_type

from lbt_solvers.concurrency import beside
from lbt_solvers.pace import RATIONALE, SITTING, Pace

EVERY = 0.5
"""Seconds between two looks at the counters: a run has thousands of calls a second."""
FIRST_LINE = 3.0
"""Seconds until a plain display gets its first line; a run that is over sooner needs none."""
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
    tokens: int = 0
    dollars: float | None = None
    """Paid, as far as Inspect knows prices."""
    pace: Pace = field(default_factory=Pace)
    _scored: dict[str, list[float]] = field(default_factory=dict[str, list[float]], repr=False)
    _shown: float = field(default=float("-inf"), repr=False)
    _line_at: float | None = field(default=None, repr=False)

    @contextmanager
    def in_lines(self, say: Callable[[str], None]) -> Generator[None]:
        """Within the block counters are lines for `say`, without a display of Inspect."""
        before = self.plain, self.say
        self.plain, self.say = (lambda: True), say
        try:
            yield
        finally:
            self.plain, self.say = before

    def expect(self, problems: int) -> None:
        """So many problems more are taught in this run."""
        self.pace.expected += problems

    def problem(self, rationales: int) -> None:
        """The teacher begins with a problem, for which it writes so many rationales."""
        self.pace.teach(rationales)
        self._update()

    def stopped(self, rationales: int) -> None:
        """It was certain, and does without these."""
        self.pace.stop(rationales)

    def plan(self, replies: int, whole: bool = True, role: str = "student") -> None:
        """A problem's exams begin: so many student replies, of which a budget may spare some unless they are whole.

        Args:
            replies: Of all students.
            whole: Whether all of them will be asked for.
            role: As calls for them name it.
        """
        self.pace.examine(replies, whole, _kind(role))
        self._update()

    def more(self, replies: int) -> None:
        """Student replies beside a problem's exams begin."""
        self.pace.more(replies)

    def saved(self, replies: int, spared: int, role: str = "student") -> None:
        """A problem's exams on a budget ended; of so many replies these were spared."""
        self.pace.end(replies, spared, _kind(role))
        self._update()

    @contextmanager
    def calling(self, role: str, replies: int) -> Generator["CallResult"]:
        """While a call for so many replies is under way; the result is told to what this yields."""
        result, call = CallResult(), self.pace.begin(_kind(role), replies, self.clock())
        self._update()
        try:
            yield result
        finally:
            now = self.clock()
            self.pace.finish(call, now, result.replies, now - call.started < result.seconds_when_made / 10)
            self.tokens += result.tokens
            if result.dollars is not None:
                self.dollars = (self.dollars or 0.0) + result.dollars
            self._update()

    def scored(self, right: Mapping[str, float]) -> None:
        """A problem is graded: how right the choice of each of these rules is, in [0, 1]."""
        for rule, value in right.items():
            self._scored.setdefault(rule, []).append(value)
        self._update()

    @asynccontextmanager
    async def while_shown(self) -> AsyncGenerator[None]:
        """While a problem is worked on: what is shown stays new, also while no reply comes."""
        async with beside(self._update, every=1.0):
            yield

    def counters(self) -> dict[str, str]:
        """What is shown, by caption."""
        pace = self.pace
        sittings = pace.begun[SITTING]
        found = {
            "rationales": _of(pace.done[RATIONALE], pace.begun[RATIONALE]),
            "sittings": _of(pace.done[SITTING], sittings - pace.spared),
        }
        if pace.spared:
            found["saved sittings"] = f"{pace.spared:,} ({100 * pace.spared / sittings:.0f} %)"
        others = [kind for kind in pace.begun if kind not in (RATIONALE, SITTING)]
        found |= {kind: _of(pace.done[kind], pace.begun[kind]) for kind in others}
        found |= {"calls running": f"{len(pace.running):,}", "tokens": f"{self.tokens:,}"}
        if self.dollars is not None:
            found["cost"] = f"${self.dollars:,.2f}"
        for rule, values in self._scored.items():
            found[f"{rule.upper()} right"] = f"{100 * fmean(values):.0f} % of {len(values):,}"
        if (left := pace.seconds_left(self.clock())) is not None:
            caption = "left" if pace.expected else "left (begun problems)"
            found[caption] = ("at most " if pace.is_bound else "") + duration(left)
        return found

    def _update(self) -> None:
        if (now := self.clock()) < self._shown + EVERY:
            return
        self._shown = now
        if not self.plain():
            for caption, value in self.counters().items():
                self.show(caption, value)
        elif self._line_at is None:
            self._line_at = now + FIRST_LINE
        elif now >= self._line_at:
            self._line_at = now + LINE_EVERY
            self.say("Teaching: " + ", ".join(f"{caption} {value}" for caption, value in self.counters().items()))


@dataclass(slots=True)
class CallResult:
    """What a call gave; nothing where it failed."""

    replies: int = 0
    tokens: int = 0
    dollars: float | None = None
    """`None` where nobody knows a price."""
    seconds_when_made: float = 0.0
    """Of the model, as its provider counted them; a cache keeps them, and that is how its replies are known."""


def duration(seconds: float) -> str:
    """`4:05` minutes, or `2:04:05` hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _of(done: int, begun: int) -> str:
    return f"{done:,}" + (f" of {begun:,}" if begun else "")


def _kind(role: str) -> str:
    """Of replies: what stands before a colon is what students or the teacher are asked besides."""
    return RATIONALE if role == "teacher" else SITTING if role.startswith("student") else role.partition(":")[0]


RUN_PROGRESS = Progress()
"""Of everything this process teaches and examines."""
