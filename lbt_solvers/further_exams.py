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
from lbt_solvers.record import FurtherExam, TeachingRecord
from lbt_solvers.student import examine_record
from lbt_solvers.types import Problem


async def sit_further_exams(
    problem: Problem, record: TeachingRecord, maker: ExamMaker, kinds: Sequence[ExamKind], models: LiveModels
) -> None:
    """Fills the record's further exams.

    Raises:
        ExamError: a student failed, or there is no exam of that kind for the problem.
    """
    for kind in kinds:
        async with span(f"lbt/also {kind.name}", type="lbt"):
            found = await _sat(problem, record, kind.of(maker), kind, models)
        record.further = {**record.further, kind.name: found}
        record.usage = {**record.usage, **found.usage}


async def _sat(
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
    await examine_record(problem, scratch, maker, beside, control=kind.control, budget=Budget("full"))
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
