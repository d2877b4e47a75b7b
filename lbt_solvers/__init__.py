"""Learning by Teaching (Ning et al., NeurIPS 2024): the method, as plain functions and Inspect solvers.

    from lbt_solvers import learn_by_teaching, selection_accuracy, variants

    Task(dataset=..., solver=learn_by_teaching(exam=variants(bank), rationales=16), scorer=selection_accuracy())

What is listed here is what other code may rely on; modules below it may change. The pure part needs no harness:
what adapts it to Inspect is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING

from lbt_solvers._late import late_names
from lbt_solvers.answers import AnswerKind, MathAnswers, TextAnswers
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError, exam_size, exam_without_models, without_models
from lbt_solvers.exam_forms import ExamForm
from lbt_solvers.exams import by_metadata, fixed, label_free, make_exam_maker, random_items, similar, variants
from lbt_solvers.plans import TeachingPlan, teaching_plans
from lbt_solvers.preferences import Candidate, Pair, Pairing, preference_pairs
from lbt_solvers.rules import Rule
from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.selection import Choice, select
from lbt_solvers.types import Exam, ExamResult, GradedReply, Problem, Rationale, Scored

if TYPE_CHECKING:
    from lbt_solvers.bank import load_problems
    from lbt_solvers.errors import ExamError, LbtError, UsageError
    from lbt_solvers.rationale_scores import LbtScores, lbt_scores, lbt_scores_sync
    from lbt_solvers.record import TeachingRecord
    from lbt_solvers.scorer import selection_accuracy
    from lbt_solvers.sittings import Sitting
    from lbt_solvers.solvers import examine, learn_by_teaching, select_answer, self_debug, teach

_LOADED_LATE = {
    "ExamError": "errors",
    "LbtError": "errors",
    "UsageError": "errors",
    "LbtScores": "rationale_scores",
    "lbt_scores": "rationale_scores",
    "load_problems": "bank",
    "lbt_scores_sync": "rationale_scores",
    "TeachingRecord": "record",
    "Sitting": "sittings",
    "selection_accuracy": "scorer",
    "examine": "solvers",
    "learn_by_teaching": "solvers",
    "select_answer": "solvers",
    "self_debug": "solvers",
    "teach": "solvers",
}

__all__ = [
    "AnswerKind",
    "Candidate",
    "Choice",
    "Exam",
    "ExamContext",
    "ExamError",
    "ExamForm",
    "ExamMaker",
    "ExamResult",
    "GradedReply",
    "LbtError",
    "LbtScores",
    "MathAnswers",
    "NoExamError",
    "Pair",
    "Pairing",
    "Problem",
    "Rationale",
    "Rule",
    "Scored",
    "Sitting",
    "TeachingPlan",
    "TeachingRecord",
    "TextAnswers",
    "UsageError",
    "by_metadata",
    "exam_accuracy",
    "exam_size",
    "exam_without_models",
    "examine",
    "fixed",
    "label_free",
    "lbt_score",
    "lbt_scores",
    "lbt_scores_sync",
    "learn_by_teaching",
    "load_problems",
    "make_exam_maker",
    "preference_pairs",
    "random_items",
    "select",
    "select_answer",
    "selection_accuracy",
    "self_debug",
    "similar",
    "teach",
    "teaching_plans",
    "variants",
    "without_models",
]

__getattr__, __dir__ = late_names(__name__, _LOADED_LATE, __all__)
