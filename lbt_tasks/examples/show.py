"""Curves and costs as tables in the terminal.

print_runs(read_runs("logs/demos/2026-01-01_examples.eval"))
"""

from typing import Any

from lbt_solvers.examples import ExampleTask
from lbt_solvers.tables import Table, calls_and_tokens, percent, points, say
from lbt_tasks.examples.curves import ArmRun, Runs, curves_of, differences, gains, usage_of
from lbt_tasks.examples.export import ARM_NAMES, measure_name
from lbt_tasks.examples.solver import faults_of


def print_runs(runs: Runs) -> None:
    """Test measure by round and arm, gains, costs, and what was counted as wrong."""
    if runs.finished:
        _print_curves(runs)
        _print_costs(runs)
    if runs.errors:
        say(f"{len(runs.errors)} runs ended with an error; the first: {runs.errors[0]}")


def _print_curves(runs: Runs) -> None:
    task: ExampleTask = runs.finished[0].record.example_task()
    curves = curves_of(runs.finished)
    rounds = max(map(len, curves.values()))
    rows = [
        [
            ARM_NAMES.get(arm, arm),
            str(sum(run.record.arm == arm for run in runs.finished)),
            *map(percent, curve),
            *[""] * (rounds - len(curve)),
        ]
        for arm, curve in curves.items()
    ]
    say(f"{runs.task}: {measure_name(task)}, in %, [95 % interval over seeds]\n")
    Table(["students", "seeds", *(f"round {number}" for number in range(rounds))], rows).show()
    say(
        "\nRound 0: the teacher with its first set of examples. Later rounds: with the set that did best on\n"
        "training rows, rewritten because of the students' errors (without students: the teacher's own).\n"
    )
    for arm, gain in gains(runs.finished).items():
        say(f"{ARM_NAMES.get(arm, arm)}: last round minus first {points(gain)} points")
    for arm, difference in differences(runs.finished).items():
        say(f"{ARM_NAMES.get(arm, arm)} minus no student, last round, paired by seed: {points(difference)} points")


def _print_costs(runs: Runs) -> None:
    say("\nWhat it cost, and what was counted as wrong, in all seeds together:")
    for arm, roles in usage_of(runs.finished).items():
        say(f"{ARM_NAMES.get(arm, arm)}:")
        for role, used in roles.items():
            say(f"  {role}: {calls_and_tokens(used)}")
        for fault, count in sorted(_faults(runs, arm).items()):
            say(f"  counted: {count:,} x {fault}")
    for stopped in [run for run in runs.finished if run.record.stopped]:
        say(f"{_name(stopped)} ended early: {stopped.record.stopped}")


def _faults(runs: Runs, arm: str) -> Any:
    total: dict[str, int] = {}
    for run in runs.finished:
        if run.record.arm == arm:
            for fault, count in faults_of(run.record).items():
                total[fault] = total.get(fault, 0) + count
    return total


def _name(run: ArmRun) -> str:
    return f"{ARM_NAMES.get(run.record.arm, run.record.arm)}, seed {run.record.seed}"
