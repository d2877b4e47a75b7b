"""Test F1 after every round, from the stored predictions alone; in the log by arm, with standard errors over seeds.

    inspect score LOG --scorer lbt_tasks/examples_f1 --action append --overwrite

Values `round_0`, `round_1`, ...: the measure on the test rows of the best set after that round. A run that ended early
keeps its last set, so its later rounds repeat the value. No model is called.
"""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import TaskState

from lbt_solvers.errors import LbtError
from lbt_solvers.examples import measure
from lbt_tasks.examples.record import ExamplesRecord
from lbt_tasks.examples.solver import faults_of


@metric(name="arm")
def arm() -> Metric:
    """The mean over seeds of every arm, and its standard error."""

    def by_arm(scores: list[SampleScore]) -> Value:
        arms = dict.fromkeys(str((each.sample_metadata or {}).get("arm")) for each in scores)
        values: dict[str, str | int | float | bool | None] = {}
        for name in arms:
            numbers = [each.score.as_float() for each in scores if (each.sample_metadata or {}).get("arm") == name]
            values[name] = fmean(numbers)
            values[f"{name}_stderr"] = stdev(numbers) / math.sqrt(len(numbers)) if len(numbers) > 1 else math.nan
        return values

    return by_arm


@scorer(metrics={"*": [arm()]})
def examples_f1() -> Scorer:
    """F1 (macro where no label is positive, accuracy where answers are open) on the test rows, by round."""

    async def score(state: TaskState, target: Target) -> Score:
        record = state.store_as(ExamplesRecord)
        if not record.rounds:
            why = record.stopped or "run the task first."
            raise LbtError(str(state.sample_id), f"there is no first set of examples: {why}")
        curve = curve_on_test(record)
        faults = faults_of(record)
        return Score(
            value={f"round_{number}": value for number, value in enumerate(curve)},
            answer=f"{curve[-1]:.3f}",
            explanation=_explained(record, curve),
            metadata={"faults": dict(faults), "students": record.students, "stopped": record.stopped},
        )

    return score


def curve_on_test(record: ExamplesRecord) -> list[float]:
    """The measure on the test rows after each round that was asked for."""
    task = record.example_task()
    curve = [measure(record.test_labels, each.on_test(), task) for each in record.rounds]
    missing = int(record.settings.get("rounds", len(curve) - 1)) + 1 - len(curve)
    return curve + curve[-1:] * missing


def _explained(record: ExamplesRecord, curve: Sequence[float]) -> str:
    lines = [f"{record.arm}, seed {record.seed}, students: {', '.join(record.students)}", ""]
    lines += [f"- after round {number}: {value:.3f}" for number, value in enumerate(curve)]
    if record.stopped:
        lines += ["", f"The run ended early: {record.stopped}."]
    lines += [f"- {fault}: {count}" for fault, count in sorted(faults_of(record).items())]
    lines += ["", "Best examples:", ""]
    for number, example in enumerate(record.rounds[-1].best, 1):
        worked = f" {example.rationale}" if example.rationale else ""
        lines.append(f"{number}. {example.text}{worked} **{example.label}**")
    return "\n".join(lines)
