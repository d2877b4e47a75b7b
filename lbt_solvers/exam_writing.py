"""Label-free exams, the part with models: the teacher writes variants, teacher and students label them by agreement.

    exam = await write_exam(state, record, LabelFree(items=3), Settings(), MathAnswers())

Calls are cached, seeded and counted as all others; their tokens stand under roles of their own (`exam writer`,
`labels: MODEL`), so that a report shows what the labels cost. What came of each variant is in `record.drafts`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from inspect_ai.model import Model, get_model
from inspect_ai.solver import TaskState
from inspect_ai.util import LimitExceededError, span

from lbt_solvers.answers import AnswerKind
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_parts import NoExamError
from lbt_solvers.generation import Caller, Reply, in_order
from lbt_solvers.label_free import Draft, LabelFree, gate, read_variants, settle, summary, winner
from lbt_solvers.options import Settings, problem_of
from lbt_solvers.prompts import Turn
from lbt_solvers.record import GradingTime, TeachingRecord
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.types import Exam, Problem

REQUESTS = 2
"""How often the teacher is asked for variants, at most."""


async def write_exam(
    state: TaskState,
    record: TeachingRecord,
    exam: LabelFree,
    settings: Settings,
    answers: AnswerKind,
    students: Sequence[tuple[str, Model]],
) -> Exam:
    """The label-free exam of a problem; the record says how it came about.

    Raises:
        ExamError: a model failed.
        NoExamError: no variant is left; says why.
    """
    watch, taught = Stopwatch(parent=RUN), problem_of(state)
    async with span("lbt/set exam", type="lbt"):
        writer = settings.caller(get_model(role="teacher"), "teacher", state, watch, name="exam writer")
        variants = list(exam.questions(taught).items) if exam.questions else await _written(writer, taught, exam)
        drafts = gate(taught, variants, exam) if variants else []
        labellers = _labellers(students, settings, state, watch)
        labelled = await in_order(
            [partial(_labelled, *pair, labellers, exam, answers) for pair in zip(drafts, variants, strict=True)]
        )
    drafts = settle(labelled, exam)
    callers = [caller for caller in (writer, *labellers) if caller.usage.calls]
    record.usage = {**record.usage, **{caller.role: caller.usage for caller in callers}}
    record.drafts, line = drafts, summary(drafts, exam)
    state.store_as(GradingTime).add(watch)
    items = [draft for draft in drafts if draft.fate == "item"]
    if not items:
        raise NoExamError(
            f"{line}. Ask for more variants (drafts), lower minimum or agreement, or take an exam with gold answers."
        )
    record.notes = [*record.notes, line]
    chosen = tuple(Problem(draft.id, draft.question, draft.label or "") for draft in items)
    return Exam(chosen, exam.repetitions, f"{len(items)} of {exam.items} items" if len(items) < exam.items else "")


async def _written(writer: Caller, taught: Problem, exam: LabelFree) -> list[Problem]:
    """Variants by the teacher, which is asked once more where too few of them could be read."""
    # The text with which a solution would begin is no beginning of a problem.
    writer = replace(writer, prompt=replace(writer.prompt, prefill=""))
    found: list[str] = []
    for number in range(REQUESTS):
        turns = writer.prompt.variant_request(taught.question, exam.drafts)
        for reply in await _replies(writer, turns, 1, f"variants/{number}"):
            found += read_variants(reply.text)
        if len(found) >= exam.items:
            break
    return [Problem(f"{taught.id}~{number}", text, "") for number, text in enumerate(found[: exam.drafts], 1)]


async def _labelled(
    draft: Draft, variant: Problem, labellers: Sequence[Caller], exam: LabelFree, answers: AnswerKind
) -> Draft:
    """The draft with what most models answer; as it is where it is out already."""
    if draft.fate != "spare":
        return draft
    question = replace(variant, answer="")
    replies = await in_order([partial(_votes, caller, question, exam.votes) for caller in labellers])
    usable = [reply for by_model in replies for reply in by_model if reply.usable]
    given = [answers.extract(reply.text, reply.truncated, question).answer for reply in usable]
    with labellers[0].watch.grading():
        classes = await answers.classes(given, question)
        number, share = winner(classes)
        if number is None:
            return draft
        label = given[classes.index(number)]
        right = (await answers.grade(variant, [label or ""]))[0].score if variant.answer else None
    return replace(draft, label=label, agreement=round(share, 4), right=right)


async def _votes(caller: Caller, question: Problem, votes: int) -> list[Reply]:
    return await _replies(caller, caller.prompt.messages(question.question), votes, f"label/{question.id}")


def _labellers(
    students: Sequence[tuple[str, Model]], settings: Settings, state: TaskState, watch: Stopwatch
) -> list[Caller]:
    """The teacher and every student that is another model."""
    teacher = get_model(role="teacher")
    others = [(name, model) for name, model in students if str(model) != str(teacher)]
    roles = [(str(teacher), teacher, "teacher"), *((name, model, "student") for name, model in others)]
    return [settings.caller(model, role, state, watch, name=f"labels: {name}") for name, model, role in roles]


async def _replies(caller: Caller, turns: Sequence[Turn], count: int, key: str) -> list[Reply]:
    try:
        return await caller.replies(turns, count, key)
    except (LimitExceededError, UsageError):
        raise  # Inspect's own, as in an exam
    except Exception as error:
        raise ExamError(caller.problem_id, f"{caller.role} failed while the exam was set: {error}") from error
