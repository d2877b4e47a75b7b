"""The solver of `estimate=true`: the method on a few problems and in small, with every call measured.

    inspect eval lbt_tasks/gsm8k -T estimate=true --limit 200 --model openai/gpt-4o-mini

Of each measured problem the teacher writes four rationales, and every student answers the first question of its exam
after two of them and once untaught. Whatever else the run's options ask of the models is asked, too. The other samples
of the run are counted and call nobody. No reply comes from Inspect's cache, which would answer in no time, and each
model is called once before, so that nobody waits for its weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from typing import Any

import anyio
from anyio.lowlevel import RunVar
from inspect_ai.model import GenerateConfig, Model, get_model
from inspect_ai.solver import Generate, Solver, TaskState
from inspect_ai.util import Store

from lbt_solvers.answers import AnswerKind
from lbt_solvers.budget import BUDGETS, Budget, ExamTable
from lbt_solvers.budgeted_exams import budget_of
from lbt_solvers.conversation import problem_of
from lbt_solvers.debugging import DEBUGGING, debug_rationales
from lbt_solvers.errors import UsageError
from lbt_solvers.estimate.drawing import Seen, drawn_replies
from lbt_solvers.estimate.projection import SHOWN_SOLUTION, UNTAUGHT
from lbt_solvers.estimate.ranges import Range
from lbt_solvers.estimate.record import MeasuredProblem, RoleNeeds
from lbt_solvers.exam_bank import ExamContext, ExamMaker
from lbt_solvers.exam_session import ExamSession, LiveModels
from lbt_solvers.label_controls import FEW_SHOT, sit_label_controls
from lbt_solvers.measured_calls import MeasuredCall, measuring
from lbt_solvers.options import Settings
from lbt_solvers.plans import Plans, TeachingPlan, teaching_plans
from lbt_solvers.prompts import Demonstration
from lbt_solvers.record import TeachingRecord
from lbt_solvers.rules import Rule, Value, rule_of
from lbt_solvers.run_hooks import show_estimates
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.student import examine_record, live_models, sit_plan, student_models
from lbt_solvers.tables import count_of
from lbt_solvers.teacher import sample_rationales
from lbt_solvers.types import Exam, Problem

PROBLEMS = 2
"""Measured where nobody says how many."""
_RATIONALES = 4
_PLANS = 2
_REPETITIONS = 2
"""Enough to see whether a provider gives several completions for one prompt."""
_DRAWS = 8
_CONNECTIONS = 20
"""Where Inspect's adaptive limit begins."""


@dataclass(frozen=True, slots=True)
class WholeRun:
    """The options of the run that is estimated."""

    make_exam: ExamMaker
    rationales: int
    kind_of: Callable[[TaskState], AnswerKind]
    settings: Settings
    greedy: bool = False
    stop_sampling: float | None = None
    debug_rounds: int = 0
    plans: Plans = "every"
    control: bool = True
    label_controls: bool = False
    re_examine: bool = False
    budget: str = "full"
    """By name."""
    budgets: Mapping[str, Budget | None] = field(default_factory=lambda: {"full": None})
    """Those to compare it with, and itself; `None` sits all."""
    solutions: Mapping[str, Demonstration] = field(default_factory=dict[str, Demonstration])
    """By the problem's id; students sit the exam after this, too."""


def problems_to_measure(estimate: bool | int) -> int:
    """How many problems are measured; 0 where nobody asked for an estimate.

    Raises:
        ValueError: a number below 0.
    """
    if estimate < 0:
        raise ValueError(f"estimate: true, or the number of problems to measure was needed, found {estimate}.")
    return PROBLEMS if estimate is True else int(estimate)


def budgets_to_compare(
    budget: str, rule: str | Rule | Value, max_replies: int | None, options: Mapping[str, Any] | None, plans: Plans
) -> dict[str, Budget | None]:
    """The run's budget with its options, and the others as they are by default where they fit its rule and plans."""
    found: dict[str, Budget | None] = {}
    for name in BUDGETS:
        own = (max_replies, options) if name == budget else (None, None)
        try:
            found[name] = budget_of(name, rule, *own, plans)
        except UsageError:
            continue
    return found


