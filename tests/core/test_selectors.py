"""Selectors against a plain reading of their formulas, and against the rules whose names they have.

Invariants:
 1. `maj`, `max`, `sum`, `avg` choose what the rules of those names choose, class and rationale.
 2. Each aggregator is its formula, computed here in another way; the order of classes counts only in ties.
 3. softmax with a large T is the vote, with a small T the best score; filter(1) is sum; borda needs ranks alone.
 4. What is no selector, and sums of negative scores, are refused with one line.
"""

from collections import defaultdict
from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.selection import choose
from lbt_solvers.selectors import OLD_NAMES, Selector, as_shares, selector_of

CLASSES = st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=9)
SCORES = st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1.0]) | st.floats(0, 1)
ANY = st.floats(-20, 20)
APART = st.integers(-200, 200).map(lambda number: number / 10)
"""Scores that rounding leaves apart."""


def columns(scores: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[int | None, float]]]:
    return st.lists(st.tuples(st.none() | st.integers(0, 3), scores), min_size=1, max_size=9)


def split(rows: list[tuple[int | None, float]]) -> tuple[list[int | None], list[float]]:
    return [number for number, _ in rows], [score for _, score in rows]


@given(columns(SCORES), st.sampled_from(sorted(OLD_NAMES)))
def test_old_names_choose_as_the_rules_do(rows: list[tuple[int | None, float]], rule: str) -> None:
    classes, scores = split(rows)
    column = [1.0] * len(rows) if rule == "maj" else scores
    found, wanted = selector_of(rule).choose(classes, column), choose(classes, scores, rule)
    assert (found and found[:2]) == (wanted and wanted[:2])


def brute(rows: list[tuple[int | None, float]], aggregator: str, parameter: float) -> dict[int, float]:
    """Every class's value, by loops."""
    voting = [(number, score) for number, score in rows if number is not None]
    best, values = max(score for _, score in voting), defaultdict[int, float](float)
    for number, score in voting:
        if aggregator == "softmax":
            values[number] += exp((score - best) / parameter)
        elif aggregator == "borda":
            places = [at for at, other in enumerate(sorted(s for _, s in voting), 1) if other == score]
            values[number] += (sum(places) / len(places)) ** parameter
        else:
            kept = 0
            while kept < parameter * len(voting):
                kept += 1
            least = sorted((s for _, s in voting), reverse=True)[max(1, kept) - 1]
            values[number] += score if score >= least else 0.0
    return values


@given(
    columns(st.integers(0, 20).map(lambda n: n / 10)),
    st.sampled_from(["softmax", "borda", "filter"]),
    st.sampled_from([0.1, 0.5, 1.0]),
)
def test_each_aggregator_is_its_formula(
    rows: list[tuple[int | None, float]], aggregator: str, parameter: float
) -> None:
    classes, scores = split(rows)
    found = Selector("any", aggregator, parameter).choose(classes, scores)
    if found is None:
        assert set(classes) == {None}
        return
    values = brute(rows, aggregator, parameter)
    assert found.value == pytest.approx(values[found.answer_class], abs=1e-6)
    assert found.value == pytest.approx(max(values.values()), abs=1e-6)
    own = [score for number, score in rows if number == found.answer_class]
    assert scores[found.rationale] == max(own)


@given(columns(APART))
def test_limits_and_ranks(rows: list[tuple[int | None, float]]) -> None:
    classes, scores = split(rows)

    def winner(selector: str, column: list[float]) -> int | None:
        choice = selector_of(f"any:{selector}").choose(classes, column)
        return choice.answer_class if choice else None

    ranks = [float(sorted(set(scores)).index(score)) for score in scores]
    assert winner("borda(0.5)", scores) == winner("borda(0.5)", ranks)
    assert winner("softmax(1e12)", ranks) == winner("sum", [1.0] * len(rows))
    if len(set(scores)) == len(scores):
        assert winner("softmax(1e-3)", ranks) == winner("max", ranks)
    positive = [abs(score) for score in scores]
    assert winner("filter(1)", positive) == winner("sum", positive)


def test_what_has_no_score_neither_votes_nor_wins() -> None:
    assert selector_of("x:sum").choose([0, 0, 1], [None, None, 0.1]).answer_class == 1  # type: ignore[union-attr]
    assert selector_of("x:mean").choose([0, 0, 1], [None, None, None]).value == -inf  # type: ignore[union-attr]
    assert selector_of("x:max").choose([None], [1.0]) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lbt", "A selector is COLUMN:AGGREGATOR"),
        ("lbt:summ", "Did you mean 'sum'"),
        ("lbt:sum(2)", "takes no parameter"),
        ("lbt:softmax", "above 0 was needed in brackets, or fit, found none"),
        ("lbt:softmax(0)", "above 0 was needed"),
        ("lbt:filter(1.5)", "above 0 and up to 1 was needed"),
        ("lbt:borda(x)", "found x"),
    ],
)
def test_what_is_no_selector_is_said(written: str, said: str) -> None:
    with pytest.raises(ValueError, match="(?s).") as error:
        selector_of(written)
    assert said in str(error.value)


@given(st.lists(st.none() | ANY, min_size=1, max_size=9))
def test_shares_keep_the_order_and_ties(scores: list[float | None]) -> None:
    shares = as_shares(scores)
    assert all(share is None or 0 <= share <= 1 for share in shares)
    pairs = [(one, share) for one, share in zip(scores, shares, strict=True) if one is not None and share is not None]
    assert len(pairs) == sum(score is not None for score in scores)
    for one, share in pairs:
        for other, other_share in pairs:
            assert round(one, 9) >= round(other, 9) or share < other_share


def test_sums_of_negative_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="has negative ones; take"):
        selector_of("gain:sum").choose([0, 1], [-1.0, 1.0])
    assert selector_of(" LBT : Softmax ( 0.50 ) ".lower()).name == "lbt:softmax(0.5)"


def test_a_parameter_to_be_fitted_is_written_as_fit() -> None:
    assert selector_of("x:softmax(fit)").name == "x:softmax(fit)" and selector_of("x:softmax(fit)").fit
    with pytest.raises(ValueError, match="takes no parameter"):
        selector_of("x:max(fit)")
    assert selector_of("usc").name == "usc:max"
