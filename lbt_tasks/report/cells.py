"""A summary's table with a column for every number, for the page and for LaTeX.

table = wide_table(summary)
table.titles, table.rows
"""

from lbt_solvers.tables import Table, as_percent, as_points, bounds, p_value, won_lost
from lbt_tasks.report.layouts import CONTROLS, ORACLE
from lbt_tasks.report.summary import RuleSummary, Summary

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
        rules = [summary.shown(layout.column(row, side)) for side in sides]
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


def _accuracy(rule: RuleSummary | None) -> list[str]:
    return [as_percent(rule.accuracy.mean), bounds(rule.accuracy)] if rule else ["", ""]


def _compared(rule: RuleSummary | None, exact_test: bool) -> list[str]:
    gain, test = (rule.difference, rule.test) if rule else (None, None)
    cells = [as_points(gain.mean), bounds(gain, "+")] if gain else ["", ""]
    if exact_test:
        cells += [won_lost(test), p_value(rule.p)] if rule and test else ["", ""]
    return cells
