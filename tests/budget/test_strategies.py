"""Budgets that may err, limits, refusals, and the teacher's stopping.

Invariants: no budget exceeds its calls; with the whole exam sat every budget agrees with the full exam; a clear case is
recognised for a fraction of the calls.
"""

import random

import pytest

from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamTable, certainty_of_vote, samples_needed
from tests.budget.exams import Matrix, examined, full_scores, full_winner, random_matrix, random_table, sit, winner

CLEAR = ExamTable(classes=(0, 1) * 16, students=2, items=3)


def clear_matrix() -> Matrix:
    """Class 1 teaches, class 0 does not."""
    return {ExamCell(r, s, i): (float(r % 2),) for r in range(32) for s in range(2) for i in range(3)}


@pytest.mark.parametrize("name", ["thompson", "lossless"])
def test_a_clear_case_costs_a_fraction(name: str) -> None:
    exam = examined(CLEAR, clear_matrix(), Budget(name))
    assert winner(exam, full_scores(CLEAR, clear_matrix()), "sum") == 1
    assert exam.calls <= {"thompson": 20, "lossless": 110}[name]


@pytest.mark.parametrize("name", ["full", "thompson", "lossless"])
@pytest.mark.parametrize("limit", [1, 7, 20])
def test_no_budget_exceeds_its_calls(name: str, limit: int) -> None:
    rng = random.Random(0)
    for _ in range(100):
        table = random_table(rng)
        exam = examined(table, random_matrix(table, rng), Budget(name, max_replies=limit))
        assert exam.calls <= limit


def test_the_full_exam_is_the_full_exam() -> None:
    rng = random.Random(4)
    for rule in ("maj", "max", "sum", "avg"):
        for _ in range(200):
            table = random_table(rng)
            matrix = random_matrix(table, rng, unusable=0.1)
            exam = examined(table, matrix, Budget("full", rule=rule))
            scored = full_scores(table, matrix)
            assert exam.calls == exam.full_calls
            assert winner(exam, scored, rule) == full_winner(scored, rule)


@pytest.mark.parametrize("certainty", [0.7, 0.95])
def test_thompson_is_about_as_often_right_as_it_was_asked_to_be_for_a_fraction_of_the_calls(certainty: float) -> None:
    rng, agreed, calls, full = random.Random(6), 0, 0, 0
    for _ in range(60):
        table = ExamTable(tuple(rng.choices([0, 1, 2, 3], [5, 4, 2, 1], k=32)), 1, 9)
        good = rng.randrange(4)
        matrix: Matrix = {
            ExamCell(r, 0, i): (float(rng.random() < (0.9 if number == good else 0.15)),)
            for r, number in enumerate(table.classes)
            for i in range(9)
        }
        exam = examined(table, matrix, Budget("thompson", certainty=certainty))
        scored = full_scores(table, matrix)
        agreed += winner(exam, scored, "sum") == full_winner(scored, "sum")
        calls, full = calls + exam.calls, full + exam.full_calls
    assert agreed >= (certainty - 0.05) * 60  # the share of 60 is itself uncertain
    assert calls < 0.2 * full


def test_max_among_visible_examines_only_what_passes() -> None:
    table = ExamTable((0, 1, 0, 1), 1, 2)
    exam = BudgetedExam(table, Budget("full", rule="max_v1"), visible=[True, False, True, True])
    sit(exam, random_matrix(table, random.Random(0)))
    assert {cell.rationale for cell in exam.state.results} == {0, 2, 3}
    exam = BudgetedExam(table, Budget("full", rule="max_v1"), visible=[False] * 4)
    assert {cell.rationale for cell in exam.ask()} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Budget("lossles"), "Did you mean 'lossless'"),
        (Budget(rule="nobody's"), "No selection rule 'nobody's'"),
        (Budget(certainty=1.0), "certainty"),
        (Budget(max_replies=0), "max_replies"),
        (Budget(width=0), "width"),
    ],
)
def test_what_cannot_work_is_refused(wrong: Budget, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BudgetedExam(CLEAR, wrong)


def test_results_nobody_asked_for_are_refused() -> None:
    exam = BudgetedExam(CLEAR, Budget("lossless"))
    with pytest.raises(ValueError, match="not asked for"):
        exam.tell({ExamCell(0, 0, 0): [1.0]})
    cell = exam.ask()[0]
    with pytest.raises(ValueError, match="scores in"):
        exam.tell({cell: [2.0]})


def test_a_vote_is_certain_when_the_missing_samples_cannot_change_it() -> None:
    assert certainty_of_vote([0, 0, 0], planned=5) == 1.0
    assert certainty_of_vote([0, 0, 1], planned=4) < 1.0
    assert certainty_of_vote([None, None], planned=3) == 0.0
    assert certainty_of_vote([0] * 6, planned=100) == pytest.approx(1 - 0.5**7)
    with pytest.raises(ValueError, match="planned"):
        certainty_of_vote([0, 0], planned=1)


def test_a_certain_vote_is_the_vote_of_all_samples() -> None:
    rng = random.Random(8)
    for _ in range(500):
        classes = rng.choices([None, 0, 1, 2], [1, 5, 3, 1], k=rng.randint(1, 12))
        count = samples_needed(classes, len(classes), certainty=1.0)
        assert _vote(classes[:count]) == _vote(classes)


def _vote(classes: list[int | None]) -> int | None:
    seen = [number for number in dict.fromkeys(classes) if number is not None]
    return max(seen, key=classes.count, default=None)
