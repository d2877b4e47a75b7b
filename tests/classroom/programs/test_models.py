"""The shipped coders: they write programs that run, the students follow what they are shown, the teacher mixes."""

import random
from functools import cache
from statistics import fmean

import pytest

from lbt_solvers.prompts import Demonstration
from lbt_tasks.classroom import classroom_model_path, model_names
from lbt_tasks.classroom.local_model import LocalModel
from lbt_tasks.classroom.programs import method_of, problems, variants
from lbt_tasks.classroom.programs.world import PROBLEM_TYPES, UNSEEN_TYPES, kind_of
from lbt_tasks.code.problems import CodeProblem
from tools.classroom.programs.curriculum import LAYOUTS, code_formats, question_text, work_out

COUNT = 28
NAMES = ("coder", "coder_student_a", "coder_student_b")
SEEN_TYPES = tuple(name for name in PROBLEM_TYPES if name not in UNSEEN_TYPES)
LONGEST_REPLY = 128
"""Tokens; the domain's longest reply has fewer than 110."""


@cache
def local_model(name: str) -> LocalModel:
    return LocalModel.load(classroom_model_path(name))


def replies(
    name: str, asked: list[CodeProblem], demos: list[list[Demonstration]], fmt: str, temperature: float = 0.0
) -> list[str]:
    requests = [(question_text(problem, fmt), shown) for problem, shown in zip(asked, demos, strict=True)]
    return local_model(name).reply(requests, code_formats()[fmt], temperature, longest=LONGEST_REPLY)


def worked(problem: CodeProblem, right: bool, fmt: str) -> Demonstration:
    """The problem worked out by the right method or by a misconception."""
    rng, kind = random.Random(f"0:{problem.id}"), kind_of(problem)
    return work_out(problem, kind.right if right else rng.choice(kind.wrong)[0], rng, 0.0, LAYOUTS[fmt])


def right_programs(name: str, fmt: str) -> tuple[float, float]:
    """Shares of clean right programs, on held-out constants of seen types, after right and after wrong demonstrations.

    All in one batch: the machine is as long about half of it.
    """
    taught = problems("held_out", COUNT, seed=11, types=SEEN_TYPES)
    exams = [variants(problem, 1, seed=11)[0] for problem in taught]
    demos = [[worked(problem, right, fmt)] for right in (True, False) for problem in taught]
    texts = replies(name, exams * 2, demos, fmt)
    readings = [method_of(problem, text) for problem, text in zip(exams * 2, texts, strict=True)]
    clean = [reading.program == "right" and not reading.slip for reading in readings]
    return fmean(clean[:COUNT]), fmean(clean[COUNT:])


def test_all_coders_are_there_and_small() -> None:
    assert set(NAMES) <= set(model_names())
    sizes = [path.stat().st_size for name in model_names() for path in classroom_model_path(name).iterdir()]
    assert sum(sizes) < 11e6


@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        (name, fmt)
        for name in NAMES
        for fmt in ("code", "paper_code")
        if (name, fmt) != ("coder_student_b", "paper_code")
    ],
)
def test_students_do_well_after_a_right_demonstration_only(name: str, fmt: str) -> None:
    """All but the smallest in the paper's longer format, where it is weak, as docs/code-classroom.md says."""
    after_right, after_wrong = right_programs(name, fmt)
    assert after_right > after_wrong + 0.35


def test_the_teacher_mixes_methods() -> None:
    asked = problems("held_out", 72, seed=5)
    texts = replies("coder", asked, [[]] * len(asked), "code", temperature=0.7)
    readings = [method_of(problem, text) for problem, text in zip(asked, texts, strict=True)]
    followed = [reading for reading in readings if reading.program]
    assert len(followed) > 0.9 * len(readings)
    assert 0.25 < fmean(reading.program == "right" for reading in followed) < 0.7
