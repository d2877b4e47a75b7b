"""A summary's table with a column for every number, for the page and for LaTeX.

table = wide_table(summary)
table.titles, table.rows
"""

from collections.abc import Sequence

from lbt_tasks.report.layouts import CONTROLS, ORACLE
from lbt_tasks.report.summary import RuleSummary, Summary
from lbt_tasks.tables import Table, bounds, p_value, won_lost

_KNOWS_THE_SOLUTION = (ORACLE, *CONTROLS)
"""Rows that are no way to choose: the best is not sought among them."""


def wide_table(summary: Summary) -> Table:
    """Accuracy with its interval in every side of the scorer, and the comparison with the baseline."""
    layout = summary.run.layout
    sides = [side for side in layout.sides if any(side.prefix + row in summary.rules for row in layout.labels)]
    against = layout.labels[layout.baseline].split(":")[0]
    titles = ["rule"]
    for side in sides:
        titles += [side.title, "95 % interval"]
        if side.compared:
            titles += [f"points over {against}", "95 % interval"]
            titles += ["won : lost", "p (Holm)"] if layout.exact_test else []
    rows: list[list[str]] = []
    accuracies: dict[int, float] = {}
    for row, label in layout.labels.items():
        rules = [summary.shown(_column(row, side.prefix, at)) for at, side in enumerate(sides)]
        if not any(rules):
            continue
        if row not in _KNOWS_THE_SOLUTION and rules[0]:
            accuracies[len(rows)] = rules[0].accuracy.mean
        rows.append([label])
        for side, rule in zip(sides, rules, strict=True):
            rows[-1] += _accuracy(rule) + (_compared(rule, layout.exact_test) if side.compared else [])
    best = max(accuracies.values(), default=0.0)
    leading = [at for at, accuracy in accuracies.items() if accuracy == best]
    return Table(titles, rows, best=leading if len(leading) == 1 else [])


def as_latex(summaries: Sequence[Summary]) -> str:
    """One table of logs by rules, then that of each log, with booktabs' rules, captions and labels."""
    by_layout = dict.fromkeys(summary.run.layout.scorer for summary in summaries)
    together = [_together([each for each in summaries if each.run.layout.scorer == name]) for name in by_layout]
    return "\n".join([*together, *(_latex(summary) for summary in summaries)])


def _together(summaries: Sequence[Summary]) -> str:
    """Logs by rules, in percent; intervals are in the tables of each log."""
    layout = summaries[0].run.layout
    prefix = layout.sides[0].prefix
    shown = [row for row in layout.labels if any(each.shown(prefix + row) or each.shown(row) for each in summaries)]
    rows = [[each.run.title, *(_cell(each, prefix, row) for row in shown)] for each in summaries]
    titles = ["", *(layout.labels[row].split(":")[0] for row in shown)]
    problems = ", ".join(dict.fromkeys(str(each.run.distinct) for each in summaries))
    title = layout.sides[0].title
    said = f"{title[0].upper()}{title[1:]} of every selection rule, over {problems} problems."
    return Table(titles, rows).latex_float(said, "lbt-rules")


def _cell(summary: Summary, prefix: str, row: str) -> str:
    rule = summary.shown(prefix + row) or summary.shown(row)
    return f"{100 * rule.accuracy.mean:.1f}" if rule else ""


def _latex(summary: Summary) -> str:
    table = wide_table(summary)
    if not table.rows:
        return f"% {summary.run.log}: no scored sample\n"
    caption = f"{summary.run.title}: every way to choose, over {summary.run.distinct} problems."
    label = "".join(each if each.isalnum() else "-" for each in f"lbt-{summary.run.title}".lower())
    return f"% {summary.run.task}, {summary.run.log}\n{table.latex_float(caption, label)}"


def _column(row: str, prefix: str, at: int) -> str:
    """The control has no sides and stands with the first."""
    return (row if at == 0 else "") if row in CONTROLS else prefix + row


def _accuracy(rule: RuleSummary | None) -> list[str]:
    return [f"{100 * rule.accuracy.mean:.1f}", bounds(rule.accuracy)] if rule else ["", ""]


def _compared(rule: RuleSummary | None, exact_test: bool) -> list[str]:
    gain, test = (rule.difference, rule.test) if rule else (None, None)
    cells = [f"{100 * gain.mean:+.1f}", bounds(gain, "+")] if gain else ["", ""]
    if exact_test:
        cells += [won_lost(test), p_value(rule.p)] if rule and test else ["", ""]
    return cells
