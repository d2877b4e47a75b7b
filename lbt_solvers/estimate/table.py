"""What a run will take, as a reader sees it: by budget, and by role for the budget of the run.

print_estimate("gsm8k", [sample.store_as(MeasuredProblem) for sample in log.samples])
"""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

from lbt_solvers.estimate.projection import Estimate, Share, projected
from lbt_solvers.estimate.ranges import Range, rounded, shown
from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.progress import duration
from lbt_solvers.tables import Table, count_of, say

_NO_PRICE = "no price known"
_TITLES = ("calls", "replies", "tokens read", "tokens written", "time", "cost")


def print_estimate(task: str, samples: Iterable[MeasuredProblem], console: Console | None = None) -> None:
    """Prints the estimate of a run from its samples; nothing where none of them was measured."""
    found = list(samples)
    if not (measured := measured_of(found)):
        return
    estimate = projected(measured, len(found))
    for part in parts(task, estimate, measured):
        if isinstance(part, str):
            say(part, console)
        else:
            part.show(console)


def measured_of(samples: Iterable[MeasuredProblem]) -> list[MeasuredProblem]:
    """Those of which something is told; none where no call was measured."""
    found = [problem for problem in samples if problem.needs]
    return found if any(problem.calls for problem in found) else []


def parts(task: str, estimate: Estimate, measured: Sequence[MeasuredProblem]) -> list[str | Table]:
    """Lines and tables, in their order."""
    own, counted = measured[0].budget, measured[0].counted
    budgets = {f"{name} (this run)" if name == own else name: of["all"] for name, of in estimate.budgets.items()}
    lines: list[str | Table] = [
        "",
        f"Estimate of {task.rpartition('/')[2]}: {count_of(estimate.problems, counted)}, {measured[0].about}",
        f"It rests on {count_of(estimate.calls, 'call')} for {count_of(estimate.measured, counted)}, "
        f"{duration(estimate.seconds)} minutes in all: {estimate.at_a_time:.1f} calls at a time, "
        f"{estimate.per_call:.1f} seconds each. Nothing was scored.",
        "",
        _table("role", estimate.budgets[own], f"With budget={own}" if own else "By role"),
        "",
        *((_table("budget", budgets, "By budget"), "") if len(budgets) > 1 else ()),
        "Time: of model calls alone, from as many of them at a time as the run may have, if they then take no longer, "
        "to as many as were measured.",
    ]
    if notes := dict.fromkeys(note for problem in measured for note in problem.notes):
        lines.append(f"Seen on the way: {'; '.join(notes)}.")
    if any(share.cost is None for share in budgets.values()):
        lines.append("Cost: Inspect knows no price of a model; give one with --model-cost-config.")
    return lines


def rows(estimate: Estimate, own: str) -> list[dict[str, Any]]:
    """One object a budget and role, for another program; ranges as lists."""
    return [
        {
            "budget": budget or None,
            "this_run": budget == own,
            "role": role,
            **{name: list(getattr(share, name)) for name in ("calls", "replies", "read", "written", "seconds")},
            "dollars": None if share.cost is None else list(share.cost),
        }
        for budget, of in estimate.budgets.items()
        for role, share in of.items()
    ]


def _table(first: str, shares: dict[str, Share], title: str) -> Table:
    rows: list[list[str]] = []
    for name, share in shares.items():
        counts = [shown(each) for each in (share.calls, share.replies, share.read, share.written)]
        rows.append([name, *counts, _time(share.seconds), _cost(share.cost)])
    return Table((first, *_TITLES), rows, title=title)


def _time(seconds: Range) -> str:
    low, high = map(_rough, seconds)
    return low if low == high else f"{low} to {high}"


def _rough(seconds: float) -> str:
    """Two digits of it, in the unit in which one says them."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(seconds)} s"


def _cost(cost: Range | None) -> str:
    if cost is None:
        return _NO_PRICE
    low, high = (f"${rounded(each)}" for each in cost)
    return low if low == high else f"{low} to {high}"
