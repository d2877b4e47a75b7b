"""`lbt grade` when the grader fails on a line: an IE row with its reason, the others graded, the run resumable."""

import json
from pathlib import Path
from typing import Any

import pytest
from lbt_sandbox import InternalError, Problem, client, grading_run
from lbt_sandbox.grade import judge
from lbt_sandbox.results import ResultFile

from .conftest import need
from .test_cli import REFERENCES, grade, rows, solutions

ADD = REFERENCES["add"]


@pytest.fixture(autouse=True)
def process_engine() -> None:
    need("process")


def given(folder: Path) -> Path:
    return solutions(
        folder / "s.jsonl", *(("add", f"{ADD}\n# {mark}") for mark in ("a", "fails", "b", "fails", "c")), ("add", "")
    )


def test_a_mistake_of_ours_costs_its_own_line_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    async def mistaken(problem: Problem, code: str | bytes, run: Any) -> Any:
        if "fails" in str(code):
            tries.append(str(code))
            raise ZeroDivisionError("ours \x1b[31m\ud800")
        return await judge(problem, code, run)

    monkeypatch.setattr(client, "judge", mistaken)
    result = grade("process", given(tmp_path), tmp_path / "r.jsonl")
    assert result.exit_code == 4
    assert "2 solutions have no verdict: the grader itself failed" in result.output
    assert "Traceback" not in result.output
    assert len(tries) == 4
    assert not (tmp_path / "r.jsonl").exists()
    part = rows(tmp_path / "r.jsonl.part")
    assert [row["verdict"] for row in part] == ["AC", "IE", "AC", "IE", "AC", "WA"]
    assert "ZeroDivisionError: ours \\x1b[31m\\ud800" in part[1]["message"]

    monkeypatch.setattr(client, "judge", judge)
    assert grade("process", given(tmp_path), tmp_path / "r.jsonl").exit_code == 0
    assert grade("process", given(tmp_path), tmp_path / "whole.jsonl").exit_code == 0
    assert (tmp_path / "r.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.jsonl", "s.jsonl", "whole.jsonl"]


def test_a_completion_that_cannot_be_read_costs_its_own_line_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = grading_run.complete_program

    def mistaken(completion: str, *rest: Any) -> str:
        if "fails" in completion:
            raise RecursionError
        return read(completion, *rest)

    monkeypatch.setattr(grading_run, "complete_program", mistaken)
    assert grade("process", given(tmp_path), tmp_path / "r.jsonl").exit_code == 4
    part = rows(tmp_path / "r.jsonl.part")
    assert [row["verdict"] for row in part] == ["AC", "IE", "AC", "IE", "AC", "WA"]
    assert "reading the completion failed: RecursionError" in part[1]["message"]


def test_a_grader_that_always_fails_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise InternalError("no guest lives")

    monkeypatch.setattr(client, "judge", broken)
    monkeypatch.setattr(grading_run, "HOPELESS", 3)
    result = grade("process", given(tmp_path), tmp_path / "r.jsonl")
    assert result.exit_code == 4
    assert "3 submissions in a row, the last time so: no guest lives" in result.output
    assert [row["verdict"] for row in rows(tmp_path / "r.jsonl.part")] == ["IE"] * 3


def test_rows_of_failures_are_replaced_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    lines = [{"verdict": verdict, "message": 'an "IE"'} for verdict in ("AC", "IE", "WA", "IE")]
    with ResultFile.open(path, "k") as results:
        for line in lines:
            results.append(line)
    with ResultFile.open(path, "k") as results:
        assert (results.done, results.failed) == (4, [1, 3])
        results.replace(3, {"verdict": "TLE"})
        results.append({"verdict": "CE"})
    with ResultFile.open(path, "k") as results:
        assert (results.done, results.failed) == (5, [1])
        results.replace(1, {"verdict": "AC"})
        assert [row["verdict"] for row in results.rows()] == ["AC", "AC", "WA", "TLE", "CE"]
        results.append({"verdict": "AC"})
        results.finish()
    assert [row["verdict"] for row in rows(path)] == ["AC", "AC", "WA", "TLE", "CE", "AC"]
    assert [each.name for each in tmp_path.iterdir()] == ["r.jsonl"]


def test_hostile_answers_through_the_command(tmp_path: Path) -> None:
    checker = {"name": "code", "source": "def check(args, kwargs, expected, got): return got == expected"}
    problem = {"task_id": "p", "entry_point": "f", "tests": [{"args": [1], "expected": 1}], "checker": checker}
    (tmp_path / "p.jsonl").write_text(json.dumps(problem))
    nest = "def f(n):\n v = 1\n for _ in range(DEPTH): v = [v]\n return v"
    codes = [nest.replace("DEPTH", str(depth)) for depth in range(196, 203)]
    codes += ["def f(n): raise ValueError('\\ud800\\x1b')", "def f(n): return '\\ud800'", "def f(n): return 1"]
    asked = solutions(tmp_path / "s.jsonl", *(("p", code) for code in codes))
    result = grade("process", asked, tmp_path / "r.jsonl", problems=tmp_path / "p.jsonl")
    assert result.exit_code == 0, result.output
    found = [row["verdict"] for row in rows(tmp_path / "r.jsonl")]
    assert found == ["WA"] * 5 + ["OLE"] * 2 + ["RTE", "WA", "AC"]
    for row in rows(tmp_path / "r.jsonl"):
        shown = json.dumps(row, ensure_ascii=False)
        assert "\x1b" not in shown.encode().decode()
