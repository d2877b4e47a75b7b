"""Exam designs: telling items come first, the control is subtracted, good students count; all learnt apart."""

import numpy as np
import pytest

from lbt_solvers.budget import Budget
from lbt_solvers.item_analysis import above_control, point_biserial, student_weights
from lbt_tasks.replay.design import Design, ranked_items
from lbt_tasks.replay.matrix import matrix_of
from lbt_tasks.replay.policies import Policy, replay
from tests.replay.recorded import recorded

RNG = np.random.default_rng(0)


def test_an_item_that_follows_the_rationale_separates_and_the_others_do_not() -> None:
    good = RNG.random(200) < 0.5
    telling = np.stack([good, good, RNG.random(200) < 0.5, np.ones(200, dtype=bool)], axis=1).astype(float)
    found = point_biserial(telling)
    assert min(found[:2]) > 0.5 and abs(found[2]) < 0.2 and found[3] == 0.0
    telling[:50, 0] = np.nan
    assert point_biserial(telling)[0] > 0.5
    assert point_biserial(np.zeros((1, 3))).tolist() == [0.0, 0.0, 0.0]


def test_scores_above_the_control() -> None:
    found = above_control(np.array([0.5, 0.2, 0.7]), np.array([0.25, 0.4, np.nan]))
    assert found.tolist() == [0.25, 0.0, 0.7]


def test_students_who_follow_good_rationales_count_and_useless_ones_do_not() -> None:
    right = (RNG.random(400) < 0.5).astype(float)
    scores = np.stack([right, np.where(RNG.random(400) < 0.7, right, 1 - right), RNG.random(400)], axis=1)
    weights = student_weights(scores, right)
    assert weights[0] > weights[1] > weights[2] and weights.sum() == pytest.approx(1.0) and weights[2] < 0.1
    assert student_weights(scores, np.ones(400)).tolist() == [pytest.approx(1 / 3)] * 3


def test_fewer_items_cost_less_and_ranked_ones_are_learnt_elsewhere() -> None:
    matrix = matrix_of(recorded(15))
    full = replay(matrix, Policy(Budget("full")), rationales=4)
    short = replay(matrix, Policy(Budget("full"), design=Design(items=1)), rationales=4)
    assert short.share == pytest.approx(1 / 3) and full.share == 1.0
    ranked = replay(matrix, Policy(Budget("lossless"), design=Design(items=1, ranked=True)), rationales=4)
    assert 0 < ranked.share <= 1 / 3
    assert sorted(ranked_items(matrix)[0].tolist()) == [0, 1, 2]
    with pytest.raises(ValueError, match="draw fewer"):
        replay(matrix, Policy(Budget("full"), design=Design(items=1, ranked=True)))


def test_weights_are_judged_by_the_other_half_of_the_problems() -> None:
    design = Design(weighted=True)
    halves = [design.measured([str(each) for each in range(10)], seed) for seed in range(3)]
    assert all(half.sum() == 5 for half in halves) and halves[0].tolist() != halves[1].tolist()
    matrix = matrix_of(recorded(20))
    outcome = replay(matrix, Policy(Budget("full"), design=design), seeds=range(3))
    assert 0 <= outcome.accuracy.mean <= 1
    with pytest.raises(ValueError, match="budget full"):
        replay(matrix, Policy(Budget("lossless"), design=design))


def test_relative_scores_leave_the_choice_where_the_control_knows_nothing() -> None:
    matrix = matrix_of(recorded(20))  # its untaught students are always wrong
    assert replay(matrix, Policy(Budget("full"), design=Design(relative=True))).agreement.mean == 1.0
