"""What Inspect finds under the names of the tasks and scorers of programs where the code sandbox is not installed.

inspect eval lbt_tasks/code      # says what to install, instead of "task not found"
"""

from typing import Any

from inspect_ai import Task, task
from inspect_ai.scorer import Scorer, mean, scorer

from lbt_solvers.errors import UsageError
from lbt_tasks.optional_sandbox import NEEDED


def _refusal(name: str) -> UsageError:
    return UsageError(f"{name}: {NEEDED}")


@task
def code(**options: Any) -> Task:
    """Stands for `lbt_tasks.code.task.code`."""
    raise _refusal("code")


@scorer(metrics=[mean()])
def code_accuracy(**options: Any) -> Scorer:
    """Stands for `lbt_tasks.code.scorer.code_accuracy`."""
    raise _refusal("code_accuracy")


@scorer(metrics=[mean()])
def code_verdict(**options: Any) -> Scorer:
    """Stands for `lbt_tasks.code_verdict.code_verdict`."""
    raise _refusal("code_verdict")
