"""The judge: runs a program for its claims, then decides on the trusted side what each is worth.

    report = await judge(problem, "def add(a, b): return a + b", run)

`run` takes a `Job` to a sandboxed worker and brings back an `Outcome` per test. Expected values never leave this side,
except to a checker written as code, which has a sandboxed process of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from lbt_sandbox import codec
from lbt_sandbox.compare import accepts
from lbt_sandbox.types import (
    Case,
    CaseResult,
    Failure,
    Job,
    Kind,
    Limits,
    Outcome,
    Problem,
    ProblemError,
    Report,
    Verdict,
)

TEXT_LIMIT = 500
STDOUT_LIMIT = 10_000
Run = Callable[[Job], Awaitable[list[Outcome]]]


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
    if not problem.cases:
        raise ProblemError(f"problem {problem.task_id!r} has no tests")
    text, failure = _source(code, problem.limits)
    if failure is not None:
        return _refused(problem, failure)
    outcomes = await run(_job(problem, text))
    accepted = await _accepted(problem, outcomes, run)
    shown = _shown(problem)
    tests = tuple(
        _result(outcome, verdict, texts) for outcome, verdict, texts in zip(outcomes, accepted, shown, strict=True)
    )
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
    test = CaseResult(Verdict.CE, failure)
    return Report(problem.task_id, (test,) * len(problem.cases), failure.message)


_inputs: WeakKeyDictionary[Problem, tuple[bytes, ...]] = WeakKeyDictionary()
_texts: WeakKeyDictionary[Problem, list[tuple[str, str]]] = WeakKeyDictionary()


def _job(problem: Problem, program: str) -> Job:
    """As `Job.of`, with the encoded inputs kept for the problem's next submission."""
    try:
        if problem not in _inputs:
            _inputs[problem] = Job.of(problem, "").inputs
    except (codec.CodecError, IndexError, TypeError, ValueError) as error:
        raise ProblemError(f"problem {problem.task_id!r} has inputs that cannot be sent: {error}") from error
    return Job.of(problem, program, _inputs[problem])


async def _accepted(problem: Problem, outcomes: list[Outcome], run: Run) -> list[Verdict]:
    """The verdict on every outcome."""
    if problem.kind is Kind.ASSERT_CODE:
        return [outcome.verdict or Verdict.AC for outcome in outcomes]
    answers = [_decoded(problem.kind, outcome) for outcome in outcomes]
    if problem.checker.name == "code":
        return await _ask_checker(problem, outcomes, answers, run)
    return [
        _compared(problem, case, outcome, answer)
        for case, outcome, answer in zip(problem.cases, outcomes, answers, strict=True)
    ]


_UNREADABLE = object()


def _decoded(kind: Kind, outcome: Outcome) -> Any:
    if outcome.verdict is not None:
        return None
    if kind is Kind.STDIO:
        return outcome.answer.decode("utf-8", "replace")
    try:
        return codec.decode(outcome.answer)
    except codec.CodecError:
        return _UNREADABLE


def _compared(problem: Problem, case: Case, outcome: Outcome, answer: Any) -> Verdict:
    if outcome.verdict is not None:
        return outcome.verdict
    if answer is _UNREADABLE:
        return Verdict.SV
    return Verdict.AC if accepts(problem.checker, case.expected, answer) else Verdict.WA


async def _ask_checker(problem: Problem, outcomes: list[Outcome], answers: Sequence[Any], run: Run) -> list[Verdict]:
    """Verdicts of a checker written as code, which runs in a worker of its own on (args, kwargs, expected, got)."""
    checker = problem.checker
    verdicts = [
        outcome.verdict or (Verdict.SV if answer is _UNREADABLE else None)
        for outcome, answer in zip(outcomes, answers, strict=True)
    ]
    asked = [at for at, verdict in enumerate(verdicts) if verdict is None]
    inputs = tuple(_checker_input(problem.cases[at], answers[at]) for at in asked)
    job = Job(checker.source, checker.entry_point, Kind.CALL, inputs, replace(problem.limits, memory=1 << 29))
    said = await run(job) if asked else []
    for at, outcome in zip(asked, said, strict=True):
        verdicts[at], failure = _checker_verdict(problem, outcome)
        outcomes[at] = replace(outcomes[at], failure=failure)
    return [verdict for verdict in verdicts if verdict is not None]


