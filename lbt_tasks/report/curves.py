"""Curves that come from elsewhere: training (M2), rounds of demonstrations (M3), or any CSV; told apart by content.

    figures = read_curves(["m2/0/results.json", "m2/1/results.json", "results/examples", "model/trainer_state.json"])

A folder stands for the `results.json` of `lbt evaluate-teachers --out` or the `curve.csv` of `lbt examples --out`.
Results of several seeds make one figure for every group of problems.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from statistics import fmean
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.statistics import mean_interval, share_interval
from lbt_solvers.tables import points
from lbt_tasks.report.figures import Figure, Point, dots, lines
from lbt_tasks.training.comparing import MEASURES, Graded, difference, load, type_of

IN_A_FOLDER = ("results.json", "curve.csv", "trainer_state.json")
_REWARDS = ("rewards/accuracies", "eval_rewards/accuracies")
ARM_COLUMNS = ("arm", "round", "mean", "low", "high")
NEEDED = (
    "results.json of lbt evaluate-teachers, curve.csv of lbt examples, TRL's trainer_state.json, or a CSV with "
    "numbers, x first"
)


def read_curves(paths: Sequence[str]) -> list[Figure]:
    """A figure for every curve; results of teachers are taken together.

    Raises:
        UsageError: a file that holds no curve, or results of other models than the first ones.
    """
    figures: list[Figure] = []
    teachers: list[Sequence[Graded]] = []
    for given in paths:
        path = _file(given)
        content = _content(path)
        if isinstance(content, list) and path.suffix == ".json":
            teachers.append(_results(path))
        else:
            figures.append(_figure(path, content, f"curve{len(figures)}"))
    return [*_trained(teachers), *figures]


def _file(given: str) -> Path:
    path = Path(given)
    if not path.is_dir():
        return path
    for name in IN_A_FOLDER:
        if (path / name).is_file():
            return path / name
    raise UsageError(f"{given}: a curve was needed, found a folder without {', '.join(IN_A_FOLDER)}.")


def _content(path: Path) -> Any:
    """A JSON value, or a CSV's rows."""
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines()))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {NEEDED} was needed: {error}") from None


def _results(path: Path) -> Sequence[Graded]:
    try:
        return load(path)
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path}: {NEEDED} was needed, found rows without {error}.") from None


def _figure(path: Path, content: Any, name: str) -> Figure:
    try:
        if path.suffix == ".json":
            return _plain(path, name, content["log_history"], "step", _REWARDS)
        if tuple(content[0])[: len(ARM_COLUMNS)] == ARM_COLUMNS:
            return _rounds(path, name, content)
        return _plain(path, name, content, next(iter(content[0])), tuple(content[0])[1:])
    except (ValueError, KeyError, IndexError, TypeError, StopIteration) as error:
        raise UsageError(f"{path}: {NEEDED} was needed: {error}") from None


def _plain(path: Path, name: str, rows: Sequence[Mapping[str, Any]], x: str, wanted: Sequence[str]) -> Figure:
    """Shares in [0, 1] over x, one line a column."""
    series = {
        column: [Point(float(row[x]), 100 * float(row[column]), nan, nan) for row in rows if row.get(column)]
        for column in wanted
    }
    known = {column: points for column, points in series.items() if points}
    if not known:
        raise ValueError(f"none of {', '.join(wanted)} was found")
    return lines(name, path.name, _ends(known), (x, "%"), known)


def _rounds(path: Path, name: str, rows: Sequence[Mapping[str, str]]) -> Figure:
    """M3: the measure on test rows after every round, a line an arm."""
    series: dict[str, list[Point]] = {}
    for row in rows:
        low, high = (float(row[bound] or nan) for bound in ("low", "high"))
        point = Point(float(row["round"]), 100 * float(row["mean"]), 100 * low, 100 * high)
        series.setdefault(row["arm"].replace("_", " "), []).append(point)
    text = f"Test measure from the first to the last round, mean over seeds. {_ends(series)}."
    title = f"M3: examples improved round by round ({path.parent.name or path.name})"
    return lines(name, title, text, ("round", "test measure %"), series, apart=0.08)


def _trained(runs: Sequence[Sequence[Graded]]) -> list[Figure]:
    """M2: every teacher by every measure, a figure a group of problems."""
    if not runs:
        return []
    kinds = {tuple((graded.model, graded.group) for graded in run) for run in runs}
    if len(kinds) > 1:
        raise UsageError(
            "Results of the same models on the same groups were needed, found different ones: name one kind."
        )
    groups = dict.fromkeys(graded.group for graded in runs[0])
    return [_teachers(runs, group, f"teachers{at}") for at, group in enumerate(groups)]


def _teachers(runs: Sequence[Sequence[Graded]], group: str, name: str) -> Figure:
    models = [graded.model for graded in runs[0] if graded.group == group]
    values = {
        f"{measure}: {model}": _mean_point(runs, group, model, measure) for measure in MEASURES for model in models
    }
    gains = [
        f"{model} minus {models[0]}, {MEASURES[0]}: {_points(runs, group, model, models[0])}" for model in models[1:]
    ]
    if len(models) > 2:
        gains.append(f"{models[-1]} minus {models[-2]}: {_points(runs, group, models[-1], models[-2])}")
    seeds = f"{len(runs)} seeds" if len(runs) > 1 else "one seed"
    return dots(name, f"M2: teachers after training, {group}, {seeds}", "; ".join(gains), "right %", values)


def _mean_point(runs: Sequence[Sequence[Graded]], group: str, model: str, measure: str) -> Point:
    """Over the means of several runs, since the models of a run come from the same pairs; else by types of problems."""
    found = [graded for run in runs for graded in run if (graded.group, graded.model) == (group, model)]
    if len(found) > 1:
        mean = mean_interval([fmean(graded.values[measure]) for graded in found])
    else:
        mean = share_interval(found[0].values[measure], [type_of(problem) for problem in found[0].problems])
    return Point(0, 100 * mean.mean, 100 * mean.low, 100 * mean.high)


def _points(runs: Sequence[Sequence[Graded]], group: str, model: str, against: str) -> str:
    gain, *interval = points(difference(runs, group, model, against, MEASURES[0])).split(" ", 1)
    return " ".join([gain, "points", *interval])


def _ends(series: Mapping[str, Sequence[Point]]) -> str:
    return ", ".join(f"{name}: {points[0].y:.1f} to {points[-1].y:.1f}" for name, points in series.items())
