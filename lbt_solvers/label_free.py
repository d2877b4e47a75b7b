r"""Label-free exams, the part without models: what is asked for, which variants stay, and what they are graded by.

    >>> written = "<problem>\nCompute 3+4*5.\n</problem> <problem>Compute 6+7*8.</problem> <problem>Compu"
    >>> read_variants(written)
    ['Compute 3+4*5.', 'Compute 6+7*8.']
    >>> winner([0, 1, 0, None])
    (0, 0.5)

The teacher writes variants of the taught problem (or a bank has some, whose answers nobody looks at); what most plain
answers of teacher and students agree on is a variant's label. `lbt_solvers.exam_writing` makes the calls. Not an
experiment of the paper, whose exams have gold answers (its appendix D.3 names that as a limit).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lbt_solvers.exam_parts import NoExamError, question_key
from lbt_solvers.similarity import Encoder, embedding_similarity, tfidf_similarity
from lbt_solvers.types import Exam, Problem

Fate = Literal["item", "spare", "copy", "too far", "no agreement"]
_VARIANT = re.compile(r"<problem>(.*?)</problem>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LabelFree:
    """A label-free exam: how many variants, how they are labelled, and which of them are asked.

    It stands wherever an exam maker stands and is set by models, so it needs a solver: called by itself it has no exam.
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
    questions: Callable[[Problem], Exam] | None = None
    """An exam maker whose questions are taken, without their answers; by default the teacher writes."""

    def __post_init__(self) -> None:
        """Refuses numbers that cannot be."""
        for name in ("items", "repetitions", "drafts", "votes"):
            if getattr(self, name) < 1:
                raise ValueError(f"label_free: {name} of at least 1 was needed, found {getattr(self, name)}.")
        if self.drafts < self.items:
            raise ValueError(f"label_free: at least as many drafts as items were needed: {self.drafts}, {self.items}.")
        if not 0 <= self.agreement <= 1:
            raise ValueError(f"label_free: an agreement in [0, 1] was needed, found {self.agreement}.")

    def __call__(self, taught: Problem, /) -> Exam:
        """Refused.

        Raises:
            NoExamError: always; models set this exam.
        """
        raise NoExamError(
            "Label-free exams are set by models, in Inspect's solver lbt_solvers/learn_by_teaching alone; "
            "take another exam maker here."
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A variant and what became of it."""

    id: str
    question: str
    fate: Fate
    similarity: float
    """Cosine with the taught problem."""
    label: str | None = None
    """The answer that most models gave; `None` where they were not asked or no answer led."""
    agreement: float | None = None
    """Its share of the votes."""
    right: float | None = None
    """How right the label is, in [0, 1], where the variant has a gold answer. For reports: no rule looks at it."""


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
