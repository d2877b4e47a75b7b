"""The gold control: students sit the same exam after the problem's own worked solution.

    learn_by_teaching(...), examine_gold(exam, solutions)

What a teacher's explanation is worth lies between no demonstration and a perfect one; this is the upper mark.
"""

from collections.abc import Mapping
from typing import Any

from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import span
from pydantic import Field

from lbt_solvers.answers import AnswerKind
from lbt_solvers.conversation import problem_of
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_session import ExamSession
from lbt_solvers.generation import RoleUsage
from lbt_solvers.options import kind_chooser, settings_of
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import SittingRecord
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.student import live_models, sit_plan, student_models

GOLD = TeachingPlan((0,))


class GoldExam(SittingRecord):
    """What students did after the worked solution; empty where the problem has none."""

    usage: dict[str, RoleUsage] = Field(default_factory=dict)


@solver
def examine_gold(
    exam: ExamMaker,
    solutions: Mapping[str, Demonstration],
    *,
    answers: AnswerKind | str | None = None,
    answer_options: Mapping[str, Any] | None = None,
    **settings: object,
) -> Solver:
    """Students sit the exam once more, after the worked solution of the taught problem.

    Args:
        exam: The exam maker that `examine` uses.
        solutions: Worked solutions by the problem's id; other problems have no gold control.
        answers: How answers are extracted and graded, as for `learn_by_teaching`.
        answer_options: Rules of that kind.
        **settings: As for `learn_by_teaching`.
    """
    options, kind_of = settings_of(settings), kind_chooser(answers, answer_options)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        problem, watch = problem_of(state), Stopwatch(parent=RUN)
        if problem.id not in solutions:
            return state
        kind = kind_of(state)
        models = live_models(get_model(role="teacher"), student_models(), state, options, kind, watch)
        chosen = await exam(problem, models)
        session = ExamSession(chosen, models.students, [solutions[problem.id]], kind)
        async with span("lbt/gold", type="lbt"):
            rows = await sit_plan(session, GOLD, 0)
        record = state.store_as(GoldExam)
        record.keep(rows)
        record.usage = {caller.role: caller.usage for caller in models.students.values()}
        return state

    return solve
