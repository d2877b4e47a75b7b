"""What a report answers a sceptic.

Invariants:
 1. Leaks are counted, listed, and the rules chosen again without them, from the record.
 2. A student that follows its demonstrations is told from one that does not, and one that guesses has no reliability.
 3. What a budget left out is not told; several epochs say how far they are apart.
"""

import json
from math import isnan

import numpy as np
import pytest
from click.testing import CliRunner

from lbt_solvers.item_analysis import agreement, follows, reliability
from lbt_tasks.cli import main
from lbt_tasks.report.page import write_page
from lbt_tasks.report.scrutiny import scrutinise, scrutiny_lines
from lbt_tasks.report.summary import read_run
from tests.synthetic.running import toy_task


@pytest.fixture
def log(run) -> str:
    return run(toy_task(6, rationales=4, budget="full")).location


def test_a_whole_log_answers(log: str, tmp_path) -> None:
    found = scrutinise(read_run(log))
    assert found.leakage and found.sureness.keys() == {"sum", "max"} and found.students
    for each in found.sureness.values():
        assert each.sure + each.unsure == 6 and each.coverage[-1][0] == 1 and each.shrunk <= 1
    printed = json.loads(CliRunner().invoke(main, ["report", log, "--json"]).stdout)[0]
    assert printed["leakage"]["items"] == found.leakage.items and set(printed["sureness"]) == {"sum", "max"}
    write_page([log], str(tmp_path / "r.html"))
    page = (tmp_path / "r.html").read_text()
    assert "What a sceptic asks" in page and "Accuracy when the unsure problems are left unanswered" in page


def test_leaking_items_are_left_out_of_the_choice(log: str) -> None:
    run = read_run(log)
    leaking = {leak.problem for leak in run.leaks}
    for name, value, each in zip(run.problems, run.values["sum"], run.examined, strict=True):
        assert name in leaking or each.without["sum"] == value
    lines = scrutiny_lines(scrutinise(run))
    assert lines[0].startswith(f"of {len({(each.problem, i) for each in run.examined for i in each.items})} exam items")


def test_a_budget_leaves_certainty_out_and_keeps_leaks(run) -> None:
    found = scrutinise(read_run(run(toy_task(4, rationales=6, budget="lossless")).location))
    assert found.leakage and not found.sureness and not found.students


def test_epochs_say_how_far_they_are_apart(run) -> None:
    found = scrutinise(read_run(run(toy_task(4, rationales=4, budget="full"), epochs=3).location))
    assert len(found.epochs["sum"].accuracies) == 3
    assert any("in 3 epochs" in line for line in scrutiny_lines(found))


def test_students_that_follow_and_students_that_guess() -> None:
    rng = np.random.default_rng(0)
    right = (np.arange(12) % 3 == 0).astype(float)
    following = [rng.binomial(1, np.where(right, 0.9, 0.1)[:, None], (12, 6)).astype(float) for _ in range(60)]
    guessing = [rng.binomial(1, 0.5, (12, 6)).astype(float) for _ in range(60)]
    assert follows(following[0].mean(axis=1), right) > 0.5 and isnan(follows(right, np.ones(12)))
    assert reliability(following) > 0.8 and abs(reliability(guessing)) < 0.2
    same = [(a.mean(axis=1), b.mean(axis=1)) for a, b in zip(following, following[1:], strict=False)]
    assert agreement(same) > 0.6
    assert abs(agreement([(a.mean(axis=1), b.mean(axis=1)) for a, b in zip(guessing, following, strict=True)])) < 0.2
    assert isnan(reliability([np.ones((4, 1))])) and isnan(agreement([(np.ones(3), np.ones(3))]))
