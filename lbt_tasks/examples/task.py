"""Optimise in-context examples by teaching (method M3): LIAR, fallacy, a file of one's own, or the classroom.

    inspect eval lbt_tasks/examples                                         # the classroom: offline, on a CPU
    inspect eval lbt_tasks/examples -T task=fallacy --model openai/gpt-4o --model-role student=openai/gpt-4o-mini
    inspect eval lbt_tasks/examples -T task=reviews.csv -T description="Is the review positive?" --model openai/gpt-4o

One sample is one run: an arm (who errs) with a seed. See docs/examples.md.
"""

from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import GenerateConfig, model_roles
from inspect_ai.viewer import TaskSamplesColumn, TaskSamplesView, ViewerConfig
from pydantic import ValidationError

from lbt_solvers.checks import at_least
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.examples.options import Options, options_of
from lbt_solvers.examples.prompts import load_example_prompts
from lbt_solvers.examples.steps import check_rows, drawn_set, random_of
from lbt_tasks.classroom.arithmetic.task import SHIPPED
from lbt_tasks.examples.classroom import ClassroomBackend, classroom_data
from lbt_tasks.examples.data import ExampleData, fallacy, liar, limited, own_data
from lbt_tasks.examples.estimate import estimate_examples
from lbt_tasks.examples.language import LanguageBackend
from lbt_tasks.examples.models import Models
from lbt_tasks.examples.scorer import examples_f1
from lbt_tasks.examples.solver import ARMS, Experiment, MakeBackend, optimise_examples

CLASSROOM_OPTIONS: dict[str, Any] = {
    "beam_size": 2, "examples": 8, "minibatch": 24, "reflections": 4, "errors_per_reflection": 4,
    "evaluation_budget": 320, "measure": "accuracy",
}  # fmt: skip
"""Smaller than the paper's, for a CPU."""
CLASSROOM_TYPES, CLASSROOM_TRAIN_ROWS, CLASSROOM_TEST_ROWS = 8, 64, 64
ANSWER_TOKENS = 16


@task
def examples(
    task: str = "classroom",
    data_dir: str | None = None,
    test: str | None = None,
    description: str = "",
    positive: str | None = None,
    arms: str | list[str] | None = None,
    seeds: int = 5,
    train_rows: int | None = None,
    test_rows: int | None = None,
    prompts: str = "paper",
    otherwise: str | None = None,
    teacher_too: bool = True,
    max_calls: int | None = None,
    answer_config: dict[str, Any] | None = None,
    write_config: dict[str, Any] | None = None,
    type_count: int = CLASSROOM_TYPES,
    cache: bool = True,
    checksum: bool = True,
    estimate: bool = False,
    **options: Any,
) -> Task:
    """A teacher improves in-context examples by reflecting on its students' mistakes (paper, section 5).

    Args:
        task: `classroom`, `liar`, `fallacy`, or a CSV or JSONL file with `text` and `label`.
        data_dir: Folder with the files of LIAR or fallacy; they are downloaded without it.
        test: File with the test rows of your own task; else its column `split`, else 30 % of the rows.
        description: What prompts say about your own task.
        positive: The label whose F1 counts. LIAR: `No` (a true statement) as in the paper; `Yes` as in its code.
        arms: Some of `no_student`, `one_student`, `several_students`; by default those that the students allow.
        seeds: Runs of each arm.
        train_rows: Take a random part of the training rows.
        test_rows: Take a random part of the test rows.
        prompts: `paper`, or a YAML file with prompts.
        otherwise: What a reply without a label means; the original code says `No`. By default it is wrong.
        teacher_too: The teacher is one of several students, as in the paper.
        max_calls: Model calls of a run's optimisation, at most; tests of the curve are not counted.
        answer_config: Sampling parameters of whoever answers, by Inspect's names.
        write_config: Sampling parameters of the teacher where it writes.
        type_count: Problem types of the classroom, in each seed others.
        cache: Keep every reply in Inspect's cache, so that a killed run repeats no call.
        checksum: Compare files in `data_dir` with the published ones.
        estimate: Instead of the runs, a few calls of the first one of each arm, and what all of them will take.
        **options: Options of the optimisation, see `lbt_solvers.examples.Options`: `rounds`, `beam_size`, ...
    """
    in_classroom = task == "classroom"
    with usage_errors():
        made = options_of({**(CLASSROOM_OPTIONS if in_classroom else {}), **options})
        if estimate not in (False, True):
            raise UsageError(f"estimate: true was needed (one run of each arm is measured), found {estimate}.")
        asked, written = _sampling("answer_config", answer_config), _sampling("write_config", write_config)
        if in_classroom:
            if made.init == "train":
                raise UsageError("The classroom's examples are worked problems; its rows have none: init=written.")
            load = _classroom(type_count, train_rows or CLASSROOM_TRAIN_ROWS, test_rows or CLASSROOM_TEST_ROWS, seeds)
        else:
            rows = limited(
                _rows(task, data_dir, test, description, positive, checksum), train_rows, test_rows, made.seed
            )
            _check(rows, made, otherwise)
            load = _language(rows, prompts, otherwise)
    experiment = Experiment(
        load=load,
        options=made,
        answering=GenerateConfig(
            temperature=0.0, max_tokens=SHIPPED.config.max_tokens if in_classroom else ANSWER_TOKENS
        ).merge(asked),
        writing=GenerateConfig(temperature=1.0 if in_classroom else 0.7).merge(written),
        reflecting=GenerateConfig(temperature=0.0).merge(written),
        prefers={"prompts": prompts, "otherwise": otherwise, "teacher_too": teacher_too, "task": task},
        teacher_too=teacher_too,
        max_calls=max_calls,
        cache=cache,
    )
    shipped, roles = (SHIPPED.model(), SHIPPED.roles()) if in_classroom else (None, None)
    return Task(
        name="examples",
        dataset=MemoryDataset(_samples(task, _arms(arms, roles or {}), seeds, made.seed), name=Path(task).stem),
        solver=estimate_examples(experiment) if estimate else optimise_examples(experiment),
        scorer=None if estimate else examples_f1(),
        model=shipped,
        model_roles=roles,
        viewer=_viewer(made.rounds),
        headline_metric=None if estimate else HeadlineMetric(score=f"round_{made.rounds}"),
    )


