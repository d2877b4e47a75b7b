"""HumanEval+ and MBPP+ in the forms in which their users have them: each input is a test, by evalplus' rules."""

from collections.abc import Callable
from typing import Any

import pytest
from lbt_sandbox import Kind, Problem, Sandbox
from lbt_sandbox.loaders import DataError, parse_problem
from lbt_sandbox.loaders.evalplus_inputs import restore
from lbt_sandbox.loaders.evalplus_rules import verify

from .evalplus_rows import HUB_HUMANEVAL_PLUS, HUB_MBPP_PLUS, HUB_REFERENCE, HUMANEVAL_PLUS, MBPP_PLUS


async def graded(sandbox: Sandbox, problem: Problem, code: str) -> str:
    report = await sandbox.grade(problem, code)
    return "".join("p" if test.verdict == "AC" else "f" for test in report.tests)


def constant(value: Any) -> Callable[..., Any]:
    return lambda *_: value


@pytest.mark.parametrize(
    ("row", "head", "inputs"),
    [
        (HUMANEVAL_PLUS, "def near(x): return ", 4),
        (HUB_HUMANEVAL_PLUS, "def near(x): return ", 3),
        (HUB_REFERENCE, "def near(x): return ", 3),
        (HUB_MBPP_PLUS, "def near(x): return ", 3),
    ],
)
async def test_every_input_is_a_test(sandbox: Sandbox, row: dict[str, Any], head: str, inputs: int) -> None:
    problem = parse_problem(row)
    assert (problem.kind, len(problem.cases)) == (Kind.ASSERT_CODE, inputs)
    assert await graded(sandbox, problem, problem.reference or "") == "p" * inputs
    assert await graded(sandbox, problem, head + "x / 3 if x != 1 else None") == "ppf" + "p" * (inputs - 3)
    assert await graded(sandbox, problem, head + "1") == "pff" + "f" * (inputs - 3)
    dies = "import os\ndef near(x):\n    if x == 3: os._exit(0)\n    return x / 3"
    assert await graded(sandbox, problem, dies) == "f" + "p" * (inputs - 1)


async def test_mbpp_plus_in_its_own_file(sandbox: Sandbox) -> None:
    problem = parse_problem(MBPP_PLUS)
    assert (problem.task_id, problem.entry_point, len(problem.cases)) == ("Mbpp/2", "similar_elements", 3)
    assert await graded(sandbox, problem, problem.reference or "") == "ppp"
    assert await graded(sandbox, problem, "def similar_elements(a, b): return [x for x in a if x in b]") == "ppp"
    assert await graded(sandbox, problem, "def similar_elements(a, b): return ()") == "fpf"


@pytest.mark.parametrize(
    ("name", "args", "expected", "right", "wrong"),
    [
        ("f", [], 0.5, [0.5, 0.5 + 1e-7], [0.51, "0.5", None, True, [0.5]]),
        ("f", [], 1, [1, 1.0, True], [1 + 1e-7, 2]),
        ("f", [], [0.5, 1.5], [[0.5, 1.5 + 1e-7]], [(0.5, 1.5 + 1e-7), [0.5], [0.5, 1.6], [0.5, "x"]]),
        ("f", [], "a", ["a"], ["b", None]),
        ("find_zero", [[-1, 1]], 1.0, [1.0], [1.5, 0.0]),
        ("sum_div", [4], 3, [3, 0], [1, False, None]),
        ("similar_elements", [], (1, 2), [[2, 1], {1, 2}], [(1,)]),
        ("check_str", [], True, [True, "match"], [False, None]),
        ("check_str", [], None, [None, False], [True, "match"]),
        ("digit_distance_nums", [1, 23], 4, [4], [5]),
    ],
)
def test_the_rules_of_evalplus(name: str, args: list[Any], expected: Any, right: list[Any], wrong: list[Any]) -> None:
    atol = 1e-4 if name == "find_zero" else 0
    for out in right:
        verify(constant(out), constant(expected), args, name, atol)
    for out in wrong:
        with pytest.raises((AssertionError, TypeError)):
            verify(constant(out), constant(expected), args, name, atol)


def test_inputs_have_the_types_that_json_lacks() -> None:
    assert restore("Mbpp/2", [[[3, 4], [5]]]) == [[(3, 4), (5,)]]
    assert restore("63", [[[[1, 2]]]]) == [[[(1, 2)]]]
    assert restore("Mbpp/106", [[[1], [2]]]) == [[[1], (2,)]]
    assert restore("Mbpp/124", [["1", "2j"]]) == [[1.0, 2j]]
    assert restore("Mbpp/580", [[[1, [2]]]]) == [[(1, (2,))]]
    assert restore("Mbpp/722", [[{"a": [1]}, 2]]) == [[{"a": (1,)}, 2]]
    assert restore("HumanEval/2", [[[1]]]) == [[[1]]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"base_input": [], "plus_input": []}, "hold no input"),
        ({"base_input": [1]}, "list of lists"),
        ({"atol": "x"}, "'atol' must be a number"),
        ({"canonical_solution": None}, "'canonical_solution' is missing"),
        ({"base_input": [[1, 2]]}, "not those of MBPP"),
    ],
)
def test_rows_that_cannot_be_used_say_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_problem({**MBPP_PLUS, **change})


async def test_answers_may_be_long(sandbox: Sandbox) -> None:
    prompt = 'def pile(n):\n    """Even numbers."""\n'
    row = {**HUMANEVAL_PLUS, "entry_point": "pile", "prompt": prompt, "plus_input": [[700_000]], "base_input": [[3]]}
    problem = parse_problem({**row, "canonical_solution": "    return [2 * i for i in range(n)]\n"})
    assert await graded(sandbox, problem, problem.reference or "") == "pp"
    assert await graded(sandbox, problem, "def pile(n): return [2 * i for i in range(n)] if n < 9 else [0] * n") == "pf"


async def test_lists_of_tests_may_be_long(sandbox: Sandbox) -> None:
    long = [2 * number for number in range(100_000)]
    body = f"    inputs = [[3], [100_000]]\n    results = [[0, 2, 4], {long}]\n"
    tests = f"def check(g):\n{body}    for inp, exp in zip(inputs, results):\n        assert g(*inp) == exp\n"
    problem = parse_problem({**HUB_HUMANEVAL_PLUS, "entry_point": "pile", "prompt": "def pile(n):\n", "test": tests})
    assert await graded(sandbox, problem, "def pile(n): return [2 * i for i in range(n)]") == "pp"
    assert await graded(sandbox, problem, "def pile(n): return [2 * i for i in range(n)][:9]") == "pf"
