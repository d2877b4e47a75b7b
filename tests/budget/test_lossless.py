"""Lossless budgets choose exactly what the full exam chooses.

Invariants:
 1. On random matrices with ties the winner is the full exam's, under every rule, graded, with unusable replies, with
    duplicates, and for any width; under several rules at once; and its rationale too, where it matters which.
 2. Bounds hold whatever is still to come, and end at the full exam's score.
 3. No cell is asked twice; what is asked depends on results alone.
"""

import random
from dataclasses import replace

import pytest

from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamState, ExamTable, with_scores
from lbt_solvers.exam_kinds import EXAM_KINDS
from lbt_solvers.rules import answer_rules
from lbt_solvers.selection import select
from lbt_solvers.types import Scored
from tests.budget.exams import (
    GRADES,
    Matrix,
    examined,
    full_scores,
    full_winner,
    random_matrix,
    random_table,
    sit,
    winner,
)


@pytest.mark.parametrize(
    ("rule", "matrices"), [("sum", 10_000), *((rule, 2_000) for rule in answer_rules() if rule != "sum")]
)
def test_the_winner_is_that_of_the_full_exam_on_random_matrices(rule: str, matrices: int) -> None:
    rng, ties = random.Random(rule), 0
    for _ in range(matrices):
        table = random_table(rng)
        matrix = random_matrix(table, rng, unusable=rng.choice([0.0, 0.2]), graded=rng.random() < 0.3)
        scored = full_scores(table, matrix)
        exam = examined(table, matrix, Budget("lossless", rule=rule, width=rng.choice([1, 4, 50])))
        assert winner(exam, scored, rule) == full_winner(scored, rule)
        ties += _tied(scored)
    assert ties > matrices / 20, "the matrices were meant to have ties"


@pytest.mark.parametrize("alike", [True, False], ids=["any of its rationales", "its rationale"])
def test_the_winners_under_every_rule_are_those_of_the_full_exam(alike: bool) -> None:
    rng, rules, spared = random.Random(7), ("sum", "max", "avg", "maj", "max_v1"), 0
    for _ in range(1_000):
        table = replace(random_table(rng), alike=alike)
        matrix = random_matrix(table, rng, unusable=rng.choice([0.0, 0.2]), graded=rng.random() < 0.3)
        visible = [rng.random() < 0.5 for _ in table.classes]
        pairs = zip(full_scores(table, matrix), visible, strict=True)
        scored = [replace(each, visible=float(passes)) for each, passes in pairs]
        exam = BudgetedExam(table, Budget("lossless", "max", proves=rules, width=rng.choice([1, 4])), visible)
        sit(exam, matrix)
        for rule in rules:
            found, expected = select(with_scores(scored, exam.scores()), rule), select(scored, rule)
            assert (found and found.answer_class) == (expected and expected.answer_class)
            assert alike or (found and found.rationale) == (expected and expected.rationale)
        spared += exam.calls < exam.full_calls
    assert spared > 300, "the budget was meant to spare something"


def _tied(scored: list[Scored]) -> bool:
    sums: dict[int, float] = {}
    for each in scored:
        if each.answer_class is not None:
            sums[each.answer_class] = sums.get(each.answer_class, 0.0) + each.score
    ranked = sorted(sums.values(), reverse=True)
    return len(ranked) > 1 and abs(ranked[0] - ranked[1]) < 1e-9


def test_duplicates_are_examined_once_and_count_as_often_as_they_were_given() -> None:
    rng = random.Random(5)
    for _ in range(500):
        table = random_table(rng)
        first: dict[int | None, int] = {}
        same = tuple(
            first.setdefault(number, index) if rng.random() < 0.5 else index
            for index, number in enumerate(table.classes)
        )
        table = replace(
            table,
            same_as=tuple(same[index] if same[same[index]] == same[index] else index for index in range(len(same))),
        )
        matrix = random_matrix(table, rng)
        scored = full_scores(table, matrix)
        exam = examined(table, matrix, Budget("lossless", rule="sum", examine_once=True))
        assert winner(exam, scored, "sum") == full_winner(scored, "sum")
        assert {cell.rationale for cell in exam.state.results} <= set(table.same_as)


def test_bounds_hold_for_whatever_is_still_to_come() -> None:
    rng = random.Random(1)
    for _ in range(200):
        table = random_table(rng)
        matrix = random_matrix(table, rng, unusable=0.2, graded=True)
        full = full_scores(table, matrix)
        state = ExamState(table, "sum")
        cells = [cell for number in state.members for cell in state.open_cells(number)]
        rng.shuffle(cells)
        state.ask(cells)
        for cell in cells:
            state.tell(cell, matrix[cell])
            low, high = state.low[cell.rationale], state.high[cell.rationale]
            assert low <= full[cell.rationale].score <= high
            assert low <= state.estimate(cell.rationale) <= high
        for index, number in enumerate(table.classes):
            if number is not None:
                assert state.low[index] == state.high[index] == full[index].score


def test_the_matrices_have_scores_of_every_kind_that_chooses() -> None:
    kinds = [make() for make in EXAM_KINDS.values()]
    assert set(GRADES) == {kind.name for kind in kinds if not kind.among and "gold_of_taught" not in kind.needs}
    rng = random.Random(4)
    assert all(0 <= grade(rng) <= 1 for grade in GRADES.values() for _ in range(1000))


def test_a_clear_majority_costs_little() -> None:
    table = ExamTable(classes=(0,) * 30 + (1, 2), students=2, items=3)
    matrix: Matrix = {ExamCell(r, s, i): (1.0,) for r in range(32) for s in range(2) for i in range(3)}
    exam = examined(table, matrix, Budget("lossless"))
    assert exam.calls <= 12  # one rival's best case is 1.0: six sittings reach it, six more are the round's width
    assert exam.full_calls == 192


def test_nobody_sits_when_nothing_can_change() -> None:
    for classes in [(), (None, None), (0, 0, 0)]:
        assert BudgetedExam(ExamTable(classes, 1, 1), Budget("lossless")).ask() == []
    assert BudgetedExam(ExamTable((0, 0, 1), 1, 3), Budget("lossless", rule="maj")).ask() == []


def test_no_cell_is_asked_twice_and_the_same_results_lead_to_the_same_questions() -> None:
    rng = random.Random(2)
    for name in ("lossless", "thompson", "full"):
        table = ExamTable((0, 1, 0, 2, 1, 0), 2, 3)
        matrix = random_matrix(table, rng)
        asked = [_asked(BudgetedExam(table, Budget(name)), matrix) for _ in range(2)]
        assert asked[0] == asked[1]
        flat = [cell for cells in asked[0] for cell in cells]
        assert len(flat) == len(set(flat))


def _asked(exam: BudgetedExam, matrix: Matrix) -> list[list[ExamCell]]:
    asked: list[list[ExamCell]] = []
    while cells := exam.ask():
        asked.append(cells)
        exam.tell({cell: matrix[cell] for cell in reversed(cells)})
    return asked


def test_wide_rounds_keep_calls_side_by_side() -> None:
    rng = random.Random(3)
    table = ExamTable(tuple(rng.choice([0, 0, 1, 1, 2]) for _ in range(64)), 2, 3)
    exam = BudgetedExam(table, Budget("lossless", width=16))
    rounds = sit(exam, random_matrix(table, rng))
    assert exam.calls / rounds >= 12  # the first look and the last round are narrower than the others
