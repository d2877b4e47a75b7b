"""Learning by Teaching (Ning et al., NeurIPS 2024): the method, as plain functions and Inspect solvers.

    from lbt_solvers import variants
    from lbt_solvers.learn_by_teaching import learn_by_teaching
    from lbt_solvers.scorer import selection_accuracy

    Task(dataset=..., solver=learn_by_teaching(exam=variants(bank), rationales=16), scorer=selection_accuracy())

This module holds the pure part, which needs no harness and loads in milliseconds.
"""

from lbt_solvers.exams import (
    ExamMaker,
    by_metadata,
    fixed,
    label_free,
    make_exam_maker,
    random_items,
    similar,
    variants,
)
from lbt_solvers.rules import RULES, Rule
from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.selection import Choice, select
from lbt_solvers.teaching_plans import TeachingPlan, teaching_plans
from lbt_solvers.types import Exam, ExamResult, Problem, Rationale, Scored

__all__ = [
    "RULES",
    "Choice",
    "Exam",
    "ExamMaker",
    "ExamResult",
    "Problem",
    "Rationale",
    "Rule",
    "Scored",
    "TeachingPlan",
    "by_metadata",
    "exam_accuracy",
    "fixed",
    "label_free",
    "lbt_score",
    "make_exam_maker",
    "random_items",
    "select",
    "similar",
    "teaching_plans",
    "variants",
]
