"""What a submission comes to: every kind, every verdict, on both engines."""

import os
from collections.abc import Callable

import pytest
from lbt_sandbox import Case, Checker, Kind, Limits, Problem, ProblemError, Sandbox, SandboxError, Verdict
from lbt_sandbox.types import Report

from .conftest import ADD

pytestmark = pytest.mark.anyio
QUICK = Limits(cpu=0.3, wall=1.0, total_cpu=20, total_wall=60, memory=256 << 20, output=10_000, answer=100_000)


def verdicts(report: Report) -> str:
    return " ".join(test.verdict for test in report.tests)


def problem(entry_point: str, *cases: Case, **fields: object) -> Problem:
    return Problem("p", entry_point, cases, limits=QUICK, **fields)  # type: ignore[arg-type]


ONE = problem("f", Case(args=(1,), expected=1))
THREE = problem("f", *(Case(args=(n,), expected=n) for n in (1, 2, 3)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(n): return n", "AC AC AC"),
        ("def f(n): return -n", "WA WA WA"),
        ("def f(n): return n if n != 2 else 1/0", "AC RTE AC"),
        ("def f(n):\n while n == 1: pass\n return n", "TLE AC AC"),
        ("import time\ndef f(n):\n if n == 2: time.sleep(9)\n return n", "AC TLE AC"),
        ("def f(n):\n while n == 2:\n  try:\n   while 1: pass\n  except BaseException: pass\n return n", "AC TLE AC"),
        ("def f(n): return n if n != 2 else len([0] * 10**9)", "AC MLE AC"),
        ("def f(n):\n while n == 2: print('x' * 1000)\n return n", "AC OLE AC"),
        ("def f(n): return n if n != 2 else 'x' * 10**6", "AC OLE AC"),
        ("import os\ndef f(n): return n if n != 2 else os._exit(0)", "AC RTE AC"),
        ("import sys\ndef f(n): return n if n != 2 else sys.exit(0)", "AC RTE AC"),
        ("import ctypes\ndef f(n): return n if n != 2 else ctypes.string_at(0)", "AC RTE AC"),
        ("import os\ndef f(n): return n if n != 2 else os.fork()", "AC SV AC"),
        ("import os\ndef f(n): return n if n != 2 else os.kill(os.getppid(), 9)", "AC SV AC"),
        ("import socket\ndef f(n): return n if n != 2 else socket.socket()", "AC SV AC"),
        ("import os\ndef f(n): return n if n != 2 else os.kill(os.getpid(), 9)", "AC RTE AC"),
        ("import threading\ndef f(n): return n if n != 2 else threading.Thread(target=print).start()", "AC RTE AC"),
        ("def f(n): return n if n != 2 else open('/tmp/x', 'w')", "AC RTE AC"),
        ("def f(n): return n if n != 2 else open('/etc/passwd').read()", "AC RTE AC"),
        ("def f(n): return n if n != 2 else open('/proc/1/environ').read()", "AC RTE AC"),
        ("import os\ndef f(n):\n if n == 2:\n  os.close(3)\n  while 1: pass\n return n", "AC SV AC"),
        ("import os\ndef f(n):\n if n == 2: os.write(3, b'\\0\\0\\0\\0Q')\n return n", "AC SV AC"),
        ("def f(n", "CE CE CE"),
        ("", "CE CE CE"),
        ("def g(n): return n", "CE CE CE"),
        ("1/0\ndef f(n): return n", "RTE RTE RTE"),
        ("while 1: pass", "TLE TLE TLE"),
        ("(" * 5000 + ")" * 5000, "CE CE CE"),
        ("x = '\0'", "CE CE CE"),
        ("x = '\ud800'", "CE CE CE"),
        ("#" * (2 << 20), "CE CE CE"),
        ("def f(n): return (i for i in range(n))", "WA WA WA"),
        ("class Solution:\n def f(self, n): return n", "AC AC AC"),
    ],
)
async def test_a_verdict_for_every_test(sandbox: Sandbox, code: str, expected: str) -> None:
    assert verdicts(await sandbox.grade(THREE, code)) == expected
    assert verdicts(await sandbox.grade(ONE, "def f(n): return n")) == "AC"


