"""How sure a result is: intervals and tests in which a problem counts once and families of problems stay together.

    >>> teaching, voting = [1, 1, 1, 0, 1, 1], [1, 0, 1, 0, 0, 1]
    >>> paired_difference(teaching, voting).mean
    0.3333333333333333
    >>> paired_test(teaching, voting)
    PairedTest(only_a=2, only_b=0, p=0.5)

Every function takes one value a problem; `by_problem` makes them of several epochs. Problems that are made alike (of
one type, or variants of one) are a cluster: intervals and tests take clusters for independent, and nothing within them.
What is computed how, from which source, how often it is right, and what it does not cover: docs/statistics.md.
"""

from collections.abc import Hashable, Sequence
from functools import reduce
from importlib import import_module
from math import fsum, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PSEUDO_SHARES = (0.0, 0.0, 1.0, 1.0)
"""Two failures and two successes, which Agresti and Coull add."""
_GRID = 1000
"""Differences of epochs' means are multiples of a fraction; those of no fraction down to this are rounded to it."""


class Interval(NamedTuple):
    """A mean and its confidence interval, in the unit of the values."""

    mean: float
    low: float
    high: float


class PairedTest(NamedTuple):
    """Problems on which either of two methods did better, and the two-sided exact p-value."""

    only_a: int
    only_b: int
    p: float


def mean(values: Sequence[float]) -> float:
    """Nan of nothing."""
    return fsum(values) / len(values) if len(values) else nan


def by_problem(problems: Sequence[str], *columns: Sequence[float]) -> tuple[list[str], list[list[float]]]:
    """One value a problem: the mean over its samples. Problems in the order in which they were first seen.

    Args:
        problems: Shape (samples,): of which problem each sample is.
        columns: Each of shape (samples,).
    """
    numbers: dict[str, int] = {}
    at = np.array([numbers.setdefault(problem, len(numbers)) for problem in problems], dtype=np.int64)
    counts = np.bincount(at, minlength=len(numbers))
    return list(numbers), [
        (np.bincount(at, weights=np.asarray(column, dtype=np.float64), minlength=len(numbers)) / counts).tolist()
        for column in columns
    ]


def share_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> Interval:
    """Mean of values in [0, 1] over problems, with its interval.

    The interval is Agresti and Coull's, around the values with two whole successes and two whole failures more, with
    the spread of clusters by the jackknife and Student's t with one degree of freedom less than there are clusters.

    Args:
        values: One value a problem, shape (n,).
        clusters: Shape (n,); problems of one cluster are left out together. By default each is one of its own.
        level: Coverage, in (0, 1).

    Returns:
        The mean and the interval. Without values all three are nan; with one value (or one cluster) the interval is
        nan, because a single value says nothing about its spread.

    Raises:
        ValueError: a value that is not a finite number, or not one cluster a value.
    """
    found = np.clip(_interval(_finite(values), clusters, level, _PSEUDO_SHARES), 0.0, 1.0)
    return Interval(mean(values), *found.tolist())


def mean_interval(values: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95) -> Interval:
    """Mean of any values with Student's t interval, the spread of clusters by the jackknife; as `share_interval`."""
    return Interval(mean(values), *_interval(_finite(values), clusters, level, []))


