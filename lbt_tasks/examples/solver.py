"""One optimisation run as an Inspect sample: rounds are spans, sets are entries of the transcript and of the record.

    Task(dataset=[Sample("...", id="one_student-seed-0", metadata={"arm": "one_student", "seed": 0})], solver=...)

A killed run is started again with `inspect eval-retry`: finished samples are not repeated, and what a half-done one
asked before comes out of Inspect's cache.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from inspect_ai.log import transcript
from inspect_ai.model import GenerateConfig, Model, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import display_counter, span

from lbt_solvers.errors import TeacherError, UsageError
from lbt_solvers.examples import ExampleSet, NotEnoughDataError, Optimisation, Options, SetRules
from lbt_solvers.examples.optimise import TEACHER, Asked, ModelBackend
from lbt_solvers.examples.validation import forbidden_keys
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import PromptFormat
from lbt_solvers.student import student_models, with_names
from lbt_tasks.examples.data import ExampleData
from lbt_tasks.examples.language import REFLECTING, WRITER
from lbt_tasks.examples.models import TEST, BudgetSpentError, Models
from lbt_tasks.examples.record import ExamplesRecord, RoundRecord, items_of, round_of

ARMS = ("no_student", "one_student", "several_students")
"""Who errs: the teacher itself, the first student, or all students and the teacher (paper, table 5)."""
_PLAIN = PromptFormat("single_turn", instruction="", question="{question}", solution="{answer}")


class MakeBackend(Protocol):
    """Builds the backend of one run."""

    def __call__(self, models: Models, options: Options) -> ModelBackend:
        """With those models."""
        ...


@dataclass(frozen=True, slots=True)
class Experiment:
    """What all runs of a task share."""

    load: Callable[[int], tuple[ExampleData, MakeBackend]]
    """Data and backend by seed."""
    options: Options
    answering: GenerateConfig
    """Sampling of whoever answers."""
    writing: GenerateConfig
    """Sampling of the teacher for a first set."""
    reflecting: GenerateConfig
    """Sampling of the teacher for reasons and new sets."""
    prefers: Mapping[str, Any]
    """Settings for the record."""
    teacher_too: bool = True
    max_calls: int | None = None
    cache: bool = True


@solver
def optimise_examples(experiment: Experiment) -> Solver:
    """Runs one arm with one seed, both from the sample's metadata."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        run = await prepared(state, experiment)
        try:
            await _rounds(run)
        except BudgetSpentError as spent:
            run.record.stopped = str(spent)
        run.save_usage()
        best = run.record.rounds[-1].best if run.record.rounds else []
        text = "\n\n".join(f"{example.text}\n{example.rationale}\n{example.label}" for example in best)
        state.output = ModelOutput.from_content(str(get_model(role="teacher")), text or run.record.stopped)
        return state

    return solve


@dataclass(frozen=True)
class Run:
    """What belongs to one sample."""

    name: str
    record: ExamplesRecord
    data: ExampleData
    optimisation: Optimisation
    models: Models
    backend: ModelBackend

    def save_usage(self) -> None:
        """Into the record."""
        self.record.usage = {role: caller.usage for role, caller in self.models.callers.items() if caller.usage.calls}
        self.record.asked = dict(self.models.asked)


async def prepared(state: TaskState, experiment: Experiment) -> Run:
    """The run of a sample, before its first call."""
    arm, seed = str(state.metadata["arm"]), int(state.metadata["seed"])
    name = str(state.sample_id)
    data, make_backend = experiment.load(seed)
    options = replace(experiment.options, seed=seed)
    named = arm_students(arm, with_names(student_models()), experiment.teacher_too)
    models = Models(name, _callers(name, seed, named, experiment), experiment.max_calls)
    rules = SetRules(options.examples, data.task.labels, options.accept_short, forbidden_keys(data.test))
    record = state.store_as(ExamplesRecord)
    record.arm, record.seed, record.task = arm, seed, asdict(data.task)
    record.students, record.train_rows, record.notes = list(named), len(data.train), list(data.notes)
    record.test_labels = [row.label for row in data.test]
    record.settings = {**asdict(options), **experiment.prefers, "max_calls": experiment.max_calls}
    optimisation = Optimisation(options, data.train, rules, data.task, tuple(named))
    return Run(name, record, data, optimisation, models, make_backend(models, options))


async def _rounds(run: Run) -> None:
    try:
        async with span("lbt/round 0", type="lbt"):
            beam = await run.optimisation.begin(run.backend)
            await _tested(run, RoundRecord(number=0, faults=dict(+run.optimisation.faults)), beam[0])
    except NotEnoughDataError as error:
        raise TeacherError(run.name, str(error)) from error
    for number in range(1, run.optimisation.options.rounds + 1):
        async with span(f"lbt/round {number}", type="lbt"):
            beam, report = await run.optimisation.advance(run.backend, beam, number)
            await _tested(run, round_of(report), beam[0])


async def _tested(run: Run, made: RoundRecord, best: ExampleSet) -> None:
    """The best set answers the test rows, for the report alone: nothing that follows looks at it."""
    replies = await run.backend.answer([Asked(TEST, best, row) for row in run.data.test])
    made.best = items_of(best)
    made.predictions = [reply.label for reply in replies]
    made.unusable = [index for index, reply in enumerate(replies) if not reply.usable]
    for index, candidate in enumerate(made.candidates):
        transcript().info({"candidate": index, **candidate.model_dump()}, source="lbt")
    transcript().info(made.model_dump(exclude={"candidates", "predictions"}), source="lbt")
    run.record.rounds = [*run.record.rounds, made]
    run.save_usage()
    display_counter(run.name, f"round {made.number}")


def arm_students(arm: str, given: Sequence[tuple[str, Model]], teacher_too: bool) -> dict[str, Model]:
    """The students of an arm by the names of their roles.

    Raises:
        UsageError: an unknown arm.
    """
    teacher, everybody = get_model(role="teacher"), {f"student: {name}": model for name, model in given}
    if arm == "no_student":
        return {TEACHER: teacher}
    if arm == "one_student":
        return dict(list(everybody.items())[:1])
    if arm == "several_students":
        return {TEACHER: teacher, **everybody} if teacher_too else everybody
    raise UsageError(f"arms: some of {', '.join(ARMS)} were needed, found '{arm}'.")


def _callers(run: str, seed: int, named: Mapping[str, Model], experiment: Experiment) -> dict[str, Caller]:
    teacher = get_model(role="teacher")
    answering = {**named, TEACHER: teacher, TEST: teacher}
    configs = [(role, model, experiment.answering) for role, model in answering.items()]
    configs += [(WRITER, teacher, experiment.writing), (REFLECTING, teacher, experiment.reflecting)]
    return {
        role: Caller(
            model, role, config.merge(model.config), _PLAIN, run, seed=seed, cache=experiment.cache, choices_per_call=1
        )
        for role, model, config in configs
    }


def faults_of(record: ExamplesRecord) -> Counter[str]:
    """Everything that was counted as wrong in a run."""
    total: Counter[str] = Counter()
    for each in record.rounds:
        total.update(each.faults)
    return total


__all__ = ["ARMS", "Experiment", "MakeBackend", "Run", "arm_students", "faults_of", "optimise_examples", "prepared"]