async def test_the_report_says_where_and_why(sandbox: Sandbox) -> None:
    report = await sandbox.grade(ADD, "def add(a, b):\n    print('hello')\n    return a // (b - 2)\n")
    first, second = report.tests
    assert (first.failure.type, first.failure.line) == ("ZeroDivisionError", 3)  # type: ignore[union-attr]
    assert first.stdout == "hello\n"
    assert (second.verdict, second.input, second.expected, second.got) == (Verdict.WA, "3, 4", "7", "1")
    assert report.verdict is Verdict.RTE
    assert (report.passed, report.total, report.v_score) == (0, 2, 0.0)
    assert "ZeroDivisionError" in report.message
    assert second.memory > 1 << 20


async def test_text_and_bytes_that_are_no_program(sandbox: Sandbox) -> None:
    report = await sandbox.grade(ADD, b"def add(a, b): return '\xff'")
    assert report.verdict is Verdict.CE
    assert "UTF-8" in report.message


async def test_in_place(sandbox: Sandbox) -> None:
    sort = problem("Solution().sort", Case(args=([3, 1, 2],), expected=[1, 2, 3]), kind=Kind.IN_PLACE)
    good = "class Solution:\n def sort(self, a): a.sort()"
    bad = "class Solution:\n def sort(self, a): return sorted(a)"
    assert verdicts(await sandbox.grade(sort, good)) == "AC"
    assert verdicts(await sandbox.grade(sort, bad)) == "WA"


async def test_design(sandbox: Sandbox) -> None:
    case = Case(args=(["Counter", "add", "add"], [[1], [2], [3]]), expected=[None, 3, 6])
    counter = problem("Counter", case, kind=Kind.DESIGN)
    code = "class Counter:\n def __init__(self, n): self.n = n\n def add(self, k): self.n += k; return self.n"
    assert verdicts(await sandbox.grade(counter, code)) == "AC"


LISTS = "class ListNode:\n def __init__(self, val=0, next=None): self.val, self.next = val, next\n"


@pytest.mark.parametrize("hint", ["Optional[ListNode]", "'Optional[ListNode]'", "ListNode"])
async def test_linked_lists_by_type_hint(sandbox: Sandbox, hint: str) -> None:
    reverse = problem("f", Case(args=([1, 2, 3],), expected=[3, 2, 1]), preamble=f"from typing import *\n{LISTS}")
    code = f"def f(h: {hint}) -> {hint}:\n p = None\n while h: h.next, p, h = p, h, h.next\n return p"
    assert verdicts(await sandbox.grade(reverse, code)) == "AC"
    cyclic = f"def f(h: {hint}) -> {hint}:\n h.next = h\n return h"
    assert verdicts(await sandbox.grade(reverse, cyclic)) == "RTE"


async def test_trees_and_graphs_by_name(sandbox: Sandbox) -> None:
    mirror = problem(
        "f",
        Case(args=([1, 2, 3, None, 4],), expected=[1, 3, 2, None, None, 4]),
        converters={"0": "tree_node", "return": "tree_node"},
    )
    code = "def f(t):\n if t: t.left, t.right = f(t.right), f(t.left)\n return t"
    assert verdicts(await sandbox.grade(mirror, code)) == "AC"
    graph = problem(
        "f", Case(args=([[2], [1]],), expected=[[2], [1]]), converters={"0": "graph_node", "return": "graph_node"}
    )
    assert verdicts(await sandbox.grade(graph, "import copy\ndef f(n): return copy.deepcopy(n)")) == "AC"


