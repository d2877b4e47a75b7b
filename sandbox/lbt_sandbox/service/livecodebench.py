"""LiveCodeBench's runner as tinker-cookbook sends it, in three files, read as a problem. Pure.

    found = problem_of_files(code, {"test_cases.txt": ..., "code.py": ..., "testing_util.py": ...}, 75, memory)
    problem, solution = found

The runner compares in the solution's own process, so that a solution can answer for it. What it accepts is kept: an
answer that equals the expected value or its only item, tuples for lists; printed text whose lines are the same but for
white space, numbers within 1e-5.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lbt_sandbox.code_extraction import defines
from lbt_sandbox.compare import Checker
from lbt_sandbox.service.programs import limits_of
from lbt_sandbox.types import Case, Converter, Kind, Problem

_RUNNER = "dfe725063ea175ea94bf7ace8c44e23cf1aff59fa1eea9f53a5e18b11694d2f5"
_UTIL = "8de1622908ae20302842e0e5d72a096309384222f4cb23e88700962742cfa645"
"""Digests of tinker-cookbook 0.6's TEST_CODE with an empty time limit, and TEST_UTIL."""
_NAMES = {"test_cases.txt", "code.py", "testing_util.py"}
_TIMEOUT = re.compile(r"timeout=(\d+)\)\n")
_STARS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json "
    "builtins typing"
).split()
_MODULES = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json"
)
PREAMBLE = (
    "".join(f"from {name} import *\n" for name in _STARS)
    + "".join(f"import {name}\n" for name in _MODULES.split())
    + "sys.setrecursionlimit(600000)\n"
)


def problem_of_files(code: str, files: Mapping[str, bytes], seconds: float, memory: int) -> tuple[Problem, str] | None:
    """The problem and the solution, where program and files are exactly that runner.

    Args:
        code: The program of the request.
        files: Its files.
        seconds: Limit of all tests together; each has the runner's own.
        memory: Bytes.
    """
    timeout = _TIMEOUT.search(code)
    if set(files) != _NAMES or timeout is None or _digest(files["testing_util.py"]) != _UTIL:
        return None
    if _digest((code[: timeout.start(1)] + code[timeout.end(1) :]).encode("utf-8", "surrogatepass")) != _RUNNER:
        return None
    try:
        tests: Any = json.loads(json.loads(files["test_cases.txt"])["input_output"])
        solution = files["code.py"].decode()
        problem = _problem(tests, solution)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if problem is None:
        return None
    limits = replace(limits_of(float(timeout[1]), memory, tests=len(problem.cases)), total_cpu=seconds + 1)
    return replace(problem, limits=limits), solution


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _problem(tests: Any, solution: str) -> Problem | None:
    inputs, outputs, name = tests["inputs"], tests["outputs"], tests.get("fn_name")
    if not inputs or len(inputs) != len(outputs):
        return None
    if name is None:
        cases = tuple(
            Case((_joined(given),), expected=_joined(wanted)) for given, wanted in zip(inputs, outputs, strict=True)
        )
        checker = Checker("lines", rel_tol=1e-5, abs_tol=1e-8)
        return Problem("livecodebench", "", cases, Kind.STDIO, preamble=PREAMBLE, checker=checker)
    entry_point = f"Solution().{name}" if defines(solution, "Solution") else name
    cases = tuple(_call(given, wanted) for given, wanted in zip(inputs, outputs, strict=True))
    untouched: dict[str, Converter] = {
        "return": "none",
        **{str(place): "none" for place in range(max(len(each.args) for each in cases))},
    }
    return Problem(
        "livecodebench", entry_point, cases, preamble=PREAMBLE, checker=Checker("any_of"), converters=untouched,
        threads=True,
    )  # fmt: skip


def _joined(text: Any) -> str:
    return "\n".join(text) if isinstance(text, list) else str(text)


def _call(given: str, wanted: str) -> Case:
    arguments = [json.loads(line) for line in given.split("\n")]
    if isinstance(arguments[0], dict):
        arguments = [_with_int_keys(arguments[0])]
    return Case(tuple(arguments), expected=accepted(json.loads(wanted)))


def accepted(wanted: Any) -> list[Any]:
    """Every answer that the runner takes for the expected one."""
    if isinstance(wanted, dict):
        wanted = [_with_int_keys(wanted)]
    found: list[Any] = [wanted]
    if isinstance(wanted, list):
        if wanted and isinstance(wanted[0], dict):
            wanted = [_with_int_keys(wanted[0])]
            found = [wanted]
        found.append(tuple(wanted))
        if wanted:
            found.append(wanted[0])
        if wanted and isinstance(wanted[0], list) and all(isinstance(each, list) for each in wanted[0]):
            found.append([tuple(each) for each in wanted[0]])
    return found


def _with_int_keys(value: dict[str, Any]) -> dict[Any, Any]:
    """JSON forces keys to be texts; the runner undoes that where it can."""
    try:
        return {int(key): each for key, each in value.items()}
    except ValueError:
        return value
