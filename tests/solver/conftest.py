"""Runs the solver on the toy world through Inspect's own `eval`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task, eval
from inspect_ai.log import EvalLog
from inspect_ai.model import get_model

from lbt_solvers.exams import variants
from lbt_tasks._task import lbt_task
from tests.synthetic import world

Run = Callable[..., EvalLog]


def scripted(name: str, **args: Any) -> Any:
    return get_model(f"scripted/{name}", memoize=False, **args)


def toy_task(count: int = 4, **options: Any) -> Task:
    problems = world.problems(count)
    exam = options.pop("exam", None) or variants(world.bank(problems), items=3, repetitions=2)
    return lbt_task(problems, exam, name="toy", **{"rationales": 8, **options})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_task(
        task: Task | None = None, *, students: Any = ("a", "b"), teacher: Any = None, **kwargs: Any
    ) -> EvalLog:
        roles = {"student": [scripted(s) if isinstance(s, str) else s for s in students]} if students else {}
        return eval(
            task or toy_task(),
            model=teacher or scripted("teacher"),
            model_roles={**roles, **kwargs.pop("model_roles", {})},
            display="none",
            log_dir=str(tmp_path / "logs"),
            **kwargs,
        )[0]

    return run_task


def values(log: EvalLog) -> dict[str, float]:
    """Each rule's mean."""
    assert log.status == "success", log.error
    assert log.results is not None
    return {score.name: score.metrics["mean"].value for score in log.results.scores}


def record(log: EvalLog, sample: int = 0) -> dict[str, Any]:
    """The sample's record without the prefix of its keys."""
    assert log.samples
    return {key.removeprefix("TeachingRecord:"): value for key, value in log.samples[sample].store.items()}


def reasons(log: EvalLog) -> str:
    """Why samples errored."""
    return " | ".join(sample.error.message for sample in log.samples or [] if sample.error)
