"""Random full exams, and how a budget fares on them."""

import random
from collections.abc import Callable

from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamTable, with_scores
from lbt_solvers.exam_kinds.blank import chosen
from lbt_solvers.exam_kinds.likelihood import score_of_gain
from lbt_solvers.exam_kinds.surprisal import ratio
from lbt_solvers.scoring import lbt_score
from lbt_solvers.selection import Choice, select
from lbt_solvers.types import ExamResult, Rationale, Scored

Matrix = dict[ExamCell, tuple[float | None, ...]]
VALUES = (0.0, 0.0, 0.5, 1.0, 1.0)
GRADES: dict[str, Callable[[random.Random], float]] = {
    "generative": lambda rng: rng.choice(VALUES),
    "likelihood": lambda rng: score_of_gain(rng.gauss(0, rng.choice([1, 10]))),
    "ptrue": lambda rng: score_of_gain(rng.gauss(0, 3)),
    "judge": lambda rng: float(rng.random() < 0.5),
    "rsr": lambda rng: 1 / (1 + ratio(rng.uniform(1, 100), -rng.uniform(0, 10))),
    "dialogue": lambda rng: max(0.0, rng.choice(VALUES) - rng.choice([0, 0.25, 1])),
    "blank": lambda rng: chosen({"A": rng.gauss(0, 3), "B": rng.gauss(0, 3), "C": 0.0}, "B")[1],
}
"""A score as each kind of exam that chooses gives it."""


def random_table(rng: random.Random) -> ExamTable:
    rationales = rng.randint(1, 9)
    classes = tuple(rng.choice([None, 0, 0, 1, 2, 3]) for _ in range(rationales))
    return ExamTable(classes, students=rng.randint(1, 3), items=rng.randint(1, 3), repetitions=rng.randint(1, 2))


def random_matrix(table: ExamTable, rng: random.Random, unusable: float = 0.0, graded: bool = False) -> Matrix:
    """Results of the whole exam; every rationale keeps a usable one, as a live exam insists."""
    grade = GRADES[rng.choice(sorted(GRADES))]
    right = [rng.choice([0.0, 0.1, 0.5, 0.9, 1.0]) for _ in table.classes]

    def result(rationale: int) -> float | None:
        if rng.random() < unusable:
            return None
        return grade(rng) if graded else float(rng.random() < right[rationale])

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
