"""What is fitted on other problems: parameters of selectors, and the column `stacked`, a logistic model on the others.

    fitted(candidates, selector_of("likelihood.raw:softmax(fit)"))     # one selector a sample
    with_stacked(candidates)[0].columns["stacked"].scores              # P(right), in [0, 1]

    lbt report --selectors logs/full --selector "likelihood.raw:softmax(fit)" --selector stacked:sum

Problems are split into five folds, those that are made alike (families) in one; a problem's parameter is the one that
chose best on the other folds. With `fit_on`, another log's problems, those are all that is fitted on.

    T, p, eta    argmax over a grid of the accuracy on other problems; T in standard deviations of the column; of equal
                 ones the nearest to 1 in the logarithm
    stacked      P(rationale is right) = 1 / (1 + exp(-(w . f + b))), fitted by penalised maximum likelihood (C = 1),
                 with f the share of the votes for its answer and each column's (c_i - mean) / deviation among the
                 problem's rationales; stacking: Wolpert, 1992, Neural Networks 5(2)

`stacked.free` does the same without the columns that saw gold answers. Pure, on recorded columns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from math import fsum, inf, log
from statistics import fmean, pstdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.exam_kinds.base import OF_TAUGHT
from lbt_solvers.selectors import LBT, VOTE, Selector
from lbt_tasks.selectors.columns import NO_GOLD, Column, ScoredSample

FOLDS = 5
STACKED = ("stacked", "stacked.free")
GRID: Mapping[str, tuple[float, ...]] = {
    "softmax": (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10),
    "borda": (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5),
    "filter": (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1),
}
"""Parameters that are tried; those of softmax in standard deviations of the column."""
_NO_FEATURE = (VOTE, "random", LBT, f"{LBT}.raw", *STACKED)

Floats = NDArray[np.float64]


def folds_of(candidates: Sequence[ScoredSample], number: int = FOLDS) -> list[int]:
    """The fold of each sample: families in the order of their names, dealt out in turn."""
    families = sorted({each.family for each in candidates})
    place = {family: at % number for at, family in enumerate(families)}
    return [place[each.family] for each in candidates]


def accuracy_of(each: ScoredSample, selector: Selector, indexes: Sequence[int] | None = None) -> float:
    """How right the selector's choice among those rationales is, in [0, 1]; among all of them by default."""
    chosen = range(len(each.classes)) if indexes is None else indexes
    scores = each.columns[selector.column].scores
    choice = selector.choose([each.classes[index] for index in chosen], [scores[index] for index in chosen])
    return each.correct[chosen[choice.rationale]] if choice else 0.0


def fitted(
    candidates: Sequence[ScoredSample], selector: Selector, fit_on: Sequence[ScoredSample] | None = None
) -> list[Selector]:
    """The selector of each sample, its parameter fitted on other problems where it says so.

    Raises:
        ValueError: nothing to fit on.
    """
    if not selector.fit:
        return [selector] * len(candidates)
    if fit_on is not None:
        return [_best(fit_on, selector)] * len(candidates)
    folds = folds_of(candidates)
    _check_folds(folds, selector.name)

    @cache
    def best(fold: int) -> Selector:
        others = [each for each, of in zip(candidates, folds, strict=True) if of != fold]
        return _best(others, selector)

    return [best(fold) for fold in folds]


def _check_folds(folds: Sequence[int], what: str) -> None:
    if len(set(folds)) < 2:
        raise ValueError(
            f"{what} is fitted on other problems: at least 2 that are not made alike were needed, found 1; give "
            "another log by --fit-on."
        )


def _best(others: Sequence[ScoredSample], selector: Selector) -> Selector:
    unit = _deviation(others, selector.column) if selector.aggregator == "softmax" else 1.0
    tried = [(factor, replace(selector, parameter=factor * unit, fit=False)) for factor in GRID[selector.aggregator]]
    return max(tried, key=lambda each: (_accuracy(others, each[1]), -abs(log(each[0]))))[1]


def _accuracy(candidates: Sequence[ScoredSample], selector: Selector) -> float:
    return fsum(accuracy_of(each, selector) for each in candidates)


