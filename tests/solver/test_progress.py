"""Progress: counters where Inspect's display has them, lines where it has none."""

from pathlib import Path

import pytest
from inspect_ai import eval

from lbt_solvers import progress as module
from lbt_solvers.progress import Progress
from tests.synthetic.running import scripted, toy_task


def test_progress_counts_and_estimates_the_time_left() -> None:
    now, shown = [0.0], dict[str, str]()
    progress = Progress(show=shown.__setitem__, plain=lambda: False, clock=lambda: now[0])
    progress.plan(100)
    progress.replied("teacher", replies=8, tokens=0)
    for _ in range(10):
        now[0] += 1
        progress.replied("student: a", replies=1, tokens=30)
    assert progress.seconds_left == pytest.approx(90)
    now[0] += 1
    progress.saved(50)
    assert shown["sittings"] == "10 of 50" and shown["saved sittings"] == "50 (50 %)" and shown["tokens"] == "300"
    assert shown["rationales"] == "8" and shown["left (begun problems)"] == "0:44"
    assert progress.seconds_left == pytest.approx(44)


def test_without_a_plan_nothing_is_counted_down() -> None:
    shown = dict[str, str]()
    progress = Progress(show=shown.__setitem__, plain=lambda: False, clock=iter(range(99)).__next__)
    progress.replied("student: a", replies=4, tokens=3)
    progress.replied("student: a", replies=1, tokens=3)
    assert shown["sittings"] == "5"


def test_a_plain_display_gets_a_line_now_and_then() -> None:
    now, said, shown = [0.0], list[str](), dict[str, str]()
    progress = Progress(show=shown.__setitem__, plain=lambda: True, say=said.append, clock=lambda: now[0])
    progress.plan(2000)
    for _ in range(200):
        now[0] += 0.5
        progress.replied("student: a", replies=1, tokens=3)
    assert len(said) == 6 and not shown
    assert said[-1] == "Teaching: rationales 0, sittings 180 of 2,000, tokens 540, left (begun problems) 15:10"


def test_a_plain_run_prints_them(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    monkeypatch.setattr(module, "LINE_EVERY", 0.0)
    roles = {"student": [scripted("a"), scripted("b")]}
    task, logs = toy_task(2, budget="lossless"), str(tmp_path / "logs")
    eval(task, model=scripted("teacher"), model_roles=roles, display="plain", log_dir=logs)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Teaching: ")]
    assert lines and all(word in lines[-1] for word in ("rationales", "sittings", "tokens", "left", "saved sittings"))
