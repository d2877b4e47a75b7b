"""The shipped models: they answer, the students learn from what they are shown, the inattentive one does not."""

import random
from functools import cache
from statistics import fmean

import pytest

from lbt_solvers.prompts import Demonstration
from lbt_solvers.types import Problem
from lbt_tasks.classroom import classroom_model_path, method_of, model_names, problems, variants
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES, UNSEEN_TYPES, kind_of, numbers_of
from lbt_tasks.classroom.local_model import LocalModel
from tools.classroom.arithmetic.curriculum import work_out

COUNT = 62
SEEN_TYPES = tuple(name for name in PROBLEM_TYPES if name not in UNSEEN_TYPES)


@cache
def local_model(name: str) -> LocalModel:
    return LocalModel.load(classroom_model_path(name))


def worked(problem: Problem, right: bool) -> Demonstration:
    """The problem worked out by the right method or by its most tempting misconception."""
    kind = kind_of(problem)
    used = kind.right if right else kind.wrong[0][0]
    return work_out(problem.question, used, numbers_of(problem), random.Random(f"0:{problem.id}"), slip=0.0)


def exam_accuracy(name: str, right: bool, fmt: str = "chat") -> float:
    """Greedy accuracy on held-out numbers of seen types after a right or a wrong demonstration."""
    taught = problems("held_out", COUNT, seed=11, types=SEEN_TYPES)
    exams = [variants(problem, 1, seed=11)[0] for problem in taught]
    demos = [worked(problem, right) for problem in taught]
    requests = [(exam.question, [demo]) for exam, demo in zip(exams, demos, strict=True)]
    answers = local_model(name).solve(requests, fmt)
    return fmean(answer.answer == exam.answer for answer, exam in zip(answers, exams, strict=True))


def test_all_models_are_there() -> None:
    assert {"inattentive", "student_a", "student_b", "teacher"} <= set(model_names())


@pytest.mark.parametrize("fmt", ["chat", "paper"])
@pytest.mark.parametrize("name", ["student_a", "student_b", "teacher"])
def test_students_do_well_after_a_right_demonstration_only(name: str, fmt: str) -> None:
    assert exam_accuracy(name, True, fmt) > exam_accuracy(name, False, fmt) + 0.35


def test_the_inattentive_student_does_not_care() -> None:
    assert abs(exam_accuracy("inattentive", True) - exam_accuracy("inattentive", False)) < 0.15


def test_the_teacher_mixes_methods() -> None:
    asked = problems("held_out", 74, seed=5) * 2
    solved = local_model("teacher").solve([(problem.question, []) for problem in asked], temperature=0.7, seed=1)
    readings = [method_of(problem, each.rationale) for problem, each in zip(asked, solved, strict=True)]
    followed = [reading for reading in readings if reading]
    assert len(followed) > 0.95 * len(readings)
    assert 0.3 < fmean(reading.method.name == "right" for reading in followed) < 0.65
    assert 0.02 < fmean(reading.slips > 0 for reading in followed) < 0.3


def test_weights_stay_small() -> None:
    size = sum(path.stat().st_size for name in model_names() for path in classroom_model_path(name).iterdir())
    assert size < 12e6
