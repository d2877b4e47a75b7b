"""Summaries as a table on the terminal, as JSON, or as CSV.

    print_table([summary], Console())
    print(as_json([summary]))

JSON holds one object per log (a list when there are several), with one object per rule under `greedy`, `maj`, `max`,
`sum`, `avg`, `oracle` and `control`: `accuracy` in [0, 1], `interval` (95 %), `n`, and the comparison with MAJ. Logs of
programs have the columns of `lbt_tasks.code_columns` instead, compared with the mean of all samples.
"""

import csv
import io
import json
from collections.abc import Sequence
from math import isnan
from typing import Any

from rich.console import Console
from rich.table import Table

from lbt_solvers.statistics import Interval
from lbt_tasks.report.label_free import TITLES, label_object, label_summary, loss_cells, loss_object, losses, said
from lbt_tasks.report.layouts import CONTROL, Layout, Side
from lbt_tasks.report.summary import RuleSummary, Summary


def print_table(summaries: Sequence[Summary], console: Console) -> None:
    """One table for all logs of one kind, then per log what it cost and what a reader should know."""
    for layout in dict.fromkeys(summary.run.layout.scorer for summary in summaries):
        _print_layout([summary for summary in summaries if summary.run.layout.scorer == layout], console)
    for summary in summaries:
        _print_costs(summary, console)
    _print_losses(summaries, console)


def _print_layout(summaries: Sequence[Summary], console: Console) -> None:
    layout = summaries[0].run.layout
    sides = [(summary, side) for summary in summaries for side in layout.sides if _has(summary, layout, side)]
    table = Table(title=None, pad_edge=False, box=None, header_style="bold")
    table.add_column("")
    for summary, side in sides:
        table.add_column(f"{_name(summary)}\n{side.title} [95 % interval]", justify="right")
        if side.compared:
            against = "against MAJ\nwon:lost, p" if layout.exact_test else f"minus {layout.baseline}\n[95 % interval]"
            table.add_column(against, justify="right")
    for row, label in layout.labels.items():
        cells = [_side_cells(summary.rules.get(_column(row, side, layout)), side) for summary, side in sides]
        if any(any(pair) for pair in cells):
            table.add_row(label, *[cell for pair in cells for cell in pair])
    taught = [("",) * (1 + side.compared) for _, side in sides]
    for at, (summary, side) in enumerate(sides):
        if side == layout.sides[0] and not isnan(summary.taught):
            taught[at] = (f"{100 * summary.taught:.1f}", *taught[at][1:])
    if any(any(pair) for pair in taught):
        table.add_row("exam accuracy with a demonstration", *[cell for pair in taught for cell in pair])
    console.print(table)


def _print_losses(summaries: Sequence[Summary], console: Console) -> None:
    for loss in losses(summaries):
        console.print(
            f"\nLabel-free exams beside exams with gold answers: {loss.problems} problems, the same rationales in "
            f"{loss.same_rationales}\n  {loss.label_free}\n  {loss.labelled}",
            soft_wrap=True,
        )
        table = Table(pad_edge=False, box=None, header_style="bold")
        for title in TITLES:
            table.add_column(title, justify="right" if title else "left")
        for row in loss.rows:
            table.add_row(*loss_cells(row))
        console.print(table)


def _has(summary: Summary, layout: Layout, side: Side) -> bool:
    return any(side.prefix + row in summary.rules for row in layout.labels) or side == layout.sides[0]


def _column(row: str, side: Side, layout: Layout) -> str:
    """The scorer's column of a row; the control has no sides and stands with the first."""
    if row == CONTROL:
        return row if side == layout.sides[0] else ""
    return side.prefix + row


def _side_cells(rule: RuleSummary | None, side: Side) -> tuple[str, ...]:
    return _cells(rule) if side.compared else _cells(rule)[:1]


def as_json(summaries: Sequence[Summary]) -> str:
    """One object, or a list of objects where there are several logs."""
    beside = list(losses(summaries))
    objects = [_object(summary) for summary in summaries]
    for found in objects:
        if mine := [loss_object(loss) for loss in beside if loss.label_free == found["log"]]:
            found["beside_gold_answers"] = mine
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2)