def _deviation(candidates: Sequence[ScoredSample], column: str) -> float:
    """Standard deviation of the column within a problem, the mean over problems; 1 where there is none."""
    known = [_known(each.columns[column].scores) for each in candidates]
    found = [pstdev(scores) for scores in known if len(scores) > 1]
    return (fmean(found) if found else 0.0) or 1.0


def _known(scores: Sequence[float | None]) -> list[float]:
    return [score for score in scores if score is not None]


def with_stacked(
    candidates: Sequence[ScoredSample], fit_on: Sequence[ScoredSample] | None = None
) -> list[ScoredSample]:
    """The same with the stacked columns, where the logs have anything to stack and to fit on."""
    found = list(candidates)
    for name in STACKED:
        used = features_of(candidates[0], free=name.endswith(".free"))
        probabilities = _probabilities(candidates, used, fit_on) if used else None
        if probabilities is None:
            continue
        for at, (each, scores) in enumerate(zip(found, probabilities, strict=True)):
            parts = [each.columns[of] for of in used]
            gold = "; ".join(dict.fromkeys(["answers of other problems", *_golds(parts)]))
            found[at] = replace(each, columns={**each.columns, name: Column(scores, gold, parts=parts, whole=True)})
    return found


def features_of(each: ScoredSample, free: bool = False) -> list[str]:
    """The columns that are stacked: of an exam that has raw values those, each exam once."""
    names = [name for name in each.columns if name not in _NO_FEATURE and f"{name}.raw" not in each.columns]
    names = [name for name in names if each.columns[name].gold != OF_TAUGHT]
    return [name for name in names if not free or each.columns[name].gold == NO_GOLD]


def _golds(parts: Sequence[Column]) -> list[str]:
    return [part.gold for part in parts if part.gold != NO_GOLD]


def features(each: ScoredSample, used: Sequence[str]) -> Floats:
    """One row a rationale: the share of votes for its answer, and each column in deviations from the problem's mean."""
    votes = [number for number in each.classes if number is not None]
    share = [votes.count(number) / len(votes) if number is not None else 0.0 for number in each.classes]
    return np.column_stack([share, *(_standardised(each.columns[name].scores) for name in used)])


def _standardised(scores: Sequence[float | None]) -> list[float]:
    known = [score for score in _known(scores) if abs(score) < inf]
    mean, deviation = (fmean(known), pstdev(known)) if known else (0.0, 0.0)
    return [0.0 if score is None or deviation < 1e-12 else (score - mean) / deviation for score in scores]


def _probabilities(
    candidates: Sequence[ScoredSample], used: Sequence[str], fit_on: Sequence[ScoredSample] | None
) -> list[list[float | None]] | None:
    """Of every rationale that it is right; `None` where there are no other problems to learn that from."""
    folds = [0] * len(candidates) if fit_on is not None else folds_of(candidates)
    found: list[list[float | None]] = [[] for _ in candidates]
    for fold in sorted(set(folds)):
        others = fit_on if fit_on is not None else [e for e, of in zip(candidates, folds, strict=True) if of != fold]
        if (predict := _model(others, used)) is None:
            return None
        for at, each in enumerate(candidates):
            if folds[at] == fold:
                found[at] = predict(each)
    return found


def _model(others: Sequence[ScoredSample], used: Sequence[str]) -> Callable[[ScoredSample], list[float | None]] | None:
    """A function from a sample to probabilities; `None` where the others are all right, all wrong, or none."""
    linear: Any = import_module("sklearn.linear_model")
    rows = [(row, right >= 0.5) for each in others for row, right, number in _rows(each, used) if number is not None]
    if len({right for _, right in rows}) < 2:
        return None
    model = linear.LogisticRegression(C=1.0, max_iter=1000).fit(
        np.stack([row for row, _ in rows]), np.array([right for _, right in rows])
    )

    def predict(each: ScoredSample) -> list[float | None]:
        shares = model.predict_proba(features(each, used))[:, 1]
        return [
            float(share) if number is not None else None for share, number in zip(shares, each.classes, strict=True)
        ]

    return predict


def _rows(each: ScoredSample, used: Sequence[str]) -> Iterable[tuple[Floats, float, int | None]]:
    return zip(features(each, used), each.correct, each.classes, strict=True)
