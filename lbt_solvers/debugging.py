"""Self-debugging: the teacher sees what the visible tests say about its answers, and writes them once more.

    await debug_rationales(state, record, rounds=1, debug="before", settings=Settings(prompt="code"), answers=kind)

Only answers that fail a visible test are debugged. Before the exams, students are taught what came of it; after them,
the LbT score stays that of the rationale as it was taught. The record keeps both versions, and both are reported.
Source: paper, section 3.2 and appendix B.1 (one round).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

from inspect_ai.model import get_model
from inspect_ai.solver import TaskState

from lbt_solvers.answers import AnswerKind, Check
from lbt_solvers.checks import at_least, one_of
from lbt_solvers.concurrency import in_order
from lbt_solvers.conversation import problem_of
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.generation import Caller
from lbt_solvers.options import Settings
from lbt_solvers.prompts import Demonstration, Turn
from lbt_solvers.record import GradingTime, SampledRationale, TeachingRecord, is_full_exam
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.teacher import checked, rationale_of
from lbt_solvers.types import Problem

Debug = Literal["before", "after"]

DEBUGGING = "teacher, debugging"
"""The role under which its calls are counted."""
DEBUG_AFTER_BUDGET = "A budget reasons about the answers that are chosen from; debugging after exams changes them"


def check_debug(rounds: int, debug: str, settings: Settings) -> None:
    """Refuses what cannot work.

    Raises:
        UsageError: fewer than no rounds, an unknown time, or a prompt format that cannot tell of failed tests.
    """
    with usage_errors():
        at_least(0, debug_rounds=rounds)
        one_of("debug", debug, get_args(Debug))
    if rounds and not settings.prompt_format.debug:
        raise UsageError(f"Prompt format {settings.prompt} has no text 'debug': take code or paper_code, or add it.")


async def debug_rationales(
    state: TaskState, record: TeachingRecord, rounds: int, debug: Debug, settings: Settings, answers: AnswerKind
) -> None:
    """Replaces the rationales of the record by debugged ones and keeps the others as `undebugged`.

    Raises:
        UsageError: the exams were sat on a budget, and reasoned about the answers as they were.
    """
    if debug == "after" and not is_full_exam(record.budget):
        raise UsageError(f"{DEBUG_AFTER_BUDGET}: debug before the exams, or sit them all (budget=full).")
    problem, watch = problem_of(state), Stopwatch(parent=RUN)
    caller = replace(settings.caller(get_model(role="teacher"), "teacher", state, watch), counted_as=DEBUGGING)
    sampled = debugged = record.rationales
    for number in range(1, rounds + 1):
        debugged = await _one_round(debugged, problem, caller, answers, f"debug/{number}", settings.show_thinking)
    with watch.grading():
        debugged = await checked(debugged, problem, answers)
        classes = await answers.classes([rationale.answer for rationale in debugged], problem)
    state.store_as(GradingTime).add(watch)
    record.usage = {**record.usage, DEBUGGING: caller.usage}
    record.notes = [*record.notes, *_notes(sampled, debugged, debug)]
    record.undebugged, record.undebugged_classes = sampled, record.classes
    record.debug, record.classes, record.rationales = debug, classes, debugged


async def _one_round(
    rationales: Sequence[SampledRationale],
    problem: Problem,
    caller: Caller,
    answers: AnswerKind,
    key: str,
    show_thinking: bool,
) -> list[SampledRationale]:
    with caller.watch.grading():
        checks = await answers.check(problem, [rationale.answer for rationale in rationales])

    async def debugged(index: int) -> SampledRationale:
        """The rationale as the teacher rewrites it; itself where no visible test fails or the teacher says nothing."""
        rationale, check = rationales[index], checks[index]
        if check is None or check.passed == 1:
            return rationale
        [reply] = await caller.replies(_turns(rationale, problem, caller, check), 1, f"{key}/{index}")
        return rationale_of(reply, problem, answers, show_thinking) if reply.usable else rationale

    return await in_order([partial(debugged, index) for index in range(len(rationales))])


def _turns(rationale: SampledRationale, problem: Problem, caller: Caller, check: Check) -> list[Turn]:
    shown = Demonstration(problem.question, rationale.text, rationale.answer or "", problem.turns)
    reply = caller.prompt.worked_solution(shown) if rationale.answer is not None else rationale.text
    return caller.prompt.debug_messages(shown, reply, check.report)


def _notes(sampled: Sequence[SampledRationale], debugged: Sequence[SampledRationale], debug: Debug) -> list[str]:
    changed = sum(old.answer != new.answer for old, new in zip(sampled, debugged, strict=True))
    passing = [sum(rationale.visible == 1 for rationale in each) for each in (sampled, debugged)]
    return [
        f"Self-debugging {debug} the exams changed {changed} of {len(sampled)} answers; "
        f"{passing[0]} passed every visible test without it, {passing[1]} with it"
    ]
