"""Summaries as a table on the terminal, as JSON, or as CSV.

    print_table([summary], terminal())
    print(as_json([summary]))

JSON holds one object per log (a list when there are several), with one object per rule under `greedy`, `maj`, `max`,
`sum`, `avg`, `oracle` and `control`: `accuracy` in [0, 1], `interval` (95 %), `n`, and the comparison with MAJ. Logs of
programs have the columns of `lbt_tasks.code_columns` instead, compared with the mean of all samples.
"""

from collections.abc import Sequence
from math import isnan, nan
from typing import Any

from rich.console import Console

from lbt_solvers.statistics import detectable_difference
from lbt_solvers.tables import (
    Table,
    as_percent,
    calls_and_tokens,
    csv_text,
    json_text,
    p_equals,
    percent,
    points,
    say,
    won_lost,
)
from lbt_tasks.report.label_free import label_line, label_object, label_summary, loss_object, loss_table, losses
from lbt_tasks.report.layouts import Layout, Side
from lbt_tasks.report.scrutiny import scrutinise, scrutiny_lines, scrutiny_object
from lbt_tasks.report.summary import RuleSummary, Run, Summary

DIFFERING = 0.2
"""Share of problems on which two rules are taken to differ in what a run can show."""
FEW = 30
"""Below that intervals hold the truth more often than they say, see docs/statistics.md."""


def print_table(summaries: Sequence[Summary], console: Console) -> None:
    """One table for all logs of one kind, then per log what it cost and what a reader should know."""
    for layout in dict.fromkeys(summary.run.layout.scorer for summary in summaries):
        _layout_table([summary for summary in summaries if summary.run.layout.scorer == layout]).show(console)
    for summary in summaries:
        for line in _costs(summary):
            say(line, console)
    for loss in losses(summaries):
        say(
            f"\nLabel-free exams beside exams with gold answers: {loss.problems} problems, the same rationales in "
            f"{loss.same_rationales}\n  {loss.label_free}\n  {loss.labelled}",
            console,
        )
        loss_table(loss).show(console)


def _layout_table(summaries: Sequence[Summary]) -> Table:
    layout = summaries[0].run.layout
    sides = [(summary, side) for summary in summaries for side in layout.sides if _has(summary, layout, side)]
    titles = [""]
    for summary, side in sides:
        titles.append(f"{_name(summary)}, n = {summary.run.distinct}\n{side.title} [95 % interval]")
        if side.compared:
            titles.append(
                "against MAJ\nwon:lost, p (Holm)" if layout.exact_test else f"minus {layout.baseline}\n[95 % interval]"
            )
    rows: list[list[str]] = []
    for row, label in layout.labels.items():
        rows.append([label])
        for summary, side in sides:
            rows[-1] += _cells(summary.shown(layout.column(row, side)))[: 1 + side.compared]
    rows.append(["exam accuracy with a demonstration"])
    for summary, side in sides:
        known = side == layout.sides[0] and not isnan(summary.taught)
        rows[-1] += [as_percent(summary.taught if known else nan), ""][: 1 + side.compared]
    return Table(titles, [row for row in rows if any(row[1:])])


def _has(summary: Summary, layout: Layout, side: Side) -> bool:
    return any(summary.shown(side.prefix + row) for row in layout.labels) or side == layout.sides[0]


def _cells(rule: RuleSummary | None) -> tuple[str, str]:
    if rule is None:
        return "", ""
    if rule.test:
        return percent(rule.accuracy), f"{won_lost(rule.test)}, {p_equals(rule.p)}"
    return percent(rule.accuracy), points(rule.difference) if rule.difference else ""


def as_json(summaries: Sequence[Summary]) -> str:
    """A list with an object a log."""
    beside = list(losses(summaries))
    objects = [_object(summary) for summary in summaries]
    for found in objects:
        if mine := [loss_object(loss) for loss in beside if loss.label_free == found["log"]]:
            found["beside_gold_answers"] = mine
    return json_text(objects)


def as_csv(summaries: Sequence[Summary]) -> str:
    """One row per log and rule."""
    columns = ["log", "task", "rule", "accuracy", "low", "high", "n", "minus_maj", "won", "lost", "p", "p_holm"]
    if any(not summary.run.layout.exact_test for summary in summaries):
        columns += ["minus_mean", "minus_mean_low", "minus_mean_high"]
    rows: list[dict[str, Any]] = []
    for summary in summaries:
        for name, rule in summary.rules.items():
            row = {"log": summary.run.log, "task": summary.run.task, "rule": name, "accuracy": rule.accuracy.mean}
            row |= {"low": rule.accuracy.low, "high": rule.accuracy.high, "n": rule.n}
            if rule.difference and rule.test:
                row |= {"minus_maj": rule.difference.mean, "won": rule.test.only_a, "lost": rule.test.only_b}
                row |= {"p": rule.test.p, "p_holm": rule.p}
            elif rule.difference:
                row |= {"minus_mean": rule.difference.mean}
                row |= {"minus_mean_low": rule.difference.low, "minus_mean_high": rule.difference.high}
            rows.append(row)
    return csv_text(rows, columns)


