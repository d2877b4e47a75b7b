"""The students' part: sit the exam after each demonstration, and once without one.

    await sit_exams(problem, record, exam, teaching_plans("every", 16), True, callers, MathAnswers())

Requests are made in the order of the plans, so those of one rationale, which share their prompt's beginning, stand
together and a serving engine can reuse the prefix.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

from inspect_ai.log import transcript
from inspect_ai.model import Model, get_model, model_roles
from inspect_ai.util import span

from lbt_solvers.answers import AnswerKind
from lbt_solvers.budget import Budget
from lbt_solvers.budgeted_exams import budget_note, described, sit_on_budget
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_bank import ExamMaker, under_its_system
from lbt_solvers.exam_session import ExamSession, LiveModels, plan_name
from lbt_solvers.exam_transcript import TRANSCRIPT_IS_READ, outcome, taught_name
from lbt_solvers.generation import Caller
from lbt_solvers.near_match import nearest
from lbt_solvers.options import Sample, Settings
from lbt_solvers.plans import QUESTION_ONLY, Plans, TeachingPlan, teaching_plans
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import ExamItem, TeachingRecord
from lbt_solvers.sittings import Sitting, rows_of_replies
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.types import Exam, Problem

_Calls = Callable[[], Awaitable[list[Sitting]]]


async def examine_record(
    problem: Problem,
    record: TeachingRecord,
    make_exam: ExamMaker,
    models: LiveModels,
    *,
    plans: Plans = "every",
    control: bool = True,
    budget: Budget | None = None,
) -> ExamSession:
    """Sets the exam of a problem and sits it after every teaching plan: all that is between rationales and scores.

    Raises:
        ExamError: the problem has no exam, a plan cannot be, or a student failed.
    """
    try:
        planned = teaching_plans(plans, len(record.rationales))
        async with span("lbt/set exam", type="lbt"):
            made = await make_exam(problem, models)
        exam = replace(made, items=tuple(under_its_system(problem, item) for item in made.items))
        _check_layout(problem, exam, models)
    except ValueError as error:
        raise ExamError(problem.id, str(error)) from error
    finally:
        _count(record, models)
    record.notes, record.drafts = [*record.notes, *models.notes], list(exam.drafts)
    # Rationales without an answer can never win, so their exams would be wasted.
    answered = [rationale.answer is not None for rationale in record.rationales]
    taught = [plan for plan in planned if all(answered[i] for i in plan.demonstrations)]
    async with span("lbt/examine", type="lbt"):
        try:
            return await sit_exams(problem, record, exam, taught, control, models.students, models.answers, budget)
        finally:
            _count(record, models)  # a teacher or a judge may have been asked in the exam


def _count(record: TeachingRecord, models: LiveModels) -> None:
    """What was spent by others than those who sit."""
    record.usage = {**record.usage, **{each.role: each.usage for each in models.asked if each.usage.calls}}


def _check_layout(problem: Problem, exam: Exam, models: LiveModels) -> None:
    """Whether the prompt format has a place for what stands before the questions, before anybody is asked.

    Raises:
        ValueError: it has not.
    """
    shown = [Demonstration(problem.question, "", "", problem.turns)]
    for item in exam.items:
        models.teacher.prompt.messages(item.question, shown, item.turns)


async def sit_exams(
    problem: Problem,
    record: TeachingRecord,
    exam: Exam,
    plans: Sequence[TeachingPlan],
    control: bool,
    callers: Mapping[str, Caller],
    answers: AnswerKind,
    budget: Budget | None = None,
) -> ExamSession:
    """Fills the exam and the sittings of the record.

    A budget sits its own choice of the plans' sittings; the control is always sat whole.

    Raises:
        ExamError: a student failed, or gave no usable reply in a whole exam.
    """
    session = ExamSession(exam, callers, _demonstrations(problem, record), answers)
    taught = [plan for plan in plans if plan != QUESTION_ONLY]
    untaught = [QUESTION_ONLY] if control or len(taught) < len(plans) else []
    each = len(callers) * exam.sittings
    role = next((caller.counted_as or caller.role for caller in callers.values()), "student")
    RUN_PROGRESS.plan((len(taught) + len(untaught)) * each, whole=budget is None, role=role)
    if budget is None:
        rows = await sit_plans(session, [*enumerate(taught), *((None, plan) for plan in untaught)])
    else:
        planned = len(taught) * each
        calls = [partial(sit_plan, session, plan, None) for plan in untaught]
        taught, rows = await _sit_on_budget(session, record, budget, calls)
        RUN_PROGRESS.saved(planned + len(untaught) * each, spared=planned - record.budget["calls"], role=role)
    _insist_on_usable(problem.id, session, [*taught, *untaught], rows, whole=budget is None)

    record.items = [ExamItem(id=item.id, question=item.question, answer=item.answer) for item in exam.items]
    record.repetitions, record.exam_note, record.students = exam.repetitions, exam.note, list(callers)
    record.usage = {**record.usage, **{caller.role: caller.usage for caller in callers.values()}}
    record.notes = [*record.notes, *_notes(exam, rows)]
    configs = {name: caller.sampling() for name, caller in callers.items()}
    record.settings = {**record.settings, "student_config": configs}
    record.note_weights({f"student: {name}": caller.identity for name, caller in callers.items()})
    record.plans = [list(plan.demonstrations) for plan in taught]
    record.keep(rows)
    return session


async def _sit_on_budget(
    session: ExamSession, record: TeachingRecord, budget: Budget, control: Sequence[_Calls]
) -> tuple[list[TeachingPlan], list[Sitting]]:
    """The plans of which something was sat, and their sittings; the control beside them."""

    async def on_budget() -> list[Sitting]:
        exam, rows = await sit_on_budget(session, record, budget)
        record.budget = described(exam)
        record.notes = [*record.notes, budget_note(exam)]
        return rows

    found = await in_order([on_budget, *control])
    number = {rationale: number for number, rationale in enumerate(dict.fromkeys(row.plan for row in found[0]))}
    rows = [row._replace(plan=number[row.plan]) for row in found[0]]
    plans = [TeachingPlan((rationale,)) for rationale in number if rationale is not None]
    return plans, [*rows, *(row for part in found[1:] for row in part)]


def live_models(
    teacher: Model, students: Sequence[Model], sample: Sample, settings: Settings, answers: AnswerKind, watch: Stopwatch
) -> LiveModels:
    """The models of one problem, students by distinct names."""
    callers = {
        name: settings.caller(model, "student", sample, watch, name=f"student: {name}")
        for name, model in with_names(students)
    }
    return LiveModels(settings.caller(teacher, "teacher", sample, watch), callers, answers)


ROLES = ("teacher", "student")


def check_roles(*, others: bool = True) -> None:
    """Refuses a role that nobody has, whose model would be left out without a word.

    Args:
        others: Whether the task may have roles of its own, so that only what looks like one of ours is refused.

    Raises:
        UsageError: names the role, and the one that was meant.
    """
    for role in model_roles():
        near = nearest(role, ROLES, alike=0.75)
        if role not in ROLES and (near or not others):
            meant = f" Did you mean '{near}'?" if near else ""
            raise UsageError(f"--model-role {role}: there is no such role, only {' and '.join(ROLES)}.{meant}")


def student_models() -> Sequence[Model]:
    """The models of role `student`; the teacher itself where the role is not given.

    Raises:
        UsageError: the role was given without a model, or one that nobody has.
    """
    check_roles()
    given = model_roles().get("student")
    models = given if isinstance(given, list) else [given] if given else [get_model(role="teacher")]
    if not models:
        raise UsageError("The role student has no model: give one, e.g. --model-role student=MODEL, or leave it out.")
    return models


def with_names(models: Sequence[Model]) -> list[tuple[str, Model]]:
    """Models under distinct names."""
    names: list[str] = []
    for model in models:
        earlier = sum(name.split("#")[0] == str(model) for name in names)
        names.append(f"{model}#{earlier + 1}" if earlier else str(model))
    return list(zip(names, models, strict=True))


def _demonstrations(problem: Problem, record: TeachingRecord) -> list[Demonstration]:
    return [
        Demonstration(problem.question, rationale.text, rationale.answer or "", problem.turns)
        for rationale in record.rationales
    ]


async def sit_plans(session: ExamSession, plans: Sequence[tuple[int | None, TeachingPlan]]) -> list[Sitting]:
    """Every student's whole exam after each of these plans, with their numbers."""
    if TRANSCRIPT_IS_READ.get():
        found = await in_order([partial(sit_plan, session, plan, number) for number, plan in plans])
        return [row for rows in found for row in rows]
    places = list(product(plans, enumerate(session.students), enumerate(session.exam.items)))
    answered = await in_order(
        [partial(session.sitting, plan, name, item) for (_, plan), (_, name), (_, item) in places]
    )
    return [
        row
        for ((number, _), (student, _), (item, _)), replies in zip(places, answered, strict=True)
        for row in rows_of_replies(number, student, item, replies)
    ]


