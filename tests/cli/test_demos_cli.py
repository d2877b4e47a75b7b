"""Inspect's command line on `lbt_tasks/demos`: killed and resumed, no call paid twice; mistakes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from tests.cli.conftest import said

pytestmark = pytest.mark.timeout(180)
MODELS = ("--model", "keywords/teacher", "--model-role", "student=keywords/a,keywords/picky")
SMALL = ("-T", "rounds=2", "-T", "beam_size=1", "-T", "minibatch=8", "-T", "reflections=2", "-T", "seeds=1")


@pytest.fixture
def keyword_models(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    plugin = tmp_path / "plugin" / "keyword_models-0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: keyword-models\nVersion: 0\n")
    (plugin / "entry_points.txt").write_text("[inspect_ai]\nkeywords = tests.demos.world\n")
    return environment


@pytest.fixture
def own_task(tmp_path: Path) -> tuple[str, ...]:
    words = ("all", "every", "always", "one", "two", "three")
    rows = [
        {"text": f"{word} cats {{{at}}} ?", "label": "Yes" if word in words[:3] else "No"}
        for at in range(6)
        for word in words
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ("-T", f"task={path}", "-T", "description=Is it general?", "-T", "evaluation_budget=24")


def paid(calls: Path) -> int:
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def stores(folder: Path) -> dict:
    log = read_eval_log(list_eval_logs(str(folder))[0])
    assert log.status == "success"
    return {sample.id: sample.store for sample in log.samples or []}


def test_killed_and_started_again_pays_for_no_call_twice(keyword_models, command, own_task, tmp_path: Path) -> None:
    calls, logs = tmp_path / "calls", tmp_path / "logs"
    arguments = ("eval", "lbt_tasks/demos", *own_task, *SMALL, "--max-connections", "4", "--max-samples", "2")
    models = ("--model", "keywords/teacher", "-M", "delay=0.02", "--model-role", "student=keywords/a,keywords/picky")
    fresh = command(
        "inspect", *arguments, *models, "--log-dir", str(tmp_path / "fresh"),
        env={"INSPECT_CACHE_DIR": str(tmp_path / "other"), "LBT_SCRIPTED_CALLS": str(tmp_path / "all")},
    )  # fmt: skip
    assert fresh.returncode == 0, said(fresh)
    expected = paid(tmp_path / "all")

    inspect = str(Path(sys.executable).parent / "inspect")
    process = subprocess.Popen(
        [inspect, *arguments, *models, "--log-dir", str(tmp_path / "killed")],
        env={**keyword_models, "LBT_SCRIPTED_CALLS": str(calls)}, cwd=tmp_path / "work",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 100
    while paid(calls) < expected // 3:
        assert process.poll() is None and time.monotonic() < deadline, "the run ended before it could be killed"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert paid(calls) < expected

    resumed = command("inspect", *arguments, *models, "--log-dir", str(logs), env={"LBT_SCRIPTED_CALLS": str(calls)})
    assert resumed.returncode == 0, said(resumed)
    in_flight = 3 * 4  # answered, but killed before the reply reached the cache
    assert expected <= paid(calls) <= expected + in_flight
    assert stores(logs) == stores(tmp_path / "fresh")


def test_a_mistake_is_one_line(command, keyword_models, tmp_path: Path) -> None:
    done = command(
        "inspect", "eval", "lbt_tasks/demos", "-T", "task=liar", "-T", "data=gone", *MODELS, "--log-dir", str(tmp_path)
    )  # fmt: skip
    assert done.returncode != 0 and "no such folder" in " ".join(said(done).split()), said(done)
    assert "Traceback" not in said(done)
