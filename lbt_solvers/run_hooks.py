"""What Inspect tells a run beyond its samples: how many problems there will be.

    follow_runs()    # by the solver, when it is made

Inspect instantiates a hook where its module is imported, and names in every run the hooks that it found at its start,
so this module brings the hook only where a run of Learning by Teaching is on its way.
"""

from functools import cache

from inspect_ai.hooks import Hooks, TaskStart, hooks

from lbt_solvers.progress import RUN_PROGRESS

_TEACHING = ("lbt_solvers/teach", "lbt_solvers/learn_by_teaching")


@cache
def follow_runs() -> None:
    """From now on the run's progress knows how many problems are to come; once is enough."""
    hooks(name="lbt_progress", description="Tells how long Learning by Teaching still takes.")(_Progress)


class _Progress(Hooks):
    async def on_task_start(self, data: TaskStart) -> None:
        if any(step.solver in _TEACHING for step in data.plan.steps):
            RUN_PROGRESS.expect(len(data.spec.dataset.sample_ids or []) * (data.spec.config.epochs or 1))
