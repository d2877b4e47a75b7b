r"""When two answers are the same answer: `MathAnswers`, for mathematics.

    >>> MathAnswers().equal("\\frac{1}{2}", "0.5")
    Equality(equal=True, how='same number', reason='')

`MathAnswers` compares normalised text, then exact numbers, both in place; expressions go to math-verify in a process of
their own. Nothing hangs: a comparison that takes longer than its limit is `undecided`, which is not equal, is logged,
and says why. The rules are in `docs/answers.md`.
"""

import logging
import time
from collections.abc import Sequence
from functools import lru_cache

from anyio import CapacityLimiter, from_thread, to_thread
from anyio.lowlevel import RunVar

from lbt_solvers.answers._compare import Equality, compare
from lbt_solvers.answers._rules import Rules
from lbt_solvers.answers._worker_process import MathWorker, shared_worker
from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.extraction import Extracted, extract
from lbt_solvers.answers.grades import ComparedAnswers
from lbt_solvers.types import Problem

__all__ = ["Equality", "MathAnswers"]

SECONDS_PER_COMPARISON = 5.0
CACHED_PAIRS = 1 << 16

_logger = logging.getLogger(__name__)
_limiter: RunVar[CapacityLimiter] = RunVar("math-verify")


class _WorkerNeededError(Exception):
    """Text and numbers did not settle it."""


class MathAnswers(ComparedAnswers):
    """Mathematical answers as they stand in MATH: numbers, expressions, intervals, sets, matrices, short words.

    Args:
        seconds: limit of one comparison, in wall-clock seconds, whatever it has to compute and start.
        worker: the process that runs math-verify; by default the one that all of this interpreter share.
        rules: what counts as equal where people disagree.
    """

    def __init__(
        self, seconds: float = SECONDS_PER_COMPARISON, worker: MathWorker | None = None, rules: Rules | None = None
    ) -> None:
        self._seconds = seconds
        self._worker = worker
        self._rules = rules or Rules()
        self._known: dict[tuple[str, str], Equality] = {}

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the answer of a completion, see `extraction`."""
        return extract(completion, truncated=truncated)

    def equal(self, gold: str, answer: str) -> Equality:
        """Whether `answer` is `gold`. May take the limit's time: in an event loop, use `equal_many`.

        Raises:
            RuntimeError: math-verify cannot start, so that nothing could be graded.
        """
        return compare(gold, answer, _Asking(self).ask, self._rules)

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order; off the event loop where math-verify is needed."""
        found: dict[tuple[str, str], Equality] = {}
        for pair in dict.fromkeys(pairs):
            try:
                found[pair] = _compared_in_place(*pair, self._rules)
            except _WorkerNeededError:
                found[pair] = await to_thread.run_sync(self.equal, *pair, limiter=_one_at_a_time())
        return [found[pair] for pair in pairs]

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Number of the class of each answer, see `classes`; off the event loop where math-verify is needed."""
        try:
            return answer_classes(answers, lambda known, answer: compare(known, answer, _in_place, self._rules).equal)
        except _WorkerNeededError:
            return await to_thread.run_sync(answer_classes, answers, self._same_or_cancelled, limiter=_one_at_a_time())

    def _same_or_cancelled(self, known: str, answer: str) -> bool:
        from_thread.check_cancelled()
        return self.equal(known, answer).equal

    def ask(self, gold: str, answer: str, seconds: float) -> Equality:
        """What math-verify says of two keys, within so many seconds; each pair is asked about once."""
        known = self._known.get((gold, answer))
        if known is None:
            known = self._ask_worker(gold, answer, seconds)
            if len(self._known) >= CACHED_PAIRS:
                self._known.pop(next(iter(self._known)))
            if known.how != "undecided" or seconds >= self._seconds / 2:  # else another comparison has more time
                self._known[gold, answer] = known
        return known

    @property
    def worker(self) -> MathWorker:
        """The process that is asked about expressions."""
        return self._worker or shared_worker()

    @property
    def seconds(self) -> float:
        """Of one comparison, at most."""
        return self._seconds

    def _ask_worker(self, gold: str, answer: str, seconds: float) -> Equality:
        reply = self.worker.compare(gold, answer, seconds)
        if reply.verdict == "equal":
            return Equality(True, "math-verify", reply.reason)
        if reply.verdict == "different":
            return Equality(False, "different", reply.reason)
        late = f"no verdict within {self._seconds:g} s" if reply.reason.startswith("no verdict") else reply.reason
        _logger.warning("Undecided, counted as not equal: %.80r and %.80r (%s)", gold, answer, late)
        return Equality(False, "undecided", late)


class _Asking:
    """One comparison, whose parts share its limit."""

    def __init__(self, answers: MathAnswers) -> None:
        self._answers = answers
        self._deadline: float | None = None

    def ask(self, gold: str, answer: str) -> Equality:
        """Whoever asks first starts the clock; that the first process of all is started is not counted."""
        if self._deadline is None:
            self._answers.worker.start()
            self._deadline = time.monotonic() + self._answers.seconds
        left = self._deadline - time.monotonic()
        if left <= 0:
            return Equality(False, "undecided", f"no verdict within {self._answers.seconds:g} s")
        return self._answers.ask(gold, answer, left)


def _in_place(gold: str, answer: str) -> Equality:
    raise _WorkerNeededError


@lru_cache(maxsize=CACHED_PAIRS)
def _compared_in_place(gold: str, answer: str, rules: Rules) -> Equality:
    return compare(gold, answer, _in_place, rules)


def _one_at_a_time() -> CapacityLimiter:
    """Of this event loop: whoever waits for the one worker waits in the loop, not in one of its threads."""
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(1))
        return _limiter.get()
