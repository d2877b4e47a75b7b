r"""When two answers are the same answer: `MathAnswers` for mathematics, `TextAnswers` for anything else.

    >>> MathAnswers().equal("\\frac{1}{2}", "0.5")
    Equality(equal=True, how='same number', reason='')

`MathAnswers` compares normalised text, then exact numbers, both in place; expressions go to math-verify in a process of
their own. Nothing hangs: a comparison that takes longer than its limit is `undecided`, which is not equal, is logged,
and says why. The rules are in `docs/answers.md`.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache

from anyio import CapacityLimiter, from_thread, to_thread
from anyio.lowlevel import RunVar

from lbt_solvers.answers._compare import Equality, compare
from lbt_solvers.answers._worker_process import MathWorker, shared_worker
from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.extraction import Extracted, extract
from lbt_solvers.answers.grades import Check, Grade, grades_by_equality
from lbt_solvers.answers.normalisation import normalise
from lbt_solvers.types import Problem

__all__ = ["Equality", "MathAnswers", "TextAnswers"]

SECONDS_PER_COMPARISON = 5.0
CACHED_PAIRS = 1 << 16

_logger = logging.getLogger(__name__)
_limiter: RunVar[CapacityLimiter] = RunVar("math-verify")


class TextAnswers:
    """Answers that are equal when their normalised texts are."""

    equals_share_grades = True

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the answer of a completion, see `extraction`."""
        return extract(completion, truncated=truncated)

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the normalised texts are, and not empty."""
        same = normalise(gold) == normalise(answer) != ""
        return Equality(same, "same text" if same else "different")

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order."""
        return [self.equal(gold, answer) for gold, answer in pairs]

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """1 for answers that equal the problem's gold answer, else 0."""
        return await grades_by_equality(problem, answers, self.equal_many)

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """Nothing: without the gold answer there is nothing to check by."""
        return [None] * len(answers)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Number of the class of each answer, see `classes`."""
        return answer_classes(answers, lambda known, answer: self.equal(known, answer).equal)


class _WorkerNeededError(Exception):
    """Text and numbers did not settle it."""


class MathAnswers:
    """Mathematical answers as they stand in MATH: numbers, expressions, intervals, sets, matrices, short words.

    Args:
        seconds: limit of one comparison by math-verify, in wall-clock seconds.
        worker: the process that runs it; by default the one that all of this interpreter share.
    """

    equals_share_grades = True

    def __init__(self, seconds: float = SECONDS_PER_COMPARISON, worker: MathWorker | None = None) -> None:
        self._seconds = seconds
        self._worker = worker
        self._ask = lru_cache(maxsize=CACHED_PAIRS)(self._ask_worker)

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the answer of a completion, see `extraction`."""
        return extract(completion, truncated=truncated)

    def equal(self, gold: str, answer: str) -> Equality:
        """Whether `answer` is `gold`. May take the limit's time: in an event loop, use `equal_many`.

        Raises:
            RuntimeError: math-verify cannot start, so that nothing could be graded.
        """
        return compare(gold, answer, self._ask)

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order; off the event loop where math-verify is needed."""
        found: dict[tuple[str, str], Equality] = {}
        for pair in dict.fromkeys(pairs):
            try:
                found[pair] = compare(*pair, _in_place)
            except _WorkerNeededError:
                found[pair] = await to_thread.run_sync(self.equal, *pair, limiter=_one_at_a_time())
        return [found[pair] for pair in pairs]

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """1 for answers that equal the problem's gold answer, else 0."""
        return await grades_by_equality(problem, answers, self.equal_many)

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """Nothing: without the gold answer there is nothing to check by."""
        return [None] * len(answers)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Number of the class of each answer, see `classes`; off the event loop where math-verify is needed."""
        try:
            return answer_classes(answers, lambda known, answer: compare(known, answer, _in_place).equal)
        except _WorkerNeededError:
            return await to_thread.run_sync(answer_classes, answers, self._same_or_cancelled, limiter=_one_at_a_time())

    def _same_or_cancelled(self, known: str, answer: str) -> bool:
        from_thread.check_cancelled()
        return self.equal(known, answer).equal

    def _ask_worker(self, gold: str, answer: str) -> Equality:
        reply = (self._worker or shared_worker()).compare(gold, answer, self._seconds)
        if reply.verdict == "equal":
            return Equality(True, "math-verify", reply.reason)
        if reply.verdict == "different":
            return Equality(False, "different", reply.reason)
        _logger.warning("Undecided, counted as not equal: %.80r and %.80r (%s)", gold, answer, reply.reason)
        return Equality(False, "undecided", reply.reason)


def _in_place(gold: str, answer: str) -> Equality:
    raise _WorkerNeededError


def _one_at_a_time() -> CapacityLimiter:
    """Of this event loop: whoever waits for the one worker waits in the loop, not in one of its threads."""
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(1))
        return _limiter.get()
