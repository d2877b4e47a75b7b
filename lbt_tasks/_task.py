"""Problems and an exam maker become an Inspect task with the solver, the scorer and a readable viewer.

lbt_task(problems, variants(bank), name="my_task", rationales=16)
"""

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import GenerateConfig, Model, get_model, model_roles
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver
from inspect_ai.viewer import (
    SampleScoreView,
    TaskSamplesColumn,
    TaskSamplesView,
    ViewerConfig,
)

from lbt_solvers.answers.kinds import AUTO, kind_of_golds
from lbt_solvers.checks import at_least
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.near_match import check_known
from lbt_solvers.options import Settings
from lbt_solvers.rules import known_rules
from lbt_solvers.scorer import columns, selection_accuracy
from lbt_solvers.solvers import learn_by_teaching
from lbt_solvers.student import check_roles
from lbt_solvers.types import Problem, golds_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShippedModels:
    """Models that a task runs with where the user names none."""

    teacher: str
    students: tuple[str, ...]
    config: GenerateConfig
    """A model that does not stop should not hold up its batch."""

    def model(self) -> Model | None:
        """The teacher; `None` where the user named a model."""
        try:
            given = str(get_model())
        except ValueError:  # outside an evaluation there is no main model yet
            given = "none/none"
        return get_model(self.teacher, config=self.config) if given == "none/none" else None

    def roles(self) -> dict[str, Model | list[Model]] | None:
        """The students; `None` where the user named some."""
        named = "student" in model_roles()
        return None if named else {"student": [get_model(name, config=self.config) for name in self.students]}

    def play(self, task: Task) -> Task:
        """The same task, run with these models where the user names none."""
        task.model = self.model()
        task.model_roles = self.roles() or task.model_roles
        return task


_OF_THE_TASK = ("exam", "bank", "items", "repetitions", "exam_options")
"""Options of the solver that describe its exam maker; a task makes one itself, and says which of these it takes."""


def check_options(task: Callable[..., Task], options: Mapping[str, Any]) -> None:
    """Refuses options that neither a task nor its solver has, before any data are loaded.

    Raises:
        UsageError: names the first of them, and the one that was meant; or a number of rationales that is none.
    """
    of_solver = [name for name in inspect.signature(learn_by_teaching).parameters if name not in _OF_THE_TASK]
    known = [*inspect.signature(task).parameters, *of_solver]
    names = [name for name in known if name not in ("options", "settings")] + [each.name for each in fields(Settings)]
    with usage_errors():
        check_known(options, dict.fromkeys(names), "Learning by Teaching")
        at_least(1, rationales=options.get("rationales"))


def lbt_task(
    problems: Sequence[Problem],
    exam: ExamMaker,
    *,
    name: str,
    scorer: Scorer | None = None,
    setup: Solver | None = None,
    viewer: ViewerConfig | None = None,
    headline: str = "{rule}",
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
        headline: The value of the score that Inspect shows as `mean` while the task runs; by default the rule's.
        **options: Options of `lbt_solvers.learn_by_teaching`.

    Raises:
        UsageError: no problem, a problem without an answer, or an option that cannot work.
    """
    check_roles(others=scorer is not None)
    if not problems:
        raise UsageError(f"{name}: at least one problem was needed, found none.")
    unanswered = [problem.id for problem in problems if not problem.answer.strip()]
    if unanswered and scorer is None:
        raise UsageError(f"{name}: every problem needs a gold answer; missing for {', '.join(unanswered[:5])}.")
    samples = [
        Sample(id=problem.id, input=problem.question, target=_target(problem), metadata=dict(problem.metadata))
        for problem in problems
    ]
    options, about = _with_kind(name, problems, options)
    read = {name: given for name in ("answers", "answer_options") if (given := options.get(name)) is not None}
    scorer = scorer or selection_accuracy(**read)  # Inspect's viewer shows every argument that is given
    return Task(
        name=name,
        dataset=MemoryDataset(samples, name=name),
        setup=setup,
        solver=learn_by_teaching(exam, **options),
        scorer=None if options.get("estimate") else scorer,
        metadata=about,
        viewer=viewer or viewer_of(selection_accuracy.__name__, columns()),
        headline_metric=headline_of(options, headline),
    )


def headline_of(options: Mapping[str, Any], column: str = "{rule}") -> HeadlineMetric | None:
    """What Inspect shows as `mean` while a task runs, and in lists of logs: how right the run's rule is."""
    rule = options.get("rule", "sum")
    known = isinstance(rule, str) and rule in known_rules()
    return HeadlineMetric(score=column.format(rule=rule)) if known and not options.get("estimate") else None


def _target(problem: Problem) -> str | list[str]:
    """The gold answer; a list of several."""
    return list(golds_of(problem)) if problem.alternatives else problem.answer


def _with_kind(
    name: str, problems: Sequence[Problem], options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options with the kind of answers that suits all gold answers, and what the log says about that."""
    if options.get("answers") not in (None, AUTO) or options.get("answer_options"):
        return dict(options), {}
    kind = kind_of_golds([gold for problem in problems for gold in golds_of(problem)])
    _log.info(f"{name}: answers={kind}, chosen by the gold answers.")
    return {**options, "answers": kind}, {"answers": f"{kind}, chosen by the gold answers"}


def viewer_of(scorer: str, shown_columns: Sequence[str]) -> ViewerConfig:
    """A table of samples with those values of that scorer."""
    shown = [TaskSamplesColumn.score(scorer, column) for column in shown_columns]
    columns = [TaskSamplesColumn(id=column) for column in ("sampleStatus", "sampleId", "input", "target", "answer")]
    return ViewerConfig(
        task_samples_view=TaskSamplesView(name="Selection rules", columns=[*columns, *shown], compact_scores=True),
        sample_score_view=SampleScoreView(default="grid"),
    )
