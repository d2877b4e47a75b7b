"""The judge: runs a program for its claims, then decides on the trusted side what each is worth.

    report = await judge(problem, "def add(a, b): return a + b", run)

`run` takes a `Job` to a sandboxed worker and brings back an `Outcome` per test. Expected values never leave this side,
except to processes of the sandbox that compare, which never hold a solution (`decisions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lbt_sandbox.decisions import Decision, Run, decide
from lbt_sandbox.prepared import TEXT_LIMIT, cut, prepare
from lbt_sandbox.texts import visible
from lbt_sandbox.types import CaseResult, Failure, Job, Limits, Outcome, Problem, Report, Verdict

STDOUT_LIMIT = 10_000


async def judge(problem: Problem, code: str | bytes, run: Run) -> Report:
    """The report on a program.

    Args:
        problem: With at least one test.
        code: A whole program, as text or as UTF-8.
        run: Carries a job to a worker.

    Raises:
        ProblemError: The problem itself cannot be graded.
        InternalError: From `run`.
    """
    prepared = prepare(problem)
    text, failure = _source(code, problem.limits)
    if failure is not None:
        return _refused(problem, failure)
    outcomes = await run(replace(Job.of(problem, text, prepared.inputs), limits=prepared.limits))
    decisions = await decide(problem, outcomes, run)
    tests = tuple(map(_result, outcomes, decisions, prepared.texts))
    return Report(problem.task_id, tests, _message(tests))


def _source(code: str | bytes, limits: Limits) -> tuple[str, Failure | None]:
    """The program's text, or why it is none."""
    size = len(code)
    if size > limits.source:
        return "", Failure("SourceLimit", f"the program has {size} bytes, the limit is {limits.source}")
    try:
        text = code.decode() if isinstance(code, bytes) else code
        text.encode()
    except UnicodeError as error:
        return "", Failure(type(error).__name__, f"the program is not UTF-8: {error}")
    return text, None


def _refused(problem: Problem, failure: Failure) -> Report:
    test = CaseResult(Verdict.CE, _shown(failure))
    return Report(problem.task_id, (test,) * len(problem.cases), visible(failure.message))


def _got(outcome: Outcome) -> str:
    """The answer as text, without walking through a large one."""
    if outcome.verdict is not None:
        return ""
    return cut(outcome.answer[: TEXT_LIMIT + 1].decode("utf-8", "replace"))


def _shown(failure: Failure | None) -> Failure | None:
    """The failure as people may read it: its texts come from the program."""
    if failure is None:
        return None
    texts = {name: visible(getattr(failure, name)) for name in ("type", "message", "traceback")}
    return replace(failure, **texts)


def _result(outcome: Outcome, decision: Decision, texts: tuple[str, str]) -> CaseResult:
    return CaseResult(
        verdict=decision.verdict,
        failure=_shown(decision.failure),
        stdout=visible(outcome.stdout[:STDOUT_LIMIT]),
        stderr=visible(outcome.stderr[-STDOUT_LIMIT:]),
        exit_status=outcome.exit_status,
        cpu=outcome.cpu,
        wall=outcome.wall,
        memory=outcome.memory,
        input=texts[0],
        expected=texts[1],
        got=visible(_got(outcome)),
    )


def _message(tests: Sequence[CaseResult]) -> str:
    for number, test in enumerate(tests, 1):
        if test.verdict is not Verdict.AC:
            reason = f": {test.failure.type}: {test.failure.message}" if test.failure else ""
            line = f" (line {test.failure.line})" if test.failure and test.failure.line else ""
            return f"test {number} of {len(tests)}: {test.verdict}{reason}{line}".replace("\n", " ")
    return ""
