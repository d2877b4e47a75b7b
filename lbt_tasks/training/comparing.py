"""Compares teachers on classroom problems that none of them learned from: greedy, self-consistency, right method.

    lbt evaluate-teachers original=classroom/teacher correctness=models/c lbt=models/l --types lucky

Each pair of models answers the same problems, so differences are paired. Groups: `held-out numbers` are problems of
the types that the pairs were made of, with numbers no model was trained on; `held-out types` are of the other types,
so nothing in the pairs is about them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from lbt_solvers.answers import answer_classes
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.local_models import model_path
from lbt_solvers.selection import choose
from lbt_solvers.statistics import Interval, mean_interval, paired_difference
from lbt_solvers.tables import Table, as_percent, points
from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES, TYPE_GROUPS, method_of, problems
from lbt_tasks.classroom.local_model import LocalModel

TEMPERATURE = 0.7
MEASURES: tuple[str, ...] = ("greedy", "self-consistency", "right method")
GROUPS = ("held-out numbers", "held-out types")


@dataclass(frozen=True, slots=True)
class Graded:
    """One model on one group of problems: a value in [0, 1] per problem for every measure."""

    model: str
    group: str
    problems: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]

    def described(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "model": self.model,
            "group": self.group,
            "problems": list(self.problems),
            "values": {name: list(values) for name, values in self.values.items()},
        }


def named_models(given: Sequence[str]) -> dict[str, str]:
    """Folders by name, from `name=folder`; shipped models go by their name.

    Raises:
        UsageError: not of that form, or no model there.
    """
    models: dict[str, str] = {}
    for each in given:
        name, equals, where = each.partition("=")
        if not equals or not where or name in models:
            raise UsageError(f"Models as NAME=FOLDER, each name once, were needed, found '{each}'.")
        models[name] = model_path(where)
        if not Path(models[name]).is_dir():
            raise UsageError(f"{name}: no folder {where}.")
    return models


def evaluation_problems(count: int, seed: int, types: Sequence[str]) -> dict[str, list[Problem]]:
    """Held-out problems by group; without `types` there is only the first group, of all types.

    Raises:
        UsageError: an unknown type, or too many problems.
    """
    known = {member for name in types for member in TYPE_GROUPS.get(name, (name,))}
    others = [name for name in PROBLEM_TYPES if name not in known]
    with usage_errors():
        groups = {GROUPS[0]: problems("held_out", count, seed, types)}
        if types and others:
            groups[GROUPS[1]] = problems("held_out", count, seed, others)
    return groups


def grade(name: str, folder: str, asked: Mapping[str, Sequence[Problem]], samples: int, seed: int) -> list[Graded]:
    """One model on every group: its greedy answers, and the vote of `samples` answers at temperature 0.7."""
    model = LocalModel.load(Path(folder))
    return [Graded(name, group, *_graded(model, taught, samples, seed)) for group, taught in asked.items()]


def _graded(
    model: LocalModel, taught: Sequence[Problem], samples: int, seed: int
) -> tuple[tuple[str, ...], dict[str, tuple[float, ...]]]:
    requests = [(problem.question, []) for problem in taught]
    greedy = [float(one.answer == problem.answer) for one, problem in zip(model.solve(requests), taught, strict=True)]
    drawn = model.solve([request for request in requests for _ in range(samples)], "chat", TEMPERATURE, seed)
    groups = [drawn[start : start + samples] for start in range(0, len(drawn), samples)]
    votes, methods = list[float](), list[float]()
    for problem, group in zip(taught, groups, strict=True):
        votes.append(float(voted([one.answer for one in group]) == problem.answer))
        readings = [method_of(problem, one.rationale) for one in group]
        methods.append(fmean(reading is not None and reading.method.name == "right" for reading in readings))
    values = dict(zip(MEASURES, map(tuple, (greedy, votes, methods)), strict=True))
    return tuple(problem.id for problem in taught), values


def voted(answers: Sequence[str]) -> str | None:
    """The answer of the majority vote; an empty one is no answer and has no vote."""
    choice = choose(answer_classes(answers, str.__eq__, key=str), [0.0] * len(answers), "maj")
    return answers[choice.rationale] if choice else None


def table(runs: Sequence[Sequence[Graded]]) -> Table:
    """A row a model: means over all problems of all runs, and the difference to the first model.

    Args:
        runs: Per run (seed), what every model did; the runs may be of other models and problems.
    """
    first = runs[0][0].model
    keys = dict.fromkeys((graded.group, graded.model) for graded in runs[0])
    return Table(["group", "model", *MEASURES, f"greedy - {first}"], [_row(runs, *key, first) for key in keys], texts=2)


def differences(runs: Sequence[Sequence[Graded]], against: str) -> Table:
    """How the last model differs from another one, measure by measure.

    Raises:
        UsageError: no model of that name.
    """
    last, names = runs[0][-1].model, {graded.model for graded in runs[0]}
    if against not in names:
        raise UsageError(f"--against: one of {', '.join(sorted(names))} was needed, found '{against}'.")
    rows = [
        [group, *(points(difference(runs, group, last, against, measure)) for measure in MEASURES)]
        for group in dict.fromkeys(graded.group for graded in runs[0])
    ]
    return Table([f"{last} - {against}", *MEASURES], rows)


def difference(runs: Sequence[Sequence[Graded]], group: str, a: str, b: str, measure: str) -> Interval:
    """Mean of a - b over the problems of all runs, with a 95 % interval.

    With several runs it is Student's t over their means, because the models of a run come from the same pairs; with a
    single run the problem types are the clusters.
    """
    pairs = [(_of(run, group, a), _of(run, group, b)) for run in runs]
    if len(pairs) > 1:
        return mean_interval([fmean(one.values[measure]) - fmean(two.values[measure]) for one, two in pairs])
    [(one, two)] = pairs
    return paired_difference(one.values[measure], two.values[measure], [type_of(problem) for problem in one.problems])


def save(runs: Sequence[Graded], path: Path) -> None:
    """Every problem's values, so that tables of several runs need no model again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([graded.described() for graded in runs]) + "\n", encoding="utf-8")


def load(path: Path) -> list[Graded]:
    """What `save` wrote.

    Raises:
        UsageError: no such file.
    """
    if not path.is_file():
        raise UsageError(f"Results of lbt evaluate-teachers --out were needed, found nothing at {path}.")
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [
        Graded(row["model"], row["group"], tuple(row["problems"]), {k: tuple(v) for k, v in row["values"].items()})
        for row in rows
    ]


def _row(runs: Sequence[Sequence[Graded]], group: str, model: str, first: str) -> list[str]:
    means = [fmean(value for run in runs for value in _of(run, group, model).values[measure]) for measure in MEASURES]
    gain = "" if model == first else points(difference(runs, group, model, first, MEASURES[0]))
    return [group, model, *(as_percent(mean) for mean in means), gain]


def _of(run: Sequence[Graded], group: str, model: str) -> Graded:
    return next(graded for graded in run if (graded.group, graded.model) == (group, model))


def type_of(problem: str) -> str:
    """Of a classroom problem, from its id."""
    return re.sub(r"(-\d+)+-p\d+$", "", problem)
