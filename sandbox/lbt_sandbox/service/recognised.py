r"""Requests to run a program that holds its own tests, read as solution and tests: what a solution can fake, or cannot.

    found = recognise("def f(x): return x + 1\n\nassert f(1) == 2", "", {}, seconds=10, memory=512 << 20)
    found.form                                     # "asserts"
    await found.answer(grader, patience=18)        # as if the program had run, but `sys.exit(0)` passes nothing

| form | who sends it | graded as |
|---|---|---|
| `verl function` | verl with `fn_name`: a main that reads a JSON value a line | one call; its answer is printed here |
| `asserts` | verl with `assert_case`: a solution, a blank line, asserts | data, else tests in their own process |
| `livecodebench` | tinker-cookbook: LiveCodeBench's runner in `files` | inputs and expected outputs as data |

A form is recognised by its exact text (a digest of what surrounds the solution) or not at all; everything else runs as
the program that it is. What cannot be answered as the program would have answered runs as it is, too.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lbt_sandbox import codec
from lbt_sandbox.code_extraction import defines
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.loaders.tests_as_code import fields_of_asserts
from lbt_sandbox.service import livecodebench
from lbt_sandbox.service.grader import Grader
from lbt_sandbox.service.programs import Result, limits_of, result_of
from lbt_sandbox.service.refusals import Refused
from lbt_sandbox.types import Converter, Job, Kind, Outcome, Problem, Report, Verdict
from lbt_sandbox.worker import SHOWN_BYTES

_START, _END = "# === User's Original Code START ===\n", "\n# === User's Original Code END ===\n"
_NAME = re.compile(r'\n_SANDBOX_FN_NAME = "(\w+)"\n')
_VERL_HEAD = "ccc51f826d5dde53106607a1d7139901f46e669d9fa7db77b95e9b594bd9411b"
_VERL_TAIL = "772d22fc35012707b1d75f01b2b055ff5f866fedd1b81c964b64470a5477a518"
"""Of verl 0.9's wrapper, before and after the solution; after it with an empty name."""
_TAIL_BYTES = 1 << 16


class Recognised(Protocol):
    """A request as solution and tests."""

    @property
    def form(self) -> str:
        """One of the table's names."""
        ...

    async def answer(self, grader: Grader, patience: float) -> Result | None:
        """What the program would have come to; None where it has to run as it is."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A function called once."""

    job: Job
    form: str = "verl function"

    async def answer(self, grader: Grader, patience: float) -> Result | None:
        """As `Recognised.answer`."""
        (outcome,) = await grader.run(self.job, patience)
        return printed(outcome)


@dataclass(frozen=True, slots=True)
class Checked:
    """A solution and tests."""

    problem: Problem
    solution: str
    form: str = "asserts"
    failed_with: int = 1
    """The exit status of a program whose tests fail."""

    async def answer(self, grader: Grader, patience: float) -> Result | None:
        """As `Recognised.answer`."""
        try:
            report = await grader.grade(self.problem, self.solution, patience)
        except Refused:  # tests that do not stand apart from their solution
            return None
        return result_of_tests(report, self.failed_with)


def recognise(code: str, stdin: str, files: Mapping[str, bytes], seconds: float, memory: int) -> Recognised | None:
    """The form that a program has, if it is one of the table's."""
    if files:
        found = livecodebench.problem_of_files(code, files, seconds, memory)
        return Checked(*found, form="livecodebench", failed_with=255) if found else None
    if _START in code:
        return verl_function(code, stdin, seconds, memory)
    return None if stdin.strip() else asserts(code, seconds, memory)


def verl_function(code: str, stdin: str, seconds: float, memory: int) -> Call | None:
    """The wrapper of verl, whose main calls a function with the JSON values of its lines."""
    head, _, rest = code.partition(_START)
    solution, _, tail = rest.rpartition(_END)
    name = _NAME.match(tail)
    if name is None or _digest(head) != _VERL_HEAD or _digest(tail.replace(f'"{name[1]}"', '""', 1)) != _VERL_TAIL:
        return None
    entry_point = next((f"{p}{name[1]}" for p in ("", "Solution().") if defines(solution, f"{p}{name[1]}")), None)
    arguments = _arguments(stdin)
    if entry_point is None or arguments is None:
        return None
    untouched: dict[str, Converter] = {"return": "none", **{str(place): "none" for place in range(len(arguments))}}
    return Call(
        Job(
            solution, entry_point, Kind.CALL, (codec.encode([arguments, {}]),), limits_of(seconds, memory),
            preamble=head, converters=untouched, threads=True,
        )
    )  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _arguments(stdin: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in stdin.split("\n")] if stdin.strip() else []
    except (ValueError, RecursionError):
        return None


def printed(outcome: Outcome) -> Result | None:
    """What verl's main prints of an answer: JSON of containers, None and bools, else the text."""
    result = result_of(outcome)
    if outcome.verdict is not None:
        return result
    try:
        value = codec.decode(outcome.answer)
        text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else json.dumps(value)
    except (ValueError, TypeError, RecursionError):
        return None
    if len(outcome.stdout) >= SHOWN_BYTES // 4:  # perhaps not all of it
        return None
    return Result(
        None, 0, None, f"{outcome.stdout}{text}\n", result.stderr, outcome.cpu, outcome.wall, outcome.memory
    )  # fmt: skip


def asserts(code: str, seconds: float, memory: int) -> Checked | None:
    """A solution, a blank line, and nothing but assert statements about what the solution defines."""
    cut = code.rfind("\n\nassert ")
    tail = code[cut:]
    if cut < 0 or len(tail) > _TAIL_BYTES:
        return None
    solution = code[:cut]
    statements = _asserts(tail)
    entry_point = next((name for name in _called(statements) if defines(solution, name)), None)
    if entry_point is None:
        return None
    try:
        fields = fields_of_asserts([ast.unparse(each) for each in statements], entry_point, "")
    except (BadRow, RecursionError):
        return None
    limits = limits_of(seconds, memory, tests=len(fields["cases"]))
    return Checked(Problem("asserts", entry_point, limits=limits, threads=True, **fields), solution)


def _asserts(text: str) -> list[ast.Assert]:
    """The statements, none where one of them is something else."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = [each for each in statements if isinstance(each, ast.Assert)]
    return found if len(found) == len(statements) else []


def _called(statements: list[ast.Assert]) -> list[str]:
    calls = [node for each in statements for node in ast.walk(each) if isinstance(node, ast.Call)]
    return [node.func.id for node in calls if isinstance(node.func, ast.Name)]


def result_of_tests(report: Report, failed_with: int) -> Result:
    """What the program with its tests would have come to."""
    failed = next((test for test in report.tests if test.verdict is not Verdict.AC), None)
    stdout = "".join(test.stdout for test in report.tests)
    cpu, wall = sum(test.cpu for test in report.tests), sum(test.wall for test in report.tests)
    memory = max(test.memory for test in report.tests)
    if failed is None:
        return Result(None, 0, None, stdout, report.tests[-1].stderr, cpu, wall, memory)
    failure = failed.failure
    reason = f"{failure.type}: {failure.message}" if failure else "AssertionError"
    stderr = failed.stderr + ((failure.traceback if failure else "") or f"{reason}\n")
    is_late = failed.verdict is Verdict.TLE
    verdict = Verdict.RTE if failed.verdict.answered else failed.verdict
    return Result(
        verdict, None if is_late else failed_with, "SIGKILL" if is_late else None, stdout, stderr, cpu, wall, memory,
        report.message,
    )  # fmt: skip
