"""Selection rules against a brute force that knows nothing of the implementation.

Invariants:
 1. The winner has the largest value; among those the largest class; among those the first seen.
 2. A rationale without an answer never wins; none with an answer means no choice.
 3. SUM and MAX fall back to MAJ when every score is equal.
 4. Adding a worthless vote to a losing class never changes MAX or SUM.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.rules import answer_rules, rule_of
from lbt_solvers.selection import members_of, select
from lbt_solvers.types import Rationale, Scored

# Scores as they occur: k correct of n sittings, averaged over students.
score = st.tuples(st.integers(0, 9), st.sampled_from([1, 3, 6, 9, 18])).map(lambda t: min(1.0, t[0] / t[1]))
candidate = st.tuples(st.one_of(st.none(), st.integers(0, 4)), score)
candidates = st.lists(candidate, max_size=12)


def scored(pairs: list[tuple[int | None, float]]) -> list[Scored]:
    return [
        Scored(Rationale(f"r{i}", None if number is None else str(number)), number, (), value)
        for i, (number, value) in enumerate(pairs)
    ]


def exactly(value: float) -> Fraction:
    return Fraction(value).limit_denominator(1000)


def brute_force(pairs: list[tuple[int | None, float]], rule: str) -> int | None:
    best: tuple[Fraction, int] | None = None
    winner = None
    seen: list[int] = []
    for number, _ in pairs:
        if number is not None and number not in seen:
            seen.append(number)
    for number in seen:
        values = [exactly(value) for other, value in pairs if other == number]
        total = sum(values, Fraction(0))
        metric = {
            "maj": Fraction(len(values)),
            "max": max(values),
            "sum": total,
            "avg": total / len(values),
        }[rule]
        if best is None or (metric, len(values)) > best:
            best, winner = (metric, len(values)), number
    return winner


@given(candidates, st.sampled_from(answer_rules()))
def test_winner_is_that_of_brute_force(pairs: list[tuple[int | None, float]], rule: str) -> None:
    choice = select(scored(pairs), rule)
    assert (choice.answer_class if choice else None) == brute_force(pairs, rule)


@given(candidates, st.sampled_from(answer_rules()))
def test_the_chosen_rationale_is_of_the_winning_class(pairs: list[tuple[int | None, float]], rule: str) -> None:
    given_scored = scored(pairs)
    choice = select(given_scored, rule)
    if choice is None:
        assert all(number is None for number, _ in pairs)
        return
    members = members_of([number for number, _ in pairs])[choice.answer_class]
    assert choice.rationale in members
    if rule == "maj":
        assert choice.rationale == members[0]
    else:
        assert given_scored[choice.rationale].score == pytest.approx(max(given_scored[i].score for i in members))


@given(st.lists(st.tuples(st.integers(0, 4), st.just(0.0)), min_size=1, max_size=12))
def test_without_any_success_every_weighted_rule_is_the_majority_vote(pairs: list[tuple[int | None, float]]) -> None:
    majority = select(scored(pairs), "maj")
    assert majority is not None
    for rule in ("max", "sum", "avg"):
        choice = select(scored(pairs), rule)
        assert choice is not None and choice.answer_class == majority.answer_class


@given(candidates.filter(lambda pairs: any(n is not None for n, _ in pairs)), st.sampled_from(["max", "sum"]))
def test_a_worthless_vote_for_a_loser_changes_nothing(pairs: list[tuple[int | None, float]], rule: str) -> None:
    before = select(scored(pairs), rule)
    assert before is not None
    more = [*pairs, (99, 0.0)]
    after = select(scored(more), rule)
    assert after is not None and after.answer_class == before.answer_class


def test_float_noise_does_not_break_ties() -> None:
    # 0.1 + 0.2 and 0.3 are the same sum on paper; the larger class must win.
    pairs: list[tuple[int | None, float]] = [(0, 0.3), (1, 0.1), (1, 0.2)]
    choice = select(scored(pairs), "sum")
    assert choice is not None and choice.answer_class == 1


def test_a_function_is_a_rule() -> None:
    best_two = select(scored([(0, 0.9), (1, 0.6), (1, 0.6)]), lambda scores: fsum(sorted(scores)[-2:]))
    assert best_two is not None and best_two.answer_class == 1


def test_an_unknown_rule_names_its_near_match() -> None:
    with pytest.raises(ValueError, match="Did you mean 'sum'"):
        select(scored([(0, 1.0)]), "summ")


def test_nothing_to_choose_from() -> None:
    assert select([], "sum") is None


def test_max_among_v1_leaves_out_what_fails_a_visible_test() -> None:
    candidates = [
        replace(each, visible=visible)
        for each, visible in zip(scored([(0, 0.2), (2, 0.9), (1, 0.4)]), (1.0, 0.5, 1.0), strict=True)
    ]
    choice = select(candidates, "max_v1")
    assert choice is not None and (choice.answer_class, choice.rationale, choice.fell_back) == (1, 2, False)


@pytest.mark.parametrize("visible", [None, 0.5])
def test_max_among_v1_falls_back_to_max_and_says_so(visible: float | None) -> None:
    candidates = [replace(each, visible=visible) for each in scored([(0, 0.2), (1, 0.4)])]
    choice, plain = select(candidates, "max_v1"), select(candidates, "max")
    assert choice is not None and plain is not None
    assert choice.fell_back and choice._replace(fell_back=False) == plain
    assert select([], "max_v1") is None


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2).map(float)), min_size=1, max_size=5),
    st.sampled_from(answer_rules()),
)
def test_first_or_last_seen_is_the_same_over_all_orders_of_the_samples(
    pairs: list[tuple[int | None, float]], rule: str
) -> None:
    """The paper's code gives ties to the class that was first seen latest; samples come in any order alike."""
    ours: Counter[int | None] = Counter()
    papers: Counter[int | None] = Counter()
    for order in permutations(pairs):
        choice = select(scored(list(order)), rule)
        ours[choice.answer_class if choice else None] += 1
        members = members_of([number for number, _ in order])
        ranks = [
            (rule_of(rule).rank([order[i][1] for i in indexes], 0), seen_at, number)
            for seen_at, (number, indexes) in enumerate(members.items())
        ]
        papers[max(ranks)[2]] += 1
    assert ours == papers
