"""What a submission can make the trusted side do: little, whatever it answers; and the verdict is what it deserves."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from lbt_sandbox import Case, Checker, Kind, Limits, Problem, ProblemError, Report, Sandbox
from lbt_sandbox.prepared import prepare

pytestmark = pytest.mark.anyio
ROOMY = Limits(cpu=10, wall=40, total_cpu=60, total_wall=200)
LITTLE = 0.8
"""CPU seconds of this process for a submission. The answers below took 10 s to hours here when they were compared
here."""
TIMES_THE_FLOOR = 3
"""On a busy machine everything takes more CPU: what is not little may be so many times what `floor` takes now."""


def floor() -> float:
    """Seconds of CPU that reading and writing a fixed amount of JSON takes now."""
    begun = time.process_time()
    for _ in range(3):
        json.loads(json.dumps([[number, str(number)] for number in range(60_000)]))
    return time.process_time() - begun


def problem(entry_point: str, *cases: Case, **fields: Any) -> Problem:
    return replace(Problem("p", entry_point, cases, limits=ROOMY), **fields)


def printing(*expected: str, **fields: Any) -> Problem:
    return problem("", *(Case(args=("",), expected=text) for text in expected), kind=Kind.STDIO, **fields)


def wants(*expected: Any, **fields: Any) -> Problem:
    return problem("f", *(Case(args=(number,), expected=one) for number, one in enumerate(expected)), **fields)


async def grade(sandbox: Sandbox, asked: Problem, code: str) -> Report:
    begun = time.process_time()
    report = await sandbox.grade(asked, code)
    spent = time.process_time() - begun
    assert spent < LITTLE or spent < TIMES_THE_FLOOR * floor()
    return report


def verdicts(report: Report) -> str:
    return " ".join(test.verdict for test in report.tests)


NEST = "def nest(n):\n v = 1\n for _ in range(n): v = [v]\n return v\n"
DIGITS = "print('1' * 10**6 + 'x')"
ONE_HASH = """
import os
def f(n):
    keys = [[number * (2**61 - 1), 0] for number in range(60_000)]  # a dict of them takes quadratic time
    answer = ('{"d":' + repr(keys) + '}').encode()
    answer = len(answer).to_bytes(4, "big") + b"R" + answer
    while answer:
        answer = answer[os.write(3, answer):]
