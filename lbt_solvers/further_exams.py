"""Exams of other kinds beside the one that chooses: columns of scores for one comparison in one log.

    await sit_further_exams(problem, record, maker, further_kinds("likelihood", main), models)
    record.further["likelihood"].sittings_of()

    inspect eval lbt_tasks/classroom -T also_examine=likelihood -T budget=full

They are sat whole, on the same questions, by the same students; rationales that are equal share one exam where a
student would do the same again. None of them changes what is chosen.
"""

from collections.abc import Sequence
from dataclasses import replace

from inspect_ai.util import Store, span

from lbt_solvers.budget import Budget
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_kinds.base import ExamKind
from lbt_solvers.exam_session import LiveModels
from lbt_solvers.generation import RoleUsage
from lbt_solvers.plans import Plans
from lbt_solvers.record import FurtherExam, TeachingRecord
from lbt_solvers.student import examine_record
from lbt_solvers.types import Problem


async def sit_further_exams(
    problem: Problem,
    record: TeachingRecord,
    maker: ExamMaker,
    kinds: Sequence[ExamKind],
    models: LiveModels,
    golden: Problem | None = None,
) -> None:
    """Fills the record's further exams.

    Args:
        problem: The taught one, without its answer.
        record: What was taught.
        maker: Chooses the questions.
        kinds: How they are sat.
        models: Who sits.
        golden: The taught problem with its answer, for kinds that look at it and choose nothing.

    Raises:
        ExamError: a student failed, or there is no exam of that kind for the problem.
    """
    for kind in kinds:
        async with span(f"lbt/also {kind.name}", type="lbt"):
            taught = golden if golden and "gold_of_taught" in kind.needs else problem
            found = await _sit(taught, record, kind.of(maker), kind, models)
        record.further = {**record.further, kind.name: found}
        record.usage = {**record.usage, **found.usage}


async def _sit(
    problem: Problem, record: TeachingRecord, maker: ExamMaker, kind: ExamKind, models: LiveModels
) -> FurtherExam:
    scratch = TeachingRecord(store=Store())
    scratch.rationales, scratch.classes = record.rationales, record.classes
    # Roles seed and name calls in the cache: those of the plain run are found again.
    callers = {
        name: replace(caller, usage=RoleUsage(), counted_as=f"{kind.name}: {name}")
        for name, caller in models.students.items()
    }
    beside = LiveModels(models.teacher, callers, models.answers)
    answered = [index for index, each in enumerate(record.rationales) if each.answer is not None]
    plans: Plans = ([answered] if answered else []) if kind.among else "every"
    budget = None if kind.among else Budget("full")
    await examine_record(problem, scratch, maker, beside, plans=plans, control=kind.control, budget=budget)
    assert scratch.sitting_columns is not None
    return FurtherExam(
        kind=kind.name,
        gold=kind.gold,
        items=scratch.items,
        plans=scratch.plans,
        examined_as=list(scratch.examined_as()),
        sitting_columns=scratch.sitting_columns,
        usage={f"{kind.name}: {name}": caller.usage for name, caller in callers.items()}
        | {f"{kind.name}: {each.role}": each.usage for each in beside.asked if each.usage.calls},
        notes=scratch.notes,
    )
