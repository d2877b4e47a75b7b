"""The scorers of a wrapped task, which can be made again from its log: `inspect score` then grades as the run did.

    inspect score logs/2026_lbt-gsm8k.eval --scorer lbt_solvers/selection_accuracy --action overwrite

The record of a sample says how its task was wrapped; the task is loaded once more.
"""

from collections.abc import Mapping
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, accuracy, choice, mean, stderr
from inspect_ai.solver import TaskState

from lbt_solvers._naming import scorer_shown_as
from lbt_solvers.answers import ChoiceAnswers
from lbt_solvers.conversation import mark_choices, problem_of
from lbt_solvers.scorer import selection_accuracy
from lbt_tasks.wrap.answers import TaskAnswers
from lbt_tasks.wrap.base_task import BaseTask, load_base


class Wrapping(dict[str, Any]):
    """The arguments with which a task is wrapped; in the run itself with the answers, whose grades are kept."""

    kind: TaskAnswers | None = None


def answers_of(wrapping: Mapping[str, Any]) -> TaskAnswers:
    """The task and its answers, loaded by those arguments.

    Raises:
        UsageError: the task is not there any more, or does not fit.
    """
    given = dict(wrapping)
    base, args = given.pop("base"), given.pop("base_args", None)
    other, other_args = given.pop("exam_base", None), given.pop("exam_base_args", None)
    taught = BaseTask(load_base(base, args), base)
    pool = None
    if other is not None or other_args is not None:
        pool = BaseTask(load_base(other or base, other_args), other or base, prefix="exam/")
    return TaskAnswers(taught, pool, **given)


@scorer_shown_as("selection_accuracy", "lbt_tasks", {"*": [mean(), stderr()]})
def wrapped_accuracy(wrapping: dict[str, Any]) -> Scorer:
    """`lbt_solvers/selection_accuracy` by the grades of the task's own scorer."""
    kept = _Kept(wrapping)

    async def score(state: TaskState, target: Target) -> Score | None:
        return await selection_accuracy(kept.kind)(state, target)

    return score


@scorer_shown_as("choice", "lbt_tasks", [accuracy(), stderr()])
def wrapped_choice() -> Scorer:
    """Inspect's `choice`, also where options are not marked: a log does not keep which were."""
    own = choice()

    async def score(state: TaskState, target: Target) -> Score | None:
        if all(option.correct is None for option in state.choices):
            found = ChoiceAnswers().extract(state.output.completion, problem=problem_of(state))
            mark_choices(state, found.answer)
        return await own(state, target)

    return score


class _Kept:
    """The answers of a run, or those that are loaded when the first sample is scored."""

    def __init__(self, wrapping: Mapping[str, Any]) -> None:
        self._wrapping = wrapping
        self._kind = wrapping.kind if isinstance(wrapping, Wrapping) else None

    @property
    def kind(self) -> TaskAnswers:
        if self._kind is None:
            self._kind = answers_of(self._wrapping)
        return self._kind
