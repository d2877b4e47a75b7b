"""The Inspect solver: a teacher explains, students sit exams, the explanation that teaches best answers.

    inspect eval lbt_tasks/classroom
    inspect eval my_task.py --solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=problems.jsonl

`learn_by_teaching` is `teach`, `examine` and `select_answer` in a row, with `self_debug` before or after the exams
where that is asked for; each can stand in a chain of its own. The
teacher is the model of role `teacher` (else the main model), the students those of role `student`, one or many (else
the teacher). Source: paper, section 3 and algorithm A1 (method M1).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from inspect_ai.model import ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, chain
from inspect_ai.util import span

from lbt_solvers import exam_kinds
from lbt_solvers._naming import solver
from lbt_solvers.answers import AnswerKind
from lbt_solvers.bank import ExamOption, exam_maker
from lbt_solvers.budgeted_exams import budget_of
from lbt_solvers.checks import at_least, needed
from lbt_solvers.conversation import gold_problem, mark_choices, problem_of
from lbt_solvers.debugging import DEBUG_AFTER_BUDGET, Debug, check_debug, debug_rationales
from lbt_solvers.errors import ExamError, UsageError, usage_errors
from lbt_solvers.estimate.measure import WholeRun, budgets_to_compare, measured, problems_to_measure
from lbt_solvers.exam_kinds import ExamKind, check_needs, further_kinds
from lbt_solvers.exam_kinds.registry import GENERATIVE
from lbt_solvers.further_exams import sit_further_exams
from lbt_solvers.installation import versions
from lbt_solvers.label_controls import examine_again, sit_label_controls, with_gold_answers
from lbt_solvers.options import described_kind, kind_chooser, settings_of
from lbt_solvers.plans import Plans, teaching_plans
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.record import GradingTime, TeachingRecord
from lbt_solvers.rules import Rule, Value, rule_of
from lbt_solvers.run_hooks import follow_runs
from lbt_solvers.selection import select
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.student import check_roles, examine_record, live_models, student_models
from lbt_solvers.teacher import sample_rationales


@solver
def learn_by_teaching(
    exam: ExamOption = "similar",
    rationales: int = 16,
    rule: str | Rule | Value = "sum",
    *,
    bank: str | None = None,
    items: int | None = None,
    repetitions: int | None = None,
    exam_options: dict[str, Any] | None = None,
    plans: Plans = "every",
    control: bool = True,
    label_controls: bool = False,
    re_examine: bool = False,
    greedy: bool = True,
    answers: AnswerKind | str | None = None,
    answer_options: dict[str, Any] | None = None,
    debug_rounds: int = 0,
    debug: Debug = "before",
    budget: str = "lossless",
    max_replies: int | None = None,
    budget_options: dict[str, Any] | None = None,
    exam_kind: ExamKind | str = "generative",
    kind_options: dict[str, Any] | None = None,
    also_examine: str | list[str] | None = None,
    stop_sampling: float | None = None,
    confidence: bool = False,
    estimate: bool | int = False,
    **settings: Any,
) -> Solver:
    """Teacher, exam and choice (paper, method M1).

    Args:
        exam: An exam maker, or its name (`variants`, `similar`, `metadata`, `fixed`, `random`) together with `bank`;
            `label_free` needs no bank: the teacher writes the questions, and the models' agreement answers them.
        rationales: Teacher samples per problem. The paper takes 256.
        rule: How the final answer is chosen: `maj`, `max`, `sum`, `avg`, `max_v1` (MAX among answers that pass every
            visible test), another rule of `lbt_solvers.rules`, or a function from a class's scores to its value. All
            rules are scored side by side whatever is chosen here.
        bank: JSONL file with the exam questions (`id`, `question`, `answer`, optional `metadata`).
        items: Questions of an exam; by default those of the exam maker.
        repetitions: Sittings of each question by each student; by default those of the exam maker.
        exam_options: Further options of the named exam maker.
        plans: Teaching plans: `every` rationale by itself, or lists of rationale indexes.
        control: Students also sit the exam without a demonstration.
        label_controls: The exam's gold answers are also used without teaching: the teacher is shown them and votes, and
            students sit the exam after another question with its gold answer.
        re_examine: The chosen rationale's exam is sat once more with other seeds, for a score without the luck of being
            the best.
        greedy: The teacher also answers once at temperature 0, as a baseline.
        answers: How answers are read, compared and graded: a kind, or `math`, `number`, `choice`, `text`, `labels`,
            `json`; by default (`auto`) what suits the form of the gold answer, and the log says which.
        answer_options: Rules of `math` and `number`: `percent`, `units`, `tolerance`, `simplified`, `decimal_comma`.
        debug_rounds: Rounds in which the teacher rewrites answers that fail visible tests.
        debug: Whether it does so `before` or `after` the exams.
        budget: How much of the exams is sat: `lossless`, what proves the full exam's winner under every rule; all
            (`full`), for calibration, replay and preference pairs; or what `thompson` wants to choose by `rule`, which
            leaves the others but MAJ unscored. Lossless sits all where it cannot reason: with own plans or an own
            function, and with debugging after the exams.
        max_replies: At most so many student replies a problem, the control's not counted.
        budget_options: `proves` (of `lossless`: only these rules, such as `[sum]`), `certainty` (of `thompson`),
            `width` (sittings of a round), `examine_once` (equal rationales share one exam; by default where students
            are at temperature 0), `seed`.
        exam_kind: How exams are sat: `generative`, a student's answer is graded; `likelihood`, how much likelier the
            rationale makes the question's solution to a student, which writes nothing; or an `ExamKind`.
        kind_options: Options of the named kind, such as `silver` of `likelihood`.
        also_examine: Kinds of exams that are sat beside it, whole, as further columns of scores: they choose nothing.
        stop_sampling: The teacher samples an eighth at a time, until the vote is this certain: 1 when the missing
            samples cannot change it, less by the posterior of adaptive consistency. By default it samples all at once.
        confidence: The teacher's log-probabilities are asked for and kept as columns of scores: its likelihood,
            self-certainty and tail, see docs/selectors.md. They choose nothing.
        estimate: Instead of the run, a handful of calls on its first 2 (or so many) problems, and what the whole run
            will take: calls, tokens, time and cost, by role and by budget. Nothing is scored.
        **settings: `prompt`, `seed`, `cache`, `choices_per_call`, `teacher_config`, `student_config`,
            `student_temperature`, `show_thinking`; see `Settings`.

    Raises:
        UsageError: an option that cannot work, before the first model call.
    """
    if debug_rounds and debug == "after":
        if max_replies or budget_options or budget not in ("lossless", "full"):
            raise UsageError(f"{DEBUG_AFTER_BUDGET}: debug before the exams, or sit them all (budget=full).")
        budget = "full"
    spend = {"budget": budget, "rule": rule, "max_replies": max_replies, "budget_options": budget_options}
    kinds = {"exam_kind": exam_kind, "kind_options": kind_options, "also_examine": also_examine}
    exam_of = {"bank": bank, "items": items, "repetitions": repetitions, "exam_options": exam_options, **kinds}
    exam_of |= {"plans": plans, "control": control, "label_controls": label_controls, "re_examine": re_examine}
    read = {"answers": answers, "answer_options": answer_options}
    taught = teach(rationales, greedy=greedy, **read, stop_sampling=stop_sampling, confidence=confidence, **settings)
    examined = examine(exam, **read, **exam_of, **spend, **settings)
    debugged = self_debug(debug_rounds, debug, **read, **settings)
    chosen = select_answer(rule, **settings)
    with usage_errors():
        measured_problems = problems_to_measure(estimate)
    kind = exam_kinds.exam_kind(exam_kind, kind_options)
    further = further_kinds(also_examine, kind)
    if measured_problems and further:
        raise UsageError("estimate: what also_examine takes is not told; leave it out of the estimate.")
    if measured_problems:
        make_exam = kind.of(exam_maker(exam, bank, exam_options, items=items, repetitions=repetitions))
        run = WholeRun(
            make_exam=with_gold_answers(make_exam) if label_controls else make_exam,
            rationales=rationales,
            greedy=greedy,
            stop_sampling=stop_sampling,
            debug_rounds=debug_rounds,
            plans=plans,
            control=control,
            label_controls=label_controls,
            re_examine=re_examine,
            budget=budget,
            budgets=budgets_to_compare(budget, rule, max_replies, budget_options, plans),
            kind_of=kind_chooser(answers, answer_options),
            settings=settings_of(settings),
        )
        return measured(run, measured_problems)
    checked = [] if kind.name == GENERATIVE and not further else [check_exam_kinds(kind, further)]
    return chain(*checked, taught, *([debugged, examined] if debug == "before" else [examined, debugged]), chosen)


@solver
def check_exam_kinds(kind: ExamKind, further: list[ExamKind]) -> Solver:
    """Refuses kinds of exams that these models cannot sit, before anybody is asked.

    Raises:
        UsageError: says what is needed, and what has it.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        _check_kinds(kind, further)
        return state

    return solve


