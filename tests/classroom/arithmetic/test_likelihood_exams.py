"""Whether likelihood exams tell right rationales from wrong ones in the classroom, and whether their controls do not.

Invariants:
 1. The gain of a similar problem's solution is larger after a right rationale than after a wrong one of the same
    problem in more than 85 % of pairs: one question, one student, nothing written.
 2. It does not tell them apart (less than 60 %) where the student was not trained to follow demonstrations, where the
    question is of another type, and where the bare answer stands for the solution, of which a note warns.
 3. The length of a rationale is no likelihood: it is printed beside it, and is less.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import pytest

pytest.importorskip("torch")

from lbt_solvers.answers import MathAnswers
from lbt_solvers.background import run_in_background
from lbt_solvers.concurrency import in_order
from lbt_solvers.rationale_scores import LbtScores, lbt_scores
from lbt_solvers.types import Problem, Rationale
from lbt_tasks.classroom.arithmetic.world import problems, variants
from lbt_tasks.classroom.local_model import LocalModel
from lbt_tasks.classroom.models import CLASSROOM_PROMPT, classroom_model_path

SAMPLES = 8
pytestmark = pytest.mark.timeout(900)  # the first test makes the rationales of all
TAUGHT = problems("held_out", 74, seed=3)
"""Of every type."""


@cache
def rationales() -> list[list[Rationale]]:
    """What the shipped teacher says of each problem."""
    asked = [(problem.question, []) for problem in TAUGHT for _ in range(SAMPLES)]
    solved = LocalModel.load(classroom_model_path("teacher")).solve(asked, temperature=0.7, seed=1)
    found = [Rationale(each.rationale, each.answer or None) for each in solved]
    return [found[at : at + SAMPLES] for at in range(0, len(found), SAMPLES)]


def exams(student: str, question: Callable[[int, Problem], Problem], **kind_options: int) -> list[LbtScores]:
    """A likelihood exam of one question after every rationale, for every problem."""

    async def all_of_them() -> list[LbtScores]:
        calls = [
            partial(
                lbt_scores,
                problem,
                list(dict.fromkeys(of)),
                students=[f"hf-batch/classroom/{student}"],
                exam=[question(at, problem)],
                exam_kind="likelihood",
                kind_options=kind_options,
                prompt=CLASSROOM_PROMPT,
                answers=MathAnswers(),
            )
            for at, (problem, of) in enumerate(zip(TAUGHT, rationales(), strict=True))
        ]
        return await in_order(calls)

    return run_in_background(all_of_them)


def auc(score: Callable[[LbtScores, int], float], found: Sequence[LbtScores]) -> float:
    """Share of pairs, a right and a wrong rationale of one problem, in which the right one scores higher; ties half."""
    pairs: list[float] = []
    for problem, of in zip(TAUGHT, found, strict=True):
        known = [
            (each.answer == problem.answer, score(of, at))
            for at, each in enumerate(of.record.rationales)
            if each.answer is not None
        ]
        pairs += [
            float(right > wrong) + 0.5 * (right == wrong)
            for is_right, right in known
            if is_right
            for is_wrong_too, wrong in known
            if not is_wrong_too
        ]
    assert len(pairs) > 40
    return sum(pairs) / len(pairs)


def gain(found: LbtScores, at: int) -> float:
    raw = [row.raw for row in found.record.sittings_of()[at]]
    assert len(raw) == 1 and raw[0] is not None
    return raw[0]


def similar(at: int, problem: Problem) -> Problem:
    return variants(problem, 1, seed=0)[0]


def of_another_type(at: int, problem: Problem) -> Problem:
    return variants(TAUGHT[(at + 18) % len(TAUGHT)], 1, seed=0)[0]


def without_solution(at: int, problem: Problem) -> Problem:
    return replace(similar(at, problem), metadata={})


def test_the_gain_tells_right_from_wrong_and_no_control_does() -> None:
    taught, bare = exams("student_a", similar), exams("student_a", without_solution, silver=0)
    found = {
        "gain": auc(gain, taught),
        "length": auc(lambda found, at: len(found.record.rationales[at].text.split()), taught),
        "inattentive student": auc(gain, exams("inattentive", similar)),
        "question of another type": auc(gain, exams("student_a", of_another_type)),
        "bare answer": auc(gain, bare),
    }
    print(*(f"{name}: {value:.3f}" for name, value in found.items()), sep="\n")  # for pytest -s
    assert found["gain"] > max(0.85, found["length"])
    assert max(found["inattentive student"], found["question of another type"], found["bare answer"]) < 0.6
    assert all(any("have no solution" in note for note in found.record.notes) for found in bare)
