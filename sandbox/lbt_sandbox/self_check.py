"""Whether a problem's tests tell a solution from none: an empty program and constants must not be accepted.

    reason = await self_check(problem, sandbox.grade)
    # 'its tests also accept a solution that returns None'; empty where they accept none of these

What is tried, whatever the solution is asked: to return None, an object of a class of its own, NaN, or a value that
nobody expects (`ALWAYS`); and, where there is more than one test, a common constant (`COMMON`), since the answer to a
single test is a constant by itself. For stdio: to print nothing, and lines of the same two sorts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import anyio

from lbt_sandbox.compare import accepts
from lbt_sandbox.types import Case, Kind, Problem, Report, SandboxError, Verdict

ALWAYS: Mapping[str, Any] = {
    "None": None, "float('nan')": float("nan"), "987654321.5": 987654321.5, "'zyzzyva'": "zyzzyva",
    "['zyzzyva']": ["zyzzyva"], "-987654321": -987654321,
}  # fmt: skip
COMMON: Mapping[str, Any] = {
    "True": True, "False": False, "0": 0, "1": 1, "-1": -1, "0.0": 0.0, "''": "", "[]": [], "()": (), "{}": {},
}  # fmt: skip
ALWAYS_LINES = ("", "zyzzyva", "987654321.5")
COMMON_LINES = ("0", "1", "-1", "YES", "NO", "Yes", "No", "True", "False")
FEW = 3
"""Tests of the first look: what fails one of them needs no further."""
Grade = Callable[[Problem, str], Awaitable[Report]]


async def self_check(problem: Problem, grade: Grade) -> str:
    """Why a problem cannot be used: what its tests accept that solves nothing. Empty where they accept none of it.

    Where the tests are data this runs nothing; tests and checkers written as code are run on these solutions.

    Raises:
        ProblemError: From `grade`: the problem cannot be graded at all.
    """
    if problem.kind is not Kind.ASSERT_CODE and problem.checker.name != "code":
        return next((f"its tests also accept a solution that {what}" for what in _accepted_as_data(problem)), "")
    few = replace(problem, cases=problem.cases[:FEW])
    for what, program in empty_solutions(problem):
        for part in (few, problem):
            if (await grade(part, program)).verdict is not Verdict.AC:
                break
        else:
            return f"its tests also accept a solution that {what}"
    return ""


async def refused_problems(problems: Iterable[Problem], grade: Grade, workers: int) -> dict[str, str]:
    """The problems that the self-check refuses: task to reason. Those that cannot be graded at all are not among them.

    Args:
        problems: Any number.
        grade: As of `Sandbox`.
        workers: How many to check at a time.
    """
    refused: dict[str, str] = {}
    limiter = anyio.CapacityLimiter(workers)

    async def check(problem: Problem) -> None:
        async with limiter:
            try:
                if reason := await self_check(problem, grade):
                    refused[problem.task_id] = reason
            except SandboxError:  # each of its solutions will say so
                pass

    async with anyio.create_task_group() as tasks:
        for problem in problems:
            tasks.start_soon(check, problem)
    return refused


def _accepted_as_data(problem: Problem) -> Iterator[str]:
    if problem.kind is Kind.STDIO:
        answers: Mapping[str, Any] = {_prints(line): line for line in _lines(problem)}
    else:
        answers = {f"returns {text}": value for text, value in _constants(problem).items()}
    for what, value in answers.items():
        if all(accepts(problem.checker, case.expected, _answer(problem, case, value)) for case in problem.cases):
            yield what


def _constants(problem: Problem) -> Mapping[str, Any]:
    return {**ALWAYS, **COMMON} if len(problem.cases) > 1 else ALWAYS


def _lines(problem: Problem) -> tuple[str, ...]:
    return ALWAYS_LINES + COMMON_LINES if len(problem.cases) > 1 else ALWAYS_LINES


def _prints(line: str) -> str:
    return f"prints {line}" if line else "prints nothing"


def _answer(problem: Problem, case: Case, value: Any) -> Any:
    """What would be compared if every call gave a value."""
    if problem.kind is Kind.DESIGN:
        return [None, *[value] * (len(case.args[0]) - 1)]
    if problem.kind is Kind.IN_PLACE:
        place = problem.in_place
        return case.args[place] if isinstance(place, int) else case.kwargs[place]
    returns_nodes = problem.converters.get("return", "none") != "none"
    return [] if returns_nodes and value is None else value


def empty_solutions(problem: Problem) -> Iterator[tuple[str, str]]:
    """Programs that solve nothing: what each does, and its source."""
    if problem.kind is Kind.STDIO:
        for line in _lines(problem):
            yield _prints(line), f"print({line!r})\n" if line else "pass\n"
        return
    for value in ("_Own()", *_constants(problem)):
        what = "an object of a class of its own" if value == "_Own()" else value
        yield f"returns {what}", _program(problem.entry_point, value)


def _program(entry_point: str, value: str) -> str:
    """A program that answers every call with a value: of a function, or of any method of a class."""
    owner, _, method = entry_point.replace("()", "").rpartition(".")
    answer = f"def {method}(*args, **kwargs): return {value}\n"
    if not owner and not method[:1].isupper():
        return f"class _Own: pass\n{answer}"
    body = "    def __init__(self, *args, **kwargs): pass\n"
    body += f"    def __getattr__(self, name): return lambda *args, **kwargs: {value}\n"
    return f"class _Own: pass\nclass {owner or method}:\n{body}" + (f"    {answer}" if owner else "")
