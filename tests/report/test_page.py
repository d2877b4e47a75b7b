"""The page is one file that needs no network, says what it does not show, and can be read without seeing it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from lbt_solvers.errors import UsageError
from lbt_tasks.cli import main
from lbt_tasks.report.curves import read_curves
from lbt_tasks.report.page import _rendered
from lbt_tasks.report.sections import auc
from tests.synthetic.running import scripted, toy_task

pytest.importorskip("matplotlib", reason="the page's figures need the extra `report`")
pytest.importorskip("pyarrow", reason="the page's curves need the extra `report`")


class Reader(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(tmp_path: Path, *arguments: str) -> Reader:
    target = tmp_path / "report.html"
    result = CliRunner().invoke(main, ["report", *arguments, "--html", str(target)])
    assert result.exit_code == 0, result.output
    return Reader(target.read_text())


@pytest.fixture
def log(run) -> str:
    return run(toy_task(12, budget="full")).location


def test_a_page_for_one_log_needs_nothing_from_elsewhere(log: str, tmp_path: Path) -> None:
    read = page(tmp_path, log)
    assert "Choosing by exam scores (SUM): 100.0 % against 0.0 % for the majority vote: +100.0 points" in read.text
    assert "A few problems" in read.text and "✓ right" in read.text and "✗ wrong" in read.text
    assert len(read.all("svg")) >= 5 and "times the tokens of the vote on the same rationales" in read.text
    for svg in read.all("svg"):
        assert svg["role"] == "img" and svg["aria-labelledby"]
    html = (tmp_path / "report.html").read_text()
    given = [a.get("src") or a.get("href") or a.get("xlink:href") or "" for _, a in read.tags]
    assert not [source for source in given if "//" in source] and not read.all("script") and "url(http" not in html
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)) <= set(ids)


def test_text_of_models_stays_text() -> None:
    html = _rendered([], ["<script>alert(1)</script>"], [])
    assert "<script" not in html and "&lt;script&gt;" in html


def test_what_is_missing_is_said(run, tmp_path: Path) -> None:
    log = run(toy_task(2, greedy=False, control=False))
    text = page(tmp_path, log.location).text
    assert "The control baseline: the run left it out" in text and "The greedy baseline: the run left it out" in text
    assert "Gain by difficulty: the problems have no levels." in text


def test_a_run_on_a_budget_has_its_table_and_says_what_it_spared(run, tmp_path: Path) -> None:
    log = run(toy_task(12)).location
    text = page(tmp_path, log).text
    assert "Choosing by exam scores (SUM): 100.0 % against 0.0 % for the majority vote: +100.0 points" in text
    assert "Exams on the budget lossless: " in text and "of 1,152 student replies" in text
    assert "the budget lossless left scores unfinished; run it with -T budget=full" in text
    assert "replays need the full exams" in text and "of 12 sittings" in text
    printed = CliRunner().invoke(main, ["report", log]).output
    assert "exams on the budget lossless: " in printed and "exam accuracy with a demonstration" not in printed
    found = json.loads(CliRunner().invoke(main, ["report", log, "--json"]).output)[0]
    assert found["budget"]["replies"] < found["budget"]["full"] == 1152 and found["taught_exam_accuracy"] is None


def test_mixed_logs_are_named(run, log: str, tmp_path: Path) -> None:
    other = run(toy_task(3)).location
    broken = tmp_path / "broken.eval"
    broken.write_text("no log")
    text = page(tmp_path, log, other, str(broken)).text
    assert "These logs hold different problems" in text
    assert "Not on this page" in text and "broken.eval" in text
    assert "Teachers and students" in text


def test_a_run_that_broke_down_still_has_a_page(run, tmp_path: Path) -> None:
    log = run(toy_task(3), students=(scripted("frail", fail_after=5),), max_samples=1)
    text = page(tmp_path, log.location).text
    assert "too few scored problems" in text and "samples errored" in text and "nothing to draw" in text


def test_figures_and_tables_for_papers(log: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", log, "--png", str(tmp_path / "figures")])
    assert result.exit_code == 0, result.output
    assert {"rules0.png", "rationales0.png", "budget0.png"} <= {path.name for path in (tmp_path / "figures").iterdir()}
    latex = CliRunner().invoke(main, ["report", log, "--latex"]).output
    assert r"\begin{tabular}" in latex and r"\textbf" not in latex and r"accuracy \%" in latex


def test_curves_of_training(log: str, tmp_path: Path) -> None:
    state = tmp_path / "trainer_state.json"
    state.write_text(
        '{"log_history": [{"step": 1, "rewards/accuracies": 0.5}, {"step": 2, "rewards/accuracies": 0.9}]}'
    )
    rounds = tmp_path / "rounds.csv"
    rounds.write_text("round,F1\n1,0.62\n2,0.66\n")
    text = page(tmp_path, log, "--curve", str(state), "--curve", str(rounds)).text
    assert "rewards/accuracies: 50.0 to 90.0" in text and "F1: 62.0 to 66.0" in text
    rounds.write_text("nothing")
    result = CliRunner().invoke(main, ["report", log, "--html", str(tmp_path / "x.html"), "--curve", str(rounds)])
    assert result.exit_code == 1 and "was needed" in result.output


def test_curves_of_teachers_and_of_demonstrations(log: str, tmp_path: Path) -> None:
    for seed, share in enumerate((1.0, 0.5)):
        rows = [
            {"model": name, "group": "held-out numbers", "problems": ["a-1-p0", "b-2-p0"], "values": values}
            for name, values in (("original", _measured(0.0)), ("lbt", _measured(share)))
        ]
        (tmp_path / f"m2-{seed}").mkdir()
        (tmp_path / f"m2-{seed}" / "results.json").write_text(json.dumps(rows))
    arms = tmp_path / "examples"
    arms.mkdir()
    (arms / "curve.csv").write_text("arm,round,mean,low,high\none_student,0,0.4,0.2,0.6\none_student,1,0.8,,\n")
    folders = [str(tmp_path / "m2-0"), str(tmp_path / "m2-1"), str(arms)]
    text = page(tmp_path, log, *[part for folder in folders for part in ("--curve", folder)]).text
    assert "M2: teachers after training, held-out numbers, 2 seeds" in text
    assert "lbt minus original, greedy: +75.0 points" in text
    assert "M3: examples improved round by round (examples)" in text and "one student: 40.0 to 80.0" in text


def _measured(share: float) -> dict[str, list[float]]:
    return {"greedy": [share, share], "self-consistency": [0.0, 1.0], "right method": [0.5, 0.5]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "nothing", "was needed"),
        ("x.json", "{}", "was needed"),
        ("x.json", '[{"model": "a"}]', "was needed"),
        ("x.json", "no json", "was needed"),
        ("missing.csv", None, "was needed"),
    ],
)
def test_what_is_no_curve_is_one_line(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=message):
        read_curves([str(tmp_path / name)])


def test_a_folder_without_a_curve_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"results\.json, curve\.csv"):
        read_curves([str(tmp_path)])


def test_area_under_the_curve() -> None:
    assert auc([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert auc([0.5, 0.5], [True, False]) == 0.5
    assert auc([0.1, 0.9], [True, False]) == 0.0
    assert auc([0.1], [True]) != auc([0.1], [True])


@pytest.mark.parametrize("thinks", ["", "Let me see."])
def test_what_was_thought_is_counted_apart(thinks: str, run, tmp_path: Path) -> None:
    log = run(toy_task(4), teacher=scripted("teacher", thinks=thinks))
    read = page(tmp_path, log.location)
    assert ("of them thought" in read.text) == bool(thinks)
    assert not thinks or re.search(r"teacher\s*8\s*[\d,]+\s*[\d,]+\s*108\s", read.text), read.text
