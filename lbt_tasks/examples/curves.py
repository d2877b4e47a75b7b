"""Logs become curves: test F1 by round for every arm, with intervals over seeds.

    curves = curves_of([read_runs("logs/demos/2026-01-01_examples.eval")])
    curves["one_student"][5].mean

The interval is Student's t over seeds (95 %): it covers rows, first sets and sampling, not other data or other models.
Differences between arms are paired by seed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lbt_solvers.errors import UsageError
from lbt_solvers.statistics import Interval, mean_interval
from lbt_tasks.examples.record import ExamplesRecord
from lbt_tasks.examples.scorer import curve_on_test
from lbt_tasks.logs import LoggedSample, open_log


@dataclass(frozen=True, slots=True)
class ArmRun:
    """One finished run."""

    log: str
    record: ExamplesRecord
    curve: tuple[float, ...]
    """The measure on the test rows after round 0, 1, ..."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The finished runs of a log, and what became of the others."""

    log: str
    task: str
    finished: tuple[ArmRun, ...]
    errors: tuple[str, ...]


def read_runs(path: str) -> Runs:
    """The runs of a log.

    Raises:
        UsageError: no Inspect log, or none of this task.
    """
    log = open_log(path)
    samples = list(log.samples()) if log.task == "examples" else []
    finished = [run for sample in samples if not sample.error and (run := _run(sample))]
    errors = tuple(f"{sample.id}: {sample.error}" for sample in samples if sample.error)
    if not finished and not errors:
        raise UsageError(
            f"{path} has no run of lbt_tasks/examples. Make some: inspect eval lbt_tasks/examples --log-dir DIR"
        )
    name = finished[0].record.task["name"] if finished else log.header.eval.task
    return Runs(path, str(name), tuple(finished), errors)


def _run(sample: LoggedSample) -> ArmRun | None:
    record = sample.record(ExamplesRecord)
    return ArmRun(sample.log, record, tuple(curve_on_test(record))) if record.rounds else None


def curves_of(runs: Iterable[ArmRun]) -> dict[str, list[Interval]]:
    """Mean and interval of every arm after every round; runs of another length are compared up to the shortest.

    The measures are shares, so intervals are cut to [0, 1].
    """
    by_arm: dict[str, list[tuple[float, ...]]] = {}
    for run in runs:
        by_arm.setdefault(run.record.arm, []).append(run.curve)
    return {
        arm: [_cut(mean_interval(values)) for values in zip(*curves, strict=False)] for arm, curves in by_arm.items()
    }


def _cut(found: Interval) -> Interval:
    return found if math.isnan(found.low) else Interval(found.mean, max(0.0, found.low), min(1.0, found.high))


def gains(runs: Iterable[ArmRun]) -> dict[str, Interval]:
    """By arm, the last round minus the first, paired within the run."""
    by_arm: dict[str, list[float]] = {}
    for run in runs:
        by_arm.setdefault(run.record.arm, []).append(run.curve[-1] - run.curve[0])
    return {arm: mean_interval(values) for arm, values in by_arm.items()}


def differences(runs: Sequence[ArmRun], baseline: str = "no_student") -> dict[str, Interval]:
    """By arm, its last round minus that of the baseline with the same seed."""
    last = {(run.record.arm, run.record.seed): run.curve[-1] for run in runs}
    found: dict[str, list[float]] = {}
    for (arm, seed), value in last.items():
        if arm != baseline and (baseline, seed) in last:
            found.setdefault(arm, []).append(value - last[baseline, seed])
    return {arm: mean_interval(values) for arm, values in found.items()}


def usage_of(runs: Iterable[ArmRun]) -> dict[str, dict[str, Mapping[str, int]]]:
    """Calls and tokens by arm and role, summed over seeds."""
    total: dict[str, dict[str, dict[str, int]]] = {}
    for run in runs:
        for role, used in run.record.usage.items():
            sums = total.setdefault(run.record.arm, {}).setdefault(role, {})
            for name, count in used.model_dump().items():
                sums[name] = sums.get(name, 0) + count
    return {arm: dict(roles) for arm, roles in total.items()}


def best_run(runs: Sequence[ArmRun]) -> ArmRun:
    """The run whose last beam was best on training rows: tests choose nothing. Ties go to the first."""

    def on_training_rows(run: ArmRun) -> float:
        values = [each.value for each in run.record.rounds[-1].candidates if each.kept and each.value is not None]
        return max(values, default=-math.inf)

    return max(runs, key=on_training_rows)
