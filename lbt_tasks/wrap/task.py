"""Learning by Teaching as a wrapper around any task that Inspect knows.

    inspect eval lbt_tasks/wrap -T base=inspect_evals/gsm8k -T 'base_args={fewshot: 0}' --model openai/gpt-4o-mini
    inspect eval lbt_tasks/wrap -T base=inspect_evals/mmlu_0_shot -T 'base_args={cot: true}' -T exam=metadata ...

It teaches the task's problems, examines on its other problems (or on those of `exam_base`), grades with the task's own
scorer in the task's own sandbox, and reports the task's own metric beside MAJ, MAX and SUM.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from inspect_ai import Epochs, Task, task, task_with
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Scorer
from inspect_ai.scorer import scorer as inspect_scorer
from inspect_ai.solver import Generate, Solver, TaskState, chain, solver
from inspect_ai.util import registry_info

from lbt_solvers.bank import sized
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exams import check_exam_options, make_exam_maker
from lbt_solvers.scorer import columns, selection_accuracy
from lbt_solvers.solvers import learn_by_teaching
from lbt_solvers.types import Problem
from lbt_tasks._task import check_options, viewer_of
from lbt_tasks.wrap.answers import TaskAnswers, VoteBy
from lbt_tasks.wrap.base_task import BaseTask, load_base

ExamName = Literal["similar", "train", "random", "fixed", "metadata", "label_free"]
_log = logging.getLogger(__name__)


@task
def wrap(
    base: str,
    base_args: dict[str, Any] | None = None,
    exam: ExamName = "similar",
    items: int = 3,
    repetitions: int = 1,
    exam_base: str | None = None,
    exam_base_args: dict[str, Any] | None = None,
    exam_options: dict[str, Any] | None = None,
    vote_by: VoteBy = "auto",
    scorer: str | None = None,
    **options: Any,
) -> Task:
    """Learning by Teaching on a task of another package.

    Args:
        base: The task's name, such as `inspect_evals/gsm8k`.
        base_args: The task's own arguments.
        exam: How exam questions are chosen: `similar`, `random`, `fixed`, `metadata`; `train`, which is `similar` over
            the problems of `exam_base` and `exam_base_args`; or `label_free`, where the teacher writes them and the
            models agree on answers (for tasks whose replies end in an answer).
        exam_base: Task that the exam questions come from, with the same kind of prompt; the same task by default.
        exam_base_args: Its arguments, such as its training split.
        items: Questions of an exam.
        repetitions: Sittings of each question by each student.
        exam_options: Further options of the exam maker.
        vote_by: What replies vote by: `choice`, `answer`, `none`, or `auto`.
        scorer: Which of the task's scorers grades exams; the first by default.
        **options: Options of `lbt_solvers/learn_by_teaching`.

    Raises:
        UsageError: the task is not installed or does not fit, or an option that cannot work.
    """
    check_options(wrap, options)
    taught = BaseTask(load_base(base, base_args), base)
    elsewhere = exam_base is not None or exam_base_args is not None
    if exam == "train" and not elsewhere:
        raise UsageError(
            "exam=train needs the training problems: name their task with exam_base, or its arguments with "
            "exam_base_args (e.g. -T 'exam_base_args={split: train}')."
        )
    pool = taught
    if elsewhere:
        name = exam_base or base
        pool = BaseTask(load_base(name, exam_base_args), name, prefix="exam/")
    with usage_errors():
        sizes = sized(exam_options, items, repetitions)
    return _wrapped(taught, pool, exam, sizes, vote_by, scorer, options)


def _wrapped(
    taught: BaseTask,
    pool: BaseTask,
    exam: str,
    exam_options: Mapping[str, Any],
    vote_by: VoteBy,
    scorer: str | None,
    options: Mapping[str, Any],
) -> Task:
    maker = "similar" if exam == "train" else exam
    asked = pool.problems if maker == "label_free" else _gradable(taught, pool, exam_options["items"])
    with usage_errors():
        if maker == "variants":
            raise ValueError("exam=variants needs functional variants, which other tasks do not have.")
        check_exam_options(maker, exam_options)
        exams = make_exam_maker(maker, asked, **exam_options)
    kind = TaskAnswers(taught, pool, vote_by, scorer)
    if maker == "label_free" and kind.vote_by != "answer":
        raise UsageError(
            f"exam=label_free needs replies that end in an answer; those of {taught.name} vote by '{kind.vote_by}'. "
            "Take exam=similar, or vote_by=answer where they do."
        )
    settings: dict[str, Any] = {"prompt": taught.prompt, **options}
    teaching = learn_by_teaching(exams, answers=kind, **settings)
    estimates = bool(options.get("estimate"))
    made = task_with(
        taught.task,
        dataset=_asked(taught),
        solver=teaching if estimates else chain(teaching, as_the_task_would(taught)),
        scorer=None if estimates else [selection_accuracy(kind), *_own_scorers(taught.task)],
        metrics=None,
        epochs=Epochs(1, "mean"),
        token_limit=None,
        message_limit=None,
        turn_limit=None,
        time_limit=None,
        working_limit=None,
        name=f"lbt_{taught.name.rpartition('/')[2]}",
        viewer=viewer_of(selection_accuracy.__name__, columns()),
    )
    made.metadata = {**(made.metadata or {}), "lbt_base": taught.name, "lbt_votes": kind.vote_by}
    return made


def _gradable(taught: BaseTask, pool: BaseTask, items: Any) -> list[Problem]:
    """Problems that can be asked in exams, which are those with targets."""
    asked = [problem for problem in pool.problems if problem.answer.strip()]
    others = len(asked) - (pool is taught)
    more = "name another task or split with exam_base or exam_base_args"
    if others < 1:
        raise UsageError(f"base={taught.name}: one problem leaves none for its exam; {more}.")
    if isinstance(items, int) and others < items:
        _log.warning(f"{taught.name}: exams of {items} have only {others} other problems to ask; {more}.")
    return asked


def _asked(base: BaseTask) -> MemoryDataset:
    """The task's samples with their questions as models read them."""
    questions: dict[str, Problem] = {problem.id: problem for problem in base.problems}
    samples: Sequence[Sample] = [
        sample.model_copy(update={"input": questions[name].question}) for name, sample in base.samples.items()
    ]
    return MemoryDataset(list(samples), name=base.task.dataset.name, location=base.task.dataset.location)


@solver
def as_the_task_would(base: BaseTask) -> Solver:
    """Leaves the sample as the task's solver leaves it with the chosen reply, for the task's own scorers."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return await base.continue_with(state, state.output.completion)

    return solve


def _own_scorers(task: Task) -> list[Scorer]:
    """The task's scorers; its own metrics, which would else apply to every scorer, are put into them."""
    scorers = list(task.scorer or [])
    return [_with_metrics(each, task.metrics) for each in scorers] if task.metrics else scorers


def _with_metrics(own: Scorer, metrics: Any) -> Scorer:
    name = registry_info(own).name.rpartition("/")[2]

    @inspect_scorer(metrics=metrics, name=name)
    def renamed() -> Scorer:
        return own.__call__

    return renamed()