def _object(summary: Summary) -> dict[str, Any]:
    run = summary.run
    found = {name: _rule_object(rule, run.layout.baseline) for name, rule in summary.rules.items()}
    found |= {
        "name": run.title,
        "log": run.log,
        "task": run.task,
        "made": dict(run.made),
        "models": dict(run.models),
        "samples": len(run.problems),
        "problems": run.distinct,
        "clustered_by": run.clustered_by,
    }
    found |= {"errors": list(run.errors), "taught_exam_accuracy": summary.taught, "cost": dict(run.usage)}
    if run.grading:
        found["grading"] = run.grading._asdict()
    found["lost"] = run.lost._asdict()
    if run.spent:
        found["budget"] = run.spent._asdict()
    if labels := label_summary(run):
        found["labels"] = label_object(labels)
    return {**found, **scrutiny_object(scrutinise(run))}


def _rule_object(rule: RuleSummary, baseline: str) -> dict[str, Any]:
    numbers: dict[str, Any] = {"accuracy": rule.accuracy.mean, "interval": rule.accuracy[1:], "n": rule.n}
    if rule.difference:
        test = (
            {"won": rule.test.only_a, "lost": rule.test.only_b, "p": rule.test.p, "p_holm": rule.p} if rule.test else {}
        )
        compared = {"difference": rule.difference.mean, "interval": rule.difference[1:], **test}
        if rule.corrected:
            compared["interval_at_once"] = rule.corrected[1:]
        numbers[f"against_{baseline}"] = compared
    return numbers


def _costs(summary: Summary) -> list[str]:
    run = summary.run
    lines = [f"\n{_name(summary)}: {_counted(run)}, status {run.status}, {run.log}"]
    for role, used in run.usage.items():
        lines.append(f"  {role}: {calls_and_tokens(used)}")
    if (total := _tokens(run, "")) and (vote := _tokens(run, "teacher")):
        lines.append(f"  all of it: {total / vote:.1f} times the teacher's tokens, on which the vote alone is made")
    if run.spent:
        lines.append(f"  {run.spent.line()}; -T budget=full sits them whole, for calibration, replay and pairs")
    if labels := label_summary(run):
        lines.append(f"  {label_line(labels)}")
    lines += [f"  {line}" for line in run.lost.lines()]
    lines += [f"  {line}" for line in [*sureness(run), *partial_lines(summary), *scrutiny_lines(scrutinise(run))]]
    for rule in run.layout.gains:
        if (found := summary.shown(rule)) and found.difference:
            gain, *interval = points(found.difference).split(" ", 1)
            lines.append(f"  {_compared(rule, run.layout)}: {' '.join([f'{gain} points', *interval])}")
    if grading := run.grading:
        share = 100 * grading.waited / grading.seconds if grading.seconds else 0.0
        lines.append(
            f"  grading: {grading.graded:,} programs run for {grading.asked:,} grades; "
            f"samples waited {grading.waited:.1f} s of {grading.seconds:.1f} s for them ({share:.1f} %)"
        )
    if run.errors:
        lines.append(f"  {len(run.errors)} errored samples are not in the table; the first: {run.errors[0]}")
    return lines


def _tokens(run: Run, role: str) -> int:
    """Read and written, of the roles that begin so."""
    return sum(
        used["input_tokens"] + used["output_tokens"] for name, used in run.usage.items() if name.startswith(role)
    )


def _counted(run: Run) -> str:
    """Problems, their epochs, and what makes them families."""
    epochs = f" in {len(run.problems)} samples" if len(run.problems) > run.distinct else ""
    kinds = len({run.family(problem) for problem in run.problems})
    families = (
        f" of {kinds} families ({run.clustered_by}), which intervals and tests keep together"
        if run.clustered_by
        else ""
    )
    return f"{run.distinct} problems{epochs}{families}"


def sureness(run: Run) -> list[str]:
    """Which differences so many problems can show, and whether they are too few."""
    found = detectable_difference(run.distinct, DIFFERING) if run.layout.exact_test else float("nan")
    lines = [] if isnan(found) else [f"{_power(run.distinct, found)}"]
    if run.distinct < FEW:
        lines.append(f"fewer than {FEW} problems: intervals are wider than they need to be, and tests find little")
    return lines


def _power(problems: int, found: float) -> str:
    return (
        f"{problems} problems, of which two rules answer {100 * DIFFERING:.0f} % differently, show a difference of "
        f"{as_percent(found)} points in 4 of 5 runs"
    )


def partial_lines(summary: Summary) -> list[str]:
    """What is known of some problems only, beside the baseline on the same ones."""
    layout, lines = summary.run.layout, list[str]()
    for name, rule in summary.partial.items():
        others = (
            f", {layout.baseline.upper()} {as_percent(rule.baseline)} % on the same ones"
            if layout.is_compared(name)
            else ""
        )
        known = f"known of {rule.n} of {summary.run.distinct} problems, so not in the table"
        lines.append(f"{name.upper().replace('_', ' ')} is {known}: {percent(rule.accuracy)} %{others}")
    return lines


def _compared(column: str, layout: Layout) -> str:
    side = next(side for side in layout.sides if column.startswith(side.prefix))
    on = f", {side.title.removesuffix(' %')}" if side.prefix else ""
    return f"{column.removeprefix(side.prefix).upper()} - {layout.baseline.upper()}{on}"


def _name(summary: Summary) -> str:
    return summary.run.title
