"""Learning by Teaching as a wrapper around any task that Inspect knows.

    inspect eval lbt_tasks/wrap -T base=inspect_evals/gsm8k -T 'base_args={fewshot: 0}' --model openai/gpt-4o-mini
    inspect eval lbt_tasks/wrap -T base=my_task.py@name --model openai/gpt-4o-mini
    inspect eval lbt_tasks/wrap -T base=inspect_evals/mmlu_0_shot -T 'base_args={cot: true}' -T exam=metadata ...

It teaches the task's problems, examines on its other problems (or on those of `exam_base`), grades with the task's own
scorer in the task's own sandbox, and reports the task's own metric beside MAJ, MAX and SUM.
"""

import logging
from collections.abc import Mapping
from typing import Any, Literal

from inspect_ai import Epochs, Task, task, task_with
from inspect_ai.dataset import MemoryDataset
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Generate, Solver, TaskState, chain, solver
from inspect_ai.util import registry_info

from lbt_solvers.bank import sized
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exams import check_exam_options, make_exam_maker
from lbt_solvers.record import TeachingRecord
from lbt_solvers.scorer import columns, selection_accuracy
from lbt_solvers.solvers import learn_by_teaching
from lbt_solvers.types import Problem
from lbt_tasks._task import check_options, headline_of, viewer_of
from lbt_tasks.wrap.answers import TaskAnswers
from lbt_tasks.wrap.base_task import AS_WRITTEN, BaseTask
from lbt_tasks.wrap.scorer import Wrapping, answers_of, wrapped_accuracy, wrapped_choice
from lbt_tasks.wrap.task_files import short_name
from lbt_tasks.wrap.votes import VoteBy

ExamName = Literal["similar", "train", "random", "fixed", "metadata", "label_free"]
_log = logging.getLogger(__name__)


@task
def wrap(
    base: str | None = None,
    base_args: dict[str, Any] | None = None,
    exam: ExamName = "similar",
    items: int = 3,
    repetitions: int = 1,
    exam_base: str | None = None,
    exam_base_args: dict[str, Any] | None = None,
    exam_options: dict[str, Any] | None = None,
    vote_by: VoteBy = "auto",
    scorer: str | None = None,
    grade: str | None = None,
    grade_range: list[float] | None = None,
    answers: str | None = None,
    answer_options: dict[str, Any] | None = None,
    **options: Any,
) -> Task:
    """Learning by Teaching on a task of another package.

    Args:
        base: The task's name, such as `inspect_evals/gsm8k`, or its file: `my_task.py`, `my_task.py@name`.
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
        grade: Which of that scorer's values grades exams, where it gives several.
        grade_range: The value that is wholly wrong and the one that is wholly right; 0 and 1 by default.
        answers: How the answers that replies end in are compared; by default as suits the form of each target.
        answer_options: Rules of that kind of answers.
        **options: Options of `lbt_solvers/learn_by_teaching`.

    Raises:
        UsageError: the task is not installed or does not fit, or an option that cannot work.
    """
    check_options(wrap, options)
    if not base:
        raise UsageError(
            "lbt_tasks/wrap needs the task that is wrapped: -T base=inspect_evals/gsm8k or -T base=my_task.py."
        )
    elsewhere = exam_base is not None or exam_base_args is not None
    if exam == "train" and not elsewhere:
        raise UsageError(
            "exam=train needs the training problems: name their task with exam_base, or its arguments with "
            "exam_base_args (e.g. -T 'exam_base_args={split: train}')."
        )
    wrapping = Wrapping(base=base, base_args=base_args, exam_base=exam_base, exam_base_args=exam_base_args)
    wrapping.update(vote_by=vote_by, scorer=scorer, grade=grade, grade_range=grade_range)
    wrapping.update(answers=answers, answer_options=answer_options)
    wrapping.kind = answers_of(wrapping)
    with usage_errors():
        sizes = sized(exam_options, items, repetitions)
    return _wrapped(wrapping, wrapping.kind, exam, sizes, options)


