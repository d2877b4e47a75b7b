"""Universal self-consistency: a student reads all rationales at once and says which one most of them agree with.

    inspect eval lbt_tasks/gsm8k -T also_examine=usc -T budget=full --model MODEL
    lbt report --selectors LOG --selector usc

One call for N rationales, in an order that differs from student to student. A reply that names none of them chooses
nothing, and the majority does. It scores no single rationale, so it stands beside an exam and is none by itself.
Source: Chen et al., 2023, arXiv 2311.17311, whose request this is.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_solvers.exam_forms import Student
from lbt_solvers.prompts import Demonstration
from lbt_solvers.turns import Turn
from lbt_solvers.types import GradedReply, Problem

_REQUEST = (
    "Evaluate these responses. Select the most consistent response based on majority consensus. Start your answer with "
    '"The most consistent response is Response X" (without quotes).'
)
_NAMED = re.compile(r"most consistent response is\W{0,5}response\W{0,5}(\d+)|\bresponse\W{0,5}(\d+)", re.IGNORECASE)


def request(question: str, shown: Sequence[Demonstration]) -> list[Turn]:
    """What a student is asked of all rationales."""
    listed = [f"Response {at}: {demo.rationale}\nAnswer: {demo.answer}" for at, demo in enumerate(shown, 1)]
    begun = f"I have generated the following responses to the question: {question}"
    return [Turn("user", "\n\n".join([begun, *listed, _REQUEST]))]


def named(text: str, number: int) -> int | None:
    """The response that a reply names first, from 0; `None` where it names none of them.

    >>> named("The most consistent response is Response 2: both ...", 3), named("Response 9.", 3)
    (1, None)
    """
    found = _NAMED.search(text)
    at = int(found[1] or found[2]) if found else 0
    return at - 1 if 1 <= at <= number else None


@dataclass(frozen=True, slots=True)
class Universal:
    """One request about all of what is shown; the answer is the number of the chosen one, from 0."""

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """1 where one of them is named, 0 where none is."""
        order = list(range(len(shown)))
        random.Random(f"{student.role}/{key}").shuffle(order)
        turns = request(shown[-1].question, [shown[at] for at in order])
        replies = await student.replies(turns, repetitions, key)
        found = [named(reply.text, len(shown)) for reply in replies]
        return [
            GradedReply(
                None if at is None else str(order[at]),
                float(at is not None) if reply.usable else None,
                reply.tokens,
                reply.truncated,
                raw=float(at is not None),
                written=reply.written,
                cached=reply.cached,
            )
            for at, reply in zip(found, replies, strict=True)
        ]
