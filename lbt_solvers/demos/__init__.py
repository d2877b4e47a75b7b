"""Optimising in-context examples by teaching (method M3): a pure core around model calls.

    task = DemoTask("fallacy", "Is this text a faulty generalization?", ("Yes", "No"), positive="Yes")
    run = Optimisation(Options(rounds=3), train, SetRules(8, task.labels), task, students=("student",))
    beam = await run.begin(world)

`optimise` has the rounds, `steps` and `evaluators` what they are made of, `parsing` and `validation` the way from a
model's reply to demonstrations, `prompts` the texts. `lbt_tasks/demos` runs it on Inspect.
"""

from lbt_solvers.demos.evaluators import planned_answers
from lbt_solvers.demos.metrics import measure
from lbt_solvers.demos.optimise import Optimisation, Report, World
from lbt_solvers.demos.options import Options, options_of
from lbt_solvers.demos.types import Demo, DemoSet, DemoTask, NotEnoughDataError, Prediction, Row
from lbt_solvers.demos.validation import SetRules

__all__ = [
    "Demo",
    "DemoSet",
    "DemoTask",
    "NotEnoughDataError",
    "Optimisation",
    "Options",
    "Prediction",
    "Report",
    "Row",
    "SetRules",
    "World",
    "measure",
    "options_of",
    "planned_answers",
]
