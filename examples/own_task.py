"""An Inspect task of your own, as it is without this project, and how it is run with it.

inspect eval examples/own_task.py --model openai/gpt-4o-mini                                   # as it is
inspect eval lbt_tasks/wrap -T base=examples/own_task.py@sums --model openai/gpt-4o-mini       # taught and examined
"""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate


@task
def sums() -> Task:
    """Twelve sums."""
    samples = [Sample(id=n, input=f"Compute {n} plus {n + 4}.", target=str(2 * n + 4)) for n in range(1, 13)]
    return Task(dataset=samples, solver=generate(), scorer=match(numeric=True))
