"""A rule that another package brings is one of the project's: solver, scorer, budgets, report, replay and lm-eval.

The package is a folder on the path with an entry point, as an installed one is. MEDIAN does not say that it grows with
every score; MIDDLE is the same and says so.
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
LM_EVAL = """
import json, sys
from pathlib import Path
from tests.lm_eval_plugin.test_exam_task import BANK, PROBLEMS, ScriptedLM, evaluate, jsonl, problem_rows
from tests.lm_eval_plugin.test_exam_task import rationale_rows, values

folder = Path(sys.argv[1])
metadata = {
    "lbt_problems": jsonl(folder / "problems.jsonl", problem_rows(PROBLEMS)),
    "lbt_bank": jsonl(folder / "bank.jsonl", problem_rows(BANK)),
    "lbt_rationales": jsonl(folder / "rationales.jsonl", rationale_rows()),
    "lbt_exam": "fixed",
}
print("FOUND" + json.dumps(values(evaluate(ScriptedLM(), metadata))))
"""


@pytest.fixture
def package(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "own_rules"
    info = folder / "own_rules-1.dist-info"
    info.mkdir(parents=True)
    (folder / "own_rules.py").write_text(RULES)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-rules\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lbt.rules]\nmedian = own_rules:MEDIAN\nmiddle = own_rules:MIDDLE\n")
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), environment["PYTHONPATH"]])


def evaluated(command, logs: Path, *options: str) -> Any:
    done = command("inspect", "eval", TOY, *MODELS, "--limit", "2", *options, "--log-dir", str(logs))
    assert done.returncode == 0, said(done)
    return read_eval_log(list_eval_logs(str(logs))[0])


def accuracies(log) -> dict[str, float]:
    return {score.name: score.metrics["mean"].value for score in log.results.scores}


def test_solver_scorer_report_and_replay(command, package, tmp_path: Path) -> None:
    log = evaluated(command, tmp_path / "logs", "-T", "rule=median", "-T", "budget=none")
    assert (accuracies(log)["maj"], accuracies(log)["median"]) == (0, 1)
    [record, _] = [sample.store_as(TeachingRecord) for sample in log.samples]
    assert record.settings["rule"] == "median"
    assert all(sample.scores["selection_accuracy"].answer == sample.target for sample in log.samples)

    report = command("lbt", "report", str(tmp_path / "logs"))
    assert "MEDIAN: middle LbT score" in report.stdout, said(report)

    replayed = command("lbt", "replay", str(tmp_path / "logs"), "--budget", "full", "--rule", "median", "--json")
    [policy] = json.loads(replayed.stdout)["policies"]
    assert (policy["rule"], policy["accuracy"], policy["agreement"]) == ("median", 1, 1)


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


def test_an_exam_of_lm_eval(command, package, environment, tmp_path: Path) -> None:
    script = [sys.executable, "-c", LM_EVAL, str(tmp_path)]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=120)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("FOUND")] or [said(done)]
    found = json.loads(line.removeprefix("FOUND"))
    assert (found["lbt_maj"], found["lbt_median"], found["lbt_middle"]) == (0, 1, 1)
