"""Intervals and tests against closed forms, scipy and brute force."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lbt_solvers.statistics import bootstrap_interval, mcnemar, paired_difference

SOLVED = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60)


def test_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(5).random(181)
    ours = bootstrap_interval(values.tolist(), seed=3)
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=10_000, rng=np.random.default_rng(7)
    ).confidence_interval
    assert ours.mean == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.003)
    assert ours.high == pytest.approx(theirs.high, abs=0.003)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_interval_of_a_share_has_the_binomial_quantiles(level: float) -> None:
    """The mean of a resample of 0/1 values is exactly Binomial(n, mean) / n."""
    n, solved = 200, 130
    interval = bootstrap_interval([1.0] * solved + [0.0] * (n - solved), level=level)
    tail = (1 - level) / 2
    expected = stats.binom(n, solved / n).ppf([tail, 1 - tail]) / n
    assert interval.low == pytest.approx(expected[0], abs=1.01 / n)
    assert interval.high == pytest.approx(expected[1], abs=1.01 / n)


def test_same_seed_same_interval_and_other_seed_another() -> None:
    values = np.random.default_rng(1).random(50).tolist()
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


def test_block_size_does_not_change_memory_bound_results(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).random(40).tolist()
    whole = bootstrap_interval(values)
    monkeypatch.setattr("lbt_solvers.statistics.DRAWS_AT_ONCE", 4000)
    blocks = bootstrap_interval(values)
    assert blocks == pytest.approx(whole)


def test_clusters_that_agree_are_drawn_together() -> None:
    """Four clusters of 50 equal values carry the information of four values, not of 200."""
    single = [0.0, 1.0, 1.0, 1.0]
    many = [value for value in single for _ in range(50)]
    labels = [f"type {index // 50}" for index in range(200)]
    clustered = bootstrap_interval(many, clusters=labels)
    assert clustered == pytest.approx(bootstrap_interval(single))
    alone = bootstrap_interval(many)
    assert clustered.high - clustered.low > 3 * (alone.high - alone.low)


def test_unequal_clusters_weigh_by_their_size() -> None:
    """Both, the first twice or the second twice: resampled means are 1/4, 0 and 1."""
    interval = bootstrap_interval([0, 0, 0, 1], clusters=["a", "a", "a", "b"])
    assert interval == (0.25, 0.0, 1.0)


@pytest.mark.parametrize(("values", "mean"), [([], math.nan), ([0.5], 0.5)])
def test_too_few_values_give_no_interval(values: list[float], mean: float) -> None:
    interval = bootstrap_interval(values)
    assert interval == pytest.approx((mean, math.nan, math.nan), nan_ok=True)
    assert paired_difference(values, values).low != paired_difference(values, values).low


def test_one_cluster_gives_no_interval() -> None:
    interval = bootstrap_interval([0.0, 1.0], clusters=["a", "a"])
    assert interval == pytest.approx((0.5, math.nan, math.nan), nan_ok=True)


def test_equal_values_give_an_interval_without_width() -> None:
    assert bootstrap_interval([1.0] * 9) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("bad", [[math.nan, 1.0], [math.inf, 0.0], [[0.0, 1.0], [1.0, 0.0]]])
def test_values_that_are_no_numbers_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="finite number"):
        bootstrap_interval(bad)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="found 2 and 1"):
        paired_difference([1, 0], [1])
    with pytest.raises(ValueError, match="found 1 and 2"):
        mcnemar([1], [1, 0])
    with pytest.raises(ValueError, match="found 2 and 3"):
        bootstrap_interval([1, 0], clusters=["a", "b", "c"])


def test_pairing_takes_the_problems_difficulty_out() -> None:
    """b is a with 1 more on every problem: the difference is certain, however much a spreads."""
    a = np.random.default_rng(0).normal(0, 10, 60)
    assert paired_difference((a + 1).tolist(), a.tolist()) == pytest.approx((1, 1, 1))


@given(SOLVED)
@settings(deadline=None)
def test_mcnemar_against_the_sum_of_binomial_coefficients(pairs: list[tuple[bool, bool]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    result = mcnemar(a, b)
    only_a = sum(x and not y for x, y in pairs)
    n = sum(x != y for x, y in pairs)
    as_extreme = [k for k in range(n + 1) if math.comb(n, k) <= math.comb(n, only_a)]
    assert (result.only_a, result.only_b) == (only_a, n - only_a)
    assert result.p == pytest.approx(sum(math.comb(n, k) for k in as_extreme) / 2**n)


@given(SOLVED, st.integers())
@settings(deadline=None)
def test_mcnemar_is_symmetric_and_knows_no_order(pairs: list[tuple[bool, bool]], seed: int) -> None:
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    result = mcnemar([x for x, _ in pairs], [y for _, y in pairs])
    swapped = mcnemar([y for _, y in shuffled], [x for x, _ in shuffled])
    assert (result.only_a, result.only_b, result.p) == (swapped.only_b, swapped.only_a, swapped.p)


def test_mcnemar_refuses_graded_scores() -> None:
    with pytest.raises(ValueError, match="paired_difference"):
        mcnemar([0.5, 1], [1, 0])
