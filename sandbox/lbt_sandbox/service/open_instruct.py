"""open-instruct's protocol: programs with asserts, or with inputs and outputs; 1 or 0 for each test.

    POST /test_program        {"program": "def f(x): ...", "tests": ["assert f(1) == 2"], "max_execution_time": 1.0}
    POST /test_program_stdio  {"program": "print(input())", "tests": [{"input": "hi", "output": "hi"}]}

`tests` may also be a text: base64 of zlib of JSON. The original also takes a pickle there, which runs code of the
sender's and is refused here.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import zlib
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from lbt_sandbox.code_extraction import defines
from lbt_sandbox.compare import Checker
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.loaders.tests_as_code import code_fields, fields_of_asserts
from lbt_sandbox.prepared import prepare
from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.programs import DEFAULT_MEMORY, LONGEST_SECONDS, limits_of
from lbt_sandbox.service.refusals import Refused, read
from lbt_sandbox.types import MIB, Case, Kind, Limits, Problem, Report, Verdict

UNPACKED_BYTES = 64 * MIB
FAILED_SECONDS = -1.0


class StdioTest(BaseModel):
    """Input and output of a program."""

    input: str
    output: str


class Request(BaseModel):
    """The body of both routes."""

    program: str
    tests: list[Any] | str
    max_execution_time: float = Field(default=1.0, gt=0, le=LONGEST_SECONDS, allow_inf_nan=False)


_ASSERTS, _STDIO = TypeAdapter(list[str]), TypeAdapter(list[StdioTest])


def unpacked(tests: list[Any] | str) -> Any:
    """The tests, which may be packed; `Refused` where they are neither."""
    if not isinstance(tests, str):
        return tests
    try:
        reader = zlib.decompressobj()
        text = reader.decompress(base64.b64decode(tests, validate=True), UNPACKED_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        raise Refused(422, "tests: a list, or base64 of zlib of JSON was needed", "tests") from None
    if reader.unconsumed_tail:
        raise Refused(413, f"tests: more than {UNPACKED_BYTES} bytes when unpacked", "tests")
    if text[:1] == b"\x80":
        raise Refused(422, "tests: this is a pickle, which is never loaded: send JSON", "tests")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(422, "tests: what was packed is no JSON", "tests") from None


async def test_program(body: bytes, context: Context) -> Reply:
    """`/test_program`."""
    request = read(Request, body)
    tests: list[str] = _checked(_ASSERTS, request.tests)
    parsing = [test for test in tests if _parses(test)]
    if not parsing:
        return {"results": [0] * len(tests), "runtimes": [FAILED_SECONDS] * len(tests)}
    problem = asserting_problem(request.program, parsing, request.max_execution_time)
    graded = reply_of(await context.grader.grade(problem, request.program))
    pairs = iter(zip(graded["results"], graded["runtimes"], strict=True))
    each = [next(pairs) if _parses(test) else (0, FAILED_SECONDS) for test in tests]
    return {"results": [result for result, _ in each], "runtimes": [seconds for _, seconds in each]}


def _parses(test: str) -> bool:
    """A test that is no Python fails; the others are asked all the same."""
    try:
        ast.parse(test)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


async def test_program_stdio(body: bytes, context: Context) -> Reply:
    """`/test_program_stdio`."""
    request = read(Request, body)
    tests = _checked(_STDIO, request.tests)
    cases = tuple(Case((test.input,), expected=test.output) for test in tests)
    limits = limits_of(request.max_execution_time, tests=len(cases))
    checker = Checker("lines", rel_tol=1e-9, abs_tol=1e-9)
    problem = Problem("open-instruct", "", cases, Kind.STDIO, checker=checker, limits=limits)
    return reply_of(await context.grader.grade(problem, request.program))


def _checked(adapter: TypeAdapter[list[Any]], tests: list[Any] | str) -> list[Any]:
    try:
        found = adapter.validate_python(unpacked(tests))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refused(422, f"tests.{'.'.join(map(str, first['loc']))}: {first['msg']}", "tests") from None
    if not found:
        raise Refused(422, "tests: at least one was needed", "tests")
    return found


def asserting_problem(program: str, tests: list[str], seconds: float) -> Problem:
    """The problem of asserts: data where all of them are, else code in a process apart from the solution."""
    limits, names = limits_of(seconds, DEFAULT_MEMORY, tests=len(tests)), names_in(tests)
    entry_point = next((name for name in names if defines(program, name)), names[0] if names else "candidate")
    try:
        fields = fields_of_asserts(tests, entry_point, "")
    except (BadRow, RecursionError):
        return _as_code(tests, entry_point, limits)
    if len(fields["cases"]) != len(tests):
        return _as_code(tests, entry_point, limits)
    problem = Problem("open-instruct", entry_point, limits=limits, threads=True, **fields)
    return replace(problem, limits=prepare(problem).limits)


def _as_code(tests: list[str], entry_point: str, limits: Limits) -> Problem:
    fields = code_fields(tuple(Case((test,)) for test in tests), "")
    return Problem("open-instruct", entry_point, limits=limits, threads=True, **fields)


def names_in(tests: list[str]) -> list[str]:
    """The names that the tests use: those that they call first."""
    nodes = [node for test in tests for node in ast.walk(ast.parse(test))]
    called = [each.func for each in nodes if isinstance(each, ast.Call)]
    return [each.id for each in (*called, *nodes) if isinstance(each, ast.Name)]


def reply_of(report: Report) -> dict[str, Any]:
    """1 or 0 a test, and the seconds it took."""
    passed = [test.verdict is Verdict.AC for test in report.tests]
    return {
        "results": [int(each) for each in passed],
        "runtimes": [test.wall if fine else FAILED_SECONDS for test, fine in zip(report.tests, passed, strict=True)],
    }


ENDPOINTS = (
    Endpoint("/test_program", test_program),
    Endpoint("/test_program_stdio", test_program_stdio),
)
