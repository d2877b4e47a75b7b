"""The shipped coders: they write programs that run, the students follow what they are shown, the teacher mixes."""

from functools import cache
from statistics import fmean

import pytest

from lbt_solvers.prompts import Demonstration
from lbt_tasks.classroom import classroom_model_path, model_names
from lbt_tasks.classroom.talking import Speaker
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code_classroom import method_of, problems, variants
from lbt_tasks.code_classroom.evaluate import LONGEST_REPLY, NAMES, SEEN_TYPES, Classroom, show
from lbt_tasks.code_classroom.grading import Grader
from lbt_tasks.code_classroom.lessons import code_formats, question_text

COUNT = 28


@cache
def speaker(name: str) -> Speaker:
    return Speaker.load(classroom_model_path(name))


def replies(
    name: str, asked: list[CodeProblem], demos: list[list[Demonstration]], fmt: str, temperature: float = 0.0
) -> list[str]:
    requests = [(question_text(problem, fmt), shown) for problem, shown in zip(asked, demos, strict=True)]
    return speaker(name).reply(requests, code_formats()[fmt], temperature, longest=LONGEST_REPLY)


def right_programs(name: str, fmt: str) -> tuple[float, float]:
    """Shares of clean right programs, on held-out constants of seen types, after right and after wrong demonstrations.

    All in one batch: the machine is as long about half of it.
    """
    taught = problems("held_out", COUNT, seed=11, types=SEEN_TYPES)
    exams = [variants(problem, 1, seed=11)[0] for problem in taught]
    demos = [[show(problem, right, 0.0, 0, fmt)] for right in (True, False) for problem in taught]
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


@pytest.mark.docker
def test_programs_run_in_the_sandbox() -> None:
    room = Classroom({name: speaker(name) for name in NAMES}, Grader("docker"))
    asked = problems("held_out", 24, seed=2, types=SEEN_TYPES)
    for name in NAMES:
        demos = [[show(variants(problem, 1, 0)[0], True, 0.0, 0)] for problem in asked]
        answers = room.ask(name, asked, demos)
        assert fmean(each.marks.runs for each in answers) > 0.8
        assert fmean(each.marks.hidden == 1 for each in answers) > 0.4