def _check_kinds(kind: ExamKind, further: Sequence[ExamKind]) -> None:
    students = student_models()
    check_needs(kind, students)
    for each in further:
        check_needs(each, students, selects=False, beside=True)


@solver
def teach(
    rationales: int = 16,
    *,
    greedy: bool = True,
    answers: AnswerKind | str | None = None,
    answer_options: dict[str, Any] | None = None,
    stop_sampling: float | None = None,
    confidence: bool = False,
    **settings: Any,
) -> Solver:
    """The teacher samples rationales with answers; equivalent answers are put into classes.

    Raises:
        UsageError: fewer than one rationale, a certainty that is none, or an unknown setting.
    """
    with usage_errors():
        needed(rationales=rationales)
        at_least(1, rationales=rationales)
    certainty: Any = stop_sampling  # from a command line
    if certainty is not None and not (isinstance(certainty, int | float) and 0.5 < certainty <= 1):
        raise UsageError(f"stop_sampling: a certainty above 0.5 and up to 1 was needed, found {stop_sampling}.")
    options, kind_of = settings_of(settings), kind_chooser(answers, answer_options)
    follow_runs()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = state.store_as(TeachingRecord)
        check_roles()
        async with span("lbt/teach", type="lbt"), RUN_PROGRESS.while_shown():
            kind = kind_of(state)
            await sample_rationales(state, record, rationales, greedy, options, kind, stop_sampling, confidence)
        about = {**options.described(), **described_kind(answers, kind, answer_options)}
        record.settings = {**record.settings, "rationales": rationales, **about, "versions": versions()}
        return state

    return solve


