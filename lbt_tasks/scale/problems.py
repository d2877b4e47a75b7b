"""One problem of a task, taught, examined and graded by the task's own solver and scorer, without an Inspect log.

    work = Work.of(task)
    values = await work.do(sample, journal)      # as a sample of a log: id, input, target, scores, store, error

The solver and the scorer are those that `inspect eval` would run; nothing of the method is written a second time.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageUser, ModelName
from inspect_ai.scorer import Score, Scorer, Target
from inspect_ai.solver import Solver, TaskState
from inspect_ai.util import registry_info
from pydantic_core import to_jsonable_python

from lbt_solvers._compat import forget_events
from lbt_solvers.concurrency import AT_ONCE
from lbt_solvers.errors import PrerequisiteError, UsageError
from lbt_solvers.exam_transcript import TRANSCRIPT_IS_READ
from lbt_solvers.media import with_media
from lbt_solvers.record import GRADING, GradingTime
from lbt_tasks.scale.journal import Journal
from lbt_tasks.scale.served_api import PROBLEM, ProblemCalls

Stage = Literal["all", "teach", "examine"]
Values = dict[str, Any]
"""A sample as a log has it, with `failures`: why calls had no reply, by their names."""
_EXAMINE = "lbt_solvers/examine"


@dataclass(frozen=True, slots=True)
class Work:
    """What a task does with a sample."""

    steps: Sequence[Solver]
    scorers: Mapping[str, Scorer]
    stage: Stage = "all"
    at_once: int = 64
    """Calls of a problem, and so of the whole run, which has no room for more."""

    @classmethod
    def of(cls, task: Task, stage: Stage = "all", at_once: int = 64) -> "Work":
        """The solver and the scorers of a task.

        Raises:
            UsageError: the task needs what only Inspect has.
        """
        needs = {"a sandbox": task.sandbox, "epochs": (task.epochs or 1) != 1, "a sandbox of samples": _sandboxes(task)}
        if lacking := [name for name, given in needs.items() if given]:
            raise UsageError(f"{task.name} needs {lacking[0]}, which lbt scale has not: run it with inspect eval.")
        steps = solvers_of(task)
        if _EXAMINE not in map(_name, steps):
            raise UsageError(f"{task.name}: a task with the solver learn_by_teaching was needed, found none in it.")
        return cls(steps, {_name(each).rpartition("/")[2]: each for each in task.scorer or []}, stage, at_once)

    async def do(self, sample: Sample, journal: Journal, taught: Mapping[str, Any] | None = None) -> Values:
        """The sample after this stage, to be run in a context of its own.

        Args:
            sample: With its id.
            journal: Of its shard.
            taught: The store that the stage `teach` left.

        Raises:
            UsageError: the run makes no sense; any other failure is the sample's `error`.
        """
        forget_events()
        TRANSCRIPT_IS_READ.set(False)
        AT_ONCE.set(self.at_once)
        calls = ProblemCalls(str(sample.id), journal)
        PROBLEM.set(calls)
        state, scores, error = await new_state(sample, taught), dict[str, Score](), ""
        try:
            for step in self._of_stage():
                state = await step(state, no_generate)
            if self.stage != "teach":
                found = {name: await scorer(state, state.target) for name, scorer in self.scorers.items()}
                scores = {name: score for name, score in found.items() if score is not None}
        except PrerequisiteError:
            raise
        except Exception as failure:  # of a model, a grader, a task's own code: the sample's, and no other's
            last = next(reversed(calls.failures.values()), "")
            error = f"{failure}" + (f" The last call that failed: {last}" if last else "")
        return {
            "id": sample.id,
            "epoch": 1,
            "input": to_jsonable_python(sample.input),
            "choices": sample.choices,
            "target": sample.target,
            "metadata": to_jsonable_python(sample.metadata or {}),
            "store": _kept(state),
            "scores": {name: _without_times(to_jsonable_python(score)) for name, score in scores.items()},
            "error": error,
            "failures": calls.failures,
        }

    def _of_stage(self) -> Sequence[Solver]:
        at = list(map(_name, self.steps)).index(_EXAMINE)
        return {"all": self.steps, "teach": self.steps[:at], "examine": self.steps[at:]}[self.stage]


async def new_state(sample: Sample, taught: Mapping[str, Any] | None = None) -> TaskState:
    """The sample before its solver; with the store that an earlier stage left."""
    given: list[ChatMessage] = (
        [ChatMessageUser(content=sample.input)]
        if isinstance(sample.input, str)
        else [await with_media(message) for message in sample.input]
    )
    return TaskState(
        model=ModelName("lbt/scale"),
        sample_id=sample.id if sample.id is not None else "",
        epoch=1,
        input=sample.input,
        messages=given,
        target=Target(sample.target),
        choices=sample.choices,
        metadata=deepcopy(sample.metadata or {}),
        store=dict(taught or {}),
    )


def _without_times(score: dict[str, Any]) -> dict[str, Any]:
    """Neither what grading took nor how often it was asked for, which are another run's other numbers."""
    about: dict[str, Any] | None = score["metadata"]
    return {**score, "metadata": about and {name: value for name, value in about.items() if name != GRADING}}


def _kept(state: TaskState) -> dict[str, Any]:
    """What the solvers left, but for seconds: the same run writes the same tables."""
    seconds = f"{GradingTime.__name__}:"
    return to_jsonable_python({name: value for name, value in state.store.items() if not name.startswith(seconds)})


async def no_generate(state: TaskState, *_: Any, **__: Any) -> TaskState:
    """In place of Inspect's, which generates one reply.

    Raises:
        UsageError: always.
    """
    raise UsageError(f"Sample {state.sample_id}: its solver generates by itself, which lbt scale cannot do.")


def solvers_of(task: Task) -> list[Solver]:
    """What is run on a sample, step by step."""
    return _steps([task.setup, task.solver])


def _steps(given: Any) -> list[Solver]:
    """Solvers in a row, chains taken apart."""
    if given is None:
        return []
    return [step for each in given for step in _steps(each)] if isinstance(given, Sequence) else [given]


def _name(step: Any) -> str:
    return registry_info(step).name


def _sandboxes(task: Task) -> bool:
    return any(sample.sandbox for sample in task.dataset)
