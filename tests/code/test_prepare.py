"""`lbt prepare leetcode`: what raw problems become, and what is left out for which reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbt_tasks.cli import main
from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.examples import examples_in
from lbt_tasks.code.leetcode.prepare import Unfit, problem_row
from lbt_tasks.code.leetcode.raw import Question
from lbt_tasks.code.leetcode.statement import statement_text
from tests.code.fake_leetcode import html, raw_question, samples

PLAN = {
    "slug": "halving",
    "name": "Halving",
    "planSubGroups": [
        {"slug": "first", "name": "First Steps", "questions": [{"titleSlug": "first-fit"}]},
        {"slug": "more", "name": "More", "questions": [{"titleSlug": "ferry-hours"}, {"titleSlug": "first-fit"}]},
    ],
}
DESIGN = {"classname": "Shelf", "constructor": {"params": []}, "methods": [], "name": "", "return": None}


def row(**changes: Any) -> dict[str, Any]:
    return problem_row(Question.model_validate(raw_question(**changes)))


def prepare(*arguments: Any):
    return CliRunner().invoke(main, ["prepare", "leetcode", *map(str, arguments)])


def test_raw_samples_become_problems(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw.jsonl", tmp_path / "problems.jsonl"
    rows = [{"studyPlanV2Detail": PLAN}, *({"question": question} for question in samples().values())]
    raw.write_text("".join(json.dumps(each) + "\n" for each in rows))
    result = prepare(raw, "--out", out)
    assert result.exit_code == 0, result.output
    assert "8 problems, 0 left out." in result.output
    assert "tags: Array 7" in result.output and "study plans: Halving 2" in result.output
    problems = {problem.id: problem for problem in load_code_problems(out)}
    assert list(problems) == list(samples())
    for problem in problems.values():
        assert (len(problem.visible.cases), len(problem.hidden.cases)) == (2, 1)
        assert len(examples_in(problem.question)) == 2
    assert problems["first-fit"].metadata["study_plans"] == ["Halving", "Halving / First Steps", "Halving / More"]
    assert problems["ferry-hours"].metadata["study_plans"] == ["Halving", "Halving / More"]
    assert problems["ferry-hours"].metadata["question_id"] == 7
    assert problems["stone-path"].metadata["tags"] == ["Dynamic Programming"]


def test_a_row_has_statement_signature_and_tests() -> None:
    made = row()
    assert made["entry_point"] == "Solution().add"
    assert made["tests"] == [
        {"kwargs": {"a": 1, "b": 2}, "expected": 3},
        {"kwargs": {"a": 4, "b": 5}, "expected": 9},
    ]
    assert made["prompt"].startswith("class Solution:\n    def add(self, a: int")
    assert made["metadata"]["visible"] == 1
    text = made["metadata"]["question"]
    assert text.startswith("Add a and b.\n\nExample 1:\n\nInput: a = 1, b = 2\nOutput: 3\nExplanation: as it says.")
    assert "a = 4" not in text
    assert text.endswith("Constraints:\n\n- 0 <= a <= 10^5")


def test_the_newer_form_of_examples() -> None:
    block = '<p><strong>Example {0}:</strong></p><div class="example-block"><p><strong>Input:</strong> <span class='
    block += '"example-io">a = {0}, b = 1</span></p><p><strong>Output:</strong> <span class="example-io">{1}</span></p>'
    block += "<p><strong>Explanation:</strong></p><p>So it is.</p></div>"
    made = row(content=f"<p>Add.</p>{block.format(1, 2)}{block.format(2, 3)}")
    assert [test["expected"] for test in made["tests"]] == [2, 3]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("a class to design", {"meta": DESIGN}),
        ("a class to design", {"meta": {"systemdesign": True}}),
        ("returns nothing", {"meta": {"return": {"type": "void"}}}),
        ("subscribers only", {"content": None, "isPaidOnly": True}),
        ("no statement", {"content": None}),
        ("no function in Python", {"metaData": json.dumps({"mysql": ["create table t"], "database": True})}),
        ("a driver of LeetCode's own", {"meta": {"manual": True}}),
        ("no starter code in Python 3", {"codeSnippets": [{"langSlug": "cpp", "code": ""}]}),
        ("no starter code in Python 3", {"codeSnippets": None}),
        ("its type Node is no plain data", {"meta": {"return": {"type": "Node"}}}),
        ("several answers are right", {"content": html("If there are several answers, return any of them.")}),
        ("fewer than 2 of its examples", {"content": html("One.", ("a = 1, b = 2", "3"))}),
        ("fewer than 2 of its examples", {"content": html("x", ("a = 1, b = 2", "3"), ("a = f(), b = 2", "3"))}),
        ("fewer than 2 of its examples", {"content": html("x", ("a = 1, b = 2", "3"), ("a = 1, c = 2", "3"))}),
        ("its metaData is no JSON", {"metaData": "{"}),
        ("its metaData has another form: params", {"meta": {"params": 3}}),
    ],
)
def test_what_is_left_out(reason: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Unfit, match=reason):
        row(**changes)


@pytest.mark.parametrize(
    ("text", "returned", "checker"),
    [
        ("You may return the answer in any order.", "list<integer>", "unordered"),
        ("You may visit them in any order.", "integer", "exact"),
        ("The rows are given in any order.", "integer[]", "exact"),
        ("Give the mean.", "double", {"name": "float", "rel_tol": 1e-5, "abs_tol": 1e-5}),
    ],
)
def test_how_answers_are_compared(text: str, returned: str, checker: Any) -> None:
    content = html(text, ("a = 1, b = 2", "3"), ("a = 4, b = 5", "9"))
    assert row(content=content, meta={"return": {"type": returned}})["checker"] == checker


def test_nodes_and_json_names() -> None:
    content = html("x", ("root = [1,null,2], deep = true", "[1,2]"), ("root = [], deep = false", "[]"))
    params = [{"name": "root", "type": "TreeNode"}, {"name": "deep", "type": "boolean"}]
    made = row(content=content, meta={"params": params, "return": {"type": "ListNode[]"}})
    assert made["converters"] == {"root": "tree_node", "return": "list_node_list"}
    assert made["tests"][0]["kwargs"] == {"root": [1, None, 2], "deep": True}


def test_one_document_a_list_and_a_changed_schema(tmp_path: Path) -> None:
    whole, several, out = (tmp_path / name for name in ("one.json", "more.json", "out.jsonl"))
    whole.write_text(json.dumps({"data": {"question": raw_question("one")}}, indent=2))
    changed = raw_question("three")
    del changed["metaData"], changed["titleSlug"]
    several.write_text(json.dumps([raw_question("two"), changed, raw_question("bad", meta=DESIGN)], indent=2))
    result = prepare(whole, several, "--out", out)
    assert "2 problems, 2 left out." in result.output
    assert "left out 1: no problem as LeetCode gives it: titleSlug is missing; metaData is missing" in result.output
    assert "left out 1: it is a class to design" in result.output
    assert [problem.id for problem in load_code_problems(out)] == ["one", "two"]


@pytest.mark.parametrize("content", ["", "not JSON", json.dumps(raw_question(meta=DESIGN)), "[1, 2]"])
def test_nothing_left_is_an_error_and_writes_nothing(tmp_path: Path, content: str) -> None:
    raw, out = tmp_path / "raw.jsonl", tmp_path / "out.jsonl"
    raw.write_text(content)
    result = prepare(raw, "--out", out)
    assert result.exit_code == 1 and "No problem is left" in result.output and not out.exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    raw.write_text(json.dumps(raw_question()))
    result = prepare(raw, "--out", tmp_path / "nowhere" / "out.jsonl")
    assert result.exit_code == 1 and "Cannot write" in result.output and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>10<sup>5</sup> and 2<sup>n - 1</sup></p>", "10^5 and 2^(n - 1)"),
        ("<p>a<sub>i</sub>&nbsp;&lt; b</p>", "a_i < b"),
        ("<p>one<br>two</p><img src='x'><p>three</p>", "one\ntwo\n\nthree"),
        ("<ul>\n\t<li><p>one</p></li>\n\t<li>two <b>bold</b></li></ul>", "- one\n- two bold"),
    ],
)
def test_statement_text(source: str, text: str) -> None:
    assert statement_text(source) == text
