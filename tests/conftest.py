"""Shared fixtures: a cache of one's own for every test, the local data sets, and the toy world run by Inspect."""

import gc
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from inspect_ai import Task
from inspect_ai.log import EvalLog

from tests.evaluating import evaluate
from tests.synthetic.running import scripted, toy_task

Run = Callable[..., EvalLog]

# A shell starts its background jobs with interrupts ignored, and processes of tests would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a wall-clock time, so neither does one for each example that hypothesis makes.
settings.register_profile("without-a-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without-a-clock")


def pytest_collection_finish() -> None:
    """What is imported by now stays: collections of garbage need not look at it, which takes most of a second each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads another's cached replies, nor a user's."""
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "inspect-cache"))
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("INSPECT_EVAL_MODEL", raising=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of local data sets beside the repository; tests that need it skip where it is missing."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"local data sets are not there: {folder}")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Evaluates a toy task with scripted teacher and students."""

    def run_task(
        task: Task | None = None, *, students: Any = ("a", "b"), teacher: Any = None, **kwargs: Any
    ) -> EvalLog:
        roles = {"student": [scripted(s) if isinstance(s, str) else s for s in students]} if students else {}
        return evaluate(
            task or toy_task(),
            model=teacher or scripted("teacher"),
            model_roles={**roles, **kwargs.pop("model_roles", {})},
            log_dir=str(tmp_path / "logs"),
            **kwargs,
        )

    return run_task
