"""The toy world as a task file for Inspect's command line: `inspect eval tests/synthetic/task.py@toy`."""

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match

from lbt_solvers.exams import variants
from lbt_tasks._task import lbt_task
from tests.synthetic import world


@task
def toy(count: int = 3, rationales: int = 8, **options: Any) -> Task:
    problems = world.problems(count)
    exam = variants(world.bank(problems), items=3, repetitions=1)
    return lbt_task(problems, exam, name="toy", rationales=rationales, **options)


@task
def programs(count: int = 3, engine: str = "process") -> Task:
    """The toy world of programs."""
    from tests.synthetic import code_world

    return code_world.code_task(count, answers={"engine": engine})


@task
def plain(count: int = 2) -> Task:
    """A task that knows nothing of teaching, for `--solver`."""
    problems = world.problems(count)
    return Task([Sample(id=p.id, input=p.question, target=p.answer) for p in problems], scorer=match())