def _checker_input(case: Case, answer: Any) -> bytes:
    return codec.encode([[list(case.args), dict(case.kwargs), case.expected, answer], {}])


def _checker_verdict(problem: Problem, said: Outcome) -> tuple[Verdict, Failure | None]:
    """A checker that fails on an answer has not accepted it: hostile answers are made for that.

    That it failed is reported with the test, so that a checker which always fails does not go unseen.
    """
    if said.verdict in (Verdict.CE, Verdict.SV):
        raise ProblemError(f"the checker of problem {problem.task_id!r} ended with {said.verdict}: {said.failure}")
    if said.verdict is not None:
        why = f"{said.failure.type}: {said.failure.message}" if said.failure else ""
        return Verdict.WA, Failure("CheckerFailed", f"the checker ended with {said.verdict} on this answer: {why}")
    accepted = codec.decode(said.answer)
    if not isinstance(accepted, bool):
        answer = f"{accepted!r}"[:200]
        raise ProblemError(f"the checker of problem {problem.task_id!r} answered {answer}, not True or False")
    return (Verdict.AC if accepted else Verdict.WA), None


def _shown(problem: Problem) -> list[tuple[str, str]]:
    """Input and expected value of every test as bounded text."""
    if problem not in _texts:
        _texts[problem] = [(_input_text(problem.kind, case), short(case.expected)) for case in problem.cases]
    return _texts[problem]


def _input_text(kind: Kind, case: Case) -> str:
    if kind in (Kind.STDIO, Kind.ASSERT_CODE):
        return _cut(str(case.args[0]))
    given = [short(value) for value in case.args] + [f"{name}={short(value)}" for name, value in case.kwargs.items()]
    return _cut(", ".join(given))


def short(value: Any) -> str:
    """A value as text of a bounded length; a large one as the beginning of its encoding."""
    if isinstance(value, str):
        return _cut(repr(value[:TEXT_LIMIT]))
    try:
        encoded = codec.encode(value)
    except codec.CodecError as error:
        return f"({error})"
    return repr(value) if len(encoded) <= TEXT_LIMIT else _cut(encoded[: TEXT_LIMIT + 1].decode())


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}…"


def _got(outcome: Outcome) -> str:
    """The answer as text, without walking through a large one."""
    if outcome.verdict is not None:
        return ""
    text = outcome.answer[: TEXT_LIMIT + 1].decode("utf-8", "replace")
    return _cut(text)


def _result(outcome: Outcome, verdict: Verdict, texts: tuple[str, str]) -> CaseResult:
    failure = outcome.failure
    if verdict is Verdict.SV and failure is None:
        failure = Failure("MalformedAnswer", "the answer is no value of the codec")
    return CaseResult(
        verdict=verdict,
        failure=failure,
        stdout=outcome.stdout[:STDOUT_LIMIT],
        stderr=outcome.stderr[-STDOUT_LIMIT:],
        exit_status=outcome.exit_status,
        cpu=outcome.cpu,
        wall=outcome.wall,
        memory=outcome.memory,
        input=texts[0],
        expected=texts[1],
        got=_got(outcome),
    )


def _message(tests: Sequence[CaseResult]) -> str:
    for number, test in enumerate(tests, 1):
        if test.verdict is not Verdict.AC:
            reason = f": {test.failure.type}: {test.failure.message}" if test.failure else ""
            line = f" (line {test.failure.line})" if test.failure and test.failure.line else ""
            return f"test {number} of {len(tests)}: {test.verdict}{reason}{line}"
    return ""
