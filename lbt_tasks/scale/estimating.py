"""What a run will take before it is paid for: `lbt scale TASK -T estimate=true ...`.

    print(await estimate(given))

The task's own estimate makes a handful of calls on its first problems; what it finds is told of all of them.
"""

from io import StringIO

from inspect_ai.solver import TaskState
from rich.console import Console

from lbt_solvers._compat import task_arguments
from lbt_solvers.errors import usage_errors
from lbt_solvers.estimate.measure import problems_to_measure
from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.estimate.table import print_estimate
from lbt_tasks.scale.arguments import Arguments, servers_of, task_of
from lbt_tasks.scale.journal import Journal
from lbt_tasks.scale.problems import new_state, no_generate, solvers_of
from lbt_tasks.scale.served_api import PROBLEM, ProblemCalls


async def estimate(given: Arguments) -> str:
    """The table of the estimate. Nothing is written.

    Raises:
        UsageError: an option that cannot work, or no reply.
    """
    with usage_errors():
        count = problems_to_measure(task_arguments(given.options)["estimate"])
    servers = servers_of(given)
    task, samples = task_of(given, servers)
    states: list[TaskState] = []
    async with servers:
        for sample in samples[:count]:
            PROBLEM.set(ProblemCalls(str(sample.id), Journal()))
            state = await new_state(sample)
            for step in solvers_of(task):
                state = await step(state, no_generate)
            states.append(state)
    measured = [state.store_as(MeasuredProblem) for state in states]
    said = StringIO()
    print_estimate(task.name, [*measured, *_others(len(samples) - len(states))], Console(file=said, width=100))
    return said.getvalue().strip()


def _others(count: int) -> list[MeasuredProblem]:
    """Those of which nothing is told."""
    return [MeasuredProblem() for _ in range(count)]
