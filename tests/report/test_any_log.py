"""A report of whatever a run left.

Invariants:
 1. A log that nobody scored by the rules is reported with the numbers that scoring it would have given.
 2. Neither is a model called for that, nor the log changed.
 3. Logs of other tasks of the project are reported in their own form, beside those of rules.
 4. Exams that were sat to the last sitting are whole, whatever the budget was called.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai import Task, score
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.scorer import match

from lbt_solvers.exams import variants
from lbt_solvers.record import is_full_exam
from lbt_solvers.scorer import selection_accuracy
from lbt_solvers.solvers import learn_by_teaching
from lbt_tasks.cli import main
from lbt_tasks.logs import open_log, sha256_of
from lbt_tasks.teaching.task import teaching
from tests.synthetic import world
from tests.synthetic.running import toy_task


def report(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["report", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def table(path: str) -> Any:
    found: Any = json.loads(report(path, "--json"))
    return [{key: value for key, value in each.items() if key != "log"} for each in found]


@pytest.fixture
def unscored(run: Any) -> str:
    """A task that knows nothing of teaching, run with the solver."""
    problems = world.problems(3)
    samples = [Sample(id=each.id, input=each.question, target=each.answer) for each in problems]
    solver = learn_by_teaching(variants(world.bank(problems), items=2, repetitions=1), rationales=8)
    return run(Task(samples, solver=solver, scorer=match(), name="plain")).location


def test_1_what_scoring_would_have_given(unscored: str, tmp_path: Path) -> None:
    scored = score(read_eval_log(unscored), selection_accuracy(), action="append", display="none")
    write_eval_log(scored, str(tmp_path / "scored.eval"))
    before = sha256_of(unscored)
    assert table(unscored) == table(str(tmp_path / "scored.eval"))
    assert sha256_of(unscored) == before
    (tmp_path / "page.html").unlink(missing_ok=True)
    report(unscored, "--html", str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").exists()


def test_1_nothing_follows_without_targets(run: Any) -> None:
    problems = world.problems(1)
    solver = learn_by_teaching(variants(world.bank(problems), items=2, repetitions=1), rationales=8)
    path = run(Task([Sample(id=problems[0].id, input=problems[0].question)], solver=solver, name="open")).location
    done = CliRunner().invoke(main, ["report", path])
    assert done.exit_code == 1 and "no targets" in done.output


def test_3_every_kind_in_one_folder(run: Any, tmp_path: Path) -> None:
    run(toy_task(2))
    problems = world.problems(2)
    rows = [
        {"id": p.id, "question": p.question, "answer": p.answer, "metadata": dict(p.metadata)}
        for p in [*problems, *world.bank(problems)]
    ]
    data = tmp_path / "taught.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows[:2]))
    bank = tmp_path / "bank.jsonl"
    bank.write_text("".join(json.dumps(row) + "\n" for row in rows))
    taught = run(teaching(str(data), bank=str(bank), exam="variants", rationales=4)).location
    run(toy_task(2, estimate=True))
    printed = report(str(tmp_path / "logs"))
    assert "toy, n = 2" in printed and "teacher" in printed and "gain" in printed.lower()
    assert printed.count("scripted/teacher") and "full" in printed
    assert "gain" in report(taught).lower()


BUDGETS = st.sampled_from(["full", "lossless", "thompson", "none"])


@given(BUDGETS, st.none() | st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
def test_4_whole_is_what_was_sat_whole(name: str, limit: int | None, calls: int, full: int) -> None:
    budget: Mapping[str, Any] = {"name": name, "max_replies": limit, "calls": calls, "full_calls": full}
    unlimited_full = limit is None and name in ("full", "none")
    assert is_full_exam(budget) == (calls >= full or unlimited_full)


def test_4_lossless_exams_that_spared_nothing_replay(run: Any) -> None:
    path = run(toy_task(3)).location
    log = read_eval_log(path)
    budgets = [sample.store["TeachingRecord:budget"] for sample in log.samples or []]
    for sample, budget in zip(log.samples or [], budgets, strict=True):
        sample.store["TeachingRecord:budget"] = budget | {"full_calls": budget["calls"]}
    write_eval_log(log, path)
    assert all(budget["calls"] < budget["full_calls"] for budget in budgets), "the toy spares something"
    done = CliRunner().invoke(main, ["replay", path, "--budget", "full"])
    assert "unfinished" not in done.output
    assert open_log(path).header.status == "success"
