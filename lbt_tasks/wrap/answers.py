"""Replies to a task's questions as answers: graded by the task's own scorer, put into classes by what they say.

    kind = TaskAnswers(base, vote_by="auto")
    learn_by_teaching(exam=..., answers=kind, prompt=AS_WRITTEN)

The whole reply is both the rationale, which students see, and the answer, which the scorer reads. `votes` says what a
reply votes by, `grades` what the scorer's value is worth.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, get_args

from inspect_ai.scorer import Scorer, Target
from inspect_ai.util import LimitExceededError, registry_info

from lbt_solvers.answers import AnswerKind, Check, Extracted, Grade, TextAnswers, answer_classes
from lbt_solvers.answers.kinds import AUTO, answer_kind
from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.checks import one_of
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import LbtError, PrerequisiteError, UsageError, usage_errors
from lbt_solvers.types import Problem
from lbt_tasks.single_flight import SingleFlight
from lbt_tasks.wrap.base_task import BaseTask
from lbt_tasks.wrap.grades import TaskGrades
from lbt_tasks.wrap.votes import VoteBy, vote_of, with_singles

_log = logging.getLogger(__name__)
_NUMBER = re.compile(r"[-+]?\$?\d[\d,]*(?:\.\d+)?%?")


class TaskAnswers:
    """What solvers and scorers need to know about replies to a task; an `AnswerKind`.

    Args:
        base: The task whose problems are taught.
        pool: The task whose problems are asked in exams, with other ids.
        vote_by: What replies vote by: `choice`, the final `answer`, `none`, or what suits each sample.
        scorer: Name of the task's scorer that grades exams; by default its first one that calls no model.
        grade: Which of that scorer's values grades, where it gives several.
        grade_range: The value that is wholly wrong and the one that is wholly right.
        answers: How final answers are compared; by default as suits the form of each sample's target.
        answer_options: Rules of that kind.

    Raises:
        UsageError: no such scorer, kind of answers or vote, or several values without a choice.
    """

    equals_share_grades = False  # the task's scorer reads the whole reply

    def __init__(
        self,
        base: BaseTask,
        pool: BaseTask | None = None,
        vote_by: VoteBy = "auto",
        scorer: str | None = None,
        grade: str | None = None,
        grade_range: Sequence[float] | None = None,
        answers: str | None = None,
        answer_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.base, self.pool, self._answers, self._answer_options = base, pool or base, answers, answer_options
        with usage_errors():
            one_of("vote_by", vote_by, get_args(VoteBy))
            answer_kind(answers, answer_options)
        self._votes = {name: vote_of(sample, vote_by) for name, sample in base.samples.items()}
        self.votes: Sequence[str] = sorted(set(self._votes.values()))
        self.scorer_name, self._scorer = _scorer(base, scorer)
        self._values = TaskGrades(self.scorer_name, self._scorer, base.task.metrics, grade, grade_range or (0, 1))
        self._grades: SingleFlight[tuple[str, str], Grade] = SingleFlight()
        self._warn()

    def _warn(self) -> None:
        if _calls_a_model(self.scorer_name, self._scorer):
            _log.warning(
                f"{self.base.name}: exams are graded by {self.scorer_name}, which calls a model for every sitting. "
                "Another scorer of the task can be named with -T scorer=NAME."
            )
        if self.votes == ["none"]:
            _log.warning(f"{self.base.name}: its answers cannot be compared, so that nothing votes and SUM is MAX.")

    def __repr__(self) -> str:  # Inspect writes a solver's arguments into the log
        return f"TaskAnswers({self.base.name}, vote_by={', '.join(self.votes)}, scorer={self.scorer_name})"

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The visible reply itself, twice; no answer where it is empty, or nothing but a thought that was cut off."""
        visible, thinking, _ = split_thinking(completion)
        return Extracted(visible, visible if visible.strip() else None, "none", thinking)

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """The task's own scores of replies to a question, each worked out once; nan where a scorer gave none.

        Raises:
            LbtError: the scorer failed.
            UsageError: its value cannot be taken for a grade.
        """
        return await in_order([partial(self._graded, problem.id, answer) for answer in answers])

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """A task's statement has no tests that could be run."""
        return [None] * len(answers)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Classes of replies that chose alike or end in equal answers; all different where there is nothing to vote."""
        vote = "none" if problem is None else self._votes.get(problem.id, "answer")
        if vote == "none" or problem is None:
            return with_singles([None] * len(answers), answers)
        if vote == "choice":
            chosen = await in_order([partial(self._chosen, problem.id, answer) for answer in answers])
            return with_singles(answer_classes(chosen, str.__eq__), answers)
        kind = self._kind(problem.id)
        final = [None if each is None else kind.extract(each, problem=problem).answer for each in answers]
        # A sentence may be right although nothing marks its answer; a calculation ends in its result.
        in_words = isinstance(kind, TextAnswers)
        return with_singles(await kind.classes(final, problem), answers, everyone=in_words)

    def _kind(self, problem_id: str) -> AnswerKind:
        """How final answers to that problem are compared."""
        samples = self.base.samples
        asked = [samples[problem_id]] if problem_id in samples else list(samples.values())
        golds = [text for sample in asked for text in Target(sample.target)]
        # A task's scorer often takes a reply's last number: replies without a marker vote by theirs, too.
        numbers = self._answers in (None, AUTO) and golds and all(_NUMBER.fullmatch(gold.strip()) for gold in golds)
        return answer_kind("number" if numbers else self._answers, self._answer_options, golds)

    async def _graded(self, problem_id: str, reply: str) -> Grade:
        return await self._grades.get((problem_id, reply), partial(self._score, problem_id, reply))

    async def _score(self, problem_id: str, reply: str) -> Grade:
        asked = self.base if problem_id in self.base.samples else self.pool
        target = Target(asked.samples[problem_id].target)
        state = await asked.replied(problem_id, reply)
        try:
            score = await self._scorer(state, target)
        except (PrerequisiteError, LimitExceededError):
            raise
        except Exception as error:  # whatever another package's scorer needs: a service, a model, a program
            raise LbtError(problem_id, _failed(self.scorer_name, error)) from error
        return Grade(self._values.of(score), self.scorer_name)

    async def _chosen(self, problem_id: str, reply: str | None) -> str | None:
        """The options that a reply marks, as text; `None` where it marks none."""
        if reply is None:
            return None
        state = await self.base.replied(problem_id, reply)
        marked = [str(index) for index, choice in enumerate(state.choices) if choice.correct]
        return ",".join(marked) or None


def _failed(scorer: str, error: Exception) -> str:
    return (
        f"{scorer} could not grade a reply ({type(error).__name__}: {error}). Where it needs the network or a service, "
        "see that this machine reaches it, or name another of the task's scorers with -T scorer=NAME."
    )


def _scorer(base: BaseTask, wanted: str | None) -> tuple[str, Scorer]:
    scorers = {registry_info(scorer).name: scorer for scorer in base.task.scorer or []}
    found = [name for name in scorers if wanted in (None, name, name.rpartition("/")[2])]
    if not found:
        raise UsageError(f"scorer={wanted}: {base.name} has no such scorer, only {', '.join(scorers)}.")
    chosen = next((name for name in found if not _calls_a_model(name, scorers[name])), found[0])
    return chosen, scorers[chosen]


def _calls_a_model(name: str, scorer: Scorer) -> bool:
    """Scorers that call a model take it as an argument, which Inspect keeps with them."""
    return "model_graded" in name or bool({"model", "grader_model"} & set(getattr(scorer, "__registry_params__", ())))
