"""Whether a problem's tests tell a solution from none: an empty program and constants must not be accepted.

    reason = await self_check(problem, sandbox.grade)
    # 'its tests also accept a solution that returns None'; empty where they accept none of these

What is tried: a function (or every method that is called) that returns None, one that returns an object of a class of
its own, and the constants of `CONSTANTS`; for stdio a program that prints nothing, and lines of the same kind. Only
these: a solution that hard-codes its answers passes every test.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from lbt_sandbox.code_extraction import entry_name
from lbt_sandbox.types import Kind, Problem, Report, Verdict

CONSTANTS = ("None", "True", "False", "0", "1", "''", "[]", "()", "{}", "0.0", "-1", "float('nan')")
FEW = 3
"""Tests of the first look: what fails one of them needs no further."""
LINES = ("", "0", "1", "YES", "NO", "Yes", "No", "True", "False", "-1")
Grade = Callable[[Problem, str], Awaitable[Report]]


async def self_check(problem: Problem, grade: Grade) -> str:
    """Why a problem cannot be used: what its tests accept that solves nothing. Empty where they accept none of it.

    A constant is tried on every test, so that a problem with a single test whose answer is that constant is refused
    as well: such a test tells nothing about a solution.

    Raises:
        ProblemError: From `grade`: the problem cannot be graded at all.
    """
    few = replace(problem, cases=problem.cases[:FEW])
    for what, program in empty_solutions(problem):
        accepted = True
        for part in (few, problem) if len(few.cases) < len(problem.cases) else (problem,):
            accepted = accepted and (await grade(part, program)).verdict is Verdict.AC
        if accepted:
            return f"its tests also accept a solution that {what}"
    return ""


def empty_solutions(problem: Problem) -> Iterator[tuple[str, str]]:
    """Programs that solve nothing: what each does, and its source."""
    if problem.kind is Kind.STDIO:
        for line in LINES:
            yield (f"prints {line}" if line else "prints nothing"), f"print({line!r})\n" if line else "pass\n"
        return
    yield "returns an object of its own", _program(problem.entry_point, "_Own()")
    for constant in CONSTANTS:
        yield f"returns {constant}", _program(problem.entry_point, constant)


def _program(entry_point: str, value: str) -> str:
    """A program that answers every call with a value: of a function, of a method, of any method of a class."""
    owner, dot, method = entry_point.replace("()", "").rpartition(".")
    name = owner if dot else entry_name(entry_point)
    anything = f"    def __getattr__(self, name): return lambda *args, **kwargs: {value}\n"
    body = f"    def __init__(self, *args, **kwargs): pass\n{anything}"
    if dot:
        body += f"    def {method}(self, *args, **kwargs): return {value}\n"
    if dot or not _is_function(name):
        return f"class _Own: pass\nclass {name}:\n{body}"
    return f"class _Own: pass\ndef {name}(*args, **kwargs): return {value}\n"


def _is_function(name: str) -> bool:
    return not name[:1].isupper()
