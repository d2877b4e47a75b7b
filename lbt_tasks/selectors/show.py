"""The comparison of selectors as a table, as JSON, CSV or LaTeX, and as a figure of accuracy over cost.

report_selectors(["logs/full"], ["maj", "lbt:sum"], Prices())
"""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_solvers.errors import UsageError
from lbt_solvers.selectors import Selector
from lbt_solvers.tables import Table, as_percent, csv_text, json_text, p_equals, percent, points, say, won_lost
from lbt_tasks.selectors.columns import Candidates, Prices, read_candidates
from lbt_tasks.selectors.compare import Point, Row, compare, curve, default_selectors, parsed
from lbt_tasks.selectors.fitting import with_stacked

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
    fit_on: Sequence[str] = (),
) -> str:
    """What a command prints, in the form that is asked for; the table, which prints itself, leaves nothing to print.

    Args:
        logs: Inspect logs of whole exams, or folders of them.
        selectors: Their names; the default ones where there are none.
        prices: Of tokens.
        as_: `json`, `csv`, `latex`; a table by default.
        figures: Folders for the figure by its format, such as `{"svg": "figures"}`.
        fit_on: Logs of other problems on which parameters are fitted; by default folds of these.

    Raises:
        UsageError: logs without whole exams.
        ValueError: no such selector, or nothing to fit on.
    """
    candidates = read_candidates(logs, prices)
    others = _others(read_candidates(fit_on, prices), candidates) if fit_on else None
    if not selectors or any(name.startswith("stacked") for name in selectors):
        candidates = with_stacked(candidates, others)
    chosen = parsed(selectors or default_selectors(candidates), candidates)
    rows = compare(candidates, chosen, fit_on=others)
    curves = curves_of(candidates, chosen, others) if as_ == "json" or figures else {}
    _save(curves, figures or {})
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


def _others(others: list[Candidates], candidates: Sequence[Candidates]) -> list[Candidates]:
    """What is fitted on.

    Raises:
        ValueError: problems of the comparison, or columns that it has and these have not.
    """
    if shared := {each.problem for each in candidates} & {each.problem for each in others}:
        raise ValueError(f"--fit-on: other problems were needed, found {len(shared)} of the same, as {min(shared)}.")
    if missing := set(candidates[0].columns) - set(others[0].columns):
        raise ValueError(f"--fit-on: the same columns were needed, found none called {', '.join(sorted(missing))}.")
    return others


def curves_of(
    candidates: Sequence[Candidates], chosen: Sequence[Selector], fit_on: Sequence[Candidates] | None = None
) -> dict[str, list[Point]]:
    """Accuracy over cost of each selector, with 1, 2, 4 and more of the recorded rationales."""
    sizes = _sizes(candidates)
    return {selector.name: curve(candidates, selector, sizes, fit_on=fit_on) for selector in chosen}


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
            as_percent(row.vote),
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


CURVE_TITLES = ("selector", "rationales", "cost a problem\nin tokens read", "accuracy %")


def replay_selectors(
    logs: Sequence[str],
    selectors: Sequence[str],
    prices: Prices,
    as_: str | None = None,
    figures: Mapping[str, str] | None = None,
) -> str:
    """Accuracy over cost with 1, 2, 4 and more of the recorded rationales; arguments as `report_selectors`.

    Raises:
        UsageError: logs without whole exams.
        ValueError: no such selector.
    """
    candidates = read_candidates(logs, prices)
    if any(name.startswith("stacked") for name in selectors):
        candidates = with_stacked(candidates)
    curves = curves_of(candidates, parsed(selectors, candidates))
    _save(curves, figures or {})
    rows: list[dict[str, Any]] = [
        {"selector": name, **vars_of(point)} for name, points_of in curves.items() for point in points_of
    ]
    if as_ == "json":
        return json_text({"problems": len({each.problem for each in candidates}), "points": rows})
    if as_ == "csv":
        return csv_text(rows)
    shown = [
        (row["selector"], f"{row['rationales']}", f"{row['cost']:,.0f}", as_percent(row["accuracy"])) for row in rows
    ]
    Table(CURVE_TITLES, shown, texts=1).show()
    return ""


def on_the_page(path: str, at: int) -> "Figure | None":
    """Accuracy over cost of every exam in one log; `None` where it has whole exams of one kind alone, or of none."""
    try:
        candidates = read_candidates([path], Prices())
    except UsageError:
        return None
    columns = candidates[0].columns
    exams = [name for name in default_selectors(candidates) if name.endswith((":sum", ":softmax(1)"))]
    exams = [name for name in exams if columns[name.partition(":")[0]].costs]
    if len({name.partition(":")[0].removesuffix(".raw") for name in exams}) < 2:
        return None
    return figure(curves_of(candidates, parsed(["maj", *exams, "length:max"], candidates)), f"selectors{at}")


def _save(curves: Mapping[str, Sequence[Point]], figures: Mapping[str, str]) -> None:
    for form, folder in figures.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        figure(curves).save(str(Path(folder) / f"selectors.{form}"))


def vars_of(point: Point) -> dict[str, Any]:
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


def figure(curves: Mapping[str, Sequence[Point]], name: str = "selectors") -> "Figure":
    """Accuracy over cost, a line a selector."""
    from lbt_tasks.report.figures import Point as Drawn
    from lbt_tasks.report.figures import lines

    series = {
        "maj" if selector == VOTE else selector: [Drawn(each.cost, 100 * each.accuracy, nan, nan) for each in of]
        for selector, of in curves.items()
    }
    return lines(
        name,
        "Accuracy over cost",
        "Every selector with 1, 2, 4 and more of the recorded rationales",
        ("cost a problem, in tokens read", "accuracy %"),
        series,
        log_x=True,
    )
