"""How students are examined: by what they write, or by how likely a rationale makes the right solution to them.

    kind = exam_kind("likelihood")
    maker = kind.of(variants(bank))     # the same questions, examined in that way

    inspect eval lbt_tasks/classroom -T exam_kind=likelihood

An exam maker chooses the questions (`lbt_solvers.exams`), a kind how they are asked and scored: it puts an `ExamForm`
into the exam. Which sittings are sat is the budget's to say (`lbt_solvers.budget`), whatever the kind: every score is
in [0, 1]. A kind of one's own is an `ExamKind`, given as `exam_kind=`.
"""

from lbt_solvers.exam_kinds.base import ExamKind, Need, check_needs
from lbt_solvers.exam_kinds.registry import EXAM_KINDS, exam_kind, further_kinds

__all__ = ["EXAM_KINDS", "ExamKind", "Need", "check_needs", "exam_kind", "further_kinds"]
