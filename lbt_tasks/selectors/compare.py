"""Selectors side by side: accuracy, what it cost, and what a vote of as many tokens would have been worth.

    rows = compare(candidates, ["maj", "lbt:sum", "likelihood.raw:softmax(1)"])
    points = curve(candidates, "lbt:sum", sizes=[1, 2, 4, 8])

With W the cost of a selector a problem and W_s that of one rationale, self-consistency with k = W / W_s rationales
costs as much. Where k is more than the log holds, they are drawn from it with replacement. Tests are against the vote
of all recorded rationales, or another selector, exact, families together, corrected by Holm for all selectors of the
table. Several samples of one problem, such as runs with other seeds, are one value: their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import NamedTuple

import numpy as np

from lbt_solvers.confidence import COLUMNS
from lbt_solvers.exam_kinds.base import OF_TAUGHT
from lbt_solvers.near_match import no_such
from lbt_solvers.selectors import Selector, selector_of
from lbt_solvers.statistics import (
    Interval,
    PairedTest,
    by_problem,
    holm,
    mean,
    paired_difference,
    paired_test,
    share_interval,
)
from lbt_tasks.selectors.columns import ScoredSample
from lbt_tasks.selectors.fitting import STACKED, accuracy_of, fitted

VOTE_SUM = "vote:sum"
"""The name of MAJ among selectors."""
DRAWS = 100
"""Votes that are drawn a problem for self-consistency at equal cost."""


@dataclass(frozen=True, slots=True)
class SelectorResult:
    """One selector in numbers; costs are means a problem."""

    selector: str
    gold: str
    accuracy: Interval
    cost: float
    """In tokens read, the teacher's rationales included."""
    votes: float
    """Rationales that cost as much."""
    vote: float
    """Accuracy of their vote."""
    above_vote: Interval
    """Accuracy minus that."""
    oracle_gap: float
    """Share of the way from the vote of the recorded rationales to the oracle."""
    over: Interval
    """Accuracy minus that of the selector that it is held against: by default that vote."""
    test: PairedTest
    """Against the same."""
    p: float
    """Corrected."""


@dataclass(frozen=True, slots=True)
class Point:
    """A selector with so many of the recorded rationales."""

    rationales: int
    cost: float
    accuracy: float


def parsed(written: Sequence[str], candidates: Sequence[ScoredSample]) -> list[Selector]:
    """The selectors of these names.

    Raises:
        ValueError: no selector, or one of a column that the logs do not have.
    """
    selectors = [selector_of(each) for each in dict.fromkeys(written)]
    for selector in selectors:
        if selector.column not in candidates[0].columns:
            raise ValueError(no_such("column", selector.column, sorted(candidates[0].columns)))
        if candidates[0].columns[selector.column].gold == OF_TAUGHT:
            raise ValueError(
                f"{selector.column} saw the gold answers of the problems that are compared, so nothing can be chosen "
                "by it: it is for rewards and preference pairs."
            )
    return selectors


def default_selectors(candidates: Sequence[ScoredSample]) -> list[str]:
    """The vote, the rules on LbT scores, every other exam by its best ways, and the two that any score has to beat."""
    columns = candidates[0].columns
    exams = [
        name
        for name in columns
        if columns[name].costs
        and columns[name].gold != OF_TAUGHT
        and not name.endswith(".raw")
        and name not in ("lbt", "usc")
    ]
    of_exam = [f"{name}:{how}" for name in exams for how in ("max", "sum", "borda(1)")]
    raw = [f"{name}.raw:softmax({given})" for name in exams if f"{name}.raw" in columns for given in ("1", "fit")]
    sure = [f"{name}:{how}" for name in COLUMNS if name in columns for how in ("max", "borda(1)")]
    asked = ["usc"] if "usc" in columns else []
    stacked = [f"{name}:{how}" for name in STACKED if name in columns for how in ("max", "sum")]
    return ["maj", *of_exam, *raw, *asked, *sure, *stacked, "length:max", "random:max"]


