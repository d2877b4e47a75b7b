"""Builds toy tasks and reads what they left in a log.

log = eval(toy_task(4), model=scripted("teacher"))[0]
values(log)["sum"]
"""

from typing import Any

from inspect_ai import Task
from inspect_ai.log import EvalLog
from inspect_ai.model import get_model

from lbt_solvers.exams import variants
from lbt_solvers.sittings import Sitting, SittingColumns
from lbt_tasks._task import lbt_task
from tests.synthetic import world


def scripted(name: str, **args: Any) -> Any:
    return get_model(f"scripted/{name}", memoize=False, **args)


def toy_task(count: int = 4, **options: Any) -> Task:
    problems = world.problems(count)
    exam = options.pop("exam", None) or variants(world.bank(problems), items=3, repetitions=2)
    given: dict[str, Any] = {"rationales": 8, **options}
    return lbt_task(problems, exam, name="toy", **given)


def values(log: EvalLog) -> dict[str, float]:
    """Each rule's mean."""
    assert log.status == "success", log.error
    assert log.results is not None
    return {score.name: score.metrics["mean"].value for score in log.results.scores}


def record(log: EvalLog, sample: int = 0) -> dict[str, Any]:
    """The sample's record without the prefix of its keys."""
    assert log.samples
    prefix = "TeachingRecord:"
    store = log.samples[sample].store
    return {key.removeprefix(prefix): value for key, value in store.items() if key.startswith(prefix)}


def sittings(log: EvalLog, sample: int = 0) -> list[Sitting]:
    """The sample's rows."""
    return SittingColumns.model_validate(record(log, sample)["sitting_columns"]).rows()


def scores(log: EvalLog, sample: int = 0) -> dict[int | None, list[list[list[float | None]]]]:
    """By plan, `None` for the control: `[student][item][repetition]`; no repetitions where nobody sat."""
    rows = sittings(log, sample)
    students, items = range(1 + max(row.student for row in rows)), range(1 + max(row.item for row in rows))
    return {
        plan: [[[row.score for row in rows if row[:3] == (plan, s, i)] for i in items] for s in students]
        for plan in dict.fromkeys(row.plan for row in rows)
    }


def reasons(log: EvalLog) -> str:
    """Why samples errored."""
    return " | ".join(sample.error.message for sample in log.samples or [] if sample.error)
