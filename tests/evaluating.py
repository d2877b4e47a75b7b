"""Inspect's `eval` without what only a person at a terminal needs, which takes a third of a small run's time.

log = evaluate(task, model="scripted/teacher", log_dir=str(tmp_path))
"""

from typing import Any

from inspect_ai import Task, eval
from inspect_ai.log import EvalLog


def evaluate(task: Task, **options: Any) -> EvalLog:
    """The log of that task: nothing is drawn, and no sample can be looked at before its end."""
    given: dict[str, Any] = {"display": "none", "log_realtime": False, **options}
    return eval(task, **given)[0]