def compare(
    candidates: Sequence[ScoredSample],
    selectors: Sequence[Selector],
    seed: int = 0,
    fit_on: Sequence[ScoredSample] | None = None,
    against: Selector | None = None,
) -> list[SelectorResult]:
    """Every selector over the same problems.

    Args:
        candidates: Of every sample.
        selectors: Which ones.
        seed: Of what is drawn.
        fit_on: Other problems, on which parameters are fitted; by default on the other folds of these.
        against: What the others are tested against; MAJ by default.

    Raises:
        ValueError: sums of negative scores.
    """
    base = against or selector_of("maj")
    known = _Known(
        _values(candidates, selector_of("maj")),
        _values(candidates, base, fit_on),
        _means(candidates, lambda each: max(each.correct, default=0.0)),
    )
    rows = [_row(candidates, selector, known, seed, fit_on) for selector in selectors]
    corrected = iter(holm([row.test.p for row in rows if row.selector != base.name]))
    return [row if row.selector == base.name else replace(row, p=next(corrected)) for row in rows]


class _Known(NamedTuple):
    """Values of every problem that all rows need."""

    maj: Sequence[float]
    base: Sequence[float]
    """Of what they are held against."""
    oracle: Sequence[float]


def _row(
    candidates: Sequence[ScoredSample],
    selector: Selector,
    known: _Known,
    seed: int,
    fit_on: Sequence[ScoredSample] | None,
) -> SelectorResult:
    families = _families(candidates)
    values = _values(candidates, selector, fit_on)
    cost = mean([each.cost(selector.column, range(len(each.classes))) for each in candidates])
    sample = mean([each.sample_cost for each in candidates])
    votes = cost / sample if sample else nan
    vote = _means(candidates, lambda each: vote_of(each, max(1, round(votes)) if sample else len(each.classes), seed))
    gap = mean(known.oracle) - mean(known.maj)
    return SelectorResult(
        selector=selector.name,
        gold=candidates[0].columns[selector.column].gold,
        accuracy=share_interval(values, families),
        cost=cost,
        votes=votes,
        vote=mean(vote),
        above_vote=paired_difference(values, vote, families),
        oracle_gap=(mean(values) - mean(known.maj)) / gap if gap > 0 else nan,
        over=paired_difference(values, known.base, families),
        test=paired_test(values, known.base, families),
        p=nan,
    )


def vote_of(each: ScoredSample, votes: int, seed: int = 0, draws: int = DRAWS) -> float:
    """Expected accuracy in [0, 1] of the vote of that many rationales.

    They are drawn without replacement as far as there are so many, with it beyond; all recorded ones vote themselves.
    """
    number = len(each.classes)
    if votes == number:
        return accuracy_of(each, selector_of("maj"))
    rng = np.random.default_rng([seed, votes, number])
    drawn = (rng.choice(number, votes, replace=votes > number) for _ in range(draws))
    return mean([accuracy_of(each, selector_of("maj"), indexes.tolist()) for indexes in drawn])


def curve(
    candidates: Sequence[ScoredSample],
    selector: Selector,
    sizes: Sequence[int],
    draws: int = 20,
    seed: int = 0,
    fit_on: Sequence[ScoredSample] | None = None,
) -> list[Point]:
    """Accuracy over cost, by fewer of the recorded rationales; a draw of all of them is one.

    Scores that are of all rationales together have one point.
    """
    points: list[Point] = []
    chosen = fitted(candidates, selector, fit_on)
    if candidates[0].columns[selector.column].whole:
        sizes = [max(sizes)]
    for size in sizes:
        costs: list[float] = []
        rights: list[float] = []
        for each, own in zip(candidates, chosen, strict=True):
            number = len(each.classes)
            rng = np.random.default_rng([seed, size, number])
            for _ in range(1 if size >= number else draws):
                drawn = sorted(rng.choice(number, min(size, number), replace=False).tolist())
                costs.append(each.cost(selector.column, drawn))
                rights.append(accuracy_of(each, own, drawn))
        points.append(Point(size, mean(costs), mean(rights)))
    return points


def _values(
    candidates: Sequence[ScoredSample], selector: Selector, fit_on: Sequence[ScoredSample] | None = None
) -> list[float]:
    pairs = zip(candidates, fitted(candidates, selector, fit_on), strict=True)
    return _by_problem(candidates, [accuracy_of(each, own) for each, own in pairs])


def _means(candidates: Sequence[ScoredSample], value: Callable[[ScoredSample], float]) -> list[float]:
    return _by_problem(candidates, [value(each) for each in candidates])


def _by_problem(candidates: Sequence[ScoredSample], values: Sequence[float]) -> list[float]:
    """One value a problem, the mean over its samples."""
    return by_problem([each.problem for each in candidates], values)[1][0]


def _families(candidates: Sequence[ScoredSample]) -> list[str]:
    family = {each.problem: each.family for each in candidates}
    return [family[problem] for problem in dict.fromkeys(each.problem for each in candidates)]
