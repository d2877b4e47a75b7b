"""How sure a result is: bootstrap intervals over problems, paired differences, the exact McNemar test.

    >>> teaching, voting = [1, 1, 1, 0, 1, 1], [1, 0, 1, 0, 0, 1]
    >>> paired_difference(teaching, voting).mean
    0.3333333333333333
    >>> mcnemar(teaching, voting)
    McNemar(only_a=2, only_b=0, p=0.5)

With the paper's 181 problems one problem is 0.55 points, so a difference without its interval says little. The interval
covers the choice of problems alone, not that of samples, prompts or trained models. Percentile intervals are too narrow
for few problems, and have no width at all where every value is the same.
"""

from collections.abc import Hashable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS_AT_ONCE = 2_000_000
"""Bounds the memory: 16 MB a block."""


class Interval(NamedTuple):
    """A mean and its confidence interval, in the unit of the values."""

    mean: float
    low: float
    high: float


class McNemar(NamedTuple):
    """Problems that only one of two methods solved, and the two-sided exact p-value."""

    only_a: int
    only_b: int
    p: float


def bootstrap_interval(
    values: Sequence[float],
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """Percentile bootstrap of the mean over problems.

    Args:
        values: one value a problem, shape (n,).
        level: coverage, in (0, 1).
        resamples: number of bootstrap samples.
        seed: of the resampling; the same input gives the same interval.
        clusters: shape (n,); problems of one cluster (a subject, a template) are drawn together.

    Returns:
        The mean and the interval. Without values all three are nan; with one value (or one cluster) the interval is
        nan, because a single value says nothing about its spread.

    Raises:
        ValueError: a value that is not a finite number, or not one cluster a value.
    """
    numbers = _finite(values)
    sums, counts = _by_cluster(numbers, clusters)
    if len(sums) < 2:
        return Interval(float(numbers.mean()) if len(numbers) else np.nan, np.nan, np.nan)
    scipy_stats: Any = import_module("scipy.stats")
    low, high = scipy_stats.bootstrap(
        (sums, counts),
        _ratio,
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=level,
        n_resamples=resamples,
        batch=max(1, DRAWS_AT_ONCE // len(sums)),
        random_state=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(numbers.mean()), float(low), float(high))


def paired_difference(
    a: Sequence[float],
    b: Sequence[float],
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """Mean of a - b over the same problems in the same order; the interval is that of `bootstrap_interval`.

    Raises:
        ValueError: different numbers of problems, or what `bootstrap_interval` refuses.
    """
    _same_length(a, b)
    return bootstrap_interval((_finite(a) - _finite(b)).tolist(), level, resamples, seed, clusters)


def mcnemar(a: Sequence[float], b: Sequence[float]) -> McNemar:
    """Exact McNemar test of two methods on the same problems; each value is 1 (solved) or 0.

    Under the null hypothesis the problems that only one method solved fall to either with probability 1/2:
    p = two-sided binomial test of only_a in only_a + only_b. Without such problems p = 1.

    Raises:
        ValueError: different numbers of problems, or a value other than 0 and 1.
    """
    _same_length(a, b)
    first, second = _finite(a), _finite(b)
    if not np.isin(np.concatenate([first, second]), (0, 1)).all():
        raise ValueError("McNemar's test needs 0 or 1 a problem; for graded scores use paired_difference.")
    only_a, only_b = int(np.sum(first > second)), int(np.sum(second > first))
    scipy_stats: Any = import_module("scipy.stats")
    p = scipy_stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return McNemar(only_a, only_b, float(p))


def _ratio(sums: NDArray[np.float64], counts: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return np.sum(sums, axis=axis) / np.sum(counts, axis=axis)


def _by_cluster(
    values: NDArray[np.float64], clusters: Sequence[Hashable] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and number of the values of each cluster, in the order of first appearance."""
    if clusters is None:
        return values, np.ones_like(values)
    _same_length(values, clusters)
    numbers: dict[Hashable, int] = {}
    labels = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.int64)
    sums = np.bincount(labels, weights=values)
    return sums.astype(np.float64), np.bincount(labels).astype(np.float64)


def _finite(values: Sequence[float]) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError("One finite number a problem was needed; leave problems without a score out of all methods.")
    return numbers


def _same_length(a: Any, b: Any) -> None:
    if len(a) != len(b):
        raise ValueError(f"The same problems in the same order were needed, found {len(a)} and {len(b)}.")