@solver
def self_debug(
    debug_rounds: int = 1,
    debug: Debug = "before",
    *,
    answers: AnswerKind | str | None = None,
    answer_options: dict[str, Any] | None = None,
    **settings: Any,
) -> Solver:
    """The teacher rewrites answers that fail visible tests; stands before or after `examine`, and `debug` says so.

    Raises:
        UsageError: an unknown setting, or a prompt format without a text for it.
    """
    options, kind_of = settings_of(settings), kind_chooser(answers, answer_options)
    check_debug(debug_rounds, debug, options)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if debug_rounds:
            async with span("lbt/debug", type="lbt"):
                await debug_rationales(
                    state, state.store_as(TeachingRecord), debug_rounds, debug, options, kind_of(state)
                )
        return state

    return solve


@solver
def examine(
    exam: ExamOption = "similar",
    *,
    bank: str | None = None,
    items: int | None = None,
    repetitions: int | None = None,
    exam_options: dict[str, Any] | None = None,
    plans: Plans = "every",
    control: bool = True,
    label_controls: bool = False,
    re_examine: bool = False,
    answers: AnswerKind | str | None = None,
    answer_options: dict[str, Any] | None = None,
    budget: str = "lossless",
    rule: str | Rule | Value = "sum",
    max_replies: int | None = None,
    budget_options: dict[str, Any] | None = None,
    exam_kind: ExamKind | str = "generative",
    kind_options: dict[str, Any] | None = None,
    also_examine: str | list[str] | None = None,
    **settings: Any,
) -> Solver:
    """Students sit the exam once per teaching plan, and once untaught as the control; or what a budget wants of it.

    Raises:
        UsageError: an unknown exam maker, setting or budget, or a bank that cannot be read.
    """
    options, kind_of = settings_of(settings), kind_chooser(answers, answer_options)
    asked = exam_maker(exam, bank, exam_options, items=items, repetitions=repetitions)
    kind = exam_kinds.exam_kind(exam_kind, kind_options)
    further = further_kinds(also_examine, kind)
    make_exam = kind.of(asked)
    make_exam = with_gold_answers(make_exam) if label_controls else make_exam
    with usage_errors():
        teaching_plans(plans if isinstance(plans, str) else [], rationales=0)
        chosen_by = rule_of(rule)
    spend = budget_of(budget, rule, max_replies, budget_options, plans)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = state.store_as(TeachingRecord)
        if not record.rationales:
            raise ExamError(str(state.sample_id), "there is no rationale to teach; put `teach` before `examine`.")
        _check_kinds(kind, further)
        problem, watch = problem_of(state), Stopwatch(parent=RUN)
        models = live_models(get_model(role="teacher"), student_models(), state, options, kind_of(state), watch)
        sit = partial(examine_record, plans=plans, control=control and kind.control, budget=spend)
        async with RUN_PROGRESS.while_shown():
            session = await sit(problem, record, make_exam, models)
            if label_controls:
                await sit_label_controls(problem, record, session, models.teacher)
            if re_examine:
                await examine_again(record, session, chosen_by)
            await sit_further_exams(problem, record, asked, further, models, gold_problem(state, state.target))
        record.settings = {**record.settings, **_described(kind, kind_options)}
        state.store_as(GradingTime).add(watch)
        return state

    return solve


