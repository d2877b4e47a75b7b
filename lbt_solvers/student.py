"""The students' part: sit the exam after each demonstration, and once without one.

    await sit_exams(state, record, exam, teaching_plans("every", 16), True, Settings(), MathAnswers())

Requests are made in the order of the plans, so those of one rationale, which share their prompt's beginning, stand
together and a serving engine can reuse the prefix.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from inspect_ai.model import Model, get_model, model_roles
from inspect_ai.solver import TaskState
from inspect_ai.util import LimitExceededError, span

from lbt_solvers.answers import AnswerKind
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.generation import Caller, Reply, in_order
from lbt_solvers.options import Settings, problem_of
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import ExamItem, SittingAnswers, Sittings, TeachingRecord
from lbt_solvers.teaching_plans import QUESTION_ONLY, TeachingPlan
from lbt_solvers.types import Exam, Problem


class Sat(NamedTuple):
    """One student's replies after one plan, extracted but not graded yet: `[item][repetition]`."""

    answers: SittingAnswers
    usable: list[list[bool]]
    truncated: int


async def sit_exams(
    state: TaskState,
    record: TeachingRecord,
    exam: Exam,
    plans: Sequence[TeachingPlan],
    control: bool,
    settings: Settings,
    answers: AnswerKind,
) -> None:
    """Fills the exam, the matrix of sittings and the control of the record.

    Raises:
        ExamError: a student failed, or gave no usable reply in a whole exam.
    """
    models = students()
    callers = {name: settings.caller(model, "student", state, name=f"student: {name}") for name, model in models}
    planned = [*plans, QUESTION_ONLY] if control and QUESTION_ONLY not in plans else list(plans)
    demonstrations = _demonstrations(state, record)
    sat = await in_order([partial(_sit, plan, exam, callers, demonstrations, answers) for plan in planned])
    scores, undecided = await _grade(exam, sat, answers)
    for plan, by_student in zip(planned, scores, strict=True):
        _insist_on_usable(str(state.sample_id), plan, list(callers), by_student)

    taught = [index for index, plan in enumerate(planned) if plan != QUESTION_ONLY]
    untaught = [index for index, plan in enumerate(planned) if plan == QUESTION_ONLY]
    # Every assignment validates the whole store, so the large fields come last.
    record.items = [ExamItem(id=item.id, question=item.question, answer=item.answer) for item in exam.items]
    record.repetitions, record.exam_note, record.students = exam.repetitions, exam.note, list(callers)
    record.usage = {**record.usage, **{caller.role: caller.usage for caller in callers.values()}}
    record.notes = [*record.notes, *_notes(exam, sat, undecided)]
    configs = {name: caller.sampling() for name, caller in callers.items()}
    record.settings = {**record.settings, "student_config": configs}
    record.control_scores = [student for index in untaught for student in scores[index]]
    record.control_answers = [student.answers for index in untaught for student in sat[index]]
    record.plans = [list(planned[index].demonstrations) for index in taught]
    record.scores = [scores[index] for index in taught]
    record.answers = [[student.answers for student in sat[index]] for index in taught]


def students() -> list[tuple[str, Model]]:
    """The models of role `student` under distinct names; the teacher itself where the role is not given.

    Raises:
        UsageError: the role was given without a model.
    """
    given = model_roles().get("student")
    models = given if isinstance(given, list) else [given] if given else [get_model(role="teacher")]
    if not models:
        raise UsageError("The role student has no model: give one, e.g. --model-role student=MODEL, or leave it out.")
    names: list[str] = []
    for model in models:
        earlier = sum(name.split("#")[0] == str(model) for name in names)
        names.append(f"{model}#{earlier + 1}" if earlier else str(model))
    return list(zip(names, models, strict=True))


def _demonstrations(state: TaskState, record: TeachingRecord) -> list[Demonstration]:
    question = problem_of(state).question
    return [Demonstration(question, rationale.text, rationale.answer or "") for rationale in record.rationales]


async def _sit(
    plan: TeachingPlan,
    exam: Exam,
    callers: dict[str, Caller],
    demonstrations: Sequence[Demonstration],
    answers: AnswerKind,
) -> list[Sat]:
    name = "+".join(map(str, plan.demonstrations)) or "control"
    shown = [demonstrations[index] for index in plan.demonstrations]

    async def student(caller: Caller) -> Sat:
        async with span(f"lbt/exam {name}: {caller.model}", type="lbt"):
            replies = await in_order([partial(_replies, caller, shown, item, exam, name) for item in exam.items])
        return _extracted(replies, answers)

    return await in_order([partial(student, caller) for caller in callers.values()])


async def _replies(
    caller: Caller, shown: Sequence[Demonstration], item: Problem, exam: Exam, plan: str
) -> Sequence[Reply]:
    turns = caller.prompt.messages(item.question, shown)
    try:
        return await caller.replies(turns, exam.repetitions, f"exam/{plan}/{item.id}")
    except (LimitExceededError, UsageError):
        raise  # Inspect's own: a limit ends the sample with its score, a usage error ends the run with its line
    except Exception as error:
        reason = f"{caller.role} failed on exam item {item.id} after rationale {plan}: {error}"
        raise ExamError(caller.problem_id, reason) from error


def _extracted(replies: Sequence[Sequence[Reply]], answers: AnswerKind) -> Sat:
    return Sat(
        [[answers.extract(reply.text, truncated=reply.truncated).answer for reply in item] for item in replies],
        [[reply.usable for reply in item] for item in replies],
        sum(reply.truncated for item in replies for reply in item),
    )


async def _grade(exam: Exam, sat: Sequence[Sequence[Sat]], answers: AnswerKind) -> tuple[list[list[Sittings]], int]:
    """Scores `[plan][student][item][repetition]`, and how many comparisons stayed undecided (they count as wrong)."""
    pairs = [
        (item.answer, answer)
        for by_student in sat
        for student in by_student
        for item, given in zip(exam.items, student.answers, strict=True)
        for answer in given
        if answer is not None
    ]
    compared = await answers.equal_many(pairs)
    verdicts = iter(compared)

    def score(answer: str | None, usable: bool) -> float | None:
        correct = next(verdicts).equal if answer is not None else False
        return float(correct) if usable else None

    scores = [
        [
            [
                [score(answer, usable) for answer, usable in zip(given, usables, strict=True)]
                for given, usables in zip(student.answers, student.usable, strict=True)
            ]
            for student in by_student
        ]
        for by_student in sat
    ]
    return scores, sum(equality.how == "undecided" for equality in compared)


def _insist_on_usable(
    problem_id: str, plan: TeachingPlan, names: Sequence[str], by_student: Sequence[Sittings]
) -> None:
    for name, sittings in zip(names, by_student, strict=True):
        if all(score is None for item in sittings for score in item):
            after = f"after rationale {list(plan.demonstrations)}" if plan.demonstrations else "in the control"
            raise ExamError(problem_id, f"student {name} gave no usable reply {after}, each sitting asked for twice.")


def _notes(exam: Exam, sat: Sequence[Sequence[Sat]], undecided: int) -> list[str]:
    students = [student for by_student in sat for student in by_student]
    sittings = sum(len(item) for student in students for item in student.usable)
    counts = {
        "truncated": sum(student.truncated for student in students),
        "without a usable reply, left out": sum(
            not ok for student in students for item in student.usable for ok in item
        ),
        "with an answer that could not be compared in time, counted as wrong": undecided,
    }
    notes = [f"{count} of {sittings} sittings {what}" for what, count in counts.items() if count]
    return [exam.note, *notes] if exam.note else notes
