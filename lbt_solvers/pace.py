"""How long a run still takes: the work that is left, at the pace of the work that is done. No clock and no I/O.

    pace = Pace(expected=100)
    pace.teach(16)
    call = pace.begin(RATIONALE, 16, now)
    pace.finish(call, later, replies=16)
    pace.examine(192, whole=False)
    pace.seconds_left(later)

Work is counted in seconds of model calls, so that a few long rationales weigh as much as many short sittings, and a
call under way counts for what it has run: replies that come in bursts, as batches give them, move the estimate
little. Problems to come are taken for as large as those that are known, and exams that go on for as much cut short by
their budget as those that ended.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

RATIONALE, SITTING = "rationale", "sitting"
"""Kinds of replies; those of further exams and of controls are kinds of their own, by their names."""
_NEARLY = 0.9
"""A call that runs longer than others took counts as done to this share."""


@dataclass(frozen=True, slots=True, eq=False)
class RunningCall:
    """A model call under way; no two are the same."""

    kind: str
    replies: int
    """Asked for."""
    started: float


@dataclass(slots=True)
class Pace:
    """What a run was seen to do."""

    expected: int = 0
    """Problems of the whole run; 0 where nobody knows."""
    begun: Counter[str] = field(default_factory=Counter[str])
    """Replies of the problems that were begun, by kind; of sittings those of full exams."""
    done: Counter[str] = field(default_factory=Counter[str])
    """Replies that came, by kind."""
    spared: int = 0
    """Sittings of full exams that ended without them."""
    running: set[RunningCall] = field(default_factory=set[RunningCall])
    _problems: Counter[str] = field(default_factory=Counter[str])
    """That were begun, by kind of reply."""
    _open: int = 0
    """Sittings that exams on a budget have begun and may still spare."""
    _on_budget: int = 0
    """Sittings of full exams in those that ended on a budget."""
    _first: float | None = None
    _seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Of calls that models worked on, by kind."""
    _made: Counter[str] = field(default_factory=Counter[str])
    """Replies of those calls."""

    def teach(self, rationales: int) -> None:
        """A teacher begins with a problem."""
        self.more(rationales, RATIONALE)
        self._problems[RATIONALE] += 1

    def stop(self, rationales: int) -> None:
        """A teacher stopped without these."""
        self.begun[RATIONALE] -= rationales

    def examine(self, replies: int, whole: bool, kind: str = SITTING) -> None:
        """A problem's exams begin: so many student replies, or fewer where a budget may spare some."""
        self.more(replies, kind)
        self._problems[kind] += 1
        self._open += replies if kind == SITTING and not whole else 0

    def more(self, replies: int, kind: str = SITTING) -> None:
        """Replies of a problem that was begun."""
        self.begun[kind] += replies

    def end(self, replies: int, spared: int, kind: str = SITTING) -> None:
        """A problem's exams on a budget ended: of so many student replies these were spared."""
        if kind != SITTING:  # equal rationales share an exam
            self.begun[kind] -= spared
            return
        self._open -= replies
        self._on_budget += replies
        self.spared += spared

    def begin(self, kind: str, replies: int, now: float) -> RunningCall:
        """A call begins."""
        self._first = now if self._first is None else self._first
        call = RunningCall(kind, replies, now)
        self.running.add(call)
        return call

    def finish(self, call: RunningCall, now: float, replies: int, cached: bool = False) -> None:
        """The call ended with so many replies; those of a cache say nothing about the pace of models."""
        self.running.remove(call)
        self.done[call.kind] += replies
        if replies and not cached:
            self._made[call.kind] += replies
            self._seconds[call.kind] += now - call.started

    @property
    def is_bound(self) -> bool:
        """Whether the time left is an upper bound: budgets may spare sittings, and nobody knows yet how many."""
        return self._open > 0 and not self._on_budget

    def seconds_left(self, now: float) -> float | None:
        """Of the run, or of the problems begun where nobody knows the run; `None` before the first sitting ended."""
        if self._first is None or not self._problems[SITTING] or not self._made[SITTING]:
            return None
        seconds = {kind: self._per_reply(kind if self._made[kind] else SITTING) for kind in self._problems}
        running = [call for call in self.running if call.kind in seconds]
        busy = sum(self._seconds[kind] for kind in seconds) + sum(now - call.started for call in running)
        done = sum(min(now - call.started, _NEARLY * call.replies * seconds[call.kind]) for call in running)
        work = sum(max(0.0, self._total(kind) - self.done[kind]) * seconds[kind] for kind in seconds)
        return max(0.0, work - done) * (now - self._first) / busy if busy > 0 else None

    def _per_reply(self, kind: str) -> float:
        return self._seconds[kind] / self._made[kind]

    def _total(self, kind: str) -> float:
        """Replies of that kind in the whole run, done ones included."""
        problems, begun = max(self.expected, *self._problems.values()), float(self.begun[kind])
        if kind == SITTING:
            spared = self.spared / self._on_budget if self._on_budget else 0.0
            begun -= self.spared + spared * self._open
        return begun * problems / self._problems[kind]
