"""Curves and costs as tables in the terminal.

print_runs(read_runs("logs/demos/2026-01-01_demos.eval"))
"""

import sys
from math import isnan
from typing import Any

from rich.console import Console
from rich.table import Table

from lbt_solvers.demos import DemoTask
from lbt_solvers.statistics import Interval
from lbt_tasks.demos.curves import ArmRun, Runs, curves_of, differences, gains, usage_of
from lbt_tasks.demos.export import ARM_NAMES, measure_name
from lbt_tasks.demos.solver import faults_of


def print_runs(runs: Runs, console: Console | None = None) -> None:
    """Test measure by round and arm, gains, costs, and what was counted as wrong."""
    to = console or Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    if runs.finished:
        _print_curves(runs, to)
        _print_costs(runs, to)
    if runs.errors:
        to.print(f"{len(runs.errors)} runs ended with an error; the first: {runs.errors[0]}", markup=False)


def _print_curves(runs: Runs, console: Console) -> None:
    task: DemoTask = runs.finished[0].record.demo_task()
    curves = curves_of(runs.finished)
    rounds = max(map(len, curves.values()))
    table = Table(title=f"{runs.task}: {measure_name(task)}, in %, [95 % interval over seeds]", title_justify="left")
    table.add_column("students", no_wrap=True)
    table.add_column("seeds", justify="right")
    for number in range(rounds):
        table.add_column(f"round {number}", justify="right", no_wrap=True)
    for arm, points in curves.items():
        seeds = sum(run.record.arm == arm for run in runs.finished)
        table.add_row(ARM_NAMES.get(arm, arm), str(seeds), *[_cell(point) for point in points])
    console.print(table)
    console.print(
        "Round 0: the teacher with its first set of demonstrations. Later rounds: with the set that did best on\n"
        "training rows, rewritten because of the students' errors (without students: the teacher's own).\n"
    )
    for arm, gain in gains(runs.finished).items():
        console.print(f"{ARM_NAMES.get(arm, arm)}: last round minus first {_signed(gain)} points")
    for arm, difference in differences(runs.finished).items():
        console.print(
            f"{ARM_NAMES.get(arm, arm)} minus no student, last round, paired by seed: {_signed(difference)} points"
        )


def _print_costs(runs: Runs, console: Console) -> None:
    console.print("\nWhat it cost, and what was counted as wrong, in all seeds together:")
    for arm, roles in usage_of(runs.finished).items():
        console.print(f"{ARM_NAMES.get(arm, arm)}:")
        for role, used in roles.items():
            tokens = f"{used['input_tokens']:,} tokens read, {used['output_tokens']:,} written"
            console.print(f"  {role}: {used['calls']:,} calls, {tokens}")
        for fault, count in sorted(_faults(runs, arm).items()):
            console.print(f"  counted: {count:,} x {fault}")
    for stopped in [run for run in runs.finished if run.record.stopped]:
        console.print(f"{_name(stopped)} ended early: {stopped.record.stopped}")


def _faults(runs: Runs, arm: str) -> Any:
    total: dict[str, int] = {}
    for run in runs.finished:
        if run.record.arm == arm:
            for fault, count in faults_of(run.record).items():
                total[fault] = total.get(fault, 0) + count
    return total


def _name(run: ArmRun) -> str:
    return f"{ARM_NAMES.get(run.record.arm, run.record.arm)}, seed {run.record.seed}"


def _cell(point: Interval) -> str:
    bounds = "" if isnan(point.low) else f" [{100 * point.low:.1f}, {100 * point.high:.1f}]"
    return f"{100 * point.mean:.1f}{bounds}"


def _signed(point: Interval) -> str:
    bounds = "" if isnan(point.low) else f" [{100 * point.low:+.1f}, {100 * point.high:+.1f}]"
    return f"{100 * point.mean:+.1f}{bounds}"
