"""One exam of one taught problem, live: who sits it, after what, and what exam makers may ask of the models.

    session = ExamSession(exam, students, demonstrations, MathAnswers())
    graded = await session.sitting(TeachingPlan((0,)), "openai/gpt-4o-mini", exam.items[0])

A sitting is one awaitable step, from the request to the grade, so that whoever plans exams, all at once or a few at a
time, awaits sittings and nothing else, and grading overlaps the generation of other sittings.
"""

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from inspect_ai.util import LimitExceededError

from lbt_solvers.answers import AnswerKind
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_forms import FirstToken, Likelihood, Student, WrittenAnswers
from lbt_solvers.generation import Caller
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration, PromptFormat, Turn
from lbt_solvers.types import Exam, GradedReply, Problem, Reply

_Given = TypeVar("_Given")


class ExamStudent(Student, Protocol):
    """A student on one problem; a `Caller`, or whatever else asks a model."""

    @property
    def problem_id(self) -> str:
        """Of the taught problem, for errors."""
        ...

    @property
    def greedy(self) -> bool:
        """Whether it gives one question one reply."""
        ...


@dataclass(frozen=True, slots=True)
class NamedFailures:
    """A caller whose failures say what it was asked for."""

    caller: ExamStudent
    failed: str
    """`failed on exam item 3`."""

    @property
    def role(self) -> str:
        """The caller's."""
        return self.caller.role

    @property
    def prompt(self) -> PromptFormat:
        """The caller's."""
        return self.caller.prompt

    async def replies(self, turns: Sequence[Turn], count: int, key: str) -> list[Reply]:
        """The caller's.

        Raises:
            ExamError: the model failed.
        """
        return await self._named(self.caller.replies(turns, count, key))

    async def _named(self, call: Awaitable[_Given]) -> _Given:
        try:
            return await call
        except (LimitExceededError, UsageError):
            raise  # Inspect's own: a limit ends the sample with its score, a usage error ends the run with its line
        except Exception as error:
            raise ExamError(self.caller.problem_id, f"{self.role} {self.failed}: {error}") from error

    async def log_likelihood(self, turns: Sequence[Turn], reply: str, key: str) -> Likelihood:
        """The caller's.

        Raises:
            ExamError: the model failed.
        """
        return await self._named(self.caller.log_likelihood(turns, reply, key))

    async def first_token(self, turns: Sequence[Turn], beginnings: Sequence[str], key: str) -> FirstToken:
        """The caller's.

        Raises:
            ExamError: the model failed.
        """
        return await self._named(self.caller.first_token(turns, beginnings, key))

    def grading(self) -> AbstractContextManager[None]:
        """The caller's."""
        return self.caller.grading()


@dataclass(frozen=True, slots=True)
class ExamSession:
    """What all sittings of one taught problem have in common."""

    exam: Exam
    students: Mapping[str, ExamStudent]
    """By name."""
    demonstrations: Sequence[Demonstration]
    """One for each rationale."""
    answers: AnswerKind

    async def sitting(self, plan: TeachingPlan, student: str, item: Problem, purpose: str = "") -> list[GradedReply]:
        """That student's sittings of that item after that plan's demonstrations, `exam.repetitions` of them.

        Args:
            plan: What the student is shown.
            student: Its name.
            item: What it is asked.
            purpose: Of sittings beside the exam, which have seeds of their own.

        Raises:
            ExamError: the student or the grader failed.
        """
        caller, where = self.students[student], f"on exam item {item.id} after rationale {plan_name(plan)}"
        form = self.exam.form or WrittenAnswers(self.answers)
        shown = [self.demonstrations[index] for index in plan.demonstrations]
        asked, key = NamedFailures(caller, f"failed {where}"), f"exam{purpose}/{plan_name(plan)}/{item.id}"
        try:
            return await form.sit(asked, shown, item, self.exam.repetitions, key)
        except (LimitExceededError, UsageError, ExamError):
            raise
        except Exception as error:
            raise ExamError(caller.problem_id, f"grading {caller.role} {where} failed: {error}") from error


@dataclass(slots=True)
class LiveModels:
    """The models of a run at an exam maker's hand; an `ExamContext`."""

    teacher: Caller
    students: Mapping[str, Caller]
    answers: AnswerKind
    notes: list[str] = field(default_factory=list[str])
    asked: list[Caller] = field(default_factory=list[Caller])
    """Everybody that was handed out, with what was spent."""

    def writer(self, role: str) -> Student:
        """The teacher, asked for something other than a solution."""
        # The text with which a solution would begin is no beginning of anything else.
        return self._named(replace(self.teacher, prompt=replace(self.teacher.prompt, prefill="")), role)

    def solvers(self, role: str) -> Sequence[Student]:
        """The teacher and every student that is another model."""
        others = {name: each for name, each in self.students.items() if str(each.model) != str(self.teacher.model)}
        callers = {str(self.teacher.model): self.teacher, **others}
        return [self._named(caller, f"{role}: {name}") for name, caller in callers.items()]

    def _named(self, caller: Caller, role: str) -> Student:
        self.asked.append(caller.under(role))
        return NamedFailures(self.asked[-1], "failed while the exam was set")


def plan_name(plan: TeachingPlan) -> str:
    """How a plan is called in spans and seeds."""
    return "+".join(map(str, plan.demonstrations)) or "control"
