"""Random full exams, and how a budget fares on them."""

import random

from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamTable, with_scores
from lbt_solvers.exam_kinds.likelihood import score_of_gain
from lbt_solvers.scoring import lbt_score
from lbt_solvers.selection import Choice, select
from lbt_solvers.types import ExamResult, Rationale, Scored

Matrix = dict[ExamCell, tuple[float | None, ...]]
VALUES = (0.0, 0.0, 0.5, 1.0, 1.0)


def random_table(rng: random.Random) -> ExamTable:
    rationales = rng.randint(1, 9)
    classes = tuple(rng.choice([None, 0, 0, 1, 2, 3]) for _ in range(rationales))
    return ExamTable(classes, students=rng.randint(1, 3), items=rng.randint(1, 3), repetitions=rng.randint(1, 2))


def random_matrix(table: ExamTable, rng: random.Random, unusable: float = 0.0, graded: bool = False) -> Matrix:
    """Results of the whole exam; every rationale keeps a usable one, as a live exam insists."""
    fine = graded and rng.random() < 0.5
    right = [rng.choice([0.0, 0.1, 0.5, 0.9, 1.0]) for _ in table.classes]

    def result(rationale: int) -> float | None:
        if rng.random() < unusable:
            return None
        if fine:  # as a likelihood exam grades
            return score_of_gain(rng.gauss(0, rng.choice([1, 10])))
        return rng.choice(VALUES) if graded else float(rng.random() < right[rationale])

    matrix: Matrix = {}
    for rationale in range(len(table.classes)):
        for student in range(table.students):
            for item in range(table.items):
                matrix[ExamCell(rationale, student, item)] = tuple(result(rationale) for _ in range(table.repetitions))
        first = ExamCell(rationale, 0, 0)
        matrix[first] = tuple(0.0 if score is None else score for score in matrix[first])
    return matrix


def full_scores(table: ExamTable, matrix: Matrix) -> list[Scored]:
    """What the unabridged exam makes of the rationales, by the functions that a full run uses."""
    scored: list[Scored] = []
    for index, number in enumerate(table.classes):
        sat = table.examined_as(index)
        results = [
            ExamResult(str(student), tuple(matrix[ExamCell(sat, student, item)] for item in range(table.items)))
            for student in range(table.students)
        ]
        scored.append(Scored(Rationale(str(index), str(number)), number, tuple(results), lbt_score(results)))
    return scored


def sit(exam: BudgetedExam, matrix: Matrix) -> int:
    """Sits what the budget asks for; the number of questions it took."""
    rounds = 0
    while cells := exam.ask():
        exam.tell({cell: matrix[cell] for cell in cells})
        rounds += 1
    return rounds


def winner(exam: BudgetedExam, scored: list[Scored], rule: str) -> int | None:
    choice: Choice | None = select(with_scores(scored, exam.scores()), rule)
    return choice.answer_class if choice else None


def full_winner(scored: list[Scored], rule: str) -> int | None:
    choice = select(scored, rule)
    return choice.answer_class if choice else None


def examined(table: ExamTable, matrix: Matrix, budget: Budget) -> BudgetedExam:
    exam = BudgetedExam(table, budget)
    sit(exam, matrix)
    return exam
