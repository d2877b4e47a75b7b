"""Runs the commands that users type, in processes of their own, with the scripted models known to Inspect."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOY = f"{REPOSITORY}/tests/synthetic/task.py@toy"
PLAIN = f"{REPOSITORY}/tests/synthetic/task.py@plain"

Command = Callable[..., subprocess.CompletedProcess[str]]


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

    def run(name: str, *arguments: str, **extra: Any) -> subprocess.CompletedProcess[str]:
        script = str(Path(sys.executable).parent / name)
        env = {**environment, **extra.pop("env", {})}
        return subprocess.run(
            [script, *arguments], env=env, cwd=tmp_path / "work", capture_output=True, text=True, timeout=120, **extra
        )

    return run


def said(process: subprocess.CompletedProcess[str]) -> str:
    return process.stdout + process.stderr