async def test_stdio(sandbox: Sandbox) -> None:
    double = problem(
        "",
        Case(args=("4\n",), expected="8"),
        Case(args=("5\n",), expected="10"),
        kind=Kind.STDIO,
        checker=Checker("tokens"),
    )
    assert verdicts(await sandbox.grade(double, "if __name__ == '__main__':\n print(int(input()) * 2)")) == "AC AC"
    raw = "import os, sys\nos.write(1, str(int(sys.stdin.buffer.read()) * 2).encode()); os._exit(0)"
    assert verdicts(await sandbox.grade(double, raw)) == "AC AC"
    assert verdicts(await sandbox.grade(double, "import sys\nprint(int(input()) * 2); sys.exit(0)")) == "AC AC"
    assert verdicts(await sandbox.grade(double, "import sys\nprint(8); sys.exit(3)")) == "RTE RTE"
    assert verdicts(await sandbox.grade(double, "x = int(input())\nwhile x == 4: pass\nprint(10)")) == "TLE AC"
    assert verdicts(await sandbox.grade(double, "print(")) == "CE CE"


TESTS = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert add(2, 2) == 4\n"


async def test_tests_written_as_code(sandbox: Sandbox) -> None:
    cases = (Case(args=("check(candidate)",)), Case(args=("assert candidate(5, b=1) == 6",)))
    add = problem("add", *cases, kind=Kind.ASSERT_CODE, tests_source=TESTS)
    assert verdicts(await sandbox.grade(add, "def add(a, b): return a + b")) == "AC AC"
    assert verdicts(await sandbox.grade(add, "def add(a, b): return 3")) == "WA WA"
    assert verdicts(await sandbox.grade(add, "def add(a, b): return a / 0")) == "RTE RTE"
    assert verdicts(await sandbox.grade(add, "def add(a, b):\n while a == 2: pass\n return a + b")) == "TLE AC"
    assert verdicts(await sandbox.grade(add, "import os\ndef add(a, b): return os.fork()")) == "SV SV"
    assert verdicts(await sandbox.grade(add, "def add(a")) == "CE CE"
    equal = "class E(int):\n def __eq__(self, o): return True\n __hash__ = int.__hash__\ndef add(a, b): return E(9)"
    assert verdicts(await sandbox.grade(add, equal)) == "WA WA"


async def test_tests_can_expect_an_exception(sandbox: Sandbox) -> None:
    code = "try:\n    candidate(-1)\nexcept ValueError:\n    pass\nelse:\n    assert False"
    root = problem("f", Case(args=(code,)), kind=Kind.ASSERT_CODE)
    assert verdicts(await sandbox.grade(root, "def f(n):\n if n < 0: raise ValueError('negative')")) == "AC"
    assert verdicts(await sandbox.grade(root, "def f(n): return 0")) == "WA"


async def test_broken_tests_are_the_problems_fault(sandbox: Sandbox) -> None:
    broken = problem("f", Case(args=("check(candidate)",)), kind=Kind.ASSERT_CODE, tests_source="def check(")
    with pytest.raises(ProblemError, match="cannot be loaded"):
        await sandbox.grade(broken, "def f(n): return n")
    assert verdicts(await sandbox.grade(ONE, "def f(n): return n")) == "AC"


async def test_a_checker_written_as_code(sandbox: Sandbox) -> None:
    source = "def check(args, kwargs, expected, got): return got * got == args[0]"
    root = problem("f", Case(args=(9,)), Case(args=(16,)), checker=Checker("code", source=source))
    assert verdicts(await sandbox.grade(root, "def f(n): return -int(n ** 0.5)")) == "AC AC"
    assert verdicts(await sandbox.grade(root, "def f(n): return 3")) == "AC WA"
    for unusable in (
        "async def check(*_): return True",
        "def check(*_): yield True",
        "def other(): pass",
        "def check(",
    ):
        broken = problem("f", Case(args=(9,)), checker=Checker("code", source=unusable))
        with pytest.raises(ProblemError, match="the checker of problem 'p' ended with CE"):
            await sandbox.grade(broken, "def f(n): return n")


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("re.match(r'[0-9]+$', got)", "AC WA"),
        ("len(got) == 2 and 7", "AC WA"),
        ("numpy.float64(len(got)) == 2", "AC WA"),
        ("[got] if got == '42' else []", "AC WA"),
        ("1 / (got == '42')", "AC WA"),
        ("None", "WA WA"),
    ],
)
async def test_what_a_checker_returns_counts_by_its_truth(sandbox: Sandbox, returned: str, expected: str) -> None:
    source = "import re\ntry:\n import numpy\nexcept ImportError:\n import decimal as numpy\n numpy.float64 = int\n"
    source += f"def check(args, kwargs, expected, got): return {returned}"
    texts = problem("f", Case(args=("42",)), Case(args=("xyz",)), checker=Checker("code", source=source))
    assert verdicts(await sandbox.grade(texts, "def f(text): return text")) == expected


