"""Handoff: a student finishes a rationale that was cut, and its answer is graded against the taught problem's own.

    lbt train-grpo ... --exam_kind handoff
    inspect eval lbt_tasks/classroom -T also_examine=handoff -T budget=full     # a column for preference pairs

    score = 1[answer of the student after x and r_<=tau = gold answer of x]      mean over the shares tau

It sees the gold answer of the problem that is taught, so nothing can be chosen by it: it is a reward, and a column for
pairs. A prefix never holds the rationale's answer: it is cut before the answer's first place, or a student would read
and not reason (arXiv 2605.28913). Students' providers must continue a begun reply. The control finishes nothing: it
solves the problem. Source: RLTR, arXiv 2602.08489.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_solvers.answers import AnswerKind
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError
from lbt_solvers.exam_forms import Student, grade_replies
from lbt_solvers.prompts import Demonstration
from lbt_solvers.turns import Turn
from lbt_solvers.types import Exam, GradedReply, Problem


def begun(rationale: str, answer: str, share: float) -> str:
    """The first share of a rationale's words, cut before its answer where that stands among them.

    >>> begun("Twice 3 is 6, and 2 more is 8, so 8.", "8", 0.9)
    'Twice 3 is 6, and 2 more is'
    """
    words = list(re.finditer(r"\S+", rationale))
    kept = words[: int(share * len(words))]
    prefix = rationale[: kept[-1].end()] if kept else ""
    wanted = answer.strip()
    held = re.search(rf"(?<![\w.]){re.escape(wanted)}(?![\w]|\.\d)", prefix) if wanted else None
    return (prefix[: held.start()] if held else prefix).rstrip()


@dataclass(frozen=True, slots=True)
class Handoff:
    """One begun reply an item, whose metadata say how much of the rationale it holds."""

    answers: AnswerKind

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """Its answers, read from the prefix and what the student added."""
        prefix = begun(shown[-1].rationale, shown[-1].answer, item.metadata["share"]) if shown else ""
        turns = student.prompt.messages(item.question, (), item.turns)
        prefix_turn = [Turn("assistant", f"{student.prompt.prefill}{prefix}")] if prefix else []
        replies = await student.replies([*turns, *prefix_turn], repetitions, key)
        whole = [reply._replace(text=f"{prefix} {reply.text.lstrip()}" if prefix else reply.text) for reply in replies]
        # A reply of nothing stays unusable, whatever it was to continue.
        kept = [one if reply.usable else reply for one, reply in zip(whole, replies, strict=True)]
        with student.grading():
            return await grade_replies(item, kept, self.answers)


def by_handoff(maker: ExamMaker, shares: Sequence[float], repetitions: int) -> ExamMaker:
    """An exam of the taught problem itself, once for each share; the maker's own questions are not asked."""

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        if not taught.answer.strip():
            raise NoExamError(f"exam_kind=handoff needs the gold answer of {taught.id}, found none.")
        items = tuple(
            Problem(
                f"{taught.id}/after {share:g}",
                taught.question,
                taught.answer,
                {**taught.metadata, "share": share},
                taught.alternatives,
                taught.turns,
            )
            for share in shares
        )
        return Exam(items, repetitions, form=Handoff(context.answers))

    return make
