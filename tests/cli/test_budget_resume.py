"""A budgeted run that is killed with -9 and started again: the same table, and no call paid twice."""

from pathlib import Path
from typing import Any

from inspect_ai.log import list_eval_logs, read_eval_log

from tests.cli.conftest import TOY, Command, Kill, paid, said

TEACHER = "teacher={model: scripted/teacher, model_args: {delay: 0.1}}"
STUDENT = "student={model: scripted/a, model_args: {delay: 0.1}}"
ROLES = ["--model", "scripted/teacher", "--model-role", TEACHER, "--model-role", STUDENT]
LIMITS = ["-T", "count=6", "-T", "budget_options={width: 4}", "--max-samples", "2", "--max-connections", "8"]
ARGUMENTS = ["eval", TOY, *ROLES, *LIMITS]


def stored(folder: Path) -> dict[Any, Any]:
    [info] = list_eval_logs(str(folder))
    log = read_eval_log(info)
    assert log.status == "success"
    prefix = "TeachingRecord:"
    return {s.id: {k: v for k, v in s.store.items() if k.startswith(prefix)} for s in log.samples or []}


def test_a_killed_budgeted_run_goes_on_where_it_was(kill_midway: Kill, command: Command, tmp_path: Path) -> None:
    undisturbed, calls = tmp_path / "undisturbed", tmp_path / "calls"
    fresh = {"INSPECT_CACHE_DIR": str(tmp_path / "other"), "LBT_SCRIPTED_CALLS": str(undisturbed)}
    done = command("inspect", *ARGUMENTS, "--log-dir", str(tmp_path / "fresh"), env=fresh)
    assert done.returncode == 0, said(done)
    expected = paid(undisturbed)
    assert expected < 6 * (2 + 9 * 3), "the budget was meant to spare calls"

    kill_midway(calls, expected // 3, "inspect", *ARGUMENTS, "--log-dir", str(tmp_path / "killed"))
    assert paid(calls) < expected

    resumed = command(
        "inspect", *ARGUMENTS, "--log-dir", str(tmp_path / "logs"), env={"LBT_SCRIPTED_CALLS": str(calls)}
    )
    assert resumed.returncode == 0, said(resumed)
    in_flight = 8 + 8  # answered by the model, but killed before the reply reached the cache
    assert expected <= paid(calls) <= expected + in_flight
    assert stored(tmp_path / "logs") == stored(tmp_path / "fresh")