def _wrapped(
    wrapping: Wrapping, kind: TaskAnswers, exam: str, exam_options: Mapping[str, Any], options: Mapping[str, Any]
) -> Task:
    taught, pool = kind.base, kind.pool
    maker = "similar" if exam == "train" else exam
    asked = pool.problems if maker == "label_free" else _gradable(taught, pool, exam_options["items"])
    with usage_errors():
        if maker == "variants":
            raise ValueError("exam=variants needs functional variants, which other tasks do not have.")
        check_exam_options(maker, exam_options)
        exams = make_exam_maker(maker, asked, **exam_options)
    if maker == "label_free" and kind.votes != ["answer"]:
        raise UsageError(
            f"exam=label_free needs replies that end in an answer; those of {taught.name} vote by "
            f"'{', '.join(kind.votes)}'. "
            "Take exam=similar, or vote_by=answer where they do."
        )
    settings: dict[str, Any] = {"prompt": AS_WRITTEN, "task_config": taught.sampling, **options}
    teaching = learn_by_teaching(exams, answers=kind, **settings)
    estimates = bool(options.get("estimate"))
    steps = [teaching] if estimates else [teaching, as_the_task_would(wrapping, taught)]
    made = task_with(
        taught.task,
        dataset=_with_ids(taught),
        setup=None if taught.setup_runs_here else taught.task.setup,
        solver=chain(as_the_task_asks(taught), *steps),
        scorer=None if estimates else [wrapped_accuracy(wrapping), *_own_scorers(taught.task)],
        metrics=None,
        epochs=Epochs(1, "mean"),
        token_limit=None,
        message_limit=None,
        turn_limit=None,
        time_limit=None,
        working_limit=None,
        name=f"lbt_{short_name(taught.name)}",
        viewer=viewer_of(selection_accuracy.__name__, columns()),
        headline_metric=headline_of(options),
    )
    made.metadata = {**(made.metadata or {}), "lbt_base": taught.name, "lbt_votes": ", ".join(kind.votes)}
    return made


def _gradable(taught: BaseTask, pool: BaseTask, items: Any) -> list[Problem]:
    """Problems that can be asked in exams, which are those with targets."""
    asked = [problem for problem in pool.problems if problem.answer.strip()]
    _check_files(taught, pool)
    others = len(asked) - (pool is taught)
    more = "name another task or split with exam_base or exam_base_args"
    if others < 1:
        raise UsageError(f"base={taught.name}: one problem leaves none for its exam; {more}.")
    if isinstance(items, int) and others < items:
        _log.warning(f"{taught.name}: exams of {items} have only {others} other problems to ask; {more}.")
    return asked


def _check_files(taught: BaseTask, pool: BaseTask) -> None:
    """Exam questions are graded in the taught sample's sandbox, which has that sample's files.

    Raises:
        UsageError: samples bring different files.
    """
    samples = [*taught.samples.values(), *pool.samples.values()]
    brought = [(sample.files or {}, sample.setup, sample.sandbox) for sample in samples]
    if any(each != brought[0] for each in brought):
        raise UsageError(
            f"base={taught.name}: its samples bring files, a setup or a sandbox of their own, and exam questions would "
            "be graded among those of another; this task cannot be wrapped."
        )


def _with_ids(base: BaseTask) -> MemoryDataset:
    """The task's samples under the ids of its problems."""
    dataset = base.task.dataset
    return MemoryDataset(list(base.samples.values()), name=dataset.name, location=dataset.location)


@solver
def as_the_task_asks(base: BaseTask) -> Solver:
    """The sample's messages become those that the task's solver would send."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await base.check_setup(state)
        state.messages = base.messages(str(state.sample_id))
        return state

    return solve


@solver
def as_the_task_would(wrapping: Wrapping, base: BaseTask) -> Solver:
    """Leaves the sample as the task's solver leaves it with the chosen reply, for the task's own scorers."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = state.store_as(TeachingRecord)
        graded_by = {"scorer": registry_info(wrapped_accuracy).name, "args": {"wrapping": dict(wrapping)}}
        record.settings = {**record.settings, "graded_by": graded_by}
        return await base.continue_with(state, state.output.completion)

    return solve


def _own_scorers(task: Task) -> list[Scorer]:
    """The task's scorers; its own metrics, which would else apply to every scorer, are put into them."""
    scorers = [_marked(each) for each in task.scorer or []]
    for each in scorers if task.metrics else ():
        info = registry_info(each)
        info.metadata = {**info.metadata, "metrics": task.metrics}
    return scorers


def _marked(own: Scorer) -> Scorer:
    """The scorer; instead of Inspect's own for options one that can be asked again, of a log."""
    return wrapped_choice() if registry_info(own).name == "inspect_ai/choice" else own
