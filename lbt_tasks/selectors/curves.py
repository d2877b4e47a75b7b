"""Accuracy over cost of selectors, with ever more of the recorded rationales: as a table, as data, as a figure.

replay_selectors(["logs/full"], ["maj", "likelihood:sum"], Prices())
"""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_solvers.errors import UsageError
from lbt_solvers.selectors import Selector
from lbt_solvers.tables import Table, as_percent, csv_text, json_text
from lbt_tasks.selectors.columns import Prices, ScoredSample, read_candidates
from lbt_tasks.selectors.compare import VOTE_SUM, Point, curve, default_selectors, parsed
from lbt_tasks.selectors.fitting import with_stacked

if TYPE_CHECKING:
    from lbt_tasks.report.figures import Figure

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
CURVE_TITLES = ("selector", "rationales", "cost a problem\nin tokens read", "accuracy %")


def curves_of(
    candidates: Sequence[ScoredSample], chosen: Sequence[Selector], fit_on: Sequence[ScoredSample] | None = None
) -> dict[str, list[Point]]:
    """Accuracy over cost of each selector, with 1, 2, 4 and more of the recorded rationales."""
    sizes = _sizes(candidates)
    return {selector.name: curve(candidates, selector, sizes, fit_on=fit_on) for selector in chosen}


def _sizes(candidates: Sequence[ScoredSample]) -> list[int]:
    most = max(len(each.classes) for each in candidates)
    return [*(size for size in SIZES if size < most), most]


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
    save_figures(curves, figures or {})
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


def save_figures(curves: Mapping[str, Sequence[Point]], figures: Mapping[str, str]) -> None:
    """Draws the figure into a folder for each format."""
    for form, folder in figures.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        figure(curves).save(str(Path(folder) / f"selectors.{form}"))


def vars_of(point: Point) -> dict[str, Any]:
    """A point of a curve."""
    return {"rationales": point.rationales, "cost": point.cost, "accuracy": point.accuracy}


def figure(curves: Mapping[str, Sequence[Point]], name: str = "selectors") -> "Figure":
    """Accuracy over cost, a line a selector."""
    from lbt_tasks.report.figures import Point as Drawn
    from lbt_tasks.report.figures import lines

    series = {
        "maj" if selector == VOTE_SUM else selector: [Drawn(each.cost, 100 * each.accuracy, nan, nan) for each in of]
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