def _rows(
    task: str, data_dir: str | None, test: str | None, description: str, positive: str | None, checksum: bool
) -> ExampleData:
    if task == "liar":
        return liar(data_dir, positive, checksum)
    if task == "fallacy":
        return fallacy(data_dir, positive, checksum)
    if Path(task).suffix.lower() not in (".csv", ".jsonl"):
        raise UsageError(f"task: classroom, liar, fallacy, or a CSV or JSONL file was needed, found '{task}'.")
    if not description:
        raise UsageError(f"description: what the labels of {task} mean was needed, in one sentence for the prompt.")
    return own_data(task, description, test, positive)


def _check(rows: ExampleData, options: Options, otherwise: str | None) -> None:
    """Mistakes that would end every run, before the first call."""
    check_rows(rows.train, rows.task.labels)
    if options.init == "train":
        drawn_set(rows.train, options.examples, rows.task.labels, random_of(options.seed))
    if otherwise is not None and otherwise not in rows.task.labels:
        raise UsageError(f"otherwise: one of {', '.join(rows.task.labels)} was needed, found '{otherwise}'.")


def _language(rows: ExampleData, prompts: str, otherwise: str | None) -> Any:
    texts = load_example_prompts(prompts)

    def backend(models: Models, options: Options) -> LanguageBackend:
        return LanguageBackend(models, rows.task, texts, options, otherwise)

    def load(seed: int) -> tuple[ExampleData, MakeBackend]:
        return rows, backend

    return load


def _classroom(types: int, train_rows: int, test_rows: int, seeds: int) -> Any:
    def load(seed: int) -> tuple[ExampleData, MakeBackend]:
        classroom = classroom_data(seed, types, train_rows, test_rows)

        def backend(models: Models, options: Options) -> ClassroomBackend:
            return ClassroomBackend(models, classroom, options)

        return classroom.data, backend

    load(0)  # a mistake shows before the first call
    return load


def _sampling(option: str, given: dict[str, Any] | None) -> GenerateConfig:
    try:
        return GenerateConfig(**(given or {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{option}: {': '.join([*map(str, first['loc']), first['msg']])}.") from None


def _arms(given: str | list[str] | None, shipped: dict[str, Any]) -> list[str]:
    students = shipped.get("student") or model_roles().get("student")
    count = len(students) if isinstance(students, list) else int(students is not None)
    possible = ARMS[: 1 if not count else 2 if count == 1 else 3]
    arms = [given] if isinstance(given, str) else list(given or possible)
    for arm in (each.strip() for each in ",".join(arms).split(",")):
        if arm not in ARMS:
            raise UsageError(f"arms: some of {', '.join(ARMS)} were needed, found '{arm}'.")
        if not count and arm != "no_student":
            raise UsageError(f"The arm {arm} needs students: give them with --model-role student=MODEL[,MODEL].")
    return [each.strip() for each in ",".join(arms).split(",")]


def _samples(task: str, arms: list[str], seeds: int, first: int) -> list[Sample]:
    """Seed by seed, so that a limit keeps arms comparable."""
    with usage_errors():
        at_least(1, seeds=seeds)
    return [
        Sample(
            input=f"Optimise examples for {Path(task).stem}: {arm}, seed {seed}",
            id=f"{arm}-seed-{seed}",
            metadata={"arm": arm, "seed": seed},
        )
        for seed in range(first, first + seeds)
        for arm in arms
    ]


def _viewer(rounds: int) -> ViewerConfig:
    columns = [TaskSamplesColumn(id=column) for column in ("sampleStatus", "sampleId")]
    columns += [TaskSamplesColumn.score("examples_f1", f"round_{number}") for number in range(rounds + 1)]
    return ViewerConfig(
        task_samples_view=TaskSamplesView(name="Test F1 by round", columns=columns, compact_scores=True)
    )
