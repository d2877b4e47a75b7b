"""A rule, an exam maker and a data set of another package are the project's own: for solver, scorer, budgets, report,
replay and lm-eval.

The package is a folder on the path with entry points, as an installed one is. MEDIAN does not say that it grows with
every score; MIDDLE is the same and says so. The exam maker `first` asks the first questions of the bank, and leaves out
the taught problem and its copies.
"""

import json
import os
import subprocess
import sys
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from lbt_solvers.record import TeachingRecord
from tests.cli.conftest import TOY, said

MODELS = ("--model", "scripted/teacher", "--model-role", "student=scripted/a,scripted/b")
pytestmark = pytest.mark.timeout(180)

RULES = """
from statistics import median
from lbt_solvers import Rule

MEDIAN = Rule("median", "MEDIAN: middle LbT score", median)
MIDDLE = Rule("middle", "MIDDLE: middle LbT score", median, grows=True)
"""
EXAMS = """
from lbt_solvers import exam_size, without_models

def first(bank, *, items=1, repetitions=1):
    size = exam_size(items, repetitions)
    return without_models(lambda taught: size.exam(taught, bank, "questions", len(bank)))
"""
DATA = """
from inspect_ai import task
from lbt_tasks import exam_over, lbt_task
from tests.synthetic import world

@task
def mine(exam="first", items=2, **options):
    problems = world.problems(3)
    maker = exam_over(exam, lambda: world.bank(problems), items=items)
    return lbt_task(problems, maker, name="mine", rationales=8, **options)
"""
LM_EVAL = """
import json, sys
from pathlib import Path
from tests.lm_eval_plugin.test_exam_task import BANK, PROBLEMS, ScriptedLM, evaluate, jsonl, problem_rows
from tests.lm_eval_plugin.test_exam_task import rationale_rows, values

folder = Path(sys.argv[1])
metadata = {
    "lbt_data": jsonl(folder / "problems.jsonl", problem_rows(PROBLEMS)),
    "lbt_bank": jsonl(folder / "bank.jsonl", problem_rows(BANK)),
    "lbt_rationale_file": jsonl(folder / "rationales.jsonl", rationale_rows()),
}
found = [values(evaluate(ScriptedLM(), {**metadata, "lbt_exam": exam})) for exam in sys.argv[2:]]
print("FOUND" + json.dumps(found))
"""


@pytest.fixture
def package(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "own_rules"
    info = folder / "own_rules-1.dist-info"
    info.mkdir(parents=True)
    (folder / "own_rules.py").write_text(RULES)
    (folder / "own_exams.py").write_text(EXAMS)
    (folder / "own_data.py").write_text(DATA)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-rules\nVersion: 1\n")
    rules = "[lbt.rules]\nmedian = own_rules:MEDIAN\nmiddle = own_rules:MIDDLE\n"
    (info / "entry_points.txt").write_text(f"{rules}[lbt.exams]\nfirst = own_exams:first\n")
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), environment["PYTHONPATH"]])


def evaluated(command, logs: Path, *options: str) -> Any:
    done = command("inspect", "eval", TOY, *MODELS, "--limit", "2", *options, "--log-dir", str(logs))
    assert done.returncode == 0, said(done)
    return read_eval_log(list_eval_logs(str(logs))[0])


def accuracies(log) -> dict[str, float]:
    return {score.name: score.metrics["mean"].value for score in log.results.scores}


def test_solver_scorer_report_and_replay(command, package, tmp_path: Path) -> None:
    log = evaluated(command, tmp_path / "logs", "-T", "rule=median", "-T", "budget=full")
    assert (accuracies(log)["maj"], accuracies(log)["median"]) == (0, 1)
    [record, _] = [sample.store_as(TeachingRecord) for sample in log.samples]
    assert record.settings["rule"] == "median"
    assert all(sample.scores["selection_accuracy"].answer == sample.target for sample in log.samples)

    report = command("lbt", "report", str(tmp_path / "logs"))
    assert "MEDIAN: middle LbT score" in report.stdout, said(report)

    replayed = command("lbt", "replay", str(tmp_path / "logs"), "--budget", "full", "--rule", "median", "--json")
    [policy] = json.loads(replayed.stdout)["policies"]
    assert (policy["rule"], policy["accuracy"], policy["agreement"]) == ("median", 1, 1)

    compared = command("lbt", "report", str(tmp_path / "logs"), "--selector", "maj", "--selector", "median", "--json")
    assert [row["accuracy"] for row in json.loads(compared.stdout)["selectors"]] == [0, 1], said(compared)


def test_lossless_proves_what_grows_and_refuses_what_is_not_said_to(command, package, tmp_path: Path) -> None:
    log = evaluated(command, tmp_path / "logs", "-T", "rule=middle")
    assert accuracies(log)["middle"] == 1
    assert isnan(accuracies(log)["median"])
    assert all("middle" in sample.store_as(TeachingRecord).budget["decides"] for sample in log.samples)

    refused = command("inspect", "eval", TOY, *MODELS, "-T", "rule=median", "--log-dir", str(tmp_path / "none"))
    assert refused.returncode != 0 and "Traceback" not in said(refused)
    assert "'median' is not said to" in said(refused)


def test_the_best_arm_is_sought_under_the_rule(command, package, tmp_path: Path) -> None:
    log = evaluated(command, tmp_path / "logs", "-T", "rule=median", "-T", "budget=thompson")
    assert accuracies(log)["median"] == 1
    assert all(sample.store_as(TeachingRecord).budget["calls"] > 1 for sample in log.samples)


def test_a_data_set_and_an_exam_maker_of_its_own(command, package, tmp_path: Path) -> None:
    task = f"{tmp_path}/own_rules/own_data.py@mine"
    logs = tmp_path / "logs"
    done = command("inspect", "eval", task, *MODELS, "-T", "rule=median", "-T", "budget=full", "--log-dir", str(logs))
    assert done.returncode == 0, said(done)
    log = read_eval_log(list_eval_logs(str(logs))[0])
    assert accuracies(log)["median"] == 1
    samples = log.samples or []
    records = [sample.store_as(TeachingRecord) for sample in samples]
    assert all(len(record.items) == 2 for record in records)
    assert all(sample.id not in {item.id for item in r.items} for sample, r in zip(samples, records, strict=True))

    report = command("lbt", "report", str(logs))
    assert "MEDIAN: middle LbT score" in report.stdout, said(report)
    replayed = command("lbt", "replay", str(logs), "--budget", "full", "--rule", "median", "--json")
    assert json.loads(replayed.stdout)["policies"][0]["agreement"] == 1

    refused = command("inspect", "eval", task, *MODELS, "-T", "exam=frist", "--log-dir", str(tmp_path / "none"))
    assert "'first'" in said(refused) and "Traceback" not in said(refused)


def test_an_exam_of_lm_eval(package, environment, tmp_path: Path) -> None:
    script = [sys.executable, "-c", LM_EVAL, str(tmp_path), "fixed", "first"]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=120)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("FOUND")] or [said(done)]
    exams = json.loads(line.removeprefix("FOUND"))
    assert [[found[f"lbt_{rule}"] for rule in ("maj", "median", "middle")] for found in exams] == [[0, 1, 1]] * 2
