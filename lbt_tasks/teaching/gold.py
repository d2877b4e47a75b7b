"""The gold control: students sit the same exam after the problem's own worked solution.

    learn_by_teaching(...), examine_gold(exam, solutions)

What a teacher's explanation is worth lies between no demonstration and a perfect one; this is the upper mark.
"""

from collections.abc import Mapping
from functools import partial

from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import StoreModel, span
from pydantic import Field

from lbt_solvers.answers import AnswerKind, MathAnswers
from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_session import ExamSession, LiveModels
from lbt_solvers.generation import RoleUsage
from lbt_solvers.options import problem_of, settings_of
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import Sittings
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.student import student_callers

GOLD = TeachingPlan((0,))


class GoldExam(StoreModel):
    """What students did after the worked solution; empty where the problem has none."""

    scores: list[Sittings] = Field(default_factory=list)
    """`[student][item][repetition]` in [0, 1]; `None` is a sitting without a usable reply."""
    usage: dict[str, RoleUsage] = Field(default_factory=dict)


@solver
def examine_gold(
    exam: ExamMaker,
    solutions: Mapping[str, Demonstration],
    *,
    answers: AnswerKind | None = None,
    **settings: object,
) -> Solver:
    """Students sit the exam once more, after the worked solution of the taught problem.

    Args:
        exam: The exam maker that `examine` uses.
        solutions: Worked solutions by the problem's id; other problems have no gold control.
        answers: How answers are extracted and graded; mathematical answers by default.
        **settings: As for `learn_by_teaching`.
    """
    options, kind = settings_of(settings), answers or MathAnswers()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        problem, watch = problem_of(state), Stopwatch(parent=RUN)
        if problem.id not in solutions:
            return state
        callers = student_callers(state, options, watch)
        models = LiveModels(options.caller(get_model(role="teacher"), "teacher", state, watch), callers, kind)
        chosen = await exam(problem, models)
        session = ExamSession(chosen, callers, [solutions[problem.id]], kind)
        async with span("lbt/gold", type="lbt"):
            sat = await in_order(
                [
                    partial(in_order, [partial(session.sitting, GOLD, name, item) for item in chosen.items])
                    for name in callers
                ]
            )
        record = state.store_as(GoldExam)
        record.scores = [[[sitting.score for sitting in item] for item in student] for student in sat]
        record.usage = {caller.role: caller.usage for caller in callers.values()}
        return state

    return solve
