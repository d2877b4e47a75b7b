"""Intervals and tests against closed forms, scipy and brute force."""

import math
import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lbt_solvers.statistics import (
    by_problem,
    detectable_difference,
    holm,
    mean_interval,
    paired_difference,
    paired_test,
    pooled_interval,
    ratio_interval,
    share_interval,
)

SOLVED = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60)


SHARES = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=40)


def test_without_clusters_the_interval_of_a_mean_is_students() -> None:
    values = np.random.default_rng(5).random(31)
    low, high = stats.t.interval(0.95, 30, values.mean(), stats.sem(values))
    assert mean_interval(values.tolist()) == pytest.approx((values.mean(), low, high))
    assert mean_interval([0.5] * 5) == (0.5, 0.5, 0.5)


def test_the_interval_of_a_share_is_agresti_and_coulls_but_for_student() -> None:
    n, solved = 181, 130
    share = (solved + 2) / (n + 4)
    reach = stats.t.ppf(0.975, n - 1) * math.sqrt(share * (1 - share) / (n + 3))
    found = share_interval([1.0] * solved + [0.0] * (n - solved))
    assert found == pytest.approx((solved / n, share - reach, share + reach))


def test_nothing_is_certain_because_all_values_are_equal() -> None:
    for value in (0.0, 1.0):
        found = share_interval([value] * 9)
        assert found.mean == value and found.high - found.low > 0.2
    found = paired_difference([1.0] * 9, [1.0] * 9)
    assert found.low < 0 < found.high


def test_clusters_that_agree_are_one_value_each() -> None:
    """Eight clusters of 50 equal values carry the information of eight values, not of 400."""
    single = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    many = [value for value in single for _ in range(50)]
    labels = [f"type {index // 50}" for index in range(400)]
    assert mean_interval(many, labels) == pytest.approx(mean_interval(single))
    clustered, alone = share_interval(many, labels), share_interval(many)
    assert clustered.high - clustered.low > 5 * (alone.high - alone.low)
    assert paired_test(many, [0.5] * 400, labels).p == pytest.approx(stats.binomtest(5, 8).pvalue)


def test_epochs_add_no_problems() -> None:
    problems = [name for name in "abcdef" for _ in range(4)]
    one, other = [1.0] * 12 + [0.0] * 12, [0.0] * 24
    names, [a, b] = by_problem(problems, one, other)
    assert names == list("abcdef") and paired_test(a, b) == (3, 0, 0.25)
    assert paired_difference(a, b) == paired_difference([1, 1, 1, 0, 0, 0], [0] * 6)


@given(SHARES, SHARES, st.integers(1, 6))
@settings(deadline=None)
def test_intervals_hold_the_mean_and_stay_where_it_can_be(one: list[float], other: list[float], clusters: int) -> None:
    n = min(len(one), len(other))
    labels = [index % clusters for index in range(n)]
    for found, least in ((share_interval(one[:n], labels), 0), (paired_difference(one[:n], other[:n], labels), -1)):
        assert math.isnan(found.low) == (min(clusters, n) < 2)
        assert math.isnan(found.low) or least <= found.low <= found.high <= 1


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=9), st.integers(1, 9))
@settings(deadline=None)
def test_the_test_is_that_of_all_signs(differences: list[float], clusters: int) -> None:
    labels = [index % clusters for index in range(len(differences))]
    sums = [sum(d for d, label in zip(differences, labels, strict=True) if label == each) for each in set(labels)]
    seen = abs(sum(sums))
    ends = [abs(sum(s * e for s, e in zip(signs, sums, strict=True))) for signs in product((1, -1), repeat=len(sums))]
    found = paired_test(differences, [0.0] * len(differences), labels)
    assert found.p == pytest.approx(sum(end >= seen - 1e-9 for end in ends) / len(ends))


def test_a_ratio_weighs_problems_by_their_wholes() -> None:
    found = ratio_interval([2, 0, 3], [4, 1, 5])
    assert found.mean == 0.5 and found.low < 0.5 < found.high
    assert math.isnan(ratio_interval([1], [2]).low) and math.isnan(ratio_interval([], []).mean)


