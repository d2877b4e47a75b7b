"""Files of problems and solutions: every format, and every way in which a line can be broken."""

import gzip
import json
from pathlib import Path
from typing import Any

import lbt_sandbox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.loaders import DataError, describe_broken, format_of, load_problems, load_solutions, parse_problem
from lbt_sandbox.types import Checker, Kind

from .evalplus_rows import HUB_HUMANEVAL_PLUS, HUB_MBPP_PLUS, HUMANEVAL_PLUS, MBPP_PLUS

SAMPLES = Path(lbt_sandbox.__file__).parent / "samples" / "problems.jsonl"
ADD: dict[str, Any] = {"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}
TWO = {**ADD, "task_id": "two"}


def write(path: Path, *lines: Any) -> Path:
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


def code_data(name: str) -> Path:
    path = Path(__file__).parents[3] / "shared" / "data" / "code" / name
    if not path.is_file():
        pytest.skip(f"needs {path}")
    return path


def test_the_samples_show_every_kind_and_checker() -> None:
    loaded = load_problems(SAMPLES)
    assert loaded.broken == ()
    assert {problem.kind for problem in loaded.problems.values()} == set(Kind)
    checkers = {problem.checker.name for problem in loaded.problems.values()}
    assert checkers == {"exact", "unordered", "float", "any_of", "code", "lines", "tokens"}
    assert all(problem.reference for problem in loaded.problems.values())


def test_asserts_in_our_own_format_become_data() -> None:
    problem = load_problems(SAMPLES).problems["pairs-as-tuples"]
    assert (problem.kind, problem.cases[0].args, problem.cases[0].expected) == (Kind.CALL, ((1, 2),), {(1, 2)})


@pytest.mark.parametrize("compressed", [False, True])
def test_a_broken_line_is_named_and_the_rest_is_read(tmp_path: Path, compressed: bool) -> None:
    lines = [ADD, b"{not json", b'"text"', b'{"task_id": "\xff"}', b"", b"\0\0", b"[" * 100_000, TWO]
    path = write(tmp_path / "problems.jsonl", *lines)
    if compressed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    loaded = load_problems(path)
    assert list(loaded.problems) == ["add", "two"]
    assert [line.line for line in loaded.broken] == [2, 3, 4, 6, 7]
    reasons = " | ".join(describe_broken(path, loaded.broken))
    for part in ("not JSON", "found str", "not UTF-8: byte 0xff at position 13", "line 7"):
        assert part in reasons


def test_a_compressed_file_that_breaks_off_keeps_its_whole_lines(tmp_path: Path) -> None:
    rows = [{**ADD, "task_id": f"task {number}", "prompt": str(number) * 50} for number in range(2000)]
    path = write(tmp_path / "problems.jsonl.gz", *rows)
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    loaded = load_problems(path)
    assert 0 < len(loaded.problems) < 2000
    assert "breaks off here" in loaded.broken[-1].reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tests": []}, "has no tests"),
        ({"tests": {}}, "must be a list"),
        ({"tests": [{"args": [1]}]}, "test 1 has no 'expected'"),
        ({"tests": [{"args": 1, "expected": 1}]}, "'args' of test 1 must be a list"),
        ({"tests": [{"arg": [1], "expected": 1}]}, "did you mean 'args'"),
        ({"tests": [3]}, "test 1 must be a JSON object, found int"),
        ({"tests": ["assert candidate(1 == 2"]}, "is no Python"),
        ({"tests": ["assert candidate(1) == 2"], "checker": "set"}, "without a checker"),
        ({"entry_point": ""}, "has no entry_point"),
        ({"entry_point": 3}, "must be text, found int"),
        ({"task_id": None}, "'task_id' is missing"),
        ({"checkers": "set"}, "did you mean 'checker'"),
        ({"checker": "fuzzy"}, "found 'fuzzy'"),
        ({"checker": "code"}, "needs a 'source'"),
        ({"checker": {"name": "float", "tol": 1}}, "unknown key of checker 'tol'"),
        ({"kind": "calls"}, "the kind must be one of"),
        ({"kind": "assert_code"}, "needs tests that are texts"),
        ({"kind": "stdio"}, "unknown key of test 1 'args'"),
        ({"kind": "design"}, "unknown key of test 1 'args'"),
        ({"kind": "design", "tests": [{"operations": ["A"], "arguments": [], "expected": []}]}, "1 operations but 0"),
        ({"limits": {"cpu": 0}}, "above 0"),
        ({"limits": {"memory": 0.5}}, "bytes, a whole number"),
        ({"limits": {"time": 1}}, "unknown limit 'time'"),
        ({"converters": {"head": "list"}}, "the converter of 'head'"),
        ({"in_place": 1.5}, "position or name"),
        ({"kind": "in_place", "in_place": 2}, "in_place is 2, which test 1 does not have in its args"),
        ({"kind": "in_place", "in_place": "row"}, "'row', which test 1 does not have in its kwargs"),
        ({"threads": 1}, "'threads' must be true or false"),
        ({"files": ["a"]}, "files must be a JSON object"),
        ({"files": {"a": 1}}, "the content of the file 'a' must be text"),
        ({"prompt": "\ud800"}, "lone surrogate at character 0"),
        ({"preamble": "x = 1\0"}, "NUL byte at character 5"),
        ({"task_id": "two"}, "stands on line 1 already"),
    ],
)
def test_a_problem_that_cannot_be_graded_says_why(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    loaded = load_problems(write(tmp_path / "p.jsonl", TWO, {**ADD, **change}), "lbt")
    assert list(loaded.problems) == ["two"]
    assert [line.line for line in loaded.broken] == [2]
    assert reason in loaded.broken[0].reason


def test_files_without_any_problem_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read .*missing"):
        load_problems(tmp_path / "missing.jsonl")
    with pytest.raises(DataError, match="no problem that can be graded"):
        load_problems(write(tmp_path / "empty.jsonl"))
    with pytest.raises(DataError, match="line 1: no known format has the columns"):
        load_problems(write(tmp_path / "other.jsonl", {"question": 1}))
    with pytest.raises(DataError, match="Did you mean 'humaneval'"):
        load_problems(SAMPLES, "human-eval")


def test_settings_reach_the_problem(tmp_path: Path) -> None:
    row = {**ADD, "checker": {"name": "float", "abs_tol": 0.1}, "limits": {"cpu": 2}, "kind": "in_place", "in_place": 1}
    row |= {"threads": True, "files": {"a.txt": "é"}}
    problem = load_problems(write(tmp_path / "p.jsonl", row)).problems["add"]
    assert problem.checker == Checker("float", abs_tol=0.1)
    assert (problem.limits.cpu, problem.kind, problem.in_place) == (2, Kind.IN_PLACE, 1)
    assert (problem.threads, problem.files) == (True, {"a.txt": "é".encode()})


def test_humaneval(tmp_path: Path) -> None:
    prompt = "from typing import List\n\ndef help(): return 1\n\n\ndef next(x: int):\n    '''One more.'''\n"
    row = {
        "task_id": "HumanEval/0", "prompt": prompt, "entry_point": "next", "canonical_solution": "    return x + 1\n",
        "test": "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == help() + 2\n",
    }  # fmt: skip
    problem = load_problems(write(tmp_path / "p.jsonl", row)).problems["HumanEval/0"]
    assert problem.preamble == "from typing import List\n\ndef help(): return 1\n\n\n"
    assert problem.reference == prompt + "    return x + 1\n"
    assert (problem.kind, len(problem.cases)) == (Kind.ASSERT_CODE, 2)


def test_mbpp_full_and_sanitized(tmp_path: Path) -> None:
    code = "def helper(x):\n    return x\n\ndef next(x):\n    return helper(x) + 1\n"
    full = {"task_id": 1, "text": "t", "code": code, "test_setup_code": "", "test_list": ["assert next(1) == 2"]}
    clean = {
        "task_id": 2, "prompt": "t", "code": code, "test_imports": ["import math"],
        "test_list": ["assert math.isclose(next(1), 2, rel_tol=0.01)"],
    }  # fmt: skip
    coded = {**full, "task_id": 3, "test_list": ["assert set(next(1)) == {1}", "assert next(2) == 3"]}
    wrong = {**full, "task_id": 4, "test_list": ["assert other(1) == 2"]}
    loaded = load_problems(write(tmp_path / "p.jsonl", full, clean, coded, wrong))
    assert [problem.entry_point for problem in loaded.problems.values()] == ["next"] * 3
    assert loaded.problems["1"].cases[0].expected == 2
    assert loaded.problems["2"].checker == Checker("float", rel_tol=0.01)
    assert (loaded.problems["3"].kind, len(loaded.problems["3"].cases)) == (Kind.ASSERT_CODE, 2)
    assert "no function of the code" in loaded.broken[0].reason


@pytest.mark.parametrize(
    ("name", "problems", "as_code"),
    [
        ("HumanEval.jsonl.gz", 164, 13),
        ("LeetCodeDataset-v0.1.0-test.jsonl.gz", 175, 0),
        ("LeetCodeDataset-v0.3.1-test-half.jsonl.gz", 114, 0),
    ],
)
def test_datasets_load_whole(name: str, problems: int, as_code: int) -> None:
    loaded = load_problems(code_data(name))
    assert (len(loaded.problems), loaded.broken) == (problems, ())
    assert sum(problem.kind is Kind.ASSERT_CODE for problem in loaded.problems.values()) == as_code


def test_a_row_that_is_read_already_may_have_further_columns() -> None:
    assert parse_problem({**ADD, "source": "mine"}).cases[0].expected == 3
    row = {"task_id": 1, "test_list": ["assert after(1) == 2"], "source": "mine"}
    assert parse_problem(row).entry_point == "after"
    with pytest.raises(DataError, match="No problem that can be graded: no known format has the columns"):
        parse_problem({"question": 1})


def test_whole_numbers_as_ids(tmp_path: Path) -> None:
    mbpp = {"task_id": 7, "code": "def f(x): return x", "test_list": ["assert f(1) == 1", "assert f(2) == 2"]}
    rows = [{**ADD, "task_id": 1}, {**ADD, "task_id": "1"}, {**ADD, "task_id": True}, {**ADD, "task_id": 2.0}]
    loaded = load_problems(write(tmp_path / "p.jsonl", *rows))
    assert list(loaded.problems) == ["1"]
    assert ["already" in line.reason for line in loaded.broken] == [True, False, False]
    assert list(load_problems(write(tmp_path / "m.jsonl", mbpp)).problems) == ["7"]
    given = [{"task_id": task, "completion": ""} for task in (1, "1", None, [1], True)]
    solutions = load_solutions(write(tmp_path / "s.jsonl", *given))
    assert [solution.task_id for solution in solutions.solutions] == ["1", "1"]
    assert [line.reason for line in solutions.broken] == [
        f"the task_id must be text or a whole number, found {name}" for name in ("NoneType", "list", "bool")
    ]


def test_a_test_program_in_our_own_format(tmp_path: Path) -> None:
    for tests in (
        "def test_a():\n    assert add(1, 2) == 3\n",
        "assert add(1, 2) == 3\nx = add(1, 1)\nassert x == 2\n",
    ):
        problem = load_problems(write(tmp_path / "p.jsonl", {**ADD, "tests": tests})).problems["add"]
        assert problem.kind is Kind.ASSERT_CODE
        assert problem.tests_source == tests


def test_mbpp_plus_is_not_taken_for_mbpp() -> None:
    assert format_of(MBPP_PLUS) == format_of({**MBPP_PLUS, "test_list": []}) == format_of(HUMANEVAL_PLUS) == "evalplus"
    assert format_of(HUB_MBPP_PLUS) == "mbppplus"
    assert format_of(HUB_HUMANEVAL_PLUS) == "humaneval"


def test_solutions_keep_their_order_and_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {"task_id": "b", "completion": "1"},
        {"task_id": "a"},
        {"task_id": "a", "completion": None},
        {"task_id": "b", "completion": "\ud800\0"},
        {"task_id": "a", "completion": ""},
    )
    loaded = load_solutions(path)
    assert [(s.line, s.task_id, s.completion) for s in loaded.solutions] == [
        (1, "b", "1"), (4, "b", "\ud800\0"), (5, "a", ""),
    ]  # fmt: skip
    assert [line.reason for line in loaded.broken] == [
        "a solution needs task_id and completion; completion is missing",
        "the completion must be text, found NoneType",
    ]


def test_a_file_without_solutions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no solution. It is empty"):
        load_solutions(write(tmp_path / "s.jsonl"))
    with pytest.raises(DataError, match="line 1: a solution needs"):
        load_solutions(write(tmp_path / "s.jsonl", {"task": 1}))


@given(lines=st.lists(st.binary(max_size=60), max_size=5), good=st.integers(0, 5))
def test_no_bytes_stop_the_reading(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], good: int) -> None:
    rows: list[Any] = [line.replace(b"\n", b"") for line in lines]
    rows.insert(min(good, len(rows)), json.dumps(ADD).encode())
    path = write(tmp_path_factory.mktemp("lines") / "p.jsonl", b" ", *rows)
    assert "add" in load_problems(path, "lbt").problems
