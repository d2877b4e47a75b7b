"""What the commands show: a progress bar on standard error, tables and figures on standard output.

with progress_bar("Grading", total=164) as advance:
    advance(10)    # ten are done
"""

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from lbt_sandbox.attack_matrix import GROUP, matrix_size
from lbt_sandbox.attack_suite import STALL_SECONDS
from lbt_sandbox.attack_types import AttackResult, Status
from lbt_sandbox.grading_run import Summary, pass_rates
from lbt_sandbox.texts import visible

SHOWN_LINES = 20


@contextmanager
def progress_bar(title: str, total: int, done: int = 0) -> Generator[Callable[[int], None]]:
    """A bar on standard error, if that is a terminal; gives a function that takes how many are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total, completed=done)
        yield lambda count: progress.update(task, completed=count)


def print_left_out(lines: Sequence[str]) -> None:
    """Lines of the input that cannot be graded, on standard error."""
    for line in lines[:SHOWN_LINES]:
        click.echo(f"Left out: {visible(line)}", err=True)
    if len(lines) > SHOWN_LINES:
        click.echo(f"Left out: {len(lines) - SHOWN_LINES} more lines.", err=True)


def print_summary(summary: Summary, ks: Sequence[int]) -> None:
    """Counts of the verdicts, then pass@k with its interval."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in summary.verdicts.most_common())
    click.echo(
        f"{sum(summary.verdicts.values())} solutions of {len(summary.outcomes)} tasks: {counts or 'none graded'}"
    )
    if summary.ungraded:
        click.echo(f"{summary.ungraded} solutions have no verdict: their problems cannot be graded (see 'message').")
    if summary.failed:
        click.echo(f"{summary.failed} solutions have no verdict: the grader itself failed (IE, see 'message').")
    for rate in pass_rates(summary, ks):
        if isinstance(rate, str):
            click.echo(visible(rate))
        else:
            interval = f"[{rate.low:.3f}, {rate.high:.3f}]"
            click.echo(f"pass@{rate.k} {rate.value:.3f}  95 % interval {interval} over {rate.tasks} tasks")


def attack_summary(total: int, counts: Mapping[Status, int]) -> str:
    """The line that `attack` ends with."""
    stalled = f"{counts[Status.STALLED]} stalled over {STALL_SECONDS:.0f} s"
    passed, disturbed, crashed = (counts[status] for status in (Status.PASSED, Status.DISTURBED, Status.CRASHED))
    return f"{total} attacks: {passed} passed, {disturbed} disturbed, {stalled}, {crashed} crashed"


def print_attacks(results: Sequence[AttackResult], verbose: bool) -> None:
    """A row for each line of what is enforced, and one for every attack that was not held (or every attack)."""
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table("enforced", "attacks", *(status.lower() for status in Status))
    for enforced in dict.fromkeys(result.attack.enforced for result in results):
        statuses = [result.status for result in results if result.attack.enforced == enforced]
        counts = [str(statuses.count(status)) for status in Status]
        table.add_row(enforced, str(len(statuses)), *counts)
    console.print(table)
    if any(result.attack.enforced == GROUP for result in results):
        console.print(f"{GROUP}: {matrix_size()}")
    shown = [result for result in results if verbose or result.status is not Status.HELD]
    if shown:
        details = Table("attack", "status", "verdict", "allowed", "why")
        for result in shown:
            allowed = "/".join(sorted(result.attack.verdicts))
            cells = (result.attack.name, result.status, result.verdict, allowed, result.reason)
            details.add_row(*map(escape, cells))  # what programs say is no markup
        console.print(details)