def as_csv(summaries: Sequence[Summary]) -> str:
    """One row per log and rule."""
    out = io.StringIO()
    columns = ["log", "task", "rule", "accuracy", "low", "high", "n", "minus_maj", "won", "lost", "p"]
    if any(not summary.run.layout.exact_test for summary in summaries):
        columns += ["minus_mean", "minus_mean_low", "minus_mean_high"]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for summary in summaries:
        for name, rule in summary.rules.items():
            row = {"log": summary.run.log, "task": summary.run.task, "rule": name, "accuracy": rule.accuracy}
            row |= {"low": rule.interval[0], "high": rule.interval[1], "n": rule.n}
            if rule.difference and rule.test:
                row |= {"minus_maj": rule.difference.mean, "won": rule.test.only_a, "lost": rule.test.only_b}
                row |= {"p": rule.test.p}
            elif rule.difference:
                row |= {"minus_mean": rule.difference.mean}
                row |= {"minus_mean_low": rule.difference.low, "minus_mean_high": rule.difference.high}
            writer.writerow({key: "" if _is_nan(value) else value for key, value in row.items()})
    return out.getvalue()


def _object(summary: Summary) -> dict[str, Any]:
    baseline = summary.run.layout.baseline
    rules = {name: _rule_object(rule, baseline) for name, rule in summary.rules.items()}
    run = summary.run
    about = {"log": run.log, "task": run.task, "models": dict(run.models), "samples": len(run.problems)}
    about |= {"errors": list(run.errors), "taught_exam_accuracy": _finite(summary.taught), "cost": dict(run.usage)}
    if run.grading:
        about["grading"] = run.grading._asdict()
    if run.spent:
        about["budget"] = run.spent._asdict()
    if labels := label_summary(run):
        about["labels"] = label_object(labels)
    return {**rules, **about}


def _rule_object(rule: RuleSummary, baseline: str) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "accuracy": rule.accuracy,
        "interval": [_finite(bound) for bound in rule.interval],
        "n": rule.n,
    }
    if rule.difference:
        bounds = [_finite(rule.difference.low), _finite(rule.difference.high)]
        test = {"won": rule.test.only_a, "lost": rule.test.only_b, "p": rule.test.p} if rule.test else {}
        numbers[f"against_{baseline}"] = {"difference": rule.difference.mean, "interval": bounds, **test}
    return numbers


def _cells(rule: RuleSummary | None) -> tuple[str, str]:
    if rule is None:
        return "", ""
    low, high = rule.interval
    bounds = "" if isnan(low) else f" [{100 * low:4.1f}, {100 * high:4.1f}]"
    accuracy = f"{100 * rule.accuracy:.1f}{bounds}"
    if rule.test:
        return accuracy, f"{rule.test.only_a}:{rule.test.only_b}, {_p(rule.test.p)}"
    return accuracy, _difference(rule.difference) if rule.difference else ""


def _difference(gain: Interval) -> str:
    bounds = "" if isnan(gain.low) else f" [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
    return f"{100 * gain.mean:+.1f}{bounds}"


def _print_costs(summary: Summary, console: Console) -> None:
    run = summary.run
    console.print(
        f"\n{_name(summary)}: {len(set(run.problems))} problems, status {run.status}, {run.log}", soft_wrap=True
    )
    for role, used in run.usage.items():
        tokens = f"{used['input_tokens']:,} tokens read, {used['output_tokens']:,} written"
        console.print(f"  {role}: {used['calls']:,} calls, {tokens}", soft_wrap=True)
    if run.spent:
        console.print(f"  {run.spent.said()}; -T budget=none sits them whole, for calibration, replay and pairs")
    if labels := label_summary(run):
        console.print(f"  {said(labels)}", soft_wrap=True)
    for rule in run.layout.gains:
        if (found := summary.rules.get(rule)) and found.difference:
            points, *bounds = _difference(found.difference).split(" ", 1)
            console.print(f"  {_compared(rule, run.layout)}: {' '.join([f'{points} points', *bounds])}")
    if grading := run.grading:
        share = 100 * grading.waited / grading.seconds if grading.seconds else 0.0
        console.print(
            f"  grading: {grading.graded:,} programs run for {grading.asked:,} grades; "
            f"samples waited {grading.waited:.1f} s of {grading.seconds:.1f} s for them ({share:.1f} %)",
            soft_wrap=True,
        )
    if run.errors:
        console.print(f"  {len(run.errors)} errored samples are not in the table; the first: {run.errors[0]}")


def _compared(column: str, layout: Layout) -> str:
    side = next(side for side in layout.sides if column.startswith(side.prefix))
    on = f", {side.title.removesuffix(' %')}" if side.prefix else ""
    return f"{column.removeprefix(side.prefix).upper()} - {layout.baseline.upper()}{on}"


def _name(summary: Summary) -> str:
    return summary.run.task.split("/")[-1]


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}"


def _finite(value: float) -> float | None:
    return None if isnan(value) else value


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and isnan(value)
