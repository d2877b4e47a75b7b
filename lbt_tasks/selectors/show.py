"""The comparison of selectors as a table, as JSON, CSV or LaTeX, and as a figure of accuracy over cost.

report_selectors(["logs/full"], ["maj", "lbt:sum"], Prices())
"""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_tasks.selectors.columns import Candidates, Prices, read_candidates
from lbt_tasks.selectors.compare import Point, Row, compare, curve, default_selectors, parsed
from lbt_tasks.tables import Table, csv_text, json_text, p_equals, percent, points, say, won_lost

if TYPE_CHECKING:
    from lbt_tasks.report.figures import Figure

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
VOTE = "vote:sum"
TITLES = (
    "selector",
    "gold that it saw",
    "accuracy %\n[95 % interval]",
    "cost a problem\nin tokens read",
    "rationales that\ncost as much",
    "their vote,\naccuracy %",
    "minus that vote,\npoints [95 %]",
    "share of the way\nto the oracle",
    "against MAJ\nwon:lost, p (Holm)",
)


def report_selectors(
    logs: Sequence[str],
    selectors: Sequence[str],
    prices: Prices,
    as_: str | None = None,
    figures: Mapping[str, str] | None = None,
) -> str:
    """What a command prints, in the form that is asked for; the table, which prints itself, leaves nothing to print.

    Args:
        logs: Inspect logs of whole exams, or folders of them.
        selectors: Their names; the default ones where there are none.
        prices: Of tokens.
        as_: `json`, `csv`, `latex`; a table by default.
        figures: Folders for the figure by its format, such as `{"svg": "figures"}`.

    Raises:
        UsageError: logs without whole exams.
        ValueError: no such selector.
    """
    candidates = read_candidates(logs, prices)
    chosen = parsed(selectors or default_selectors(candidates), candidates)
    rows = compare(candidates, chosen)
    sizes = _sizes(candidates) if as_ == "json" or figures else []
    curves = {selector.name: curve(candidates, selector, sizes) for selector in chosen}
    for form, folder in (figures or {}).items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        figure(curves).save(str(Path(folder) / f"selectors.{form}"))
    if as_ == "json":
        return json_text(as_object(candidates, rows, curves, prices))
    if as_ == "csv":
        return csv_text([_flat(row) for row in rows])
    if as_ == "latex":
        return _table(rows).latex_float("Selectors at equal cost", "selectors")
    _table(rows).show()
    for line in _said(candidates, prices):
        say(line)
    return ""


def _sizes(candidates: Sequence[Candidates]) -> list[int]:
    most = max(len(each.classes) for each in candidates)
    return [*(size for size in SIZES if size < most), most]


def _table(rows: Sequence[Row]) -> Table:
    cells = [
        (
            "maj" if row.selector == VOTE else row.selector,
            row.gold,
            percent(row.accuracy),
            f"{row.cost:,.0f}",
            f"{row.votes:.1f}",
            f"{100 * row.vote:.1f}",
            "" if row.selector == VOTE else points(row.above_vote),
            f"{100 * row.oracle_gap:.0f} %",
            "" if row.selector == VOTE else f"{won_lost(row.test)}, {p_equals(row.p)}",
        )
        for row in rows
    ]
    return Table(TITLES, cells, texts=2)


def _said(candidates: Sequence[Candidates], prices: Prices) -> list[str]:
    problems = len({each.problem for each in candidates})
    recorded = max(len(each.classes) for each in candidates)
    mixed = sum(0 < sum(each.correct) < len(each.correct) for each in candidates)
    return [
        f"\n{problems} problems with {recorded} rationales; {mixed} have right and wrong ones, between which alone a "
        "selector can choose.",
        f"Cost: a token read 1, read from a provider's cache {prices.cached:g}, written {prices.written:g}; the "
        "teacher's rationales included, the greedy answer not.",
        f"Votes of more than {recorded} rationales are drawn from the recorded ones with replacement.",
    ]


def as_object(
    candidates: Sequence[Candidates], rows: Sequence[Row], curves: Mapping[str, Sequence[Point]], prices: Prices
) -> dict[str, Any]:
    """For another program; shares in 0 to 1."""
    return {
        "problems": len({each.problem for each in candidates}),
        "prices": {"read": 1.0, "cached": prices.cached, "written": prices.written},
        "selectors": [
            {**_flat(row), "curve": [vars_of(point) for point in curves.get(row.selector, [])]} for row in rows
        ],
    }


def vars_of(point: Point) -> dict[str, float]:
    """A point of a curve."""
    return {"rationales": point.rationales, "cost": point.cost, "accuracy": point.accuracy}


def _flat(row: Row) -> dict[str, Any]:
    return {
        "selector": row.selector,
        "gold": row.gold,
        "accuracy": row.accuracy.mean,
        "low": row.accuracy.low,
        "high": row.accuracy.high,
        "cost": row.cost,
        "votes": row.votes,
        "vote_accuracy": row.vote,
        "above_vote": row.above_vote.mean,
        "above_vote_low": row.above_vote.low,
        "above_vote_high": row.above_vote.high,
        "oracle_gap": row.oracle_gap,
        "won": row.test.only_a,
        "lost": row.test.only_b,
        "p": row.test.p,
        "p_holm": row.p,
    }


def figure(curves: Mapping[str, Sequence[Point]]) -> "Figure":
    """Accuracy over cost, a line a selector."""
    from lbt_tasks.report.figures import Point as Drawn
    from lbt_tasks.report.figures import lines

    series = {
        "maj" if name == VOTE else name: [Drawn(each.cost, 100 * each.accuracy, nan, nan) for each in of]
        for name, of in curves.items()
    }
    return lines(
        "selectors",
        "Accuracy over cost",
        "Every selector with 1, 2, 4 and more of the recorded rationales",
        ("cost a problem, in tokens read", "accuracy %"),
        series,
        log_x=True,
    )
