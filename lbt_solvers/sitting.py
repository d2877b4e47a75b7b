"""One sitting: a student answers one exam question some times, and every answer is graded as soon as it is there.

    room = ExamRoom(exam, callers, demonstrations, MathAnswers(), watch)
    sittings = await room.sitting(TeachingPlan((0,)), "openai/gpt-4o-mini", exam.items[0])

The replies and their grades are one awaitable step, so that whoever plans exams, all at once or a few at a time, awaits
sittings and nothing else, and grading overlaps the generation of other sittings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inspect_ai.util import LimitExceededError

from lbt_solvers.answers import UNDECIDED, AnswerKind, Grade
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.generation import Caller, Reply
from lbt_solvers.prompts import Demonstration
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.teaching_plans import TeachingPlan
from lbt_solvers.types import Exam, Problem


class Sitting(NamedTuple):
    """One reply to one exam question."""

    answer: str | None
    score: float | None
    """In [0, 1]; `None` where the reply is not usable, 0 where a usable one has no answer."""
    truncated: bool = False
    undecided: bool = False
    """The answer could not be compared in time and counts as wrong."""


@dataclass(frozen=True, slots=True)
class ExamRoom:
    """What all sittings of one taught problem have in common."""

    exam: Exam
    callers: Mapping[str, Caller]
    """By the student's name."""
    demonstrations: Sequence[Demonstration]
    """One for each rationale."""
    answers: AnswerKind
    watch: Stopwatch

    async def sitting(self, plan: TeachingPlan, student: str, item: Problem) -> list[Sitting]:
        """That student's replies to that item after that plan's demonstrations, `exam.repetitions` of them, graded.

        Raises:
            ExamError: the student or the grader failed.
        """
        caller = self.callers[student]
        replies = await self._replies(caller, plan, item)
        try:
            with self.watch.grading():
                return await grade_replies(item, replies, self.answers)
        except Exception as error:
            reason = f"grading {caller.role} on exam item {item.id} {_after(plan)} failed: {error}"
            raise ExamError(caller.problem_id, reason) from error

    async def _replies(self, caller: Caller, plan: TeachingPlan, item: Problem) -> list[Reply]:
        turns = caller.prompt.messages(item.question, [self.demonstrations[index] for index in plan.demonstrations])
        try:
            return await caller.replies(turns, self.exam.repetitions, f"exam/{plan_name(plan)}/{item.id}")
        except (LimitExceededError, UsageError):
            raise  # Inspect's own: a limit ends the sample with its score, a usage error ends the run with its line
        except Exception as error:
            reason = f"{caller.role} failed on exam item {item.id} {_after(plan)}: {error}"
            raise ExamError(caller.problem_id, reason) from error


async def grade_replies(item: Problem, replies: Sequence[Reply], answers: AnswerKind) -> list[Sitting]:
    """Extracts and grades the replies to an exam question."""
    extracted = [answers.extract(reply.text, truncated=reply.truncated, problem=item).answer for reply in replies]
    graded = await answers.grade(item, [answer for answer in extracted if answer is not None])
    grades = iter(graded)
    sittings: list[Sitting] = []
    for reply, answer in zip(replies, extracted, strict=True):
        grade = Grade(0.0, "no answer") if answer is None else next(grades)
        score = grade.score if reply.usable else None
        sittings.append(Sitting(answer, score, reply.truncated, grade.how == UNDECIDED))
    return sittings


def plan_name(plan: TeachingPlan) -> str:
    """How a plan is called in spans and seeds."""
    return "+".join(map(str, plan.demonstrations)) or "control"


def _after(plan: TeachingPlan) -> str:
    return f"after rationale {plan_name(plan)}"
