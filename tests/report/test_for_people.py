"""What a person does with a report: reads it, tells logs apart, makes it again, puts it into a paper.

Invariants:
 1. Headings of the page go down by one, and every region has a name of its own, with one log and with several.
 2. Logs go by the names they are given, everywhere.
 3. The page and JSON say how a log was made; JSON is a list.
 4. LaTeX has one table of models by rules, with labels that differ; nothing is bold where several are best.
 5. Exported sittings are those of the log, whatever the form.
 6. An example shows every answer once, and a right one where there is one.
"""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lbt_tasks.cli import GROUPS, main
from lbt_tasks.logs import open_log
from lbt_tasks.report.answer_groups import answer_groups
from lbt_tasks.report.details import TaughtRationale, read_details
from lbt_tasks.report.naming import named_runs, row_names
from lbt_tasks.report.provenance import command_of
from lbt_tasks.report.summary import Run as LoggedRun
from tests.conftest import Run
from tests.synthetic.running import sittings, toy_task

pytest.importorskip("matplotlib", reason="the page's figures need the extra `report`")
pandas = pytest.importorskip("pandas")


def lbt(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def logs(run: Any) -> list[Any]:
    return [run(toy_task(4, budget="full")), run(toy_task(4))]


def test_pages_tables_and_exports(logs: list[Any], tmp_path: Path) -> None:
    """In one test, since the runs take longest."""
    paths = [log.location for log in logs]
    for count in (1, 2):
        _check_page(paths[:count], tmp_path / f"{count}.html")
    _check_json(paths)
    _check_latex(paths)
    _check_sittings(logs, tmp_path)
    _check_figures(paths[0], tmp_path)
    (first, *_) = read_details(paths[0], "selection_accuracy")
    assert first.exam and {reply.after for reply in first.exam.replies} >= {"no explanation"}
    assert {reply.student for reply in first.exam.replies} == {"scripted/a", "scripted/b"}


def _check_page(paths: list[str], target: Path) -> None:
    names = ["--names", ",".join(["whole", "spared"][: len(paths)])]
    printed = lbt("report", *paths, "--html", str(target), *names)
    assert str(target.absolute()) in printed
    html = target.read_text()
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", html)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    labels = re.findall(r'role="region" aria-label="([^"]*)"', html)
    assert labels and len(labels) == len(set(labels))
    assert not re.findall(r"<tbody>\s*</tbody>", html) and "hoosing by exam scores (SUM)" in html
    assert "The control: students without an explanation" in html and "prefers-color-scheme: dark" in html
    assert "How this was made" in html and ">whole" in html


def _check_json(paths: list[str]) -> None:
    one, two = (json.loads(lbt("report", *paths[:count], "--json")) for count in (1, 2))
    assert isinstance(one, list) and len(one) == 1 and len(two) == 2
    made = one[0]["made"]
    assert made["rationales"] == 8 and made["budget"] == "full" and made["command"].startswith("inspect eval ")
    assert made["seed"] == 0 and made["versions"]["inspect_ai"] and made["duration_s"] >= 0
    named = json.loads(lbt("report", *paths, "--json", "--names", "a,b"))
    assert [each["name"] for each in named] == ["a", "b"]
    wrong = CliRunner().invoke(main, ["report", *paths, "--names", "a,b,c"])
    assert wrong.exit_code == 1 and "2 names were needed" in wrong.output


def _check_latex(paths: list[str]) -> None:
    text = lbt("report", *paths, "--latex", "--names", "a_1,b")
    assert text.count(r"\begin{table}") == 3 == text.count(r"\caption") == text.count(r"\label")
    assert r"model & greedy & MAJ & MAX & SUM & AVG & oracle & control \\" in text and r"a\_1 & " in text
    assert r"\textbf" not in text  # MAX, SUM and AVG are right everywhere
    unnamed = lbt("report", *paths, "--latex")
    labels = re.findall(r"\\label\{(.*?)\}", unnamed)
    assert len(labels) == 3 == len(set(labels)) and "teacher (1) & " in unnamed and "teacher (2) & " in unnamed


def test_rows_of_a_paper_s_table_are_models() -> None:
    def run(teacher: str, students: str = "", task: str = "lbt_tasks/math", name: str = "") -> LoggedRun:
        models = {"teacher": teacher} | ({"student": students} if students else {})
        return LoggedRun("l", task, "success", (), {}, (), {}, models=models, name=name)

    two = [run("openai/gpt-4o", "openai/mini"), run("anthropic/claude", "openai/mini")]
    assert row_names(two) == ["gpt-4o", "claude"]
    assert row_names([run("a/b"), run("a/b", "a/c, a/d")]) == ["b, taught itself", "b, taught c, d"]
    assert row_names([run("a/b"), run("a/b", task="gsm8k")]) == ["math, b", "gsm8k, b"]
    assert row_names([run("a/b"), run("a/b"), run("a/c", name="mine")]) == ["b (1)", "b (2)", "mine"]
    assert [each.title for each in named_runs(two, None)] == ["math: gpt-4o", "math: claude"]
    assert [each.title for each in named_runs([two[0], two[0]], None)] == ["math", "math"]
    assert [each.title for each in named_runs(two, "a,b")] == ["a", "b"]


def _check_sittings(logs: list[Any], tmp_path: Path) -> None:
    paths = [log.location for log in logs]
    expected = sum(len(sittings(log, at)) for log in logs for at in range(4))
    for form in ("parquet", "csv", "jsonl"):
        out = tmp_path / "deep" / f"sittings.{form}"
        assert f"({expected:,} sittings)" in lbt("export-sittings", *paths, "--out", str(out))
    frame = pandas.read_parquet(tmp_path / "deep/sittings.parquet")
    rows = list(csv.DictReader((tmp_path / "deep/sittings.csv").read_text(encoding="utf-8").splitlines()))
    lines = [json.loads(line) for line in (tmp_path / "deep/sittings.jsonl").read_text().splitlines()]
    assert len(frame) == len(rows) == len(lines) == expected and list(frame.columns) == list(rows[0]) == list(lines[0])
    taught = frame[~frame.control & (frame.log == paths[0])]
    means = taught.groupby(["problem", "rationale"]).score.mean()
    scores = {
        (sample.id, at): score
        for sample in logs[0].samples
        for at, score in enumerate(sample.scores["selection_accuracy"].metadata["lbt_scores"])
    }
    assert means.to_dict() == pytest.approx({key: scores[key] for key in means.index})
    refused = CliRunner().invoke(main, ["export-sittings", paths[0], "--out", "x.xlsx"])
    assert refused.exit_code == 1 and ".parquet, .csv or .jsonl" in refused.output


def _check_figures(path: str, tmp_path: Path) -> None:
    lbt("report", path, "--svg", str(tmp_path / "f"), "--pdf", str(tmp_path / "f"))
    endings = {file.suffix for file in (tmp_path / "f").iterdir()}
    assert endings == {".svg", ".pdf"} and (tmp_path / "f/rules0.pdf").read_bytes()[:4] == b"%PDF"


RATIONALES = st.builds(
    TaughtRationale,
    text=st.just("t"),
    answer=st.just("a"),
    answer_class=st.none() | st.integers(0, 4),
    score=st.none() | st.floats(0, 1),
    right=st.sampled_from([0.0, 1.0]),
    sittings=st.just(1),
)


@given(st.lists(RATIONALES, min_size=1, max_size=12), st.integers(1, 4))
def test_6_every_answer_once_and_a_right_one(rationales: list[TaughtRationale], shown: int) -> None:
    groups = answer_groups(rationales)
    assert sum(group.votes for group in groups) == len(rationales)
    for group in groups:
        alike = [each for each in rationales if each.answer_class == group.best.answer_class]
        if group.best.answer_class is not None:
            assert group.votes == len(alike)
            assert (group.best.score or -1) == max(each.score or -1 for each in alike) or group.best.score == 0
    some = answer_groups(rationales, shown)
    assert len(some) == min(shown, len(groups))
    if any(group.right == 1 for group in groups):
        assert any(group.right == 1 for group in some)


def test_every_command_stands_in_a_group_with_a_summary_that_fits() -> None:
    summaries = {name: summary for group in GROUPS.values() for name, summary in group.items()}
    assert set(main.commands) <= set(summaries) and max(map(len, summaries.values())) < 55
    printed = CliRunner().invoke(main, ["--help"], terminal_width=80).output
    assert "..." not in printed.split("Options:")[1] and "\\b" not in printed
    for name in main.commands:
        assert "\\b" not in CliRunner().invoke(main, [name, "--help"]).output


def test_tasks_are_listed_with_their_options() -> None:
    assert "lbt_tasks/qa" in lbt("tasks") and "exam_data" in lbt("tasks", "qa")
    wrong = CliRunner().invoke(main, ["tasks", "qaa"])
    assert wrong.exit_code == 1 and "Did you mean 'qa'" in wrong.output


def test_the_command_repeats_the_runs_own_sampling(run: Run) -> None:
    log = run(toy_task(3), seed=3, temperature=0.5, max_tokens=70, limit=2)
    command = command_of(open_log(log.location))
    assert all(part in command for part in ("--seed 3", "--temperature 0.5", "--max-tokens 70", "--limit 2"))
    assert "--seed" not in command_of(open_log(run(toy_task(3)).location))


def test_a_sitting_says_what_was_shown(run: Any, tmp_path: Path) -> None:
    log = run(toy_task(2, budget="full", rationales=2, plans=[[0], [1, 0]]))
    lbt("export-sittings", log.location, "--out", str(tmp_path / "sittings.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "sittings.jsonl").read_text().splitlines()]
    assert {(row["plan"], row["rationale"], row["control"]) for row in rows} == {
        (None, None, True), ("0", 0, False), ("1+0", 0, False),
    }  # fmt: skip
