"""Problems of every format: tests are split in two, and no hidden one stands in the statement."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox import BlockingSandbox, SandboxUnavailable, Verdict, blocking_sandbox
from lbt_sandbox.loaders import load_problems
from lbt_sandbox.loaders.jsonl import BadRow

from lbt_solvers.errors import UsageError
from lbt_tasks.code.data import SAMPLES, LoadedCodeProblems, code_problem, load_code_problems, read_code_problems
from lbt_tasks.code.examples import examples_in, shown_tests
from lbt_tasks.code.problems import CodeProblem

GRADED = 8
"""Problems of each real file whose references are graded here."""
REAL = {
    "LeetCodeDataset-v0.1.0-test": (175, 0),
    "LeetCodeDataset-v0.1.0-train": (1537, 33),
    "LeetCodeDataset-v0.3.1-test-half": (114, 0),
    "HumanEval": (160, 4),
}
"""Problems and dropped rows of each file."""
FEW = "it has fewer than 2 tests, so that none could be hidden"
GIVEN_AWAY = "a hidden test stands in the statement"


def row(tests: list[Any], question: str = "Add two numbers.", **metadata: Any) -> dict[str, Any]:
    return {
        "task_id": "add",
        "entry_point": "Solution().add",
        "prompt": "class Solution:\n    def add(self, a: int, b: int) -> int:\n",
        "tests": tests,
        "metadata": {"question": question, **metadata},
    }


def sums(*pairs: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"kwargs": {"a": a, "b": b}, "expected": a + b} for a, b in pairs]


def blocks(*pairs: tuple[int, int]) -> str:
    examples = [f"Example {at}:\n\nInput: a = {a}, b = {b}\nOutput: {a + b}\n" for at, (a, b) in enumerate(pairs, 1)]
    return "\n".join(["Add two numbers.\n", *examples, "Constraints:\n\n0 <= a, b"])


def leetcode_row(**columns: Any) -> dict[str, Any]:
    """The columns that all versions of LeetCodeDataset have."""
    return {
        "task_id": "add",
        "prompt": "from typing import *\n",
        "completion": "class Solution:\n    def add(self, a, b):\n        return a + b\n",
        "entry_point": "Solution().add",
        "test": "def check(candidate):\n    assert candidate(a = 1,b = 2) == 3\n"
        "    assert candidate(a = 4, b = 5) == 9\n    assert candidate(a = 7, b = 8) == 15\n",
        "query": "Add them.\n\xa0\nPlease complete the following python code precisely:\n```python\nclass Solution:```",
    } | columns


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "problems.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def shown(problem: CodeProblem) -> list[Any]:
    return [case.expected for case in problem.visible.cases]


def hidden(problem: CodeProblem) -> list[Any]:
    return [case.expected for case in problem.hidden.cases]


# --- the samples ---------------------------------------------------------------------------------------------------


def test_the_samples_have_everything_that_exams_choose_by() -> None:
    problems = load_code_problems(SAMPLES)
    assert 6 <= len(problems) <= 8
    for problem in problems:
        assert len(problem.visible.cases) == 2 and len(problem.hidden.cases) >= 3
        assert len(examples_in(problem.question)) == 2
        assert problem.starter_code.startswith("class Solution:") and problem.starter_code not in problem.question
        assert problem.metadata["difficulty"] in ("Easy", "Medium") and problem.metadata["study_plans"]
        similar = [other for other in problems if set(other.metadata["tags"]) & set(problem.metadata["tags"])]
        assert len(similar) > 1, f"{problem.id} has no similar problem"


def test_lbt_grade_reads_the_samples_too() -> None:
    loaded = load_problems(SAMPLES)
    assert not loaded.broken
    assert list(loaded.problems) == [problem.id for problem in load_code_problems(SAMPLES)]


# --- real files ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BlockingSandbox]:
    """Docker where an engine answers, else the process engine."""
    for engine in ("docker", "process"):
        try:
            with blocking_sandbox(engine=engine, workers=1) as running:
                yield running
                return
        except SandboxUnavailable as error:
            reason = str(error)
    pytest.skip(reason)


def real_file(shared_data: Path, name: str) -> Path:
    path = shared_data / "code" / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"local data set is not there: {path}")
    return path


@cache
def read(path: Path) -> LoadedCodeProblems:
    """Once for all tests."""
    return read_code_problems(path)


@pytest.mark.parametrize("name", REAL)
def test_real_files(shared_data: Path, name: str) -> None:
    path = real_file(shared_data, name)
    loaded = read(path)
    assert (len(loaded.problems), len(loaded.dropped)) == REAL[name]
    assert set(loaded.dropped_counts) <= {FEW, GIVEN_AWAY} and loaded.dropped_counts[GIVEN_AWAY] <= 2
    whole = load_problems(path).problems
    for problem in loaded.problems:
        assert problem.visible.cases and problem.hidden.cases and problem.question and problem.reference
        assert len(problem.visible.cases) + len(problem.hidden.cases) == len(whole[problem.id].cases)
        assert not shown_tests(problem.question, problem.hidden), problem.id
        assert "Please complete" not in problem.question and "\xa0" not in problem.question
        if name != "HumanEval":
            assert "class Solution" in problem.starter_code
            assert problem.metadata["difficulty"] in ("Easy", "Medium", "Hard")


@pytest.mark.parametrize("name", ["samples", *REAL])
def test_references_pass_visible_and_hidden_tests(name: str, sandbox: BlockingSandbox, request) -> None:
    path = SAMPLES if name == "samples" else real_file(request.getfixturevalue("shared_data"), name)
    problems = read(path).problems
    for problem in problems[:: max(1, len(problems) // GRADED)][:GRADED]:
        for part in (problem.visible, problem.hidden):
            report = sandbox.grade(part, problem.reference or "")
            assert report.verdict is Verdict.AC, f"{problem.id}: {report.message}"
            assert report.total == len(part.cases)


def test_version_031_has_tags_and_shows_the_tests_of_its_examples(shared_data: Path) -> None:
    problems = read(real_file(shared_data, "LeetCodeDataset-v0.3.1-test-half")).problems
    assert sum("Dynamic Programming" in problem.metadata["tags"] for problem in problems) == 26
    assert sum("Binary Search" in problem.metadata["tags"] for problem in problems) == 14
    matched = [
        len(shown_tests(problem.question, problem.visible)) == len(problem.visible.cases) for problem in problems
    ]
    assert sum(matched) >= 113


# --- LeetCodeDataset -----------------------------------------------------------------------------------------------


def test_the_columns_of_version_031() -> None:
    problem = code_problem(
        leetcode_row(
            problem_description=blocks((4, 5)).replace("Add", "\xa0Add"),
            starter_code="class Solution:\n    def add(self, a: int, b: int) -> int:\n        ",
            tags=["Math"], difficulty="Easy", question_id=7, estimated_date="2024-01-01",
        )
    )  # fmt: skip
    assert (shown(problem), hidden(problem)) == ([9], [3, 15])
    assert problem.question.startswith("Add two numbers.") and "a = 4, b = 5" in problem.question
    assert problem.starter_code.endswith("-> int:")
    assert problem.metadata == {
        "tags": ["Math"], "difficulty": "Easy", "question_id": 7, "estimated_date": "2024-01-01",
    }  # fmt: skip


def test_the_columns_of_version_010_with_all_tests_in_the_statement() -> None:
    statement = blocks((1, 2), (4, 5), (7, 8))
    meta = {"question_title": statement, "lang_code": "class Solution:", "difficulty": "Meidum", "question_id": 7}
    problem = code_problem(leetcode_row(meta=meta))
    assert (shown(problem), hidden(problem)) == ([3, 9], [15])
    assert "a = 4" in problem.question and "a = 7" not in problem.question and "Constraints" in problem.question
    assert problem.metadata == {"difficulty": "Medium", "question_id": 7}


def test_a_query_alone_gives_the_statement_and_the_first_tests_are_visible() -> None:
    problem = code_problem(leetcode_row(), visible=1)
    assert (problem.question, shown(problem), hidden(problem)) == ("Add them.", [3], [9, 15])


# --- HumanEval and MBPP --------------------------------------------------------------------------------------------


def humaneval_row(examples: str) -> dict[str, Any]:
    return {
        "task_id": "Sums/0",
        "prompt": f'def add(a, b):\n    """The sum.\n    {examples}\n    """\n',
        "canonical_solution": "    return a + b\n",
        "entry_point": "add",
        "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(4, 5) == 9\n",
    }


def test_humaneval_shows_the_calls_of_its_docstring() -> None:
    problem = code_problem(humaneval_row(">>> add(4, 5)\n    9"))
    assert (shown(problem), hidden(problem), problem.starter_code) == ([9], [3], "")
    assert problem.question.startswith("def add(a, b):") and problem.reference
    assert shown(code_problem(humaneval_row("add((1), 2) ==> 3"))) == [3]


def test_a_problem_whose_docstring_gives_every_test_away_is_dropped() -> None:
    with pytest.raises(BadRow, match="a hidden test stands in the statement"):
        code_problem(humaneval_row("add(4, 5) == 9, add(1, 2) == 3"))


def test_starter_code_gives_no_hidden_test_away() -> None:
    starter = 'class Solution:\n    def add(self, a, b):\n        """Solution().add(3, 4) is 7."""\n'
    tests = [{"args": [1, 2], "expected": 3}, {"args": [3, 4], "expected": 7}]
    starting = row(tests) | {"prompt": starter}
    assert shown(code_problem(starting)) == [7]
    with pytest.raises(BadRow, match="a hidden test stands in the statement"):
        code_problem(starting | {"metadata": {"question": "Add.", "visible": [0]}})


def test_an_example_that_cannot_be_read_is_cut_out() -> None:
    question = blocks((1, 2), (3, 4)).replace("a = 3", "a = the third")
    problem = code_problem(row(sums((1, 2), (3, 4)), question=question))
    assert shown(problem) == [3] and "the third" not in problem.question


@pytest.mark.parametrize("column", ["text", "prompt"])
def test_mbpp_names_its_function(column: str) -> None:
    tests = [f"assert add({a}, {a}) == {2 * a}" for a in range(3)]
    mbpp = {"task_id": 3, column: "Add them.", "code": "def add(a, b=0):\n    return a + b\n", "test_list": tests}
    problem = code_problem(mbpp)
    assert (problem.id, problem.question, problem.starter_code) == ("3", "Add them.", "def add(a, b=0):")
    assert (shown(problem), hidden(problem)) == ([0, 2], [4])


# --- our own -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("visible", "expected"), [(1, [3]), (2, [3, 5]), ([2], [7]), ([2, 0], [3, 7])])
def test_the_data_say_what_is_visible(visible: Any, expected: list[int]) -> None:
    problem = code_problem(row(sums((1, 2), (2, 3), (3, 4)), visible=visible))
    assert shown(problem) == expected
    assert sorted(shown(problem) + hidden(problem)) == [3, 5, 7]


@pytest.mark.parametrize("visible", [0, 3, 10**15, -1, True, [], [3], [-1], [0, 1, 2], ["a"], "1", 1.5])
def test_a_split_that_cannot_be_is_named(visible: Any) -> None:
    with pytest.raises(BadRow, match=r"metadata\.visible"):
        code_problem(row(sums((1, 2), (2, 3), (3, 4)), visible=visible))


def test_dropped_rows_are_counted_by_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = row(sums((1, 2), (3, 4)))
    path = written(
        tmp_path, good, good, row(sums((1, 2))) | {"task_id": "short"}, good | {"task_id": "x", "visible": 1},
        row(sums((1, 2), (3, 4)), question="") | {"task_id": "mute", "prompt": ""}, {"task_id": "odd"},
    )  # fmt: skip
    loaded = read_code_problems(path)
    assert [problem.id for problem in loaded.problems] == ["add"]
    assert [dropped.row for dropped in loaded.dropped] == [2, 3, 4, 5, 6]
    reasons = " ".join(loaded.dropped_counts)
    assert load_code_problems(path) and "left out 5 rows: 1 x " in caplog.text and "; and others." in caplog.text
    for said in ("stands before", "fewer than 2 tests", "unknown columns visible", "no statement", "no known format"):
        assert said in reasons


@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6),
    examples=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5),
    visible=st.integers(1, 8),
)
def test_whatever_the_examples_no_hidden_test_is_in_the_statement(pairs, examples, visible) -> None:
    problem = code_problem(row(sums(*pairs), question=blocks(*examples)), visible=visible)
    assert problem.visible.cases and problem.hidden.cases
    assert sorted(shown(problem) + hidden(problem)) == sorted(a + b for a, b in pairs)
    assert not shown_tests(problem.question, problem.hidden)
    left = [example.call.kwargs for example in examples_in(problem.question) if example.call]
    given_away = [dict(case.kwargs) for case in problem.hidden.cases]
    assert left == [call for a, b in examples if (call := {"a": a, "b": b}) not in given_away]


# --- the hub, and a user's mistakes --------------------------------------------------------------------------------


def hub(monkeypatch: pytest.MonkeyPatch, load_dataset: Any) -> None:
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))


def test_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load_dataset(name: str, split: str, revision: str | None) -> list[dict[str, Any]]:
        asked.append((name, split, revision))
        return [leetcode_row(problem_description=blocks((4, 5)), tags=["Math"])]

    hub(monkeypatch, load_dataset)
    assert shown(load_code_problems("hub:newfacade/LeetCodeDataset")[0]) == [9]
    load_code_problems("hub:newfacade/LeetCodeDataset@v0.3.1:train")
    assert asked == [
        ("newfacade/LeetCodeDataset", "test", None),
        ("newfacade/LeetCodeDataset", "train", "v0.3.1"),
    ]


def test_what_the_hub_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(name: str, **options: Any) -> None:
        raise ConnectionError("no way to the hub\nand a long story")

    hub(monkeypatch, load_dataset)
    with pytest.raises(UsageError, match="split 'test' could not be loaded from the hub: no way to the hub$"):
        load_code_problems("hub:a/b")


def test_the_hub_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match="pip install datasets"):
        load_code_problems("hub:a/b")


def test_mistakes_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read"):
        load_code_problems(tmp_path / "missing.jsonl")
    with pytest.raises(UsageError, match="no format 'leetcode'; the formats are leetcode-dataset, humaneval, mbpp, "):
        load_code_problems(SAMPLES, format="leetcode")
    with pytest.raises(UsageError, match="visible: at least 1"):
        load_code_problems(SAMPLES, visible=0)
    with pytest.raises(UsageError, match="holds no problem that can be used: 1 x it has fewer than 2 tests"):
        load_code_problems(written(tmp_path, row(sums((1, 2)))))
    with pytest.raises(UsageError, match="hub:OWNER/NAME"):
        load_code_problems("hub:")
