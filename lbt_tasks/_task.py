"""Problems and an exam maker become an Inspect task with the solver, the scorer and a readable viewer.

lbt_task(problems, variants(bank), name="my_task", rationales=16)
"""

from collections.abc import Sequence
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.viewer import (
    SampleScoreView,
    TaskSamplesColumn,
    TaskSamplesView,
    ViewerConfig,
)

from lbt_solvers.errors import UsageError
from lbt_solvers.exams import ExamMaker
from lbt_solvers.learn_by_teaching import learn_by_teaching
from lbt_solvers.scorer import COLUMNS, selection_accuracy
from lbt_solvers.types import Problem


def lbt_task(problems: Sequence[Problem], exam: ExamMaker, *, name: str, **options: Any) -> Task:
    """An Inspect task that teaches each of the problems.

    Args:
        problems: One sample each; their ids are the samples' ids.
        exam: Chooses the exam of a problem.
        name: The task's name in logs.
        **options: Options of `lbt_solvers.learn_by_teaching`.

    Raises:
        UsageError: no problem, a problem without an answer, or an option that cannot work.
    """
    if not problems:
        raise UsageError(f"{name}: at least one problem was needed, found none.")
    if unanswered := [problem.id for problem in problems if not problem.answer.strip()]:
        raise UsageError(f"{name}: every problem needs a gold answer; missing for {', '.join(unanswered[:5])}.")
    samples = [
        Sample(id=problem.id, input=problem.question, target=problem.answer, metadata=dict(problem.metadata))
        for problem in problems
    ]
    return Task(
        name=name,
        dataset=MemoryDataset(samples, name=name),
        solver=learn_by_teaching(exam, **options),
        scorer=selection_accuracy(),
        viewer=_viewer(),
    )


def _viewer() -> ViewerConfig:
    scorer = selection_accuracy.__name__
    shown = [TaskSamplesColumn.score(scorer, column) for column in COLUMNS]
    columns = [TaskSamplesColumn(id=column) for column in ("sampleStatus", "sampleId", "input", "target", "answer")]
    return ViewerConfig(
        task_samples_view=TaskSamplesView(name="Selection rules", columns=[*columns, *shown], compact_scores=True),
        sample_score_view=SampleScoreView(default="grid"),
    )
