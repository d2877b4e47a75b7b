"""What replies to a task's question vote by, decided for every sample by itself.

    vote_of(Sample(input="Which?", choices=["3", "4"], target="B"), "auto")   # "choice"

A reply votes by the options that it marks, by the answer that it ends with, or not at all. Where not one reply to a
question has anything to vote by, each is a class of its own: exams are sat, and the best teacher is chosen.
"""

import re
from collections.abc import Sequence
from typing import Literal

from inspect_ai.dataset import Sample
from inspect_ai.scorer import Target

VoteBy = Literal["auto", "choice", "answer", "none"]
SHORT_TARGET = 60
"""Characters of a gold answer up to which replies are taken to end in an answer that can vote."""
_PROGRAM = re.compile(r"\s*(?:assert|def|class|import|from|return)\s")


def vote_of(sample: Sample, wanted: VoteBy) -> VoteBy:
    """What replies to that sample vote by: what is wanted, or what suits it."""
    if wanted != "auto":
        return wanted
    if sample.choices:
        return "choice"
    targets = list(Target(sample.target))
    return "answer" if targets and all(map(_may_end_a_reply, targets)) else "none"


def _may_end_a_reply(target: str) -> bool:
    return len(target) <= SHORT_TARGET and "\n" not in target and not _PROGRAM.match(target)


def with_singles(
    classes: Sequence[int | None], answers: Sequence[str | None], *, everyone: bool = False
) -> list[int | None]:
    """Classes in which replies without one stand for themselves, where no reply has one.

    Args:
        classes: Of the replies, by what they vote by; `None` where a reply has nothing to vote by.
        answers: The replies; `None` where there is none, which never votes.
        everyone: Let them stand for themselves beside others, too.
    """
    if not everyone and any(number is not None for number in classes):
        return list(classes)
    names: list[tuple[str, int] | None] = [
        None if answer is None else ("class", number) if number is not None else ("single", at)
        for at, (number, answer) in enumerate(zip(classes, answers, strict=True))
    ]
    numbers: dict[tuple[str, int], int] = {}
    return [None if name is None else numbers.setdefault(name, len(numbers)) for name in names]
