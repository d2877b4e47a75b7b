r"""Label-free exams: the teacher writes variants of the taught problem, and the models' agreement labels them.

    >>> written = "<problem>\nCompute 3+4*5.\n</problem> <problem>Compute 6+7*8.</problem> <problem>Compu"
    >>> read_variants(written)
    ['Compute 3+4*5.', 'Compute 6+7*8.']
    >>> winner([0, 1, 0, None])
    (0, 0.5)

A bank may have the variants instead; nobody looks at their answers. What most plain answers of teacher and students
agree on is a variant's label. Their tokens stand under roles of their own (`exam writer`, `labels: MODEL`), so that a
report shows what the labels cost. Not an experiment of the paper, whose exams have gold answers (its appendix D.3 names
that as a limit).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.agreement import ByAgreement
from lbt_solvers.checks import at_least, share
from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError, in_place_of_question, question_key
from lbt_solvers.exam_forms import Student, WrittenAnswers
from lbt_solvers.similarity import Encoder, embedding_similarity, tfidf_similarity
from lbt_solvers.types import Draft, Exam, Fate, Problem

_REQUESTS = 2
"""How often the teacher is asked for variants, at most."""
_VARIANT = re.compile(r"<problem>(.*?)</problem>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LabelFree:
    """A label-free exam: how many variants, how they are labelled, and which of them are asked.

    An exam maker that needs the models of a run: elsewhere it has no exam.
    """

    items: int = 3
    """Questions of an exam: those of the variants on which the models agree most."""
    repetitions: int = 3
    """Sittings of every item by every student."""
    drafts: int = 6
    """Variants that are looked for."""
    votes: int = 4
    """Plain answers of the teacher and of each student to every variant."""
    agreement: float = 0.5
    """Least share of the votes that a label has."""
    minimum: float = 0.3
    """Least cosine of a variant with the taught problem, by `embed`."""
    embed: str | Encoder = "tfidf"
    """As in `lbt_solvers.exams.similar`."""
    questions: ExamMaker | None = None
    """An exam maker whose questions are taken, without their answers; by default the teacher writes."""

    def __post_init__(self) -> None:
        """Refuses numbers that cannot be."""
        at_least(1, items=self.items, repetitions=self.repetitions, votes=self.votes)
        at_least(self.items, drafts=self.drafts)
        share(agreement=self.agreement)

    async def __call__(self, taught: Problem, context: ExamContext, /) -> Exam:
        """The exam that the models of the run set.

        Raises:
            NoExamError: no variant is left; says why.
        """
        writer, labellers = context.writer("exam writer"), context.solvers("labels")
        variants = list((await self.questions(taught, context)).items) if self.questions else None
        variants = await self._written(writer, taught) if variants is None else variants
        drafts = gate(taught, variants, self) if variants else []
        pairs = zip(drafts, variants, strict=True)
        drafts = await in_order([partial(self._labelled, *pair, labellers, context.answers) for pair in pairs])
        drafts = settle(drafts, self)
        line, items = summary(drafts, self), [draft for draft in drafts if draft.fate == "item"]
        if not items:
            raise NoExamError(
                f"{line}. Ask for more variants (drafts), lower minimum or agreement, or take an exam with gold "
                "answers."
            )
        context.notes.append(line)
        turns = {variant.id: variant.turns for variant in variants}
        chosen = tuple(Problem(each.id, each.question, each.label or "", turns=turns[each.id]) for each in items)
        note = f"{len(items)} of {self.items} items" if len(items) < self.items else ""
        return Exam(chosen, self.repetitions, note, WrittenAnswers(ByAgreement(context.answers)), tuple(drafts))

    async def _written(self, writer: Student, taught: Problem) -> list[Problem]:
        """Variants by the teacher, which is asked once more where too few of them could be read."""
        if any(turn.attachments for turn in taught.turns):
            raise NoExamError(
                f"Problem '{taught.id}' has more than text, such as an image, of which no variants can be written: "
                "take another exam, or a bank of questions (questions=...)."
            )
        found: list[str] = []
        for number in range(_REQUESTS):
            turns = writer.prompt.variant_request(taught.question, self.drafts)
            for reply in await writer.replies(turns, 1, f"variants/{number}"):
                found += read_variants(reply.text)
            if len(found) >= self.items:
                break
        return [
            Problem(f"{taught.id}~{number}", text, "", turns=in_place_of_question(taught, text))
            for number, text in enumerate(found[: self.drafts], 1)
        ]

    async def _labelled(
        self, draft: Draft, variant: Problem, labellers: Sequence[Student], answers: AnswerKind
    ) -> Draft:
        """The draft with what most models answer; as it is where it is out already."""
        if draft.fate != "spare":
            return draft
        question, key = replace(variant, answer=""), f"label/{variant.id}"
        votes = [
            partial(each.replies, each.prompt.messages(variant.question, turns=variant.turns), self.votes, key)
            for each in labellers
        ]
        usable = [reply for by_model in await in_order(votes) for reply in by_model if reply.usable]
        given = [answers.extract(reply.text, reply.truncated, question).answer for reply in usable]
        with labellers[0].grading():
            classes = await answers.classes(given, question)
            number, share = winner(classes)
            if number is None:
                return draft
            label = given[classes.index(number)]
            right = (await answers.grade(variant, [label or ""]))[0].score if variant.answer else None
        return replace(draft, label=label, agreement=round(share, 4), right=right)


def read_variants(text: str) -> list[str]:
    """The problems between tags; one that was cut off is none."""
    return [found for match in _VARIANT.finditer(text) if (found := match[1].strip())]


def gate(taught: Problem, variants: Sequence[Problem], exam: LabelFree) -> list[Draft]:
    """What is known of the variants before anybody is asked: copies, and those too far from the taught problem.

    TF-IDF weights are fitted to the taught problem and its variants.
    """
    questions = [taught.question, *(variant.question for variant in variants)]
    similarity = tfidf_similarity(questions) if exam.embed == "tfidf" else embedding_similarity(questions, exam.embed)
    cosines = similarity(taught.question).tolist()[1:]
    seen = {question_key(taught.question)}
    drafts: list[Draft] = []
    for variant, cosine in zip(variants, cosines, strict=True):
        key = question_key(variant.question)
        fate: Fate = "copy" if key in seen else "too far" if cosine < exam.minimum else "spare"
        seen.add(key)
        drafts.append(Draft(id=variant.id, question=variant.question, fate=fate, similarity=round(cosine, 4)))
    return drafts


def winner(classes: Sequence[int | None]) -> tuple[int | None, float]:
    """The class that most answers are in and its share of all of them; no class where none leads alone."""
    counts = Counter(number for number in classes if number is not None).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None, 0.0
    return counts[0][0], counts[0][1] / len(classes)


def settle(drafts: Sequence[Draft], exam: LabelFree) -> list[Draft]:
    """Which labelled variants are asked: enough agreement, and the most agreed ones first; ties in their order."""
    agreed = [at for at, draft in enumerate(drafts) if draft.fate == "spare" and _agreed(draft, exam)]
    asked = set(sorted(agreed, key=lambda at: -(drafts[at].agreement or 0.0))[: exam.items])
    return [replace(draft, fate=_fate(draft, at in asked, exam)) for at, draft in enumerate(drafts)]


def _agreed(draft: Draft, exam: LabelFree) -> bool:
    return draft.label is not None and (draft.agreement or 0.0) >= exam.agreement


def _fate(draft: Draft, asked: bool, exam: LabelFree) -> Fate:
    if draft.fate != "spare":
        return draft.fate
    return "item" if asked else "spare" if _agreed(draft, exam) else "no agreement"


def summary(drafts: Sequence[Draft], exam: LabelFree) -> str:
    """How the exam came about: `Label-free exam: 2 of 3 items; 6 variants wanted, 4 there, 1 too far from ...`."""
    counts = Counter(draft.fate for draft in drafts)
    lost = [f"{counts[fate]} {text}" for fate, text in _LOST.items() if counts[fate]]
    parts = [f"{exam.drafts} variants wanted, {len(drafts)} there", *lost]
    return f"Label-free exam: {counts['item']} of {exam.items} items; {', '.join(parts)}"


_LOST: dict[Fate, str] = {
    "copy": "equal to the problem or to another",
    "too far": "too far from the problem",
    "no agreement": "without enough agreement on an answer",
}
