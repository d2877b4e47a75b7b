"""The page's figures: matplotlib drawings as inline SVG, each with a title, a description and its numbers.

    figure = lines("Accuracy over rationales", "rationales", "accuracy %", {"SUM": points}, "More samples help ...")
    figure.svg

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; every series also has its own marker and
line. Text stays text, so that a page can be searched, zoomed and read aloud.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import isnan
from typing import Any, NamedTuple

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
STYLES = ("-", "--", "-.", ":", "-", "--", "-.")
SIZE = (4.7, 3.0)
"""Inches: narrow enough that a phone shows the letters large enough."""


class Point(NamedTuple):
    """A mean with its interval, in percent; bounds may be nan."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing and what it says."""

    name: str
    title: str
    text: str
    """What a reader sees in it, for those who do not see it as well."""
    svg: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The numbers drawn."""
    save: Callable[[str], None]
    """Writes it as a file, in the format that the name ends with."""


def lines(
    name: str,
    title: str,
    text: str,
    axes: tuple[str, str],
    series: Mapping[str, Sequence[Point]],
    *,
    log_x: bool = False,
    diagonal: bool = False,
    joined: bool = True,
    apart: float = 0.0,
) -> Figure:
    """Points with intervals over x, one series a line; `apart` from each other where they share their x."""
    figure, plot = _canvas()
    if diagonal:
        plot.plot([0, 100], [0, 100], color="#777777", linewidth=1, linestyle=":")
    for at, (label, points) in enumerate(series.items()):
        known = [point for point in points if not isnan(point.y)]
        style = {"color": COLOURS[at % 7], "marker": MARKERS[at % 7], "linestyle": STYLES[at % 7] if joined else ""}
        aside = apart * (at - (len(series) - 1) / 2)
        x, y = [point.x + aside for point in known], [point.y for point in known]
        errors = [[_length(p.y - p.low) for p in known], [_length(p.high - p.y) for p in known]]
        plot.errorbar(x, y, yerr=errors, label=label, markersize=5, linewidth=1.4, elinewidth=0.8, capsize=2, **style)
    if log_x:
        plot.set_xscale("log", base=2)
        ticks = _apart([point.x for points in series.values() for point in points])
        plot.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        plot.minorticks_off()
    _labelled(plot, axes)
    if len(series) > 1:
        plot.legend(frameon=False, fontsize=8)
    rows = [
        (label, f"{point.x:g}", f"{point.y:.1f}", _bounds(point))
        for label, points in series.items()
        for point in points
    ]
    return _finished(figure, name, title, text, ("", *axes, "95 % interval"), rows)


def dots(name: str, title: str, text: str, axis: str, values: Mapping[str, Point], *, zero: bool = False) -> Figure:
    """Named means with intervals, one below the other."""
    figure, plot = _canvas((SIZE[0], max(1.3, 0.32 * len(values) + 0.75)))
    if zero:
        plot.axvline(0, color="#777777", linewidth=1, linestyle=":")
    for at, point in enumerate(values.values()):
        error = [[_length(point.y - point.low)], [_length(point.high - point.y)]]
        plot.errorbar([point.y], [at], xerr=error, color=COLOURS[0], marker="o", markersize=5, capsize=2)
    plot.set_yticks(range(len(values)), list(values))
    plot.set_ylim(len(values) - 0.5, -0.5)
    _labelled(plot, (axis, ""))
    rows = [(label, f"{point.y:.1f}", _bounds(point)) for label, point in values.items()]
    return _finished(figure, name, title, text, ("", axis, "95 % interval"), rows)


def _apart(places: Sequence[float]) -> list[float]:
    """Those of a logarithmic axis whose labels have room beside each other, with the first and the last."""
    found = sorted(set(places))
    if len(found) < 3:
        return found
    apart = (found[-1] / found[0]) ** (1 / 7)
    kept = found[:1]
    for place in found[1:-1]:
        if place / kept[-1] >= apart and found[-1] / place >= apart:
            kept.append(place)
    return [*kept, found[-1]]


def _canvas(size: tuple[float, float] = SIZE) -> tuple[Any, Any]:
    matplotlib: Any = import_module("matplotlib")
    figures: Any = import_module("matplotlib.figure")
    settings = {"svg.fonttype": "none", "svg.hashsalt": "lbt", "font.family": "sans-serif", "font.size": 9}
    matplotlib.rcParams.update(settings)
    figure = figures.Figure(figsize=size, layout="constrained")
    plot = figure.add_subplot()
    plot.spines[["top", "right"]].set_visible(False)
    plot.grid(color="#dddddd", linewidth=0.6)
    plot.set_axisbelow(True)
    return figure, plot


def _labelled(plot: Any, axes: tuple[str, str]) -> None:
    plot.set_xlabel(axes[0])
    plot.set_ylabel(axes[1])


def _finished(
    figure: Any, name: str, title: str, text: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> Figure:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)

    def save(path: str) -> None:
        figure.savefig(path, dpi=200)

    return Figure(name, title, text, _inline(out.getvalue(), name, title, text), header, rows, save)


def _inline(svg: str, name: str, title: str, text: str) -> str:
    """The drawing without file header and fixed size, and with ids of its own: a page has several."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', rf'\1 role="img" aria-labelledby="{name}-t {name}-d"', svg, count=1)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    described = f'<title id="{name}-t">{_escaped(title)}</title><desc id="{name}-d">{_escaped(text)}</desc>'
    return re.sub(r"(<svg[^>]*>)", rf"\1{described}", svg, count=1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")


def _length(value: float) -> float:
    return 0.0 if isnan(value) else max(0.0, value)


def _bounds(point: Point) -> str:
    return "" if isnan(point.low) else f"{point.low:.1f} to {point.high:.1f}"
