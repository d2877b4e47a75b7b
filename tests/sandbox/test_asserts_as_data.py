"""Tests as code become data that decide as the code does; what is more than data stays code."""

import ast
import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbt_sandbox.asserts_as_data import parse_asserts, parse_check
from lbt_sandbox.compare import accepts
from lbt_sandbox.literals import NotData, literal_value
from lbt_sandbox.types import Case, Checker

atoms = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
data = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(atoms, inner, max_size=3)
        | st.sets(atoms, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=40)
@given(args=st.lists(data, max_size=3), named=data, expected=data)
def test_what_is_written_as_literals_comes_back(args: list[Any], named: Any, expected: Any) -> None:
    call = ", ".join([*map(repr, args), f"named={named!r}"])
    parsed = parse_asserts([f"assert candidate({call}) == {expected!r}, 'message'"], "f")
    assert parsed is not None
    assert parsed.cases == (Case(args=tuple(args), kwargs={"named": named}, expected=expected),)
    assert parsed.checker == Checker()


@settings(max_examples=40)
@given(answer=data, expected=data)
def test_the_data_decide_as_the_code_does(answer: Any, expected: Any) -> None:
    source = f"assert candidate() == {expected!r}"
    parsed = parse_asserts([source], "f")
    assert parsed is not None
    assert accepts(parsed.checker, parsed.cases[0].expected, answer) == _holds(source, answer)


@settings(max_examples=40)
@given(answer=st.floats(), expected=st.floats(-1e6, 1e6), tolerance=st.sampled_from([1e-6, 0.01, 1]))
def test_tolerances_decide_as_the_code_does(answer: float, expected: float, tolerance: float) -> None:
    for source in (
        f"assert abs(candidate() - {expected!r}) <= {tolerance!r}",
        f"assert math.isclose(candidate(), {expected!r}, abs_tol={tolerance!r}, rel_tol=0.0)",
    ):
        parsed = parse_asserts([source], "f")
        assert parsed is not None
        gap = abs(answer - expected)
        if not math.isclose(gap, tolerance, rel_tol=1e-9):  # at the bound itself the two may round differently
            assert accepts(parsed.checker, expected, answer) == _holds(source, answer)


def _holds(source: str, answer: Any) -> bool:
    try:
        exec(source, {"candidate": lambda: answer, "math": math})
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    "source",
    [
        "assert candidate(x) == 1",
        "assert candidate(1) == other(1)",
        "assert candidate(1) != 1",
        "assert candidate(1) is True",
        "assert candidate(1)",
        "assert not candidate(1)",
        "assert 1 == 1",
        "assert candidate(1) == candidate(2)",
        "assert candidate(*[1]) == 1",
        "assert candidate(**{'a': 1}) == 1",
        "assert 1 < candidate(1) < 2",
        "assert sorted(candidate(1)) == [1]",
        "assert abs(candidate(1) - 'a') < 1",
        "assert abs(candidate(1) - 1) < 'a'",
        "assert math.isclose(candidate(1), 1, loose=True)",
        "assert candidate(1) == ...",
        "assert candidate(1) == 10**10**10",
        "assert candidate(1) == 'x' * 10**10",
        "assert candidate(1) == 1 / 0",
        "assert candidate(1) == {[1]: 1}",
        "assert candidate(1) == {**{}}",
        "assert candidate(1) == f'{1}'",
        "assert candidate(1) == [x for x in (1, 2)]",
        "assert is_same_list(candidate(1), tree_node([1]))",
        "x = 1",
        "for x in [1]:\n    assert candidate(x) == 1",
    ],
)
def test_what_is_more_than_data_is_not_lifted(source: str) -> None:
    assert parse_asserts([source], "f") is None


@pytest.mark.parametrize("bound", ["1", "0.5", "0.25", "2"])
def test_a_bound_that_is_not_reached_is_not_accepted(bound: str) -> None:
    for sign, reached in (("<", False), ("<=", True)):
        parsed = parse_asserts([f"assert abs(candidate(2) - 10) {sign} {bound}"], "f")
        assert parsed is not None
        assert accepts(parsed.checker, parsed.cases[0].expected, 10 + float(bound)) is reached
        assert accepts(parsed.checker, parsed.cases[0].expected, 10)