@solver
def select_answer(rule: str | Rule | Value = "sum", **settings: Any) -> Solver:
    """Makes the chosen rationale the sample's output, so that any scorer of the task can grade it.

    Raises:
        UsageError: an unknown rule.
    """
    options = settings_of(settings)
    with usage_errors():
        chosen_by = rule_of(rule)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = state.store_as(TeachingRecord)
        choice = select(record.scored(), chosen_by)
        if choice and choice.fell_back:
            record.notes = [
                *record.notes,
                f"No answer passes every visible test: {chosen_by.name} chose among all of them",
            ]
        chosen = record.rationales[choice.rationale if choice else 0]
        # As the teacher wrote it: the task's own scorer may read another form than the one that votes.
        text = chosen.reply or completion_text(options.prompt_format, chosen.text, chosen.answer)
        state.output = ModelOutput.from_content(str(get_model(role="teacher")), text)
        state.messages.append(state.output.message)
        mark_choices(state, chosen.answer)
        record.settings = {**record.settings, "rule": chosen_by.name}
        return state

    return solve


def _described(kind: ExamKind, options: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a record says of the kind of its exam; nothing of one that logs have always had."""
    found = {} if kind.name == GENERATIVE else {"exam_kind": kind.name, "exam_gold": kind.gold}
    return found | ({"kind_options": dict(options)} if options else {})


def completion_text(prompt: PromptFormat, rationale: str, answer: str | None) -> str:
    """A rationale and its answer as the teacher would have written them."""
    if answer is None:
        return rationale
    return prompt.worked_solution(Demonstration("", rationale, answer))
