"""What every rule is asked for, and that its answers agree.

Invariants:
 1. A rule on arrays gives what it gives row by row.
 2. A rule that says it grows with every score does: a better score never makes its class's rank worse.
 3. `best_first` orders classes as `rank` does.
"""

from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.budget import Budget, BudgetedExam, ExamTable
from lbt_solvers.rules import RULES, Rule, best_first, known_rules, rule_of
from lbt_solvers.selection import choose

MIDDLE = Rule("middle", "MIDDLE", median, grows=True)
SPREAD = Rule("spread", "SPREAD", lambda scores: min(scores) - max(scores))
score = st.tuples(st.integers(0, 9), st.sampled_from([1, 3, 6, 9, 18])).map(lambda t: min(1.0, t[0] / t[1]))
rules = st.sampled_from([*RULES, MIDDLE])


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(score, min_size=n, max_size=n), min_size=1)), rules)
def test_arrays_give_what_single_classes_give(rows: list[list[float]], rule: Rule) -> None:
    assert rule.values(np.array(rows)).tolist() == [rule.rank(row, 0).value for row in rows]


@given(st.lists(score, min_size=1, max_size=8), st.data(), rules)
def test_a_rule_that_says_so_grows_with_every_score(scores: list[float], data: st.DataObject, rule: Rule) -> None:
    assert rule.grows
    better = [data.draw(st.floats(each, 1)) for each in scores]
    assert rule.rank(better, 0) >= rule.rank(scores, 0)


@given(st.lists(st.lists(score, min_size=1, max_size=4), min_size=1, max_size=6), rules)
def test_classes_are_ordered_by_rank(classes: list[list[float]], rule: Rule) -> None:
    ranks = [rule.rank(scores, seen_at) for seen_at, scores in enumerate(classes)]
    order = best_first(np.array([[rank.value for rank in ranks]]), [len(scores) for scores in classes])
    assert order[0].tolist() == sorted(range(len(ranks)), key=ranks.__getitem__, reverse=True)


def test_rules_are_found_by_name_and_functions_are_rules() -> None:
    assert rule_of("sum") is known_rules()["sum"]
    assert rule_of(MIDDLE) is MIDDLE
    assert rule_of(median).name == "median" and not rule_of(median).grows


def test_a_rule_that_does_not_grow_is_refused_by_lossless_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(known_rules(), "spread", SPREAD)  # type: ignore[arg-type]
    table = ExamTable(classes=(0, 1), students=1, items=2)
    with pytest.raises(ValueError, match="budget=full"):
        BudgetedExam(table, Budget("lossless", "spread"))
    with pytest.raises(ValueError, match="'spread'"):
        BudgetedExam(table, Budget("lossless", "sum", proves=("spread",)))
    BudgetedExam(table, Budget("full", "spread"))


def test_the_best_arm_is_not_certain_of_a_new_rule_before_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Class 0 has one vote more, class 1 is right everywhere: a count of votes would be certain at once, and wrong."""
    monkeypatch.setitem(known_rules(), "middle", MIDDLE)  # type: ignore[arg-type]
    table = ExamTable(classes=(0, 0, 0, 1, 1), students=2, items=2)
    exam = BudgetedExam(table, Budget("thompson", "middle", certainty=0.95, width=1))
    while cells := exam.ask():
        # Rationales 1 and 2 teach nothing, 0 teaches one item.
        exam.tell({cell: [float(cell.rationale > 2 or (cell.rationale == 0 and cell.item == 0))] for cell in cells})
    assert exam.calls >= 4
    choice = choose(table.classes, exam.scores(), MIDDLE)
    assert choice and choice.answer_class == 1
