"""Optimising in-context examples by teaching (method M3): a pure core around model calls.

    task = ExampleTask("fallacy", "Is this text a faulty generalization?", ("Yes", "No"), positive="Yes")
    run = Optimisation(Options(rounds=3), train, SetRules(8, task.labels), task, students=("student",))
    beam = await run.begin(backend)

`optimise` has the rounds, `steps` and `evaluators` what they are made of, `parsing` and `validation` the way from a
model's reply to examples, `prompts` the texts. `lbt_tasks/examples` runs it on Inspect.
"""

from lbt_solvers.examples.evaluators import planned_answers
from lbt_solvers.examples.metrics import measure
from lbt_solvers.examples.optimise import ModelBackend, Optimisation, RoundReport
from lbt_solvers.examples.options import Options, options_of
from lbt_solvers.examples.types import DataRow, Example, ExampleSet, ExampleTask, NotEnoughDataError, Prediction
from lbt_solvers.examples.validation import SetRules

__all__ = [
    "DataRow",
    "Example",
    "ExampleSet",
    "ExampleTask",
    "ModelBackend",
    "NotEnoughDataError",
    "Optimisation",
    "Options",
    "Prediction",
    "RoundReport",
    "SetRules",
    "measure",
    "options_of",
    "planned_answers",
]