async def sit_plan(session: ExamSession, plan: TeachingPlan, number: int | None) -> list[Sitting]:
    """Every student's whole exam after one plan."""

    async def student(at: int, name: str) -> list[Sitting]:
        label = name.rpartition("/")[2]  # the viewer shows no more of a span's name than stands between slashes
        called = taught_name(plan_name(plan), session.demonstrations, plan)
        async with span(f"lbt/exam {called}: {label}", type="lbt"):
            answered = await in_order([partial(session.sitting, plan, name, item) for item in session.exam.items])
            rows = [row for item, replies in enumerate(answered) for row in rows_of_replies(number, at, item, replies)]
            transcript().info(outcome(label, rows), source="lbt exam")
        return rows

    found = await in_order([partial(student, at, name) for at, name in enumerate(session.students)])
    return [row for part in found for row in part]


def _insist_on_usable(
    problem_id: str, session: ExamSession, plans: Sequence[TeachingPlan], rows: Sequence[Sitting], *, whole: bool
) -> None:
    """A budget may have stopped before a usable reply came: only a whole exam without one is a failure."""
    replies = Counter((row.plan, row.student) for row in rows)
    usable = {(row.plan, row.student) for row in rows if row.score is not None}
    answered = {(row.plan, row.student) for row in rows if row.answer is not None}
    for number, plan in enumerate(plans):
        for student, name in enumerate(session.students):
            exam = (number if plan.demonstrations else None, student)
            if exam not in usable and (whole or replies[exam] >= session.exam.sittings):
                after = f"after rationale {list(plan.demonstrations)}" if plan.demonstrations else "in the control"
                silent = f"student {name} gave no usable reply {after}, each sitting asked for twice."
                ungraded = f"whoever grades gave no grade to any reply of student {name} {after}."
                raise ExamError(problem_id, ungraded if exam in answered else silent)


def _notes(exam: Exam, rows: Sequence[Sitting]) -> list[str]:
    usable = [row for row in rows if row.score is not None]
    counts = {
        "truncated": sum(row.truncated for row in rows),
        "without a usable reply or a grade, left out": len(rows) - len(usable),
        "without an answer, counted as wrong": sum(row.answer is None and row.raw is None for row in usable),
        "with an answer that could not be compared in time, counted as wrong": sum(row.undecided for row in rows),
    }
    notes = [f"{count} of {len(rows)} sittings {what}" for what, count in counts.items() if count]
    return [exam.note, *notes] if exam.note else notes
