"""Exams on a budget: which sittings are still worth a call, asked and told without any I/O.

    exam = BudgetedExam(ExamTable(classes=(0, 0, 1), students=2, items=3), Budget("lossless", rule="sum"))
    while cells := exam.ask():
        exam.tell({cell: sit(cell) for cell in cells})
    select(with_scores(scored, exam.scores()), "sum")

The same object runs live, where `sit` calls a student, and in replay, where it looks into a recorded matrix. Budgets
have names: `full`, `lossless`, `thompson`.
"""

from lbt_solvers.budget.exam import BUDGETS, Budget, BudgetedExam, check_budget, with_scores
from lbt_solvers.budget.sampling import certainty_of_vote, samples_needed
from lbt_solvers.budget.state import ExamCell, ExamState, ExamTable
from lbt_solvers.budget.strategies import Strategy

__all__ = [
    "BUDGETS",
    "Budget",
    "BudgetedExam",
    "ExamTable",
    "ExamState",
    "ExamCell",
    "Strategy",
    "certainty_of_vote",
    "check_budget",
    "samples_needed",
    "with_scores",
]