async def test_a_problem_without_tests(sandbox: Sandbox) -> None:
    with pytest.raises(ProblemError, match="no tests"):
        await sandbox.grade(problem("f"), "def f(n): return n")


async def test_a_problem_that_needs_more_memory_than_a_container_has() -> None:
    large = Problem("p", "f", ONE.cases, limits=Limits(memory=8 << 30))
    with pytest.raises(ProblemError, match="a worker has 1024 MiB"):
        await Sandbox().grade(large, "def f(n): return n")


async def test_reports_stream_in_input_order(sandbox: Sandbox) -> None:
    codes = [f"def f(n): return n + {number % 2}" for number in range(20)]
    found = [report async for report in sandbox.grade_many((ONE, code) for code in codes)]
    assert [verdicts(report) for report in found if isinstance(report, Report)] == ["AC", "WA"] * 10


async def test_a_broken_problem_does_not_end_the_stream(sandbox: Sandbox) -> None:
    submissions = [(ONE, "def f(n): return n"), (problem("f"), ""), (ONE, "def f(n): return n")]
    found = [result async for result in sandbox.grade_many(submissions, return_errors=True)]
    assert [type(result) for result in found] == [Report, ProblemError, Report]


async def test_time_limits_from_the_reference_solution(sandbox: Sandbox) -> None:
    """Of three tests: where the supervisor is late, what the first one uses is partly taken for loading."""
    slow = "def f(n):\n for _ in range(300_000): pass\n return n"
    cases = (Case(args=(1,), expected=1),) * 3
    measured = await sandbox.calibrated(Problem("p", "f", cases, reference=slow), factor=3, minimum=0.001)
    assert 0.001 < measured.limits.cpu < 5
    report = await sandbox.grade(measured, slow.replace("300_000", "300_000_000"))
    assert verdicts(report) == "TLE TLE TLE"
    with pytest.raises(ProblemError, match="reference"):
        await sandbox.calibrated(ONE)


async def test_the_next_submission_starts_clean(sandbox: Sandbox) -> None:
    poison = (
        "import builtins, sys, math\nbuiltins.abs = None\nmath.pi = 3\nsys.modules['random'] = None\ndef f(n): return n"
    )
    probe = "import math, random\ndef f(n): return n if abs(-1) == 1 and math.pi > 3.1 and random else 0"
    assert verdicts(await sandbox.grade(ONE, poison)) == "AC"
    assert verdicts(await sandbox.grade(ONE, probe)) == "AC"


async def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(SandboxError, match="docker, process"):
        Sandbox(engine="podman")  # type: ignore[arg-type]


async def test_every_program_starts_from_the_same_random_state(start: Callable[..., Sandbox]) -> None:
    """So that the verdict on a program that draws random numbers can be repeated, also on another worker."""
    problem = Problem("draw", "draw", (Case(expected=None),))
    drawn: set[str] = set()
    for _ in range(2):
        async with start() as fresh:
            drawn |= {(await fresh.grade(problem, "import random\ndef draw(): return random.random()")).tests[0].got}
    assert len(drawn) == 1


@pytest.mark.parametrize("pin", [True, False])
async def test_a_worker_keeps_to_one_cpu_unless_told_otherwise(start: Callable[..., Sandbox], pin: bool) -> None:
    cpus = len(os.sched_getaffinity(0))
    problem = Problem("cpus", "cpus", (Case(expected=1 if pin else cpus),))
    async with start(pin=pin) as running:
        report = await running.grade(problem, "import os\ndef cpus(): return len(os.sched_getaffinity(0))")
    assert report.verdict is Verdict.AC, report.message
