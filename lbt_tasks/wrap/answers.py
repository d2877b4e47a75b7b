"""Replies to a task's questions as answers: graded by the task's own scorer, put into classes by what they say.

    kind = TaskAnswers(base, vote_by="auto")
    learn_by_teaching(exam=..., answers=kind, prompt=base.prompt)

The whole reply is both the rationale, which students see, and the answer, which the scorer reads. What a reply votes
for is told apart by its choices (multiple choice) or by the answer it ends with; replies of which neither can be said,
such as programs and essays, do not agree with each other, so that MAJ is the first reply and SUM is MAX.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args

from inspect_ai.scorer import Scorer, Target, value_to_float
from inspect_ai.util import LimitExceededError, registry_info

from lbt_solvers.answers import Check, Extracted, Grade, MathAnswers, answer_classes, extract
from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.checks import one_of
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import LbtError, PrerequisiteError, UsageError, usage_errors
from lbt_solvers.types import Problem
from lbt_tasks.single_flight import SingleFlight
from lbt_tasks.wrap.base_task import BaseTask

VoteBy = Literal["auto", "choice", "answer", "none"]
SHORT_TARGET = 60
"""Characters of a gold answer up to which replies are taken to end in an answer that can vote."""
_log = logging.getLogger(__name__)
_as_float = value_to_float()


class TaskAnswers:
    """What solvers and scorers need to know about replies to a task; an `AnswerKind`.

    Args:
        base: The task whose problems are taught.
        pool: The task whose problems are asked in exams, with other ids.
        vote_by: What replies vote by: `choice`, the final `answer`, `none`, or what suits the task's samples.
        scorer: Name of the task's scorer that grades exams; by default its first one that calls no model.

    Raises:
        UsageError: no such scorer, or a vote that the samples do not allow.
    """

    equals_share_grades = False  # the task's scorer reads the whole reply

    def __init__(
        self, base: BaseTask, pool: BaseTask | None = None, vote_by: VoteBy = "auto", scorer: str | None = None
    ) -> None:
        with usage_errors():
            one_of("vote_by", vote_by, get_args(VoteBy))
        self.base, self.pool = base, pool or base
        self.vote_by: VoteBy = _votes(base) if vote_by == "auto" else vote_by
        self.scorer_name, self._scorer = _scorer(base, scorer)
        self._math = MathAnswers()
        self._grades: SingleFlight[tuple[str, str], Grade] = SingleFlight()
        if _calls_a_model(self.scorer_name, self._scorer):
            _log.warning(
                f"{base.name}: exams are graded by {self.scorer_name}, which calls a model for every sitting. "
                "Another scorer of the task can be named with -T scorer=NAME."
            )
        if self.vote_by == "none":
            _log.warning(f"{base.name}: its answers cannot be compared, so that there is no vote and SUM is MAX.")

    def __repr__(self) -> str:  # Inspect writes a solver's arguments into the log
        return f"TaskAnswers({self.base.name}, vote_by={self.vote_by}, scorer={self.scorer_name})"

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The visible reply itself, twice; no answer where it is empty, or nothing but a thought that was cut off."""
        visible, thinking, _ = split_thinking(completion)
        return Extracted(visible, visible if visible.strip() else None, "none", thinking)

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """The task's own scores of replies to a question, each worked out once.

        Raises:
            LbtError: the scorer failed, or gave no number.
        """
        return await in_order([partial(self._graded, problem.id, answer) for answer in answers])

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """A task's statement has no tests that could be run."""
        return [None] * len(answers)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Classes of replies that chose alike or end in equal answers; all different where there are no votes."""
        if self.vote_by == "none" or problem is None:
            return answer_classes([None if a is None else str(i) for i, a in enumerate(answers)], str.__eq__)
        if self.vote_by == "choice":
            chosen = await in_order([partial(self._chosen, problem.id, answer) for answer in answers])
            return answer_classes(chosen, str.__eq__)
        return await self._math.classes([None if a is None else extract(a).answer for a in answers])

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
        number = math.nan if score is None else _number(score.value)
        if math.isnan(number):
            why = "gave no score" if score is None else f"gave {score.value!r}, which is no number"
            raise LbtError(problem_id, f"{self.scorer_name} {why}.")
        return Grade(min(1.0, max(0.0, number)), self.scorer_name)

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


def _number(value: Any) -> float:
    """A score's value as a number; of several values, the first."""
    while isinstance(value, Mapping | list) and value:
        value = next(iter(value.values())) if isinstance(value, Mapping) else value[0]
    return _as_float(value)


def _votes(base: BaseTask) -> VoteBy:
    if base.has_choices:
        return "choice"
    targets = [problem.answer for problem in base.problems]
    short = sum(len(target) <= SHORT_TARGET and "\n" not in target for target in targets)
    return "answer" if short > len(targets) / 2 else "none"


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
