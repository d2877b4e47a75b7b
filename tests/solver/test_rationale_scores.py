"""Rationales of one's own, scored by one call.

Invariants:
 1. The call gives what the solver's exams give for the same rationales, seeds included.
 2. It can be awaited, and called where no loop runs and where one does; interrupting nothing of the two.
 3. Nobody is taught a rationale without an answer, and its score is none rather than 0.
"""

from typing import Any, cast

import anyio
import pandas
import pytest

from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exams import variants
from lbt_solvers.rationale_scores import LbtScores, lbt_scores, lbt_scores_sync
from lbt_solvers.record import TeachingRecord
from lbt_solvers.types import Exam, Rationale
from lbt_tasks.classroom.arithmetic import world as classroom
from tests.synthetic import world
from tests.synthetic.running import scripted, sittings, toy_task

TAUGHT = world.problems(1)[0]
EXAM = world.variants_of(TAUGHT)
RIGHT, WRONG = (world.solve(TAUGHT.question, method) for method in (world.RIGHT, world.WRONG))
NO_ANSWER = "I wonder how anybody could ever tell what comes of all this in the end."


def found(**options: object) -> LbtScores:
    given = {"students": [scripted("a"), "scripted/b"], "exam": EXAM, **options}
    return lbt_scores_sync(TAUGHT, [WRONG, RIGHT, WRONG, NO_ANSWER], **given)  # type: ignore[arg-type]


def test_rationales_are_scored_by_what_they_teach() -> None:
    scores = found(repetitions=2)
    assert scores.scores == [0, 1, 0, None] and scores.control == 0
    assert len(scores.sittings) == (3 + 1) * 2 * 3 * 2
    assert (scores.choice().rationale, scores.choice("maj").rationale) == (1, 0)  # type: ignore[union-attr]
    assert scores.choice(lambda values: -sum(values)).rationale == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(("show", "scores"), [(False, [0]), (True, [1])])
def test_students_see_thoughts_only_where_that_is_asked_for(show: bool, scores: list[float]) -> None:
    """The thought names the right method, the reply the wrong one; the answer that votes is the reply's either way."""
    given = f"<think>{RIGHT}</think>{WRONG}"
    made = lbt_scores_sync(TAUGHT, [given], students=[scripted("a")], exam=EXAM, show_thinking=show)
    [rationale] = made.record.rationales
    assert (RIGHT.partition("\n")[0] in rationale.text) == show
    assert (rationale.answer, made.scores) == (world.solve(TAUGHT.question, world.WRONG).rpartition(" ")[2], scores)


def test_a_kind_of_answers_by_its_name() -> None:
    made = lbt_scores_sync(TAUGHT, [RIGHT, WRONG], students=[scripted("a")], exam=EXAM, answers="number")
    assert made.scores == [1, 0]
    with pytest.raises(UsageError, match="Did you mean 'number'"):
        lbt_scores_sync(TAUGHT, [RIGHT], students=[scripted("a")], exam=EXAM, answers="numbr")


def test_the_same_as_the_solver(run) -> None:
    log = run(toy_task(1, budget="full"), students=("fickle-a", "fickle-b"))
    record = log.samples[0].store_as(TeachingRecord)
    taught = [Rationale(each.text, each.answer) for each in record.rationales]
    exam = variants(world.bank([TAUGHT]), items=3, repetitions=2)
    students = [scripted("fickle-a"), scripted("fickle-b")]
    scores = lbt_scores_sync(TAUGHT, taught, students=students, exam=exam)
    assert scores.sittings == sittings(log) and scores.record.usage.items() <= record.usage.items()
    assert scores.scored == record.scored()


def test_where_a_loop_runs_already() -> None:
    async def cell() -> tuple[LbtScores, LbtScores]:
        waited = await lbt_scores(TAUGHT, [WRONG, RIGHT], students=[scripted("a")], exam=EXAM)
        return waited, lbt_scores_sync(TAUGHT, [WRONG, RIGHT], students=[scripted("a")], exam=EXAM)

    waited, called = anyio.run(cell)
    assert waited.sittings == called.sittings and waited.scores == [0, 1]


@pytest.mark.parametrize("exam", [Exam(tuple(EXAM), 2), variants(world.bank([TAUGHT]), items=3, repetitions=2)])
def test_exams_in_any_form(exam: object) -> None:
    assert found(exam=exam).sittings == found(repetitions=2).sittings


def test_with_the_shipped_models() -> None:
    pytest.importorskip("torch")
    taught = classroom.problems("held_out", 1, 0, ["mean"])[0]
    lesson = f"{classroom.right_solution(taught)}\n\nANSWER: {taught.answer}"
    other = classroom.problems("held_out", 1, 0, ["weekday"])[0]
    wrong = f"{classroom.right_solution(other)}\n\nANSWER: {other.answer}"
    students = ["hf-batch/classroom/student_a", "hf-batch/classroom/student_b"]
    exam = classroom.variants(taught, 3, 0)
    options = {"students": students, "exam": exam, "student_config": {"max_tokens": 96}, "student_temperature": 0}
    called = lbt_scores_sync(taught, [lesson, wrong], **options)  # type: ignore[arg-type]
    assert called.scores[0] > called.scores[1]  # type: ignore[operator]
    again = lbt_scores_sync(taught, [lesson, wrong], **options, cache=False)  # type: ignore[arg-type]
    assert again.sittings == called.sittings


def test_a_question_without_a_gold_answer_is_enough() -> None:
    scores = lbt_scores_sync(TAUGHT.question, [RIGHT], students=["scripted/a"], exam=EXAM, control=False)
    assert scores.scores == [1] and scores.control is None


def test_a_frame_of_sittings() -> None:
    made = found().dataframe()
    assert isinstance(made, pandas.DataFrame)
    frame = cast(Any, made)
    assert len(frame) == (3 + 1) * 2 * 3
    assert list(frame.columns[:4]) == ["rationale", "student", "item", "gold"]
    means = frame.groupby("rationale", dropna=False)["score"].mean()
    assert means.tolist() == [0, 1, 0, 0] and frame["rationale"].isna().sum() == 6
    assert set(frame["student"]) == {"scripted/a", "scripted/b"} and (frame["tokens"] > 0).all()
    assert (frame["gold"] == frame["answer"]).tolist() == (frame["score"] == 1).tolist()


def test_a_budget_answers_for_the_rules_that_it_decides() -> None:
    scores = found(budget="thompson", rule="max", max_replies=12)
    assert scores.choice("max").rationale == 1 and scores.choice("maj").rationale == 0  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="thompson does not decide sum"):
        scores.choice("sum")


def test_what_cannot_work_is_one_line() -> None:
    with pytest.raises(UsageError, match="at least one rationale and one student"):
        found(students=[])
    with pytest.raises(UsageError, match="Did you mean 'prompt'"):
        found(promt="chat")
    with pytest.raises(ExamError, match="questions other than the taught one"):
        found(exam=[TAUGHT])
    with pytest.raises(ExamError, match="the scripted model fails now"):
        found(students=[scripted("a", fail_after=2)])