def ratio_interval(
    parts: Sequence[float], wholes: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> Interval:
    """Sum of parts over sum of wholes, parts of the wholes; each problem weighs by its whole.

    The interval is that of `share_interval`: two problems of all and two of nothing are added, half as large as the
    mean, since a problem's parts are alike.

    Raises:
        ValueError: different numbers of problems, parts outside their wholes, or what `share_interval` refuses.
    """
    _same_length(parts, wholes)
    above, below = _finite(parts), _finite(wholes)
    if (above < 0).any() or (above > below).any():
        raise ValueError("Parts between 0 and their wholes were needed.")
    sums, counts = _by_cluster(above, below, clusters)
    sums, counts = sums[counts > 0], counts[counts > 0]
    if len(sums) < 2:
        return Interval(float(above.sum() / below.sum()) if len(sums) else nan, nan, nan)
    size = below[below > 0].mean() / 2
    more = size * np.asarray(_PSEUDO_SHARES)
    ends = _jackknifed(np.append(sums, more), np.append(counts, [size] * len(more)), level, len(sums) - 1)
    return Interval(float(above.sum() / below.sum()), *np.clip(ends, 0.0, 1.0).tolist())


def pooled_interval(
    values: Sequence[float], problems: Sequence[str], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> Interval:
    """Mean of values in [0, 1], any number of which belong to one problem; as `ratio_interval`.

    Args:
        values: Shape (values,).
        problems: To which problem each belongs.
        clusters: To which cluster each belongs; by default to that of its problem.
        level: Coverage, in (0, 1).
    """
    sums, counts = _by_cluster(_finite(values), np.ones(len(values)), problems)
    of_problem = dict(zip(problems, clusters or problems, strict=True))
    return ratio_interval(sums.tolist(), counts.tolist(), list(of_problem.values()), level)


def paired_difference(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> Interval:
    """Mean of a - b over the same problems in the same order, values in [0, 1], with its interval.

    As Bonett and Price do, a problem won and one lost are added, here each with half its square; clusters as in
    `share_interval`.

    Raises:
        ValueError: different numbers of problems, or what `share_interval` refuses.
    """
    _same_length(a, b)
    differences = _finite(a) - _finite(b)
    found = np.clip(_interval(differences, clusters, level, [sqrt(0.5), -sqrt(0.5)]), -1.0, 1.0)
    return Interval(mean(differences.tolist()), *found.tolist())


def paired_test(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable] | None = None) -> PairedTest:
    """Exact test of two methods on the same problems: each cluster's difference could as well have the other sign.

    Of single answers to unrelated problems this is McNemar's exact test: p is that of the binomial test of the problems
    that only a solved in those that only one solved. Without any difference p = 1.

    Args:
        a: One value a problem in [0, 1], as `paired_difference` takes them.
        b: The same problems in the same order.
        clusters: As in `share_interval`.

    Raises:
        ValueError: what `paired_difference` refuses.
    """
    _same_length(a, b)
    differences = _finite(a) - _finite(b)
    differences[np.abs(differences) < 1e-12] = 0.0
    sums, _ = _by_cluster(_whole(differences), np.ones_like(differences), clusters)
    steps = np.abs(sums[sums != 0]).astype(np.int64)
    return PairedTest(int((differences > 0).sum()), int((differences < 0).sum()), _sign_flips(steps, abs(sums.sum())))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for being several, in the same order: least times n, next times n - 1 (Holm, 1979)."""
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = min(1.0, max(largest, p_values[at] * (len(p_values) - rank)))
        corrected[at] = largest
    return corrected


def detectable_difference(problems: int, differing: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest true difference in accuracy that a run finds with that power, in [0, 1]; nan where it finds none.

    By Connor's formula for McNemar's test (Biometrics, 1987), for unrelated problems.

    Args:
        problems: How many are taught.
        differing: Share of problems on which the two methods are expected to differ, in (0, 1].
        power: Probability with which the difference is to be found.
        alpha: Of the two-sided test.
    """
    normal: Any = import_module("scipy.stats").norm
    by_chance, to_be_seen = normal.ppf(1 - alpha / 2), normal.ppf(power)
    low, high = 0.0, differing
    for _ in range(60):
        middle = (low + high) / 2
        needed = ((by_chance * sqrt(differing) + to_be_seen * sqrt(differing - middle**2)) / middle) ** 2
        low, high = (low, middle) if needed <= problems else (middle, high)
    return nan if high >= differing * (1 - 1e-9) else high


def _interval(
    values: Floats, clusters: Sequence[Hashable] | None, level: float, pseudo: Sequence[float]
) -> tuple[float, float]:
    sums, counts = _by_cluster(values, np.ones_like(values), clusters)
    if len(sums) < 2:
        return nan, nan
    more = np.asarray(pseudo, dtype=np.float64)
    return _jackknifed(np.append(sums, more), np.append(counts, np.ones_like(more)), level, len(sums) - 1)


def _jackknifed(sums: Floats, counts: Floats, level: float, freedom: int | None = None) -> tuple[float, float]:
    """Student's t interval of the ratio of sums, its variance by leaving out one cluster after the other."""
    number, whole = len(sums), counts.sum()
    if number < 2 or (whole - counts <= 0).any():
        return nan, nan
    ratio = sums.sum() / whole
    without = (sums.sum() - sums) / (whole - counts)
    error = sqrt((number - 1) / number * float(((without - ratio) ** 2).sum()))
    student: Any = import_module("scipy.stats").t
    reach = float(student.ppf((1 + level) / 2, freedom or number - 1)) * error
    return float(ratio - reach), float(ratio + reach)


def _sign_flips(steps: NDArray[np.int64], seen: float) -> float:
    """How often a walk of these steps, each forwards or backwards, ends at least as far from where it began."""
    if not len(steps):
        return 1.0
    chances = reduce(_stepped, steps.tolist(), np.ones(1))
    ends = np.abs(np.arange(len(chances)) * 2 - (len(chances) - 1))
    return min(1.0, float(chances[ends >= seen].sum()))


def _stepped(chances: Floats, step: int) -> Floats:
    """Chances of the sum of the forward steps, one step later."""
    stay, go = np.append(chances, np.zeros(step)), np.append(np.zeros(step), chances)
    return (stay + go) / 2


def _whole(differences: Floats) -> Floats:
    """The same as whole multiples of the largest fraction of which all are multiples."""
    for parts in range(1, _GRID):
        scaled = differences * parts
        if np.abs(scaled - np.round(scaled)).max(initial=0.0) < 1e-6:
            return np.round(scaled)
    return np.round(differences * _GRID)


def _by_cluster(values: Floats, wholes: Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """Sums of both over each cluster, in the order of first appearance."""
    if clusters is None:
        return values, wholes
    _same_length(values, clusters)
    numbers: dict[Hashable, int] = {}
    labels = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.int64)
    summed = [np.bincount(labels, weights=each).astype(np.float64) for each in (values, wholes)]
    return summed[0], summed[1]


def _finite(values: Sequence[float]) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError("One finite number a problem was needed; leave problems without a score out of all methods.")
    return numbers


def _same_length(a: Any, b: Any) -> None:
    if len(a) != len(b):
        raise ValueError(f"The same problems in the same order were needed, found {len(a)} and {len(b)}.")
