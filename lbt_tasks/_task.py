"""Problems and an exam maker become an Inspect task with the solver, the scorer and a readable viewer.

lbt_task(problems, variants(bank), name="my_task", rationales=16)
"""

from collections.abc import Sequence
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver
from inspect_ai.viewer import (
    SampleScoreView,
    TaskSamplesColumn,
    TaskSamplesView,
    ViewerConfig,
)

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.learn_by_teaching import learn_by_teaching
from lbt_solvers.scorer import columns, selection_accuracy
from lbt_solvers.types import Problem


def lbt_task(
    problems: Sequence[Problem],
    exam: ExamMaker,
    *,
    name: str,
    scorer: Scorer | None = None,
    setup: Solver | None = None,
    viewer: ViewerConfig | None = None,
    **options: Any,
) -> Task:
    """An Inspect task that teaches each of the problems.

    Args:
        problems: One sample each; their ids are the samples' ids.
        exam: Chooses the exam of a problem.
        name: The task's name in logs.
        scorer: Scores the selection rules; by default against gold answers, which every problem then needs.
        setup: Runs before the solver, whatever solver that is.
        viewer: How the log viewer shows samples; by default with the columns of the default scorer.
        **options: Options of `lbt_solvers.learn_by_teaching`.

    Raises:
        UsageError: no problem, a problem without an answer, or an option that cannot work.
    """
    if not problems:
        raise UsageError(f"{name}: at least one problem was needed, found none.")
    unanswered = [problem.id for problem in problems if not problem.answer.strip()]
    if unanswered and scorer is None:
        raise UsageError(f"{name}: every problem needs a gold answer; missing for {', '.join(unanswered[:5])}.")
    samples = [
        Sample(id=problem.id, input=problem.question, target=problem.answer, metadata=dict(problem.metadata))
        for problem in problems
    ]
    return Task(
        name=name,
        dataset=MemoryDataset(samples, name=name),
        setup=setup,
        solver=learn_by_teaching(exam, **options),
        scorer=scorer or selection_accuracy(),
        viewer=viewer or viewer_of(selection_accuracy.__name__, columns()),
    )


def viewer_of(scorer: str, shown_columns: Sequence[str]) -> ViewerConfig:
    """A table of samples with those values of that scorer."""
    shown = [TaskSamplesColumn.score(scorer, column) for column in shown_columns]
    columns = [TaskSamplesColumn(id=column) for column in ("sampleStatus", "sampleId", "input", "target", "answer")]
    return ViewerConfig(
        task_samples_view=TaskSamplesView(name="Selection rules", columns=[*columns, *shown], compact_scores=True),
        sample_score_view=SampleScoreView(default="grid"),
    )