def measured(run: WholeRun, problems: int) -> Solver:
    """Measures the first so many problems of a run, and leaves the others alone."""
    by_model: RunVar[dict[str, _Begun]] = RunVar("lbt_estimate")  # a task may be run again, or by several models

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        runs = by_model.get({})
        by_model.set(runs)
        begun = runs.setdefault(str(state.model), _Begun())
        if state.epoch > 1 or begun.problems >= problems:
            return state
        begun.problems += 1
        show_estimates()
        await begun.warm_up([get_model(role="teacher"), *student_models()], state.input_text)
        await _measure(state, run)
        return state

    return solve


@dataclass(slots=True)
class _Begun:
    """What one run has measured so far, and which of its models were called once."""

    problems: int = 0
    names: set[str] = field(default_factory=set[str])
    lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def warm_up(self, models: Sequence[Model], question: str) -> None:
        async with self.lock:
            await call_once([model for model in models if str(model) not in self.names], question)
            self.names.update(map(str, models))


async def call_once(models: Sequence[Model], question: str) -> None:
    """Calls every model, so that no measured call waits for its weights."""
    for model in {str(model): model for model in models}.values():
        await model.generate(question, config=GenerateConfig(max_tokens=1))


async def _measure(state: TaskState, run: WholeRun) -> None:
    record, problem, kind = TeachingRecord(store=Store()), problem_of(state), run.kind_of(state)
    settings = replace(run.settings, cache=False)
    exam = _SmallExam(run.make_exam)
    watch = Stopwatch(parent=RUN)
    count = min(_RATIONALES, run.rationales)
    models = live_models(get_model(role="teacher"), student_models(), state, settings, kind, watch)
    with measuring() as calls:
        await sample_rationales(state, record, count, run.greedy, settings, kind)
        if run.debug_rounds:
            await debug_rationales(state, record, run.debug_rounds, "before", settings, kind)
        plans = [list(plan.demonstrations) for plan in _plans(run, record)]
        session = await examine_record(problem, record, exam, models, plans=plans, control=False)
        if run.label_controls:
            await sit_label_controls(problem, record, session, models.teacher)
    if run.control or not plans:  # a student that nobody asks has no price
        with measuring() as untaught:
            await examine_record(problem, TeachingRecord(store=Store()), exam, models, plans=[], control=True)
        calls += _under(UNTAUGHT, untaught)
    if solution := run.solutions.get(problem.id):
        with measuring() as shown:
            session = ExamSession(await exam(problem, models), models.students, [solution], kind)
            await sit_plan(session, TeachingPlan((0,)), 0)
        calls += _under(SHOWN_SOLUTION, shown)
    found = state.store_as(MeasuredProblem)
    solved = exam.whole.sittings if solution else 0
    found.needs = {name: _needs(run, name, record, exam.whole, models, calls, solved) for name in run.budgets}
    found.budget, found.about, found.notes = run.budget, _about(run, exam.whole, len(models.students)), record.notes
    found.choices_per_call = settings.choices_per_call
    found.connections = {
        str(each.model): connection_limit(each.model) for each in [models.teacher, *models.students.values()]
    }
    found.calls = calls


def _under(shown: str, calls: Sequence[MeasuredCall]) -> list[MeasuredCall]:
    return [call.model_copy(update={"role": call.role + shown}) for call in calls]


class _SmallExam:
    """An exam of one question; remembers the whole one."""

    def __init__(self, make: ExamMaker) -> None:
        self._make = make
        self.whole = Exam(())

    async def __call__(self, taught: Problem, context: ExamContext, /) -> Exam:
        self.whole = self.whole if self.whole.items else await self._make(taught, context)
        repetitions = min(_REPETITIONS, self.whole.repetitions)
        return replace(self.whole, items=self.whole.items[:1], repetitions=repetitions)


