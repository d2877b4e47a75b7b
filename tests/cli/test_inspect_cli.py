"""Inspect's own command line: roles, solvers, re-scoring, eval sets, resuming after kill -9, and users' mistakes."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from tests.cli.conftest import PLAIN, REPOSITORY, TOY, paid, said
from tests.synthetic import world

MODELS = ("--model", "scripted/teacher", "--model-role", "student=scripted/a,scripted/b")
pytestmark = pytest.mark.timeout(180)


def only_log(folder: Path) -> Any:
    logs = list_eval_logs(str(folder))
    assert len(logs) == 1
    return read_eval_log(logs[0])


def means(log) -> dict[str, float]:
    return {score.name: score.metrics["mean"].value for score in log.results.scores if "mean" in score.metrics}


def test_roles_limits_and_rescoring(command, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    done = command("inspect", "eval", TOY, *MODELS, "--limit", "2", "--log-dir", str(logs))
    assert done.returncode == 0, said(done)
    log = only_log(logs)
    assert log.status == "success" and log.results.completed_samples == 2
    assert (means(log)["maj"], means(log)["sum"]) == (0, 1)

    again = command(
        "inspect", "score", str(next(logs.glob("*.eval"))), "--scorer", "lbt_solvers/selection_accuracy",
        "--action", "append", "--overwrite", env={"LBT_SCRIPTED_CALLS": str(tmp_path / "calls")},
    )  # fmt: skip
    assert again.returncode == 0, said(again)
    assert not (tmp_path / "calls").exists()  # no model was asked
    rescored = only_log(logs)
    for sample in rescored.samples:
        first, second = sample.scores.values()
        assert first.value == second.value and first.explanation == second.explanation


def test_the_solver_runs_on_a_task_that_knows_nothing_of_it(command, tmp_path: Path) -> None:
    bank = tmp_path / "bank.jsonl"
    rows = [vars_of(p) for p in world.bank(world.problems(2))]
    bank.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = command(
        "inspect", "eval", PLAIN, *MODELS, "--solver", "lbt_solvers/learn_by_teaching", "-S", "exam=variants",
        "-S", f"bank={bank}", "-S", "rationales=8", "--log-dir", str(tmp_path / "logs"),
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    log = only_log(tmp_path / "logs")
    assert log.status == "success" and log.results.scores[0].metrics["accuracy"].value == 1


def test_an_exam_without_gold_answers_needs_no_bank(command, tmp_path: Path) -> None:
    done = command(
        "inspect", "eval", PLAIN, "--model", "scripted/teacher", "--model-role", "student=scripted/wise",
        "--solver", "lbt_solvers/learn_by_teaching", "-S", "exam=label_free", "-S", "rationales=8",
        "-S", "items=2", "-S", "exam_options={votes: 8}", "--log-dir", str(tmp_path / "logs"),
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    log = only_log(tmp_path / "logs")
    assert log.status == "success" and log.results.scores[0].metrics["accuracy"].value == 1


def vars_of(problem) -> dict:
    return {
        "id": problem.id,
        "question": problem.question,
        "answer": problem.answer,
        "metadata": dict(problem.metadata),
    }


def test_an_eval_set_runs_and_is_not_repeated(command, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    arguments = ("inspect", "eval-set", TOY, *MODELS, "-T", "budget=full", "--log-dir", str(tmp_path / "set"))
    for _ in range(2):
        done = command(*arguments, env={"LBT_SCRIPTED_CALLS": str(calls)})
        assert done.returncode == 0, said(done)
    # 3 problems: one call for 8 samples, a greedy one; 2 students x (8 plans + control) x 3 items
    assert len(calls.read_text().splitlines()) == 3 * (2 + 2 * 9 * 3)


def test_killed_and_started_again_pays_for_no_call_twice(kill_midway, command, tmp_path: Path) -> None:
    calls, logs = tmp_path / "calls", tmp_path / "logs"
    slow = ["--model-role", "teacher={model: scripted/teacher, model_args: {delay: 0.2}}"]
    slow += ["--model-role", "student={model: scripted/a, model_args: {delay: 0.2}}", "--model", "scripted/teacher"]
    whole = ["-T", "count=6", "-T", "budget=full"]
    arguments = ["eval", TOY, *slow, *whole, "--max-samples", "2", "--max-connections", "8"]
    expected = 6 * (2 + 9 * 3)
    kill_midway(calls, expected // 3, "inspect", *arguments, "--log-dir", str(tmp_path / "killed"))
    assert paid(calls) < expected

    resumed = command("inspect", *arguments, "--log-dir", str(logs), env={"LBT_SCRIPTED_CALLS": str(calls)})
    assert resumed.returncode == 0, said(resumed)
    in_flight = 8 + 8  # answered by the model, but killed before the reply reached the cache
    assert expected <= paid(calls) <= expected + in_flight
    fresh = command(
        "inspect", *arguments, "--log-dir", str(tmp_path / "fresh"), env={"INSPECT_CACHE_DIR": str(tmp_path / "other")}
    )
    assert fresh.returncode == 0, said(fresh)

    def stored(folder: Path):
        prefix = "TeachingRecord:"  # and not how long grading took, which is never the same
        return {
            sample.id: {key: value for key, value in sample.store.items() if key.startswith(prefix)}
            for sample in only_log(folder).samples
        }

    assert stored(logs) == stored(tmp_path / "fresh")
    assert means(only_log(logs)) == means(only_log(tmp_path / "fresh"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-T", "rational=3"], "has no option 'rational'. Did you mean 'rationales'?"),
        (["-T", "rationales=0"], "rationales: at least 1 was needed, found 0."),
        (["-T", "prompt=papr"], "Did you mean 'paper'?"),
    ],
)
def test_a_users_mistake_shows_a_line_and_no_stack_trace(command, arguments, message: str, tmp_path: Path) -> None:
    done = command("inspect", "eval", TOY, *MODELS, *arguments, "--log-dir", str(tmp_path / "logs"))
    assert done.returncode != 0
    assert message in said(done).replace("\n", " ").replace("  ", " ")
    assert "Traceback" not in said(done)


def test_unknown_solver_options_are_named(command, tmp_path: Path) -> None:
    done = command(
        "inspect", "eval", PLAIN, *MODELS, "--solver", "lbt_solvers/learn_by_teaching", "-S", "exm=variants",
        "--log-dir", str(tmp_path / "logs"),
    )  # fmt: skip
    assert done.returncode != 0
    assert "Did you mean 'exam'?" in said(done) and "Traceback" not in said(done)


def test_a_shipped_run_config_runs_on_the_shipped_models(command, tmp_path: Path) -> None:
    config = str(REPOSITORY / "configs" / "classroom.yaml")
    done = command(
        "inspect", "eval", "--run-config", config, "-T", "problems=3", "-T", "rationales=2",
        "--log-dir", str(tmp_path / "logs"),
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    log = only_log(tmp_path / "logs")
    assert log.status == "success" and log.results.completed_samples == 3
    assert log.samples[0].store["TeachingRecord:students"] == [
        "hf-batch/classroom/student_a",
        "hf-batch/classroom/student_b",
    ]
