"""Summaries as a table on the terminal, as JSON, or as CSV.

    print_table([summary], Console())
    print(as_json([summary]))

JSON holds one object per log (a list when there are several), with one object per rule under `greedy`, `maj`, `max`,
`sum`, `avg`, `oracle` and `control`: `accuracy` in [0, 1], `interval` (95 %), `n`, and the comparison with MAJ.
"""

import csv
import io
import json
from collections.abc import Sequence
from math import isnan
from typing import Any

from rich.console import Console
from rich.table import Table

from lbt_tasks.report.summary import RuleSummary, Summary

LABELS = {
    "greedy": "greedy: one answer at temperature 0",
    "maj": "MAJ: majority vote (self-consistency)",
    "max": "MAX: best LbT score",
    "sum": "SUM: vote weighted by LbT scores",
    "avg": "AVG: best mean LbT score",
    "oracle": "oracle: any rationale is right",
    "control": "exam accuracy without a demonstration",
}


def print_table(summaries: Sequence[Summary], console: Console) -> None:
    """One table for all logs, then per log what it cost and what a reader should know."""
    table = Table(title=None, pad_edge=False, box=None, header_style="bold")
    table.add_column("")
    for summary in summaries:
        table.add_column(f"{_name(summary)}\naccuracy % [95 % interval]", justify="right")
        table.add_column("against MAJ\nwon:lost, p", justify="right")
    for rule, label in LABELS.items():
        if any(rule in summary.rules for summary in summaries):
            table.add_row(label, *[cell for summary in summaries for cell in _cells(summary.rules.get(rule))])
    table.add_row("exam accuracy with a demonstration", *_taught_cells(summaries))
    console.print(table)
    for summary in summaries:
        _print_costs(summary, console)


def as_json(summaries: Sequence[Summary]) -> str:
    """One object, or a list of objects where there are several logs."""
    objects = [_object(summary) for summary in summaries]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2)


def as_csv(summaries: Sequence[Summary]) -> str:
    """One row per log and rule."""
    out = io.StringIO()
    columns = ["log", "task", "rule", "accuracy", "low", "high", "n", "minus_maj", "won", "lost", "p"]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for summary in summaries:
        for name, rule in summary.rules.items():
            row = {"log": summary.run.log, "task": summary.run.task, "rule": name, "accuracy": rule.accuracy}
            row |= {"low": rule.interval[0], "high": rule.interval[1], "n": rule.n}
            if rule.difference and rule.test:
                row |= {"minus_maj": rule.difference.mean, "won": rule.test.only_a, "lost": rule.test.only_b}
                row |= {"p": rule.test.p}
            writer.writerow({key: "" if _is_nan(value) else value for key, value in row.items()})
    return out.getvalue()


def _object(summary: Summary) -> dict[str, Any]:
    rules = {name: _rule_object(rule) for name, rule in summary.rules.items()}
    run = summary.run
    about = {"log": run.log, "task": run.task, "models": dict(run.models), "samples": len(run.problems)}
    about |= {"errors": list(run.errors), "taught_exam_accuracy": _finite(summary.taught), "cost": dict(run.usage)}
    return {**rules, **about}


def _rule_object(rule: RuleSummary) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "accuracy": rule.accuracy,
        "interval": [_finite(bound) for bound in rule.interval],
        "n": rule.n,
    }
    if rule.difference and rule.test:
        bounds = [_finite(rule.difference.low), _finite(rule.difference.high)]
        versus = {"difference": rule.difference.mean, "interval": bounds, "won": rule.test.only_a}
        numbers["against_maj"] = {**versus, "lost": rule.test.only_b, "p": rule.test.p}
    return numbers


def _cells(rule: RuleSummary | None) -> tuple[str, str]:
    if rule is None:
        return "", ""
    low, high = rule.interval
    bounds = "" if isnan(low) else f" [{100 * low:4.1f}, {100 * high:4.1f}]"
    accuracy = f"{100 * rule.accuracy:.1f}{bounds}"
    return accuracy, f"{rule.test.only_a}:{rule.test.only_b}, {_p(rule.test.p)}" if rule.test else ""


def _taught_cells(summaries: Sequence[Summary]) -> list[str]:
    texts = ["" if isnan(summary.taught) else f"{100 * summary.taught:.1f}" for summary in summaries]
    return [cell for text in texts for cell in (text, "")]


def _print_costs(summary: Summary, console: Console) -> None:
    run = summary.run
    console.print(
        f"\n{_name(summary)}: {len(set(run.problems))} problems, status {run.status}, {run.log}", soft_wrap=True
    )
    for role, used in run.usage.items():
        tokens = f"{used['input_tokens']:,} tokens read, {used['output_tokens']:,} written"
        console.print(f"  {role}: {used['calls']:,} calls, {tokens}", soft_wrap=True)
    for rule in ("sum", "max"):
        if (found := summary.rules.get(rule)) and found.difference:
            gain = found.difference
            bounds = "" if isnan(gain.low) else f" [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
            console.print(f"  {rule.upper()} - MAJ: {100 * gain.mean:+.1f} points{bounds}")
    if run.errors:
        console.print(f"  {len(run.errors)} errored samples are not in the table; the first: {run.errors[0]}")


def _name(summary: Summary) -> str:
    return summary.run.task.split("/")[-1]


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}"


def _finite(value: float) -> float | None:
    return None if isnan(value) else value


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and isnan(value)