def test_a_ratio_of_all_or_nothing_still_has_an_interval() -> None:
    found = ratio_interval([0] * 30, [3] * 30)
    assert found.mean == found.low == 0.0 and 0.05 < found.high < 0.15
    assert found.high < share_interval([0.0] * 30).high


def test_many_values_of_one_problem_narrow_nothing() -> None:
    values, problems = [1.0, 0.0, 1.0, 1.0], ["a", "a", "b", "c"]
    assert pooled_interval(values * 9, problems * 9) == pytest.approx(pooled_interval(values, problems))
    assert pooled_interval(values, problems).mean == 0.75
    assert math.isnan(pooled_interval(values, problems, ["x"] * 4).low)


@pytest.mark.parametrize(("parts", "wholes"), [([2.0], [1.0]), ([-1.0, 1.0], [1.0, 1.0])])
def test_parts_outside_their_wholes_are_refused(parts: list[float], wholes: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and their wholes"):
        ratio_interval(parts, wholes)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_against_its_definition(ps: list[float]) -> None:
    corrected = holm(ps)
    order = sorted(range(len(ps)), key=ps.__getitem__)
    expected = [max(min(1.0, (len(ps) - k) * ps[order[k]]) for k in range(at + 1)) for at in range(len(ps))]
    assert [corrected[at] for at in order] == pytest.approx(expected)


def test_a_detectable_difference_is_detected() -> None:
    """With the stated power, by the very test that reports use."""
    rng, found = np.random.default_rng(3), detectable_difference(181, differing=0.2)
    assert 0.08 < found < 0.11 and detectable_difference(724, 0.2) < found
    wins = (0.2 + found) / 2
    luck = rng.random((800, 181))
    ps = [paired_test((row < wins).astype(float), ((row >= wins) & (row < 0.2)).astype(float)).p for row in luck]
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.8, abs=0.06)
    assert math.isnan(detectable_difference(10, 0.1))


@pytest.mark.parametrize(("values", "mean"), [([], math.nan), ([0.5], 0.5)])
def test_too_few_values_give_no_interval(values: list[float], mean: float) -> None:
    assert share_interval(values) == pytest.approx((mean, math.nan, math.nan), nan_ok=True)
    assert math.isnan(paired_difference(values, values).low)
    assert share_interval([0.0, 1.0], ["a", "a"]) == pytest.approx((0.5, math.nan, math.nan), nan_ok=True)


@pytest.mark.parametrize("bad", [[math.nan, 1.0], [math.inf, 0.0], [[0.0, 1.0], [1.0, 0.0]]])
def test_values_that_are_no_numbers_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="finite number"):
        share_interval(bad)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="found 2 and 1"):
        paired_difference([1, 0], [1])
    with pytest.raises(ValueError, match="found 1 and 2"):
        paired_test([1], [1, 0])
    with pytest.raises(ValueError, match="found 2 and 3"):
        share_interval([1, 0], clusters=["a", "b", "c"])


@given(SOLVED)
@settings(deadline=None)
def test_mcnemar_against_the_sum_of_binomial_coefficients(pairs: list[tuple[bool, bool]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    result = paired_test(a, b)
    only_a = sum(x and not y for x, y in pairs)
    n = sum(x != y for x, y in pairs)
    as_extreme = [k for k in range(n + 1) if math.comb(n, k) <= math.comb(n, only_a)]
    assert (result.only_a, result.only_b) == (only_a, n - only_a)
    assert result.p == pytest.approx(sum(math.comb(n, k) for k in as_extreme) / 2**n)


@given(SOLVED, st.integers())
@settings(deadline=None)
def test_mcnemar_is_symmetric_and_knows_no_order(pairs: list[tuple[bool, bool]], seed: int) -> None:
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    result = paired_test([x for x, _ in pairs], [y for _, y in pairs])
    swapped = paired_test([y for _, y in shuffled], [x for x, _ in shuffled])
    assert (result.only_a, result.only_b, result.p) == (swapped.only_b, swapped.only_a, swapped.p)
