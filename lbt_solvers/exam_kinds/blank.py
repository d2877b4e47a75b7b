"""The blank exam: which option of a multiple-choice question a rationale makes likeliest to a student.

    inspect eval lbt_tasks/qa -T data=mcq.csv -T exam_kind=blank --model-role student=hf-batch/NAME

With o an option, l(o | c) the mean log-probability of its tokens after c, D the taught problem with the rationale and q
an exam question:

    value(o) = l(o | D, q) - l(o | "Answer:")        score = softmax(value)(gold option)        raw = its margin

A student writes nothing. The second term takes out how common an option's words are by themselves; it is read once for
all sittings. The answer is the option with the largest value. For base models, which seldom answer a question with a
letter. Source: the idea of BOSE, arXiv 2503.00812, which has no public code; the formula is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, fsum

import anyio

from lbt_solvers.answers import AnswerKind, options_of_problem
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError
from lbt_solvers.exam_forms import Likelihood, Student
from lbt_solvers.prompts import Demonstration
from lbt_solvers.turns import Turn
from lbt_solvers.types import Exam, GradedReply, Problem

NEUTRAL = "Answer:"


def chosen(values: Mapping[str, float], gold: str) -> tuple[str, float, float]:
    """The likeliest option, the gold one's share, and its margin over the best other one.

    >>> chosen({"A": 0.0, "B": 0.0}, "B")
    ('A', 0.5, 0.0)
    """
    best = max(values.values())
    shares = {letter: exp(value - best) for letter, value in values.items()}
    margin = values[gold] - max(value for letter, value in values.items() if letter != gold)
    return max(values, key=values.__getitem__), shares[gold] / fsum(shares.values()), margin


@dataclass(frozen=True, slots=True)
class BlankLikelihood:
    """One pass an option and sitting, and one an option without the question, which all sittings share."""

    options: Mapping[str, Mapping[str, str]]
    """By question: texts by letter."""
    golds: Mapping[str, str]
    """By question: the right letter."""
    _neutral: dict[tuple[str, str], Likelihood] = field(default_factory=dict[tuple[str, str], Likelihood])
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """The gold option's share; the same for every repetition."""
        turns = student.prompt.messages(item.question, shown, item.turns)
        values: dict[str, float] = {}
        spent = [0.0, 0.0, 0.0]
        for letter, text in self.options[item.id].items():
            found = await student.log_likelihood(turns, text, f"{key}/{letter}")
            alone = await self._without_question(student, text)
            values[letter] = found.total / max(1, found.tokens) - alone.total / max(1, alone.tokens)
            spent = [spent[0] + found.read + found.written, spent[1] + found.written, spent[2] + found.cached]
        answer, score, margin = chosen(values, self.golds[item.id])
        return [GradedReply(answer, score, spent[0], raw=margin, written=spent[1], cached=spent[2])] * repetitions

    async def _without_question(self, student: Student, text: str) -> Likelihood:
        place = student.role, text
        async with self._lock:
            if place not in self._neutral:
                asked = [Turn("user", NEUTRAL)]
                self._neutral[place] = await student.log_likelihood(asked, text, f"neutral/{text}")
            return self._neutral[place]


def by_blank(maker: ExamMaker) -> ExamMaker:
    """The same questions, examined by the likelihood of their options."""

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        exam = await maker(taught, context)
        options = {item.id: options_of_problem(item) for item in exam.items}
        golds = {item.id: await _gold(item, options[item.id], context.answers) for item in exam.items}
        return replace(exam, form=BlankLikelihood(options, golds), repetitions=1, repeats=False)

    return make


async def _gold(item: Problem, options: Mapping[str, str], answers: AnswerKind) -> str:
    """The letter of the right option.

    Raises:
        NoExamError: the question has no options, or not exactly one of them is right.
    """
    letters = list(options)
    grades = await answers.grade(item, letters) if letters else []
    right = [letter for letter, grade in zip(letters, grades, strict=True) if grade.score == 1]
    if len(letters) < 2 or len(right) != 1:
        raise NoExamError(
            f"exam_kind=blank needs options of which one is right, found {len(right)} of {len(letters)} in {item.id}; "
            "give the questions metadata `choices`, or write options as (A) ..., (B) ..."
        )
    return right[0]
