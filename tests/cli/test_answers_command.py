"""`lbt answers`: what a file of replies says, by which rule, and how mistakes end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lbt_tasks.cli import main

ROWS = [
    {"id": "a", "text": "So it is\n\nANSWER: 12", "gold": "12"},
    {"id": "b", "text": "I get \\boxed{13}.", "gold": "12"},
    {"id": "c", "text": "I do not know what to do here at all, sorry about that", "gold": "12"},
    {"id": "d", "text": "ANSWER: 7"},
]


def run(path: Path, *options: str, rows: list[dict[str, str]] | None = None) -> tuple[int, str]:
    path.write_text("\n".join(json.dumps(row) for row in (ROWS if rows is None else rows)), encoding="utf-8")
    done = CliRunner().invoke(main, ["answers", str(path), *options])
    return done.exit_code, done.output


def test_each_row_has_its_answer_and_the_rule(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    status, said = run(tmp_path / "in.jsonl", "--out", str(out))
    assert status == 0, said
    assert "3 of 4 replies have an answer, read as math" in said
    assert "1 of 3 are the gold answer" in said
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["answer"], row["equal"]) for row in found] == [
        ("a", "12", True), ("b", "13", False), ("c", None, False), ("d", "7", None),
    ]  # fmt: skip
    assert [row["by"] for row in found][2] == "none" and len({row["by"] for row in found[:2]}) == 2


def test_the_kind_is_chosen_by_the_gold_answers_or_named(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "ANSWER: (C)", "gold": "C"}, {"id": "b", "text": "ANSWER: option B", "gold": "B"}]
    assert "2 of 2 are the gold answer" in run(tmp_path / "in.jsonl", rows=rows)[1]
    assert "read as choice" in run(tmp_path / "in.jsonl", rows=rows)[1]
    assert "read as text" in run(tmp_path / "in.jsonl", "--answers", "text", rows=rows)[1]


@pytest.mark.parametrize(
    ("options", "rows", "message"),
    [
        (["--answers", "maths"], None, "Did you mean 'math'"),
        (["--answer-options", '{"percent": "half"}'], None, "percent is unit, fraction"),
        ([], [{"id": "a"}], "line 1: an object with text was needed; text missing"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, options: list[str], rows: list[dict[str, str]] | None, message: str
) -> None:
    status, said = run(tmp_path / "in.jsonl", *options, rows=rows)
    assert status != 0 and message in " ".join(said.split()) and "Traceback" not in said