"""


@pytest.mark.parametrize("checker", [Checker("lines"), Checker("tokens", abs_tol=1e-6), Checker("lines", rel_tol=0.1)])
@pytest.mark.parametrize("code", [DIGITS, "print('1.' * 500_000)", "print('1e1' * 300_000)", "print('\\n' * 10**6, 1)"])
async def test_printed_texts_that_nearly_are_numbers(sandbox: Sandbox, checker: Checker, code: str) -> None:
    report = await grade(sandbox, printing("42", checker=checker), code)
    assert verdicts(report) in ("WA", "OLE")


async def test_a_dict_that_takes_quadratic_time_to_make_is_the_submissions_fault(sandbox: Sandbox) -> None:
    report = await grade(sandbox, wants({1: 0}), ONE_HASH)
    assert verdicts(report) == "OLE"
    assert "ComparisonLimit" in report.message


async def test_many_large_answers(sandbox: Sandbox) -> None:
    deep = "def f(n):\n v = []\n for _ in range(2): v = [v]\n return [v] * 200_000"
    report = await grade(sandbox, wants(*range(4)), deep)
    assert set(verdicts(report).split()) <= {"WA", "OLE"}


async def test_answers_of_a_submission_are_bounded_together(sandbox: Sandbox) -> None:
    limits = Limits(total_answer=1 << 20)
    report = await grade(sandbox, wants(*[1] * 6, limits=limits), "def f(n): return 'x' * 300_000")
    assert verdicts(report) == "WA WA WA OLE OLE OLE"
    assert report.tests[3].failure
    assert report.tests[3].failure.type == "TotalAnswerLimit"


@pytest.mark.parametrize(
    ("checker", "expected", "answer", "verdict"),
    [
        (Checker(), {str(i): i for i in range(50_000)}, "{str(i): i for i in reversed(range(50_000))}", "AC"),
        (Checker(), {str(i): i for i in range(50_000)}, "{str(i): i for i in range(1, 50_000)}", "WA"),
        (Checker(), set(range(3000)), "set(reversed(range(3000)))", "AC"),
        (Checker("unordered"), [[i] for i in range(50_000)], "[[i] for i in reversed(range(50_000))]", "AC"),
        (Checker("unordered"), [{"a": i} for i in range(9_000)], "[{'a': i} for i in reversed(range(9_000))]", "AC"),
        (Checker("float", abs_tol=1e-6), [i / 3 for i in range(50_000)], "[i / 3 + 1e-9 for i in range(50_000)]", "AC"),
        (Checker("any_of"), [[1], list(range(9000))], "list(range(9000))", "AC"),
    ],
)
async def test_large_answers_are_compared_as_small_ones(
    sandbox: Sandbox, checker: Checker, expected: Any, answer: str, verdict: str
) -> None:
    assert verdicts(await grade(sandbox, wants(expected, checker=checker), f"def f(n): return {answer}")) == verdict


async def test_nothing_in_an_answer_reaches_into_the_checkers_input(sandbox: Sandbox) -> None:
    checker = Checker("code", source="def check(args, kwargs, expected, got): return got == expected == 7")
    forged = "import os\ndef f(n):\n answer = b{}\n os.write(3, len(answer).to_bytes(4, 'big') + b'R' + answer)"
    for answer in (b"7],{}]", b"7]", b"", b"[7", b'{"t":[7]', b"7 7", b"\0" * 8 + b"7", b"\xff"):
        report = await grade(sandbox, wants(7, checker=checker), forged.replace("b{}", repr(answer)))
        assert verdicts(report) == "SV", answer
    assert verdicts(await grade(sandbox, wants(7, checker=checker), "def f(n): return 7")) == "AC"


@pytest.mark.parametrize("depth", [197, 198, 199, 200, 201])
@pytest.mark.parametrize("source", ["", "def check(args, kwargs, expected, got): return got == expected"])
async def test_answers_as_deep_as_can_be(sandbox: Sandbox, depth: int, source: str) -> None:
    checker = Checker("code" if source else "exact", source=source)
    one: Any = 2
    for _ in range(depth - 1):
        one = [one]
    right, wrong = f"{NEST}def f(n): return nest({depth})", f"{NEST}def f(n): return (nest({depth}),)"
    assert verdicts(await grade(sandbox, wants(one, checker=checker), right)) == ("WA" if depth <= 200 else "OLE")
    assert verdicts(await grade(sandbox, wants(one, checker=checker), wrong)) == ("WA" if depth < 200 else "OLE")


async def test_limits_are_never_smaller_than_what_is_expected(sandbox: Sandbox) -> None:
    small = Limits(output=1000, answer=1000, total_answer=1000)
    text = "line of some length\n" * 3000
    code = "for _ in range(3000): print('line of some length')"
    assert verdicts(await grade(sandbox, printing(text, text, limits=small), code)) == "AC AC"
    assert verdicts(await grade(sandbox, printing("1", limits=small), code)) == "OLE"
    numbers = [n / 7 for n in range(3000)]
    close = wants(numbers, limits=small, checker=Checker("float", abs_tol=1e-9))
    assert verdicts(await grade(sandbox, close, "def f(n): return [n / 7 + 1e-12 for n in range(3000)]")) == "AC"
    assert verdicts(await grade(sandbox, wants(1, limits=small), "def f(n): return [0] * 9000")) == "OLE"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from decimal import Decimal\ndef f(n): return Decimal('0.5')", 0.5),
        ("from fractions import Fraction\ndef f(n): return Fraction(1, 2)", 0.5),
        ("def f(n): return {1: 2}.keys()", {1}),
        ("def f(n): return bytearray(b'ab')", b"ab"),
        ("from collections import Counter\ndef f(n): return Counter('aab')", {"a": 2, "b": 1}),
        ("from collections import defaultdict\ndef f(n): return defaultdict(int, a=1)", {"a": 1}),
        ("from collections import namedtuple\ndef f(n): return namedtuple('P', 'x y')(1, 2)", (1, 2)),
        ("def f(n): return type(n)", int),
        ("def f(n): return range(n)", range(0)),
    ],
)
async def test_answers_that_equal_in_python(sandbox: Sandbox, code: str, expected: Any) -> None:
    assert verdicts(await grade(sandbox, wants(expected), code)) == "AC"


async def test_what_equals_nothing_is_wrong(sandbox: Sandbox) -> None:
    assert verdicts(await grade(sandbox, wants(float("nan"), None), "def f(n): return float('nan')")) == "WA WA"
    assert verdicts(await grade(sandbox, wants([1]), "def f(n): return {0: 1}.values()")) == "WA"


ESCAPES = "\\x1b[31m\\x07\\ud800\\u202e\\x9b"


@pytest.mark.parametrize(
    "code",
    [
        f'def f(n): raise ValueError("{ESCAPES}")',
        f'def f(n):\n print("{ESCAPES}")\n return "{ESCAPES}"',
        f'import sys\ndef f(n):\n print("{ESCAPES}", file=sys.stderr)\n raise type("{ESCAPES}", (Exception,), {{}})',
        "import os\ndef f(n): os.write(1, bytes(range(256)))",
        f'class E(Exception):\n def __str__(self): return "{ESCAPES}"\ndef f(n): raise E',
    ],
)
async def test_texts_for_people_hold_nothing_that_a_terminal_obeys(sandbox: Sandbox, code: str) -> None:
    report = await grade(sandbox, wants(1), code)
    [test] = report.tests
    texts = [report.message, test.stdout, test.stderr, test.got, test.expected, test.input]
    texts += [test.failure.type, test.failure.message, test.failure.traceback] if test.failure else []
    assert report.message
    for text in texts:
        text.encode()
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x00"}.intersection(text)
    assert "\n" not in report.message


@pytest.mark.parametrize("expected", [object(), {1: len}, [(i for i in "")]])
def test_expected_values_are_data(expected: Any) -> None:
    with pytest.raises(ProblemError, match="is no data"):
        prepare(wants(expected))