def _plans(run: WholeRun, record: TeachingRecord) -> list[TeachingPlan]:
    """Two plans that can be sat with the few rationales that there are; as long as those of the run, if any is."""
    there = [index for index, rationale in enumerate(record.rationales) if rationale.answer is not None]
    taught = [plan for plan in teaching_plans(run.plans, run.rationales) if plan.demonstrations]
    fits = [plan for plan in taught if set(plan.demonstrations) <= set(there)]
    return (fits or [TeachingPlan((index,)) for index in there if taught])[:_PLANS]


def _needs(
    run: WholeRun,
    budget: str,
    record: TeachingRecord,
    exam: Exam,
    models: LiveModels,
    calls: Sequence[MeasuredCall],
    solved: int,
) -> dict[str, RoleNeeds]:
    """Replies of each role in the whole run, for a problem like this one."""
    many = run.rationales
    least = min(max(4, many // 8), many) if run.stop_sampling is not None else many
    needs = {"teacher": RoleNeeds(replies=Range(least, many), per_prompt=many, alone=int(run.greedy))}
    for role in dict.fromkeys(call.role for call in calls):  # whoever debugs, or sets the exam
        replies = sum(call.replies for call in calls if call.role == role)
        needs.setdefault(role, RoleNeeds(replies=Range(replies, replies)))
    if debugged := needs.get(DEBUGGING):
        share = debugged.replies * (many / len(record.rationales))  # of a handful, so that half or twice as many may be
        needs[DEBUGGING] = RoleNeeds(replies=Range(share.low / 2, min(2 * share.high, many * run.debug_rounds)))
    if run.label_controls:
        needs[FEW_SHOT] = RoleNeeds(replies=Range(many, many), per_prompt=many)
    sittings = _sittings(run, budget, record, exam, models)
    for caller in models.students.values():
        needs[caller.role] = RoleNeeds(replies=sittings, per_prompt=exam.repetitions)
        untaught = exam.sittings if run.control else 0
        for shown, sittings_of_it in ((UNTAUGHT, untaught), (SHOWN_SOLUTION, solved)):
            whole = Range(sittings_of_it, sittings_of_it)
            needs[caller.role + shown] = RoleNeeds(replies=whole, per_prompt=exam.repetitions)
    return needs


def _sittings(run: WholeRun, budget: str, record: TeachingRecord, exam: Exam, models: LiveModels) -> Range:
    """Replies of one student to whom something is shown."""
    students = len(models.students)
    table = ExamTable((), students, len(exam.items), exam.repetitions)
    asked = run.budgets[budget]
    if asked and asked.examine_once is None:
        greedy = all(caller.config.temperature == 0 for caller in models.students.values())
        asked = replace(asked, examine_once=greedy)
    if asked and all(rationale.visible is None for rationale in record.rationales):
        asked = replace(asked, proves=tuple(rule for rule in asked.proves if not rule_of(rule).passing_only))
    drawn = drawn_replies(_seen(record), run.rationales, table, asked, draws=_DRAWS, seed=0)
    plans = [plan for plan in teaching_plans(run.plans, run.rationales) if plan.demonstrations]
    share = len(plans) / run.rationales / students  # a plan for each rationale, unless somebody says otherwise
    beside = exam.sittings * (run.re_examine + (run.label_controls and len(exam.items) > 1))
    return Range(min(drawn) * share + beside, max(drawn) * share + beside)


def _seen(record: TeachingRecord) -> Seen:
    scores = [row.score for row in record.sittings if row.plan is not None and row.score is not None]
    right = fsum(scores)
    visible = tuple(rationale.visible == 1 for rationale in record.rationales)
    return Seen(record.first_of_equals(), tuple(record.classes), visible, right, len(scores) - right)


def connection_limit(model: Model) -> int:
    """Calls to the model that a run may have under way."""
    return model.config.max_connections or max(_CONNECTIONS, model.api.max_connections())


def _about(run: WholeRun, exam: Exam, students: int) -> str:
    debugging = f", {count_of(run.debug_rounds, 'round')} of debugging" if run.debug_rounds else ""
    size = f"{count_of(len(exam.items), 'question')} x {count_of(exam.repetitions, 'sitting')}"
    return f"{count_of(run.rationales, 'rationale')}, exams of {size} by {count_of(students, 'student')}{debugging}"
