"""The LbT score: how well students do with a rationale as their demonstration.

    >>> one = ExamResult("student_a", scores=((1.0, 0.0), (1.0, 1.0)))
    >>> two = ExamResult("student_b", scores=((0.0, 0.0), (None, 1.0)))
    >>> lbt_score([one, two])  # (3/4 + 1/3) / 2
    0.5416666666666666

Source: paper, section 3.1: the score of a rationale is the exam accuracy of its students. The paper leaves open how
several students combine; here each counts the same, however many of its sittings could be used.
"""

from collections.abc import Sequence
from math import fsum

from lbt_solvers.types import ExamResult


def exam_accuracy(result: ExamResult) -> float | None:
    """Mean over one student's usable sittings in [0, 1]; `None` where not one was usable."""
    usable = [score for item in result.scores for score in item if score is not None]
    return fsum(usable) / len(usable) if usable else None


def lbt_score(results: Sequence[ExamResult]) -> float:
    """Mean over students of their exam accuracy, in [0, 1].

    Args:
        results: One entry per student who sat the exam after this rationale.

    Raises:
        ValueError: no student has a single usable sitting, so that any number would be invented.
    """
    accuracies = [accuracy for result in results if (accuracy := exam_accuracy(result)) is not None]
    if not accuracies:
        students = ", ".join(result.student for result in results) or "nobody"
        raise ValueError(f"An LbT score needs at least one usable sitting; found none (students: {students}).")
    return fsum(accuracies) / len(accuracies)


def lbt_score_or_none(results: Sequence[ExamResult]) -> float | None:
    """The same; `None` where nobody sat, or nobody has a usable sitting."""
    return lbt_score(results) if accuracies(results) else None


def accuracies(results: Sequence[ExamResult]) -> dict[str, float]:
    """Exam accuracy by student, in [0, 1]; without those of whom no sitting was usable."""
    found = {result.student: exam_accuracy(result) for result in results}
    return {student: accuracy for student, accuracy in found.items() if accuracy is not None}
