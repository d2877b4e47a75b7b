"""What the exam's gold answers are worth without teaching, and whether the winner wins again: controls of one problem.

    inspect eval lbt_tasks/math -T label_controls=true -T re_examine=true

LbT chooses with gold answers of other problems, which the vote does not get. `label_controls` gives them to methods
without an exam: the teacher answers with the exam's questions and their gold answers as demonstrations, as often as it
sampled rationales, and votes (`few_shot`); and students sit the exam after another of its questions with its gold
answer and, where its metadata has one, its `solution` (`solved_question`), so that a gain from any demonstration at all
is told from one by the rationale's. With `re_examine` students sit the chosen rationale's exam once more with other
seeds: the score that chose it is the best of many, and so too high. Where the students are the teacher itself (the
default), it solves the exam with its own rationale.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from inspect_ai.util import span

from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_bank import ExamContext, ExamMaker
from lbt_solvers.exam_session import ExamSession
from lbt_solvers.generation import Caller
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import TeachingRecord
from lbt_solvers.rules import Rule
from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.selection import select
from lbt_solvers.sittings import Sitting, exam_results, rows_of_replies
from lbt_solvers.teacher import rationale_of
from lbt_solvers.types import Exam, Problem

FEW_SHOT = "few-shot control: teacher"
"""The role under which its calls are counted."""


def with_gold_answers(make_exam: ExamMaker) -> ExamMaker:
    """The same exam maker, which refuses an exam without gold answers that could be shown, before anybody sits it."""

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        exam = await make_exam(taught, context)
        if exam.form is not None or not all(item.answer.strip() for item in exam.items):
            raise ValueError("label_controls needs exam questions with gold answers in words; programs have tests.")
        return exam

    return make


async def sit_label_controls(problem: Problem, record: TeachingRecord, session: ExamSession, teacher: Caller) -> None:
    """Fills what the record's controls say of the gold answers without teaching.

    Raises:
        ExamError: a student failed.
    """
    items = session.exam.items
    solved = [
        Demonstration(item.question, str(item.metadata.get("solution", "")), item.answer, item.turns) for item in items
    ]
    async with span("lbt/label controls", type="lbt"):
        asked = teacher.under(FEW_SHOT)
        turns = asked.prompt.messages(problem.question, solved, problem.turns)
        RUN_PROGRESS.plan(len(record.rationales), role=FEW_SHOT)
        replies = await asked.replies(turns, len(record.rationales), "few-shot")
        found = [rationale_of(reply, problem, session.answers) for reply in replies]
        classes = await session.answers.classes([each.answer for each in found], problem)
        score = await _after_solved_questions(record, session, solved) if len(items) > 1 else None
    record.controls = record.controls.model_copy(
        update={"few_shot": found, "few_shot_classes": classes, "solved_question": score}
    )
    record.usage = {**record.usage, FEW_SHOT: asked.usage}


async def _after_solved_questions(
    record: TeachingRecord, session: ExamSession, solved: Sequence[Demonstration]
) -> float | None:
    """Exam accuracy in [0, 1] of students who see the question after the one they are asked, with its gold answer."""
    first = len(record.rationales)
    shown = replace(session, demonstrations=[*session.demonstrations, *solved])
    plans = [TeachingPlan((first + (at + 1) % len(solved),)) for at in range(len(solved))]
    return await _score(shown, plans, "")


async def examine_again(record: TeachingRecord, session: ExamSession, rule: Rule) -> None:
    """Fills the LbT score of the chosen rationale in an exam with other seeds.

    Raises:
        ExamError: a student failed.
    """
    choice = select(record.scored(), rule)
    if choice is None:
        return
    plans = [TeachingPlan((choice.rationale,))] * len(session.exam.items)
    async with span("lbt/examine again", type="lbt"):
        score = await _score(session, plans, "again")
    first = record.scored()[choice.rationale].score
    record.controls = record.controls.model_copy(update={"chosen_score": first, "fresh_score": score})


async def _score(session: ExamSession, plans: Sequence[TeachingPlan], key: str) -> float | None:
    """LbT score of all students' exams, each item after its own plan; `None` where no sitting is usable."""
    names = list(session.students)

    async def sitting(student: int, item: int) -> list[Sitting]:
        replies = await session.sitting(plans[item], names[student], session.exam.items[item], key)
        return list(rows_of_replies(0, student, item, replies))

    places = [(student, item) for student in range(len(names)) for item in range(len(plans))]
    RUN_PROGRESS.more(len(places) * session.exam.repetitions)
    found = await in_order([partial(sitting, *place) for place in places])
    return lbt_score_or_none(exam_results([row for rows in found for row in rows], names, len(plans)))
