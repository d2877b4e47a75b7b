"""A budgeted run that is killed with -9 and started again: the same table, and no call paid twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from inspect_ai.log import list_eval_logs, read_eval_log

from tests.cli.conftest import TOY, Command, said

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


def paid(calls: Path) -> int:
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def test_a_killed_budgeted_run_goes_on_where_it_was(environment, command: Command, tmp_path: Path) -> None:
    undisturbed, calls = tmp_path / "undisturbed", tmp_path / "calls"
    fresh = {"INSPECT_CACHE_DIR": str(tmp_path / "other"), "LBT_SCRIPTED_CALLS": str(undisturbed)}
    done = command("inspect", *ARGUMENTS, "--log-dir", str(tmp_path / "fresh"), env=fresh)
    assert done.returncode == 0, said(done)
    expected = paid(undisturbed)
    assert expected < 6 * (2 + 9 * 3), "the budget was meant to spare calls"

    env = {**environment, "LBT_SCRIPTED_CALLS": str(calls)}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "inspect"), *ARGUMENTS, "--log-dir", str(tmp_path / "killed")],
        env=env, cwd=tmp_path / "work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 50
    while paid(calls) < expected // 3:
        assert process.poll() is None and time.monotonic() < deadline, "the run ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert paid(calls) < expected

    resumed = command(
        "inspect", *ARGUMENTS, "--log-dir", str(tmp_path / "logs"), env={"LBT_SCRIPTED_CALLS": str(calls)}
    )
    assert resumed.returncode == 0, said(resumed)
    in_flight = 8 + 8  # answered by the model, but killed before the reply reached the cache
    assert expected <= paid(calls) <= expected + in_flight
    assert stored(tmp_path / "logs") == stored(tmp_path / "fresh")
