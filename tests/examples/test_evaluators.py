"""Invariants of the evaluators.

1. The answers asked for are those planned, and no more than the budget.
2. A set that is dominated by enough others never survives brute force on all rows.
3. The same seed asks the same and ranks the same.
4. A set that is right everywhere is kept by every evaluator when the others are wrong everywhere.
"""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_solvers.examples.evaluators import Pull, SetScore, evaluate, planned_answers
from lbt_solvers.examples.options import EVALUATORS, Options

OPTIONS = Options(beam_size=2, reflections=2, evaluation_budget=60, bandit_rounds=4, bandit_sets=3, bandit_rows=5)
BANDITS = ("ucb", "ucb_e")
sets, rows = st.integers(1, 10), st.integers(1, 40)


def mean(outcomes) -> float:
    return sum(outcomes) / len(outcomes)


def drive(options: Options, table: list[list[bool]], seed: int = 0) -> tuple[list[SetScore], list[Pull]]:
    evaluation = evaluate(options, len(table), len(table[0]), random.Random(seed), mean)
    asked: list[Pull] = []
    try:
        pulls = next(evaluation)
        while True:
            asked += pulls
            pulls = evaluation.send([table[pull.candidate][pull.row] for pull in pulls])
    except StopIteration as ended:
        return ended.value, asked


@st.composite
def tables(draw) -> list[list[bool]]:
    count, width = draw(sets), draw(rows)
    return draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=count, max_size=count))


@pytest.mark.parametrize("evaluator", EVALUATORS)
@given(table=tables(), seed=st.integers(0, 5), budget=st.integers(12, 200))
@settings(max_examples=40, deadline=None)
def test_counted_answers_are_the_planned_ones(evaluator, table, seed, budget) -> None:
    options = replace(OPTIONS, evaluator=evaluator, evaluation_budget=budget)
    scores, asked = drive(options, table, seed)
    assert len(asked) == planned_answers(options, len(table), len(table[0])) == sum(each.rows for each in scores)
    if evaluator in BANDITS:
        count = min(options.bandit_sets, len(table)) * min(options.bandit_rows, len(table[0]))
        assert len(asked) == options.bandit_rounds * count
    else:
        assert len(asked) <= budget
    assert (scores, asked) == drive(options, table, seed)


@given(table=tables(), loser=st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_a_dominated_set_never_survives_brute_force(table, loser) -> None:
    options = replace(OPTIONS, evaluation_budget=10_000)
    if len(table) <= options.beam_size:
        return
    loser %= len(table)
    # right at most where all others are, and wrong in one place where they are right
    for at, others in enumerate(zip(*(row for index, row in enumerate(table) if index != loser), strict=True)):
        table[loser][at] = table[loser][at] and all(others)
    for index, row in enumerate(table):
        row[0] = index != loser
    scores, _ = drive(options, table)
    kept = sorted(range(len(table)), key=lambda index: scores[index], reverse=True)[: options.beam_size]
    assert loser not in kept


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("best", [0, 3, 7])
def test_the_only_good_set_is_found(evaluator, best) -> None:
    # UCB's bound leaves a set untried only if there are more of them than its rounds can look at
    options = replace(OPTIONS, evaluator=evaluator, bandit_rounds=6, beam_size=1)
    scores, _ = drive(options, [[index == best] * 30 for index in range(8)])
    assert max(range(8), key=lambda index: scores[index]) == best


def test_brute_force_asks_every_set_the_same_rows() -> None:
    _, asked = drive(OPTIONS, [[True] * 100 for _ in range(6)])
    by_set = [sorted(pull.row for pull in asked if pull.candidate == index) for index in range(6)]
    assert by_set == [by_set[0]] * 6 and len(set(by_set[0])) == 10


def test_successive_rejects_rejects_one_set_a_phase() -> None:
    options = replace(OPTIONS, evaluator="successive_rejects", evaluation_budget=100)
    scores, _ = drive(options, [[column < 5 * index for column in range(30)] for index in range(6)])
    assert [each.survived for each in scores] == [0, 1, 2, 3, 4, 4]
    assert [each.rows for each in scores] == sorted(each.rows for each in scores)
