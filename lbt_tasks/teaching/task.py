r"""Models as teachers: how much do students gain from their explanations?

    inspect eval lbt_tasks/teaching                                     # the shipped models
    inspect eval lbt_tasks/teaching --model openai/gpt-4o --model-role student=openai/gpt-4o-mini \
        -T data=problems.jsonl
    lbt report --teaching logs/

Every problem is explained a few times; students sit an exam of similar problems after each explanation, without one,
and after the worked solution. Run it once per teacher; the report puts the logs into one matrix.
"""

import inspect
from dataclasses import fields
from typing import Any

from inspect_ai import Task, task
from inspect_ai.solver import Solver, chain, solver

from lbt_solvers.bank import load_problems
from lbt_solvers.checks import at_least
from lbt_solvers.errors import usage_errors
from lbt_solvers.estimate.measure import WholeRun, measured, problems_to_measure
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import make_exam_maker, variants
from lbt_solvers.near_match import check_known
from lbt_solvers.options import Settings, kind_chooser, settings_of
from lbt_solvers.prompts import Demonstration
from lbt_solvers.solvers import examine, teach
from lbt_solvers.types import Problem
from lbt_solvers.vocabulary import RATIONALES
from lbt_tasks._task import lbt_task, viewer_of
from lbt_tasks.classroom.arithmetic import world
from lbt_tasks.classroom.arithmetic.task import SHIPPED
from lbt_tasks.classroom.models import CLASSROOM_PROMPT
from lbt_tasks.teaching.gold import examine_gold
from lbt_tasks.teaching.scorer import COLUMNS, teaching_gain


@task
def teaching(
    data: str | None = None,
    problems: int = 74,
    rationales: int = RATIONALES,
    items: int = 3,
    repetitions: int = 1,
    exam: str = "similar",
    bank: str | None = None,
    world_seed: int = 0,
    estimate: bool | int = False,
    **settings: Any,
) -> Task:
    """Score a teacher by what its students gain.

    Args:
        data: JSONL file of problems to explain (`id`, `question`, `answer`, `metadata`); a `solution` in the metadata
            is the gold control. By default, problems of the classroom.
        problems: How many of the classroom's.
        rationales: Explanations per problem.
        items: Exam questions per problem.
        repetitions: Sittings of each question by each student.
        exam: Exam maker for `data`, see docs/exams.md.
        bank: JSONL file of exam questions; `data` itself by default.
        world_seed: Of the classroom's problems.
        estimate: Instead of the run, a handful of calls on its first 2 (or so many) problems, and what it will take.
        **settings: `prompt`, `seed`, `cache`, `choices_per_call`, `teacher_config`, `student_config`.

    Raises:
        UsageError: a file that cannot be read, or an option that cannot work.
    """
    known = [*inspect.signature(teaching).parameters, *(each.name for each in fields(Settings))]
    with usage_errors():
        check_known(settings, [name for name in known if name != "settings"], "lbt_tasks/teaching")
        at_least(1, rationales=rationales, items=items, repetitions=repetitions, problems=problems)
        measure = problems_to_measure(estimate)
    size = {"items": items, "repetitions": repetitions}
    settings = settings if data else {"prompt": CLASSROOM_PROMPT, **settings}
    with usage_errors():
        taught, exams = _from_file(data, bank, exam, size) if data else _from_classroom(problems, world_seed, size)
    solutions = {problem.id: gold for problem in taught if (gold := _gold(problem))}
    made = lbt_task(
        [_without_solution(problem) for problem in taught],
        exams,
        name="teaching",
        scorer=teaching_gain(),
        viewer=viewer_of(teaching_gain.__name__, COLUMNS),
        headline="gain",
        estimate=estimate,
    )
    if measure:
        run = WholeRun(exams, rationales, kind_chooser(None, None), settings_of(settings), solutions=solutions)
        made.solver = estimate_teaching(run, measure)
    else:
        made.solver = chain(
            teach(rationales, greedy=False, **settings),
            examine(exams, budget="full", **settings),
            examine_gold(exams, solutions, **settings),
        )
    return made if data else SHIPPED.play(made)


@solver
def estimate_teaching(run: WholeRun, problems: int) -> Solver:
    """Measures the first so many problems, and what the others will take by them."""
    return measured(run, problems)


def _from_file(data: str, bank: str | None, exam: str, size: dict[str, Any]) -> tuple[list[Problem], ExamMaker]:
    taught = load_problems(data)
    return taught, make_exam_maker(exam, load_problems(bank) if bank else taught, **size)


def _from_classroom(count: int, seed: int, size: dict[str, Any]) -> tuple[list[Problem], ExamMaker]:
    taught = world.problems("held_out", count, seed)
    asked = [variant for problem in taught for variant in world.variants(problem, size["items"], seed)]
    solved = [
        Problem(each.id, each.question, each.answer, {**each.metadata, "solution": world.right_solution(each)})
        for each in taught
    ]
    return solved, variants(asked, **size)


def _gold(problem: Problem) -> Demonstration | None:
    solution = problem.metadata.get("solution")
    return Demonstration(problem.question, str(solution), problem.answer) if solution else None


def _without_solution(problem: Problem) -> Problem:
    """Nothing that a solver can see holds the worked solution."""
    metadata = {key: value for key, value in problem.metadata.items() if key != "solution"}
    return Problem(problem.id, problem.question, problem.answer, metadata)
