"""How sure a choice is.

Invariants:
 1. Simulated exams: where the model holds, choices that are said to be sure with share s are those of an endless exam
    in about a share s, and the shrunk score of the best is unbiased where its own is too high.
 2. More sittings with the same shares make a choice surer; a tie is no better than a coin.
 3. Who has no answer or sat no exam never wins by luck.
"""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.certainty import certainty, strength
from lbt_solvers.selection import choose


def simulated(problems: int, k: float, sittings: int, seed: int = 0) -> list[tuple[list[float], list[int], list[int]]]:
    """True scores, right sittings and all sittings of ten rationales in five classes."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(0.2, 0.8, problems)
    true = [rng.beta(k * mean, k * (1 - mean), 10) for mean in means]
    return [(scores.tolist(), rng.binomial(sittings, scores).tolist(), [sittings] * 10) for scores in true]


@pytest.mark.parametrize("rule", ["max", "sum", "avg"])
def test_sure_is_as_often_right_as_it_says(rule: str) -> None:
    classes = [0, 0, 0, 1, 1, 2, 2, 3, 4, 4]
    exams = simulated(600, 2.0, 6)
    alike = strength((right, sittings) for _, right, sittings in exams)
    assert 1.5 < alike < 2.7
    said, kept, seen, shrunk, truly = [], [], [], [], []
    for scores, right, sittings in exams:
        found = certainty(classes, right, sittings, rule, alike)
        seen_scores = [a / b for a, b in zip(right, sittings, strict=True)]
        chosen, endless = choose(classes, seen_scores, rule), choose(classes, scores, rule)
        assert found and chosen and endless
        said.append(found.share)
        kept.append(chosen.answer_class == endless.answer_class)
        seen.append(found.seen)
        shrunk.append(found.shrunk)
        truly.append(scores[int(np.argmax(seen_scores))])
    assert abs(np.mean(said) - np.mean(kept)) < 0.05
    assert abs(np.mean(shrunk) - np.mean(truly)) < 0.02 < 0.05 < np.mean(seen) - np.mean(truly)


def test_more_sittings_make_surer() -> None:
    few, many = (certainty([0, 1], [3 * n, 1 * n], [4 * n, 4 * n], "sum", 2.0) for n in (1, 25))
    assert few and many and few.share < 0.95 < many.share
    assert few.margin.low < 0 < many.margin.low and few.margin.mean == many.margin.mean == 0.5


def test_a_tie_is_a_coin() -> None:
    found = certainty([0, 1], [2, 2], [4, 4], "max", 2.0)
    assert found and 0.4 < found.share < 0.6 and found.margin.mean == 0


def test_one_answer_is_certain_and_none_is_no_choice() -> None:
    found = certainty([0, 0, None], [1, 2, 0], [3, 3, 0], "sum", 2.0)
    assert found and found.share == 1 and isnan(found.margin.low)
    assert certainty([None, None], [0, 0], [0, 0], "sum", 2.0) is None


def test_visible_tests_decide_who_takes_part() -> None:
    found = certainty([0, 1], [6, 1], [6, 6], "max_v1", 2.0, visible=[0.5, 1.0])
    assert found and found.share == 1  # the answer that fails a visible test has no part


@given(st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.integers(0, 6)), min_size=1, max_size=8))
def test_shares_are_shares(drawn: list[tuple[int | None, int]]) -> None:
    classes, right = zip(*drawn, strict=True)
    sittings = [0 if number is None else 6 for number in classes]
    found = certainty(classes, [min(a, b) for a, b in zip(right, sittings, strict=True)], sittings, "sum", 2.0)
    assert (found is None) == all(number is None for number in classes)
    assert found is None or (0 <= found.share <= 1 and 0 <= found.shrunk <= 1)
