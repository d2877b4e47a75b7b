"""Runs the commands that users type, in processes of their own, with the scripted models known to Inspect."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import run_command, start_command

REPOSITORY = Path(__file__).resolve().parents[2]
TOY = f"{REPOSITORY}/tests/synthetic/task.py@toy"
PLAIN = f"{REPOSITORY}/tests/synthetic/task.py@plain"

Command = Callable[..., subprocess.CompletedProcess[str]]
Kill = Callable[..., None]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A distribution on the path whose entry point registers the scripted models, as a plug-in would."""
    plugin = tmp_path / "plugin" / "scripted_models-0.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-models\nVersion: 0\n")
    (plugin / "entry_points.txt").write_text("[inspect_ai]\nscripted = tests.synthetic.world\n")
    path = os.pathsep.join([str(plugin.parent), str(REPOSITORY)])
    (tmp_path / "work").mkdir()
    return {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "200", "INSPECT_DISPLAY": "plain"}


@pytest.fixture
def command(environment: dict[str, str], tmp_path: Path) -> Command:
    """`command("inspect", "eval", ...)`: the script beside this Python, in an empty folder."""

    def run(name: str, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return run_command(name, *arguments, env={**environment, **(env or {})}, cwd=tmp_path / "work")

    return run


@pytest.fixture
def kill_midway(environment: dict[str, str], tmp_path: Path) -> Kill:
    """`kill_midway(calls, 20, "inspect", "eval", ...)`: ends the command with -9 once that file has 20 lines."""

    def run(calls: Path, lines: int, name: str, *arguments: str) -> None:
        env = {**environment, "LBT_SCRIPTED_CALLS": str(calls)}
        process, deadline = start_command(name, *arguments, env=env, cwd=tmp_path / "work"), time.monotonic() + 100
        while paid(calls) < lines:
            assert process.exitcode is None and time.monotonic() < deadline, "it ended before it could be killed"
            time.sleep(0.01)
        process.kill()
        process.join()

    return run


def paid(calls: Path) -> int:
    """How many calls the scripted models answered."""
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def said(process: subprocess.CompletedProcess[str]) -> str:
    return process.stdout + process.stderr