@pytest.mark.parametrize(
    "source",
    [
        "assert abs(candidate(1) - 1) < 0",
        "assert abs(candidate(1) - 1) <= -1",
        "assert abs(candidate(1) - 1) < float('nan')",
        "assert abs(candidate(1) - 1) < inf",
        "assert abs(candidate(1) - inf) < 1",
        "assert abs(candidate(1) - float('nan')) < 1",
        "assert abs(candidate(1) - 10**400) < 1",
        "assert math.isclose(candidate(1), float('nan'))",
        "assert math.isclose(candidate(1), 1, abs_tol=-1)",
    ],
)
def test_tolerances_that_mean_something_else_stay_code(source: str) -> None:
    assert parse_asserts([source], "f") is None


CHECK = "def check(candidate):\n    assert candidate(1) == 2\n"


@pytest.mark.parametrize(
    ("program", "is_data"),
    [
        (CHECK, True),
        ("METADATA = {'author': 'me'}\nimport math\n'Text.'\n" + CHECK + "    assert True, 'good'\n", True),
        ("def helper(a):\n    return a\n" + CHECK, True),
        (CHECK + "check(f)\n", True),
        (CHECK + "    if candidate(2) != 3:\n        raise ValueError\n", False),
        (CHECK + "    helper(candidate)\n", False),
        (CHECK + "assert f(3) == 4\n", False),
        ("def f(x): return x\n" + CHECK, False),
        ("candidate = None\n" + CHECK, False),
        ("def abs(x): return 0\n" + CHECK, False),
        ("from helpers import tree_node\n" + CHECK, False),
        ("@cache\n" + CHECK, False),
        (CHECK.replace("candidate)", "candidate, tol=1)", 1), False),
        (CHECK.replace("candidate)", "candidate, /)", 1), False),
        (CHECK.replace("candidate)", "*candidate)", 1), False),
        (CHECK.replace("def", "async def"), False),
        ("check = g\n", False),
    ],
)
def test_a_program_is_data_only_as_a_whole(program: str, is_data: bool) -> None:
    assert (parse_check(program, "f") is not None) is is_data


def test_tests_with_different_checkers_are_not_lifted() -> None:
    assert parse_asserts(["assert candidate(1) == 0.5", "assert abs(candidate(2) - 0.3) < 1e-6"], "f") is None


def test_no_tests_are_not_lifted() -> None:
    assert parse_asserts(["assert True", "print"], "f") is None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("2.0 / 3.0", 2.0 / 3.0),
        ("10**9 + 7", 10**9 + 7),
        ("-(1 + 2)", -3),
        ("set([1, 1])", {1}),
        ("tuple([1, (2,)])", (1, (2,))),
        ("frozenset()", frozenset[int]()),
        ("float('-inf')", -math.inf),
        ("-inf", -math.inf),
        ("'ab' + 'cd'", "abcd"),
        ("b'x'", b"x"),
        ("{1: {2}}", {1: {2}}),
    ],
)
def test_literals(source: str, value: Any) -> None:
    assert literal_value(ast.parse(source, mode="eval").body) == value


def test_a_long_sum_is_read_once() -> None:
    assert literal_value(ast.parse("+".join(["1"] * 300), mode="eval").body) == 300
    with pytest.raises(NotData):
        literal_value(ast.parse("1 << 3", mode="eval").body)


def test_node_arguments_become_lists_with_converters() -> None:
    check = (
        "def check(candidate):\n"
        "    assert is_same_tree(candidate(root = tree_node([1, None, 2, None])), tree_node([2, None]))\n"
        "    assert is_same_tree(candidate(root = tree_node([])), None)\n"
    )
    parsed = parse_check(check, "Solution")
    assert parsed is not None
    assert [dict(case.kwargs) for case in parsed.cases] == [{"root": [1, None, 2]}, {"root": []}]
    assert [case.expected for case in parsed.cases] == [[2], []]
    assert parsed.converters == {"root": "tree_node", "return": "tree_node"}


@pytest.mark.parametrize(
    ("name", "whole", "problems", "tests"),
    [
        ("HumanEval.jsonl.gz", 164, 151, 1061),
        ("LeetCodeDataset-v0.1.0-test.jsonl.gz", 175, 175, 426),
        ("LeetCodeDataset-v0.3.1-test-half.jsonl.gz", 114, 114, 11670),
    ],
)
def test_how_much_of_the_datasets_is_data(name: str, whole: int, problems: int, tests: int) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "code" / name
    if not path.is_file():
        pytest.skip(f"needs {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    parsed = [found for row in entries if (found := parse_check(row["test"], row["entry_point"]))]
    assert (len(entries), len(parsed), sum(len(found.cases) for found in parsed)) == (whole, problems, tests)
