"""Code tasks run by Inspect with scripted models, on each engine that can run here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.log import EvalLog
from inspect_ai.model import get_model

import lbt_tasks.code
from tests.evaluating import evaluate
from tests.sandbox.conftest import ENGINES, need
from tests.synthetic import code_world

RunCode = Callable[..., EvalLog]


@pytest.fixture(params=ENGINES)
def each_engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine that can run here."""
    need(request.param)
    return request.param


@pytest.fixture
def engine() -> str:
    """The engine without a container, which starts in no time."""
    need("process")
    return "process"


@pytest.fixture
def run_code(tmp_path: Path) -> RunCode:
    """`run_code(task)` or `run_code(engine="process", count=2, ...)`: a task with scripted teacher and student."""

    def run(task: Task | None = None, *, teacher: Any = None, students: Any = None, **options: Any) -> EvalLog:
        engine = options.pop("engine", "process")
        answers = {"engine": engine, **options.pop("answers", {})}
        given: dict[str, Any] = {"count": 1, "answers": answers, **options}
        made = task or code_world.code_task(**given)
        return evaluate(
            made,
            model=teacher or coder("teacher"),
            model_roles={"student": students or [coder("student")]},
            log_dir=str(tmp_path / "logs"),
        )

    return run


def coder(name: str, **args: Any) -> Any:
    return get_model(f"scripted_code/{name}", memoize=False, **args)


@pytest.fixture
def sample_problems() -> str:
    """The file of self-written problems that ships with the package."""
    return str(Path(lbt_tasks.code.__file__).with_name("samples.jsonl"))
