"""Judges: students say whether a rationale's answer is right, without exam questions and without any gold answer.

    inspect eval lbt_tasks/gsm8k -T also_examine=ptrue,judge -T budget=full --model MODEL

`ptrue` reads one token: the probability that a student goes on with Yes rather than No, p(Yes) / (p(Yes) + p(No)).
`judge` has it reason first, `votes` times, and takes the share of verdicts that are Yes. A verdict that cannot be read
is left out and noted, never a No. `rubric` names a file with other words for the request, with the slots `{question}`,
`{rationale}` and `{answer}`. Sources: P(True), Kadavath et al., 2022, arXiv 2207.05221; generative verifiers, Zhang et
al., 2024, arXiv 2408.15240.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError
from lbt_solvers.exam_forms import ExamForm, Student
from lbt_solvers.exam_kinds.likelihood import score_of_gain
from lbt_solvers.prompts import Demonstration
from lbt_solvers.turns import Turn
from lbt_solvers.types import Exam, GradedReply, Problem

_SHOWN = "Problem:\n{question}\n\nProposed solution:\n{rationale}\n\nProposed answer: {answer}\n\n"
TRUE = _SHOWN + "Is the proposed answer right? Reply with Yes or No alone."
REASONED = (
    _SHOWN
    + "Check the solution step by step. Then end with one line: VERDICT: Yes, if the proposed answer is right, or "
    "VERDICT: No, if it is not."
)
_SLOT = re.compile(r"\{(question|rationale|answer)\}")
_VERDICT = re.compile(r"verdict\W{0,5}(yes|no)\b", re.IGNORECASE)


def request(template: str, shown: Demonstration) -> list[Turn]:
    """What a judge is asked of a rationale; in one pass, so that braces within it stay."""
    slots = {"question": shown.question, "rationale": shown.rationale, "answer": shown.answer}
    return [Turn("user", _SLOT.sub(lambda match: slots[match[1]], template))]


def verdict(text: str) -> bool | None:
    """The last verdict of a judge's reply; `None` where there is none.

    >>> verdict("3 * 4 is 12. **VERDICT:** No"), verdict("I cannot tell.")
    (False, None)
    """
    found = _VERDICT.findall(text)
    return found[-1].lower() == "yes" if found else None


@dataclass(frozen=True, slots=True)
class TrueOrFalse:
    """P(True): one pass, of which the first token's probabilities count."""

    template: str = TRUE

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """p(Yes) / (p(Yes) + p(No)); no score where a provider's likeliest tokens hold neither."""
        first = await student.first_token(request(self.template, shown[-1]), ("Yes", "No"), key)
        yes, no = first.log_probabilities
        if yes == no == -inf:
            return [GradedReply(None, None, first.tokens, written=first.written, cached=first.cached)]
        odds = yes - no
        answer = "Yes" if odds > 0 else "No"
        raw = max(-1e3, min(1e3, odds))
        graded = GradedReply(answer, score_of_gain(odds), first.tokens, raw=raw)
        return [graded._replace(written=first.written, cached=first.cached)]


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Verdicts after a chain of thought."""

    template: str = REASONED

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """1 for Yes, 0 for No; no score where no verdict can be read."""
        if student.prompt.prefill:
            raise ValueError(
                "a judge's reply begins in words of its own, and this prompt format begins it: prompt=chat"
            )
        replies = await student.replies(request(self.template, shown[-1]), repetitions, key)
        return [
            GradedReply(
                None if (agrees := verdict(reply.text)) is None else "Yes" if agrees else "No",
                None if agrees is None else float(agrees),
                reply.tokens,
                reply.truncated,
                written=reply.written,
                cached=reply.cached,
            )
            for reply in replies
        ]


def by_judges(
    maker: ExamMaker, form: ExamForm, votes: int, asked: str = "Is the proposed answer right?", repeats: bool = True
) -> ExamMaker:
    """An exam of one question about the rationale; the maker's own are not asked.

    Args:
        maker: Is not asked.
        form: How.
        votes: Sittings of each student.
        asked: What a log calls the question.
        repeats: Whether a second sitting may differ from the first.
    """

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        if any(turn.attachments for turn in taught.turns):
            raise NoExamError(f"Problem '{taught.id}' has more than text, such as an image, which no judge is shown.")
        return Exam((Problem(f"{taught.id}/judged", asked, ""),), votes, form=form, repeats=repeats)

    return make


def template_of(rubric: str | None, otherwise: str) -> str:
    """The request in a file, or the usual one.

    Raises:
        ValueError: no such file, or one without a slot for what is judged.
    """
    if rubric is None:
        return otherwise
    if not Path(rubric).is_file():
        raise ValueError(f"rubric: a text file was needed, found none at {rubric}.")
    text = Path(rubric).read_text(encoding="utf-8")
    if "{answer}" not in text and "{rationale}" not in text:
        raise ValueError(f"rubric: {rubric} needs the slot {{rationale}} or {{answer}}: what is judged.")
    return text
