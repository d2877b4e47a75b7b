"""What Inspect tells a run beyond its samples: how many problems there will be, and that all is over.

    follow_runs()       # by the solver, when it is made
    show_estimates()    # by the one that measures

Inspect instantiates a hook where its module is imported, and names in every run the hooks that it found at its start,
so this module brings the hook only where a run of Learning by Teaching is on its way.
"""

import shlex
from functools import cache
from math import isnan

from inspect_ai.hooks import Hooks, RunEnd, SampleEnd, TaskStart, hooks
from inspect_ai.util import display_type

from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.estimate.table import print_estimate
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.record import TeachingRecord

MAJ = "maj"
"""Shown beside the run's own rule."""
_TEACHING = "lbt_solvers/teach"


@cache
def follow_runs() -> None:
    """From now on the run's progress knows how many problems are to come; once is enough."""
    hooks(name="lbt_progress", description="Tells how long Learning by Teaching still takes.")(_Progress)


@cache
def show_estimates() -> None:
    """From now on the estimate that a run made is printed at its end; once is enough."""
    hooks(name="lbt_estimate", description="Prints what a run of Learning by Teaching will take.")(_Estimates)


class _Progress(Hooks):
    async def on_task_start(self, data: TaskStart) -> None:
        if any(step.solver == _TEACHING for step in data.plan.steps):
            RUN_PROGRESS.expect(len(data.spec.dataset.sample_ids or []) * (data.spec.config.epochs or 1))

    async def on_sample_end(self, data: SampleEnd) -> None:
        record = data.sample.store_as(TeachingRecord)
        rules = dict.fromkeys((str(record.settings.get("rule", "")), MAJ))
        for score in (data.sample.scores or {}).values():
            values = score.value if isinstance(score.value, dict) else {}
            of_rules = {rule: values.get(rule, values.get(f"s_{rule}")) for rule in rules}  # `s_` of programs
            right = {rule: float(value) for rule, value in of_rules.items() if isinstance(value, int | float)}
            if MAJ in right:
                RUN_PROGRESS.scored({rule: value for rule, value in right.items() if not isnan(value)})
                return

    async def on_run_end(self, data: RunEnd) -> None:
        taught = [log.location for log in data.logs if any(step.solver == _TEACHING for step in log.plan.steps)]
        if taught and display_type() != "none":
            paths = " ".join(shlex.quote(path.removeprefix("file://")) for path in taught)
            print(f"\nWhat came of it: lbt report {paths}")


class _Estimates(Hooks):
    def __init__(self) -> None:
        self._measured: dict[str, list[MeasuredProblem]] = {}

    async def on_sample_end(self, data: SampleEnd) -> None:
        self._measured.setdefault(data.eval_id, []).append(data.sample.store_as(MeasuredProblem))

    async def on_run_end(self, data: RunEnd) -> None:
        for log in data.logs:
            measured = self._measured.pop(log.eval.eval_id, [])
            if log.status == "success":
                print_estimate(log.eval.task, measured)
