"""The shipped models: they answer, the students learn from what they are shown, the inattentive one does not."""

from functools import cache
from statistics import fmean

import pytest

from lbt_tasks.classroom import classroom_model_path, method_of, model_names, problems, variants
from lbt_tasks.classroom.evaluate import SEEN_TYPES, right_share, show_right, show_wrong
from lbt_tasks.classroom.talking import Speaker

COUNT = 62


@cache
def speaker(name: str) -> Speaker:
    return Speaker.load(classroom_model_path(name))


def exam_accuracy(name: str, right: bool, fmt: str = "chat") -> float:
    """Greedy accuracy on held-out numbers of seen types after a right or a wrong demonstration."""
    taught = problems("held_out", COUNT, seed=11, types=SEEN_TYPES)
    exams = [variants(problem, 1, seed=11)[0] for problem in taught]
    demos = [(show_right if right else show_wrong)(problem, 0) for problem in taught]
    requests = [(exam.question, [demo]) for exam, demo in zip(exams, demos, strict=True)]
    return right_share(exams, speaker(name).solve(requests, fmt))


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
    worked = speaker("teacher").solve([(problem.question, []) for problem in asked], temperature=0.7, seed=1)
    readings = [method_of(problem, each.rationale) for problem, each in zip(asked, worked, strict=True)]
    followed = [reading for reading in readings if reading]
    assert len(followed) > 0.95 * len(readings)
    assert 0.3 < fmean(reading.method.name == "right" for reading in followed) < 0.65
    assert 0.02 < fmean(reading.slips > 0 for reading in followed) < 0.3


def test_weights_stay_small() -> None:
    size = sum(path.stat().st_size for name in model_names() for path in classroom_model_path(name).iterdir())
    assert size < 12e6
