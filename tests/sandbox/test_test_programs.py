"""Test programs of every form run as written: none tests nothing in silence, and every test has its own verdict."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
import yaml
from lbt_sandbox import Kind, Problem, ProblemError, Sandbox
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.loaders.tests_as_code import fields_of_asserts, fields_of_check

from .plain_python import accepts_plainly, code_problem

RIGHT = "def f(x): return x + 1"
WRONG = "def f(x): return None"
HALF = "def f(x): return x + 1 if x < 2 else None"

_FILE = yaml.safe_load((Path(__file__).parent / "test_programs.yaml").read_text())
PLAIN: dict[str, dict[str, str]] = _FILE["plain"]
PROGRAMS: dict[str, dict[str, str]] = {**PLAIN, **_FILE["other"]}


def verdicts(report: Any) -> str:
    return "".join("p" if test.verdict == "AC" else "f" for test in report.tests)


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_runs_as_written(sandbox: Sandbox, name: str) -> None:
    problem = code_problem(PROGRAMS[name]["tests"])
    right, wrong, half = [await sandbox.grade(problem, code) for code in (RIGHT, WRONG, HALF)]
    assert (right.verdict, wrong.verdict == "AC") == ("AC", False), (right.message, wrong.message)
    assert verdicts(half) == PROGRAMS[name]["half"], half.message


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("code", [RIGHT, WRONG, HALF])
async def test_plain_python_accepts_the_same(sandbox: Sandbox, name: str, code: str) -> None:
    tests = PLAIN[name]["tests"]
    plain = await anyio.to_thread.run_sync(accepts_plainly, code, tests)
    assert ((await sandbox.grade(code_problem(tests), code)).verdict == "AC") == plain


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def check(candidate): pass", "tests nothing"),
        ("def check(candidate):\n    '''Text.'''\n    assert True, 'good'", "tests nothing"),
        ("def check(candidate):\n    print(candidate(1))", "tests nothing"),
        ("x = 1", "tests nothing"),
        ("import math\ndef helper(a):\n    assert a", "tests nothing"),
        ("def check(candidate, expected):\n    assert candidate(1) == expected", "needs 2 arguments"),
        ("def check(*, candidate):\n    assert candidate(1) == 2", "arguments by name"),
        ("def check(candidate):\n    assert candidate(1) == 2\n    yield", "is a generator"),
        ("import unittest\nclass T(unittest.TestCase):\n    def runs(self): pass", "no method whose name begins"),
        ("def check(candidate:\n", "no Python"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(source: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        fields_of_check(source, "f")


def test_texts_that_hold_programs_are_refused_beside_others() -> None:
    with pytest.raises(BadRow, match="form pytest"):
        fields_of_asserts(["assert f(1) is True", "def test_b():\n    assert f(2) == 3"], "f", "")
    assert len(fields_of_asserts(["def test_b():\n    assert f(2) == 3"], "f", "x = 1")["cases"]) == 1


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("import nowhere_to_be_found\nassert f(1) == 2\n", "nowhere_to_be_found"),
        ("assert 1 == 2\nassert f(1) == 2\n", "AssertionError"),
        ("def test_a(tmp_path):\n    assert f(1) == 2\n", "needs 'tmp_path'"),
        ("check = 3\n", "not callable"),
    ],
)
async def test_tests_that_fail_by_themselves_are_nobodys_verdict(sandbox: Sandbox, tests: str, reason: str) -> None:
    with pytest.raises(ProblemError, match=reason):
        await sandbox.grade(code_problem(tests), RIGHT)


async def test_the_texts_of_a_problem_share_their_namespace(sandbox: Sandbox) -> None:
    fields = fields_of_asserts(["it = iter([f(1), f(2)])\nassert next(it) == 2", "assert next(it) == 3"], "f", "")
    problem = Problem("t", "f", **fields)
    assert problem.kind is Kind.ASSERT_CODE
    assert [verdicts(await sandbox.grade(problem, code)) for code in (RIGHT, WRONG, HALF)] == ["pp", "ff", "pf"]


async def test_a_part_of_the_tests_has_the_verdicts_that_it_has_in_the_whole(sandbox: Sandbox) -> None:
    checks = "".join(f"    assert xs.pop() == {value}\n" for value in (1, 3, 2))
    tests = f"def check(g):\n    xs = [g(1), g(2), g(0)]\n{checks}"
    whole = code_problem(tests)
    for places in ((0,), (1,), (2,), (0, 2), (1, 2)):
        part = replace(whole, cases=tuple(whole.cases[at] for at in places))
        report = await sandbox.grade(part, HALF)
        assert verdicts(report) == "".join("pfp"[at] for at in places), (places, report.message)


@pytest.mark.parametrize(
    "ending", ["while True: pass", "import os; os._exit(0)", "a = [0] * 10**10", "raise SystemExit(0)"]
)
async def test_a_solution_that_dies_in_one_test_meets_the_next_anew(sandbox: Sandbox, ending: str) -> None:
    tests = "def check(g):\n    assert g(1) == 2\n    assert g(2) == 3\n    assert g(3) == 4\n    assert g(4) == 5\n"
    problem = code_problem(tests + "    assert not g(5) == 5\n")
    problem = replace(problem, limits=replace(problem.limits, cpu=0.5))
    report = await sandbox.grade(problem, f"def f(x):\n    if x in (2, 4):\n        {ending}\n    return x + 1\n")
    assert verdicts(report) == "pfpfp", report.message


async def test_tests_that_are_made_to_loop_go_on_with_the_next(sandbox: Sandbox) -> None:
    loop, endless = "while g(2) != 3: pass\n    assert g(2)", "assert list(g(3)) == [4]"
    tests = f"def check(g):\n    n = g(1)\n    assert n == 2\n    {loop}\n    {endless}\n    assert g(4) == n\n"
    problem = code_problem(tests)
    problem = replace(problem, limits=replace(problem.limits, cpu=0.5))
    code = "import itertools\ndef f(x): return [2, None, itertools.count(), 2][x - 1]"
    report = await sandbox.grade(problem, code)
    assert verdicts(report) == "pffp", report.message
    assert report.tests[1].verdict == "TLE"
