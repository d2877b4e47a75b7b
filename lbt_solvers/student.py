"""The students' part: sit the exam after each demonstration, and once without one.

    await sit_exams(state, record, exam, teaching_plans("every", 16), True, callers, MathAnswers())

Requests are made in the order of the plans, so those of one rationale, which share their prompt's beginning, stand
together and a serving engine can reuse the prefix.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from inspect_ai.model import Model, get_model, model_roles
from inspect_ai.solver import TaskState
from inspect_ai.util import span

from lbt_solvers.answers import AnswerKind
from lbt_solvers.budget import Budget, BudgetedExam
from lbt_solvers.budgeted_exams import budget_note, described, sit_on_budget
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_session import ExamSession, plan_name
from lbt_solvers.generation import Caller
from lbt_solvers.options import Settings, problem_of
from lbt_solvers.plans import QUESTION_ONLY, TeachingPlan
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import ExamItem, SittingAnswers, Sittings, TeachingRecord
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.types import Exam, GradedReply

StudentReplies = list[list[GradedReply]]
"""One student's sittings after one plan, `[item][repetition]`."""


async def sit_exams(
    state: TaskState,
    record: TeachingRecord,
    exam: Exam,
    plans: Sequence[TeachingPlan],
    control: bool,
    callers: Mapping[str, Caller],
    answers: AnswerKind,
    budget: Budget | None = None,
) -> None:
    """Fills the exam, the matrix of sittings and the control of the record.

    A budget sits its own choice of the plans' sittings; the control is always sat whole.

    Raises:
        ExamError: a student failed, or gave no usable reply in a whole exam.
    """
    session = ExamSession(exam, callers, _demonstrations(state, record), answers)
    planned = [*plans, QUESTION_ONLY] if control and QUESTION_ONLY not in plans else list(plans)
    RUN_PROGRESS.plan(len(planned) * len(callers) * exam.sittings)
    if budget is None:
        sat = await in_order([partial(_sit, session, plan) for plan in planned])
    else:
        planned, sat = await _sit_on_budget(session, record, planned, budget)
    for plan, by_student in zip(planned, sat, strict=True):
        _insist_on_usable(str(state.sample_id), plan, list(callers), by_student)

    taught = [index for index, plan in enumerate(planned) if plan != QUESTION_ONLY]
    untaught = [index for index, plan in enumerate(planned) if plan == QUESTION_ONLY]
    # Every assignment validates the whole store, so the large fields come last.
    record.items = [ExamItem(id=item.id, question=item.question, answer=item.answer) for item in exam.items]
    record.repetitions, record.exam_note, record.students = exam.repetitions, exam.note, list(callers)
    record.usage = {**record.usage, **{caller.role: caller.usage for caller in callers.values()}}
    record.notes = [*record.notes, *_notes(exam, sat)]
    configs = {name: caller.sampling() for name, caller in callers.items()}
    record.settings = {**record.settings, "student_config": configs}
    record.control_scores = [_scores(student) for index in untaught for student in sat[index]]
    record.control_answers = [_answers(student) for index in untaught for student in sat[index]]
    record.plans = [list(planned[index].demonstrations) for index in taught]
    record.scores = [[_scores(student) for student in sat[index]] for index in taught]
    record.answers = [[_answers(student) for student in sat[index]] for index in taught]


async def _sit_on_budget(
    session: ExamSession, record: TeachingRecord, planned: Sequence[TeachingPlan], budget: Budget
) -> tuple[list[TeachingPlan], list[list[StudentReplies]]]:
    """The plans of which something was sat, and their sittings; the control beside them."""
    spent: list[tuple[BudgetedExam, dict[int, list[StudentReplies]]]] = []

    async def on_budget() -> list[StudentReplies]:
        spent.append(await sit_on_budget(session, record, budget))
        return []

    control = [plan for plan in planned if plan == QUESTION_ONLY]
    untaught = (await in_order([on_budget, *(partial(_sit, session, plan) for plan in control)]))[1:]
    [(exam, sat)] = spent
    record.budget = described(exam)
    record.notes = [*record.notes, budget_note(exam)]
    RUN_PROGRESS.saved((len(planned) - len(control)) * len(session.students) * session.exam.sittings - exam.calls)
    return [*(TeachingPlan((index,)) for index in sorted(sat)), *control], [*(sat[i] for i in sorted(sat)), *untaught]


def student_callers(state: TaskState, settings: Settings, watch: Stopwatch) -> dict[str, Caller]:
    """The students of a run, by name, at this sample.

    Raises:
        UsageError: the role was given without a model.
    """
    return {
        name: settings.caller(model, "student", state, watch, name=f"student: {name}") for name, model in students()
    }


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


async def _sit(session: ExamSession, plan: TeachingPlan) -> list[StudentReplies]:
    """Every student's whole exam after one plan."""

    async def student(name: str) -> StudentReplies:
        label = name.rpartition("/")[2]  # the viewer shows no more of a span's name than stands between slashes
        async with span(f"lbt/exam {plan_name(plan)}: {label}", type="lbt"):
            return await in_order([partial(session.sitting, plan, name, item) for item in session.exam.items])

    return await in_order([partial(student, name) for name in session.students])


def _scores(student: StudentReplies) -> Sittings:
    return [[sitting.score for sitting in item] for item in student]


def _answers(student: StudentReplies) -> SittingAnswers:
    return [[sitting.answer for sitting in item] for item in student]


def _insist_on_usable(
    problem_id: str, plan: TeachingPlan, names: Sequence[str], by_student: Sequence[StudentReplies]
) -> None:
    for name, student in zip(names, by_student, strict=True):
        # A budget may have stopped before a usable reply came: only a whole exam without one is a failure.
        if all(item and all(sitting.score is None for sitting in item) for item in student):
            after = f"after rationale {list(plan.demonstrations)}" if plan.demonstrations else "in the control"
            raise ExamError(problem_id, f"student {name} gave no usable reply {after}, each sitting asked for twice.")


def _notes(exam: Exam, sat: Sequence[Sequence[StudentReplies]]) -> list[str]:
    sittings = [sitting for by_student in sat for student in by_student for item in student for sitting in item]
    usable = [sitting for sitting in sittings if sitting.score is not None]
    counts = {
        "truncated": sum(sitting.truncated for sitting in sittings),
        "without a usable reply, left out": len(sittings) - len(usable),
        "without an answer, counted as wrong": sum(sitting.answer is None for sitting in usable),
        "with an answer that could not be compared in time, counted as wrong": sum(s.undecided for s in sittings),
    }
    notes = [f"{count} of {len(sittings)} sittings {what}" for what, count in counts.items() if count]
    return [exam.note, *notes] if exam.note else notes
