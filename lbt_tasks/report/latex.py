"""Tables for a paper: models by rules, then every log by itself, with captions and labels, for booktabs.

lbt report a.eval b.eval --latex > tables.tex

A row is called what the user calls its log (`--names`), else by what differs: see `lbt_tasks.report.naming`.
"""

from collections.abc import Sequence

from lbt_solvers.tables import Table, as_percent
from lbt_tasks.report.cells import wide_table
from lbt_tasks.report.layouts import CONTROL, Layout
from lbt_tasks.report.naming import distinct, row_names
from lbt_tasks.report.summary import Summary


def as_latex(summaries: Sequence[Summary]) -> str:
    """One table of models by rules for each kind of score, then that of each log."""
    names = row_names([summary.run for summary in summaries])
    named = list(zip(names, summaries, strict=True))
    by_layout = dict.fromkeys(summary.run.layout.scorer for summary in summaries)
    groups = [[each for each in named if each[1].run.layout.scorer == scorer] for scorer in by_layout]
    labels = distinct(["lbt-rules"] * len(groups) + [_label(name) for name in names])
    together = [_together(group, label) for group, label in zip(groups, labels, strict=False)]
    alone = [_alone(*each, label) for each, label in zip(named, labels[len(groups) :], strict=True)]
    return "\n".join([*together, *alone])


def _together(named: Sequence[tuple[str, Summary]], label: str) -> str:
    """Models by rules, in percent; intervals are in the tables of each log."""
    layout = named[0][1].run.layout
    prefix = layout.sides[0].prefix
    shown = [row for row in layout.labels if any(each.shown(prefix + row) or each.shown(row) for _, each in named)]
    rows = [[name, *(_cell(each, prefix, row) for row in shown)] for name, each in named]
    problems = ", ".join(dict.fromkeys(str(each.run.distinct) for _, each in named))
    title = layout.sides[0].title
    caption = f"{title[0].upper()}{title[1:]} of every selection rule by model, over {problems} problems."
    return Table(["model", *_titles(layout, shown)], rows).latex_float(caption, label)


def _titles(layout: Layout, shown: Sequence[str]) -> list[str]:
    """Of the columns: two controls are told apart by what students saw."""
    return [
        layout.labels[row].split(":")[0] if row == CONTROL or not layout.labels[row].startswith(CONTROL)
        else row.replace("_", " ")
        for row in shown
    ]  # fmt: skip


def _cell(summary: Summary, prefix: str, row: str) -> str:
    rule = summary.shown(prefix + row) or summary.shown(row)
    return as_percent(rule.accuracy.mean) if rule else ""


def _alone(name: str, summary: Summary, label: str) -> str:
    table, run = wide_table(summary), summary.run
    if not table.rows:
        return f"% {run.log}: no scored sample\n"
    caption = f"{name}: every way to choose, over {run.distinct} problems of {run.task.rpartition('/')[2]}."
    return f"% {run.task}, {run.log}\n{table.latex_float(caption, label)}"


def _label(name: str) -> str:
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in f"lbt-{name}".lower())
