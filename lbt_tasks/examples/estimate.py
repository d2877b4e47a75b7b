"""The solver of `estimate=true`: one first set, a few answers, one reflection and one rewriting of each arm, measured.

    inspect eval lbt_tasks/examples -T task=fallacy -T estimate=true --model openai/gpt-4o \
        --model-role student=openai/gpt-4o-mini

What the runs ask for follows from their options (`lbt_solvers.examples.needs`); how long prompts and replies are is
measured on the first run of each arm, for all of its runs. Nothing is optimised, and no reply comes from a cache.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio
from anyio.lowlevel import RunVar
from inspect_ai.solver import Generate, Solver, TaskState, solver

from lbt_solvers.errors import TeacherError
from lbt_solvers.estimate.measure import call_once, connection_limit
from lbt_solvers.estimate.ranges import NOTHING, Range
from lbt_solvers.estimate.record import MeasuredProblem, RoleNeeds
from lbt_solvers.examples import NotEnoughDataError, Prediction
from lbt_solvers.examples.needs import run_needs, within_calls
from lbt_solvers.examples.optimise import TEACHER, Asked, Reflection, Rewriting
from lbt_solvers.examples.steps import Gradient
from lbt_solvers.examples.types import Failure
from lbt_solvers.measured_calls import MeasuredCall, measuring
from lbt_solvers.run_hooks import show_estimates
from lbt_tasks.examples.models import TEST
from lbt_tasks.examples.solver import Experiment, Run, prepared

_ROWS = 2
"""Rows that everybody answers."""
_REASON = "The examples do not show what decides cases like these."
"""Stands in for the teacher's, where it gave none."""


@solver
def estimate_examples(experiment: Experiment) -> Solver:
    """Measures one run of each arm; the others wait for it and call nobody."""
    arms: RunVar[dict[str, _Arm]] = RunVar("lbt_estimate_examples")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        known = arms.get({})
        arms.set(known)
        run = await prepared(state, replace(experiment, cache=False, max_calls=None))
        arm, found = known.setdefault(run.record.arm, _Arm()), state.store_as(MeasuredProblem)
        show_estimates()
        async with arm.lock:
            if not arm.asked:
                found.calls, arm.asked = await _measured(run)
        found.needs = {"": _needs(run, arm.asked, experiment.max_calls)}
        found.about, found.counted = _about(run, experiment.max_calls), "run"
        found.choices_per_call = 1
        found.connections = {str(each.model): connection_limit(each.model) for each in run.models.callers.values()}
        return state

    return solve


@dataclass(slots=True)
class _Arm:
    """What a request of each step asked of whom, once it was measured."""

    asked: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    lock: anyio.Lock = field(default_factory=anyio.Lock)


async def _measured(run: Run) -> tuple[list[MeasuredCall], dict[str, Counter[str]]]:
    """All calls, and how many of each role a request of each step takes."""
    await call_once([caller.model for caller in run.models.callers.values()], run.data.train[0].text)
    with measuring() as written:
        if run.optimisation.options.init == "written":
            await run.backend.write("write/0")
    with measuring() as again:  # the first attempt is known by now
        try:
            [examples] = await run.optimisation.begin(run.backend)
        except NotEnoughDataError as error:
            raise TeacherError(run.name, str(error)) from error
    asked = [
        Asked(who, examples, row)
        for who in dict.fromkeys([*run.optimisation.students, TEACHER, TEST])
        for row in run.data.train[:_ROWS]
    ]
    with measuring() as answered:
        replies = await run.backend.answer(asked)
    shown = _as_failures(run, asked, replies)
    with measuring() as reflected:
        [found] = await run.backend.reflect([Reflection("estimate/reflect", examples, shown)])
    gradient = Gradient(tuple(found.reasons[:1]) or (_REASON,), shown)
    with measuring() as rewritten:
        await run.backend.rewrite([Rewriting("estimate/rewrite", examples, gradient)])
    steps = {"write": written, "reflect": reflected, "rewrite": rewritten}
    calls = [*written, *again, *answered, *reflected, *rewritten]
    return calls, {step: Counter(call.role for call in made) for step, made in steps.items()}


def _as_failures(run: Run, asked: Sequence[Asked], replies: Sequence[Prediction]) -> tuple[Failure, ...]:
    """What students replied, whether wrong or not: a reflection on it is as long."""
    found = [
        Failure(ask.row, reply, ask.who)
        for ask, reply in zip(asked, replies, strict=True)
        if reply.usable and ask.who in run.optimisation.students
    ]
    return tuple(found[: run.optimisation.options.errors_per_reflection])


def _needs(run: Run, asked: dict[str, Counter[str]], max_calls: int | None) -> dict[str, RoleNeeds]:
    """Replies of each role in a whole run; those on test rows are no part of its budget."""
    whole = run_needs(run.optimisation.options, len(run.data.train), len(run.data.test))
    needs = dict.fromkeys(run.optimisation.students, whole.answers)
    needs[TEACHER] = needs.get(TEACHER, NOTHING) + whole.evaluations
    for step, requests in (("write", whole.writes), ("reflect", whole.reflections), ("rewrite", whole.rewritings)):
        for role, calls in asked[step].items():
            needs[role] = needs.get(role, NOTHING) + requests * calls
    needs = {**within_calls(needs, max_calls), TEST: whole.tests}
    return {role: RoleNeeds(replies=Range(*map(round, replies))) for role, replies in needs.items()}


def _about(run: Run, max_calls: int | None) -> str:
    options, rows = run.optimisation.options, run.data
    size = f"{options.rounds} rounds of {options.minibatch} rows, {len(rows.train):,} training and "
    most = "at most where every round finds all the sets that it may"
    if max_calls is not None:
        most += f", and no run takes more than {max_calls:,} calls besides its tests"
    return f"{size}{len(rows.test):,} test rows; {most}"
