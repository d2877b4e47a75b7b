"""How a student sits an exam item: the place for exams that are not a written answer.

    form = WrittenAnswers(MathAnswers())
    replies = await form.sit(student, [demonstration], item, repetitions=3, key="exam/0/item")

An exam maker puts a form of its own into `Exam.form`: a judge's grade, a dialogue, or the likelihood of a solution, as
`lbt_solvers.exam_kinds` does. A form sees what the student is shown and the item; it returns one `GradedReply` a
repetition.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import NamedTuple, Protocol

from lbt_solvers.answers import UNDECIDED, AnswerKind, Grade
from lbt_solvers.answers.grades import best_of_golds
from lbt_solvers.answers.kinds import Named
from lbt_solvers.prompts import Demonstration, PromptFormat, Turn
from lbt_solvers.types import Exam, GradedReply, Problem, Reply, golds_of


class Likelihood(NamedTuple):
    """How likely a model finds a text after another one."""

    total: float
    """Sum of the natural log-probabilities of its tokens."""
    tokens: int
    """How many it has."""
    read: float = 0.0
    """Tokens of the whole prompt, the text included."""
    cached: float = 0.0
    """Of them those that a provider found in its own prompt cache."""
    written: float = 0.0
    """Tokens that a provider wrote all the same."""
    ranks: float = nan
    """Sum over its tokens of min(rank, 100); nan where the provider does not tell ranks."""
    each: tuple[float, ...] = ()
    """Log-probability of each token; empty where a harness gives the sum alone."""


class FirstToken(NamedTuple):
    """With what a reply would begin."""

    log_probabilities: tuple[float, ...]
    """One for each beginning that was asked for; -inf where the provider does not say."""
    tokens: float = 0.0
    """Read and written."""
    written: float = 0.0
    cached: float = 0.0


class Student(Protocol):
    """A model that can be asked; `lbt_solvers.generation.Caller` is one."""

    @property
    def role(self) -> str:
        """Under which its calls are counted."""
        ...

    @property
    def prompt(self) -> PromptFormat:
        """How it is asked."""
        ...

    async def replies(self, turns: Sequence[Turn], count: int, key: str) -> list[Reply]:
        """`count` completions of one prompt; `key` names the call for its seed and the cache."""
        ...

    async def log_likelihood(self, turns: Sequence[Turn], reply: str, key: str) -> Likelihood:
        """How likely that reply to one prompt is; nothing is written.

        Raises:
            UsageError: its provider does not tell the log-probabilities of a prompt.
        """
        ...

    async def first_token(self, turns: Sequence[Turn], beginnings: Sequence[str], key: str) -> FirstToken:
        """How likely the reply to one prompt begins with each of these words."""
        ...

    def grading(self) -> AbstractContextManager[None]:
        """While a grade of its replies is awaited, which a run's clock counts."""
        ...


class ExamForm(Protocol):
    """One way to examine."""

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """The student's sittings of that item, after those demonstrations.

        What it raises ends the sample as an error; it is never a score of 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class WrittenAnswers:
    """The student solves the item; its answer is extracted and graded."""

    answers: AnswerKind

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """One request with that many completions."""
        replies = await student.replies(student.prompt.messages(item.question, shown, item.turns), repetitions, key)
        with student.grading():
            return await grade_replies(item, replies, self.answers)


def asked_in(
    exam: Exam, prompt: PromptFormat, shown: Sequence[Demonstration]
) -> Iterator[tuple[int, Problem, list[Turn]]]:
    """What a student is asked after those demonstrations, item by item: for harnesses that ask in batches."""
    for number, item in enumerate(exam.items):
        yield number, item, prompt.messages(item.question, shown, item.turns)


async def grade_replies(item: Problem, replies: Sequence[Reply], answers: AnswerKind) -> list[GradedReply]:
    """Extracts and grades the replies to an exam question."""
    extracted = _extracted(item, replies, answers)
    return _graded(replies, extracted, await answers.grade(item, [each for each in extracted if each is not None]))


def grade_in_place(item: Problem, replies: Sequence[Reply], answers: Named) -> list[GradedReply]:
    """The same without an event loop, for harnesses that ask in batches; a comparison may take its whole limit."""
    extracted = _extracted(item, replies, answers)
    golds = [answers.gold_of(replace(item, answer=gold)) for gold in golds_of(item)]
    given = [answer for answer in extracted if answer is not None]
    compared = [best_of_golds([answers.equal(gold, answer) for gold in golds]) for answer in given]
    return _graded(replies, extracted, [Grade(float(each.equal), each.how, each.reason) for each in compared])


def _extracted(item: Problem, replies: Sequence[Reply], answers: AnswerKind) -> list[str | None]:
    return [answers.extract(reply.text, truncated=reply.truncated, problem=item).answer for reply in replies]


def _graded(replies: Sequence[Reply], extracted: Sequence[str | None], grades: Sequence[Grade]) -> list[GradedReply]:
    """A reply that is not usable has no score; one without an answer scores 0."""
    left = iter(grades)
    found: list[GradedReply] = []
    for reply, answer in zip(replies, extracted, strict=True):
        grade = Grade(0.0, "no answer") if answer is None else next(left)
        score = grade.score if reply.usable and not isnan(grade.score) else None
        undecided, spent = grade.how == UNDECIDED, (reply.written, reply.cached)
        found.append(GradedReply(answer, score, reply.tokens, reply.truncated, undecided, None, *spent))
    return found
