"""The likelihood exam: how much likelier a rationale makes the right solution of a similar problem to a student.

    inspect eval lbt_tasks/classroom -T exam_kind=likelihood
    maker = by_likelihood(variants(bank))

With m a student, D the taught problem with the rationale as a demonstration, q an exam question and s its solution:

    gain = log p_m(s | D, q) - log p_m(s | q)        score = 1 / (1 + exp(-gain))

A student reads and writes nothing, and the exam is dense: it tells two rationales apart that lead to the same answer.
The score is above 0.5 where the rationale helped; the raw gain stands beside it (`Sitting.raw`). The solution is the
published one (metadata `solution`); where there is none, a *silver* one: a reply of a model of the run that reached the
gold answer, written once a question. A bare answer is the last resort and is noted: students seldom answer at once, so
its likelihood tells little. Source: evidence gain (IC-DAPO, arXiv 2603.09803); RLT (arXiv 2506.08388) for a student's
likelihood of a solution as a teacher's reward.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import exp

import anyio

from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError
from lbt_solvers.exam_forms import Likelihood, Student, grade_replies
from lbt_solvers.prompts import Demonstration
from lbt_solvers.types import Exam, GradedReply, Problem, golds_of

SILVER = "silver solutions"
"""The role under which calls for solutions are counted."""


def score_of_gain(gain: float) -> float:
    """The logistic function, without overflow: 0.5 for no gain.

    >>> score_of_gain(0.0), round(score_of_gain(1.0), 3), score_of_gain(-1000.0)
    (0.5, 0.731, 0.0)
    """
    return 1 / (1 + exp(-gain)) if gain >= 0 else exp(max(gain, -700.0)) / (1 + exp(max(gain, -700.0)))


@dataclass(frozen=True, slots=True)
class SolutionLikelihood:
    """The form of the exam: one pass a sitting, and one a question without the rationale, which all sittings share."""

    solutions: Mapping[str, tuple[str, str]]
    """By question: the steps of its solution, and the answer."""
    _untaught: dict[tuple[str, str], Likelihood] = field(default_factory=dict[tuple[str, str], Likelihood])
    _locks: dict[tuple[str, str], anyio.Lock] = field(default_factory=dict[tuple[str, str], anyio.Lock])

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """The gain of the shown demonstrations; without them 0, which costs the pass that all sittings share."""
        reply = student.prompt.worked_solution(Demonstration("", *self.solutions[item.id]))
        found = before = await self._without(student, item, reply)
        if shown:
            turns = student.prompt.messages(item.question, shown, item.turns)
            found = await student.log_likelihood(turns, reply, key)
        if found.tokens != before.tokens:
            raise ValueError(
                f"{student.role} read {found.tokens} tokens of the solution of {item.id} after the rationale and "
                f"{before.tokens} without it; a likelihood gain needs the same ones."
            )
        gain = found.total - before.total
        tokens = found.read + found.written
        one = GradedReply(None, score_of_gain(gain), tokens, raw=gain, written=found.written, cached=found.cached)
        return [one] * repetitions

    async def _without(self, student: Student, item: Problem, reply: str) -> Likelihood:
        place = student.role, item.id
        async with self._locks.setdefault(place, anyio.Lock()):
            if place not in self._untaught:
                turns = student.prompt.messages(item.question, (), item.turns)
                self._untaught[place] = await student.log_likelihood(turns, reply, f"untaught/{item.id}")
            return self._untaught[place]


def by_likelihood(maker: ExamMaker, silver: int = 4) -> ExamMaker:
    """The same questions, examined by the likelihood of their solutions.

    Args:
        maker: Chooses the questions.
        silver: Replies that each model of the run gives to a question without a solution, until one is right; 0 takes
            the bare answer at once.
    """

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        exam = await maker(taught, context)
        golden = {item.id: (text, item.answer) for item in exam.items if (text := solution_of(item))}
        without = [item for item in exam.items if item.id not in golden]
        silvered = await _silver(without, context, silver) if without and silver else {}
        bare = {item.id: ("", item.answer) for item in without if item.id not in silvered}
        if nothing := [id_ for id_, (_, answer) in bare.items() if not answer.strip()]:
            raise NoExamError(
                f"exam_kind=likelihood needs the solution or the answer of {nothing[0]}, found neither in words."
            )
        if bare:
            context.notes.append(
                f"{len(bare)} of {len(exam.items)} exam questions have no solution, so the likelihood of the bare "
                "answer stands for it, which tells little; give the questions a column 'solution', or raise silver"
            )
        form = SolutionLikelihood({**golden, **silvered, **bare})
        return replace(exam, form=form, repetitions=1, repeats=False)

    return make


def solution_of(item: Problem) -> str:
    """The published steps of a question; empty where there are none."""
    return str(item.metadata.get("solution") or "").strip()


async def _silver(items: Sequence[Problem], context: ExamContext, attempts: int) -> dict[str, tuple[str, str]]:
    """By question the first reply that reached its answer, of the models in turn; without those that nobody solved."""
    try:
        solvers = context.solvers(SILVER)
    except NoExamError:
        return {}
    found = await in_order([partial(_first_right, item, solvers, context, attempts) for item in items])
    return {item.id: steps for item, steps in zip(items, found, strict=True) if steps is not None}


async def _first_right(
    item: Problem, solvers: Sequence[Student], context: ExamContext, attempts: int
) -> tuple[str, str] | None:
    if not any(gold.strip() for gold in golds_of(item)):
        return None
    for solver in solvers:
        turns = solver.prompt.messages(item.question, turns=item.turns)
        replies = await solver.replies(turns, attempts, f"silver/{item.id}")
        with solver.grading():
            graded = await grade_replies(item, replies, context.answers)
        for reply, grade in zip(replies, graded, strict=True):
            if grade.score == 1 and grade.answer is not None:
                steps = context.answers.extract(reply.text, reply.truncated, item).rationale
                return steps, grade.answer
    return None
