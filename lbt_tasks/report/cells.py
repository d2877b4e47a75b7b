"""A summary's table as rows of text, for the page and for LaTeX.

rows = table_rows(summary)
rows[0].label, rows[0].cells
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from lbt_tasks.report.layouts import CONTROL
from lbt_tasks.report.summary import RuleSummary, Summary

_KNOWS_THE_SOLUTION = ("oracle", CONTROL)
"""Rows that are no way to choose: the best is not sought among them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way to choose."""

    label: str
    titles: Sequence[str]
    """Of the cells' columns; the same in every row."""
    cells: Sequence[str]
    best: bool = False


def table_rows(summary: Summary) -> list[Row]:
    """Accuracy with its interval in every side of the scorer, and the comparison with the baseline."""
    layout = summary.run.layout
    sides = [side for side in layout.sides if any(side.prefix + row in summary.rules for row in layout.labels)]
    against = layout.labels[layout.baseline].split(":")[0]
    titles: list[str] = []
    for side in sides:
        titles += [side.title, "95 % interval"]
        if side.compared:
            titles += [f"points over {against}", "95 % interval"]
            titles += ["won : lost", "p"] if layout.exact_test else []
    found: list[tuple[str, str, list[RuleSummary | None]]] = []
    for row, label in layout.labels.items():
        rules = [summary.rules.get(_column(row, side.prefix, at)) for at, side in enumerate(sides)]
        if any(rules):
            found.append((row, label, rules))
    chosen = [rules[0].accuracy for row, _, rules in found if row not in _KNOWS_THE_SOLUTION and rules[0]]
    rows: list[Row] = []
    for row, label, rules in found:
        cells: list[str] = []
        for side, rule in zip(sides, rules, strict=True):
            cells += _accuracy(rule) + (_compared(rule, layout.exact_test) if side.compared else [])
        best = row not in _KNOWS_THE_SOLUTION and rules[0] is not None and rules[0].accuracy == max(chosen)
        rows.append(Row(label, titles, cells, best))
    return rows


def as_latex(summaries: Sequence[Summary]) -> str:
    """The tables with booktabs' rules, one after the other."""
    return "\n".join(_latex(summary) for summary in summaries)


def _latex(summary: Summary) -> str:
    rows = table_rows(summary)
    if not rows:
        return f"% {summary.run.log}: no scored sample\n"
    lines = [rf"\begin{{tabular}}{{l{'r' * len(rows[0].titles)}}}", r"\toprule"]
    lines.append(" & ".join(["rule", *map(_tex, rows[0].titles)]) + r" \\")
    lines.append(r"\midrule")
    for row in rows:
        cells = [rf"\textbf{{{_tex(cell)}}}" if row.best and cell else _tex(cell) for cell in row.cells]
        lines.append(" & ".join([_tex(row.label), *cells]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", ""]
    return f"% {summary.run.task}, {summary.run.log}\n" + "\n".join(lines)


def _tex(text: str) -> str:
    for character in "%_&#":
        text = text.replace(character, "\\" + character)
    return text.replace("<", "$<$").replace("−", "$-$")


def _column(row: str, prefix: str, at: int) -> str:
    """The control has no sides and stands with the first."""
    return (row if at == 0 else "") if row == CONTROL else prefix + row


def _accuracy(rule: RuleSummary | None) -> list[str]:
    if rule is None:
        return ["", ""]
    low, high = rule.interval
    return [f"{100 * rule.accuracy:.1f}", "" if isnan(low) else f"{100 * low:.1f} to {100 * high:.1f}"]


def _compared(rule: RuleSummary | None, exact_test: bool) -> list[str]:
    cells = ["", ""]
    if rule and (gain := rule.difference):
        bounds = "" if isnan(gain.low) else f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}"
        cells = [f"{100 * gain.mean:+.1f}", bounds]
    if exact_test:
        test = rule.test if rule else None
        cells += (
            [f"{test.only_a} : {test.only_b}", "< 0.0001" if test.p < 0.0001 else f"{test.p:.4f}"] if test else ["", ""]
        )
    return cells
