"""Decides what answers are worth, with work on the trusted side that no submission can make large.

    decisions = await decide(problem, outcomes, run)     # a verdict for every test

An answer in the very bytes of the expected value is right. A small one is decoded and compared here, where all of a
submission's take some milliseconds at the worst. All others, and those for a checker written as code, go to a process
in the sandbox that holds no solution (`guest.comparing`); where that takes too much time or memory, the verdict is OLE.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from lbt_sandbox import codec
from lbt_sandbox.compare import accepts
from lbt_sandbox.guest import comparing
from lbt_sandbox.prepared import Expected, Prepared, prepare
from lbt_sandbox.types import MIB, Failure, InternalError, Job, Kind, Limits, Outcome, Problem, ProblemError, Verdict

INLINE_BYTES = 1 << 14
"""Of all answers of a submission that are compared here. The costliest ones take a microsecond a byte."""
INLINE_ENTRIES = 200
"""Of the sets and dicts of one answer compared here. Hashes that were chosen to collide cost the square of it."""
BATCH_BYTES = 8 * MIB
"""Of what is sent to be compared at a time."""
Run = Callable[[Job], Awaitable[list[Outcome]]]
_EXCEEDED = (Verdict.TLE, Verdict.MLE, Verdict.OLE)


class Decision(NamedTuple):
    """One test's verdict, and why, where the solution's process did not say."""

    verdict: Verdict
    failure: Failure | None = None


_ACCEPTED, _WRONG = Decision(Verdict.AC), Decision(Verdict.WA)
_MALFORMED = Decision(Verdict.SV, Failure("MalformedAnswer", "the answer is no value of the codec"))
_TOO_COSTLY = Decision(
    Verdict.OLE, Failure("ComparisonLimit", "comparing the answer takes more time or memory than an answer may cost")
)


async def decide(problem: Problem, outcomes: Sequence[Outcome], run: Run) -> list[Decision]:
    """The verdict on every outcome.

    Args:
        problem: What was asked.
        outcomes: Of its tests, in order.
        run: Carries a job to a worker.

    Raises:
        ProblemError: Its checker cannot be used.
        InternalError: From `run`, or a comparison failed that must not fail.
    """
    if problem.kind is Kind.ASSERT_CODE:
        return [Decision(outcome.verdict or Verdict.AC, outcome.failure) for outcome in outcomes]
    prepared = prepare(problem)
    left = INLINE_BYTES
    found: list[Decision | None] = []
    for expected, outcome in zip(prepared.expected, outcomes, strict=True):
        decision = _at_sight(problem, expected, outcome)
        cost = _cost(problem, expected, outcome.answer)
        if decision is None and problem.checker.name != "code" and cost <= left:
            left -= cost
            decision = _here(problem, expected, outcome.answer)
        found.append(decision)
    sizes = {
        at: len(outcomes[at].answer) + len(prepared.expected[at].encoded)
        for at, decision in enumerate(found)
        if decision is None
    }
    for batch in _batches(sizes):
        compared = await run(_job(problem, prepared, {at: outcomes[at].answer for at in batch}))
        for at, outcome in zip(batch, compared, strict=True):
            found[at] = _by_process(problem, outcome)
    return [decision for decision in found if decision is not None]


def _at_sight(problem: Problem, expected: Expected, outcome: Outcome) -> Decision | None:
    if outcome.verdict is not None:
        return Decision(outcome.verdict, outcome.failure)
    is_text = problem.kind is Kind.STDIO and problem.checker.name in ("lines", "tokens")
    answer = outcome.answer.rstrip() if is_text else outcome.answer
    return _ACCEPTED if answer in expected.known else None


def _cost(problem: Problem, expected: Expected, answer: bytes) -> int:
    """Bytes to walk through; `==` and its like end at the shorter side."""
    walks_both = problem.checker.name not in ("exact", "float")
    return len(answer) + (len(expected.encoded) if walks_both else 0)


def _here(problem: Problem, expected: Expected, answer: bytes) -> Decision | None:
    """None where the answer's tables are too large for this side."""
    if problem.kind is Kind.STDIO:
        got = answer
    else:
        try:
            got = codec.decode(answer, entries=INLINE_ENTRIES)
        except codec.TooManyEntriesError:
            return None
        except codec.CodecError:
            return _MALFORMED
    return _ACCEPTED if accepts(problem.checker, expected.value, got) else _WRONG


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """The keys in order, as many at a time as fit."""
    batch: list[int] = []
    total = 0
    for at, size in sizes.items():
        if batch and total + size > BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(at)
        total += size
    if batch:
        yield batch


def _job(problem: Problem, prepared: Prepared, answers: dict[int, bytes]) -> Job:
    checker = problem.checker
    options = {"name": checker.name, "rel_tol": checker.rel_tol, "abs_tol": checker.abs_tol}
    is_code = checker.name == "code"
    return Job(
        source=checker.source,
        entry_point=checker.entry_point,
        kind="compare",
        inputs=tuple(
            comparing.pack(_arguments(problem, prepared, at) if is_code else b"", prepared.expected[at].encoded, answer)
            for at, answer in answers.items()
        ),
        limits=replace(problem.limits, memory=512 * MIB, deadline=None) if is_code else _limits(prepared, answers),
        options={"checker": {**options, "entry_point": checker.entry_point}, "is_text": problem.kind is Kind.STDIO},
    )


def _arguments(problem: Problem, prepared: Prepared, at: int) -> bytes:
    if problem.kind is not Kind.STDIO:
        return prepared.inputs[at]
    case = problem.cases[at]
    return codec.encode([list(case.args), dict(case.kwargs)])


def _limits(prepared: Prepared, answers: dict[int, bytes]) -> Limits:
    """What an honest answer needs amply: seconds by the size of what is expected, not of what came."""
    sizes = [len(prepared.expected[at].encoded) for at in answers]
    cpu, total = 2 + 4e-6 * max(sizes), 5 + 8e-6 * sum(sizes)
    return Limits(cpu=cpu, wall=5 * cpu, total_cpu=total, total_wall=5 * total, memory=512 * MIB)


def _by_process(problem: Problem, outcome: Outcome) -> Decision:
    if outcome.verdict is None:
        return {comparing.RIGHT: _ACCEPTED, comparing.WRONG: _WRONG}.get(outcome.answer, _MALFORMED)
    why = f"{outcome.failure.type}: {outcome.failure.message}" if outcome.failure else ""
    if problem.checker.name != "code":
        if outcome.verdict in _EXCEEDED:
            return _TOO_COSTLY
        raise InternalError(f"comparing an answer ended with {outcome.verdict}: {why}")
    if outcome.verdict in (Verdict.CE, Verdict.SV):
        raise ProblemError(f"the checker of problem {problem.task_id!r} ended with {outcome.verdict}: {why}")
    # A checker that fails on an answer has not accepted it: hostile answers are made for that. That it failed is
    # reported with the test, so that a checker which always fails does not go unseen.
    return Decision(
        Verdict.WA, Failure("CheckerFailed", f"the checker ended with {outcome.verdict} on this answer: {why}")
    )
