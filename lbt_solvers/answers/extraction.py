r"""What a completion says: its reasoning, and the final answer apart from it.

    >>> extract("Multiply first: 2+3*4 = 2+12.\n\nANSWER: $14$")
    Extracted(rationale='Multiply first: 2+3*4 = 2+12.', answer='14', marker='ANSWER:')

1. The last `[[Final Answer]]:` (the paper's header, appendix A.1) wins over every other marker.
2. Otherwise the marker that comes last: `\boxed{...}` (also `\fbox`), a line that begins with `ANSWER:` (any case,
   bold, `Final answer:`, `The answer is`), or a last line `#### 14`. Wrappers and markers inside the answer are taken
   off: `ANSWER: $\boxed{3}$` is `3`.
3. Otherwise the last line, where it is a short answer or a sentence that ends in `is 14` or `= 14`; never the last line
   of a truncated completion.

An invented next question after a final answer (`[[Question]]:`, `Question:`, `Human:` ...) ends the completion. In a
truncated completion a marker counts only where its answer ends before the text does: `ANSWER: 12` may have been `123`.
The rationale is everything but the marker with its answer, the invented continuation and a repeated prefill; a
`\boxed{}` inside a sentence leaves its content there.
"""

import re
from dataclasses import dataclass

from lbt_solvers.answers._markers import (
    MAX_WORDS,
    MarkedAnswer,
    Marker,
    answer_text,
    concluded,
    first_marker,
    marked_answer,
    word_count,
)

_PREFILL = re.compile(r"\s*(?:\[\[Solution\]\]:?\s*)?(?:Let['\u2019]s think step by step\.\s*)?", re.IGNORECASE)
_NEXT_QUESTION = re.compile(
    r"\[\[\s?(?:question|problem)\s?\]\]"
    r"|^[ \t>#*_]{0,12}(?:next[ ])?(?:question|problem|q|human|user)[ ]?\d{0,4}[ \t*_]{0,4}:",
    re.IGNORECASE | re.MULTILINE,
)

MAX_LAST_LINE = 200
"""Characters of a last line that can be an answer or end in one."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A completion in two parts."""

    rationale: str
    """The reasoning, without the final answer's marker and line."""
    answer: str | None
    """The final answer as it was written, without wrappers; `None` where there is none."""
    marker: Marker
    """What the answer was found by."""


def extract(completion: str, *, truncated: bool = False) -> Extracted:
    """The reasoning and the final answer of a completion, in time linear in its length.

    Args:
        completion: the reply, with or without the prefill that it may repeat.
        truncated: the generation hit its token limit, so that its end is no conclusion.
    """
    prefill = _PREFILL.match(completion)
    text = _without_invented_question(completion[prefill.end() if prefill else 0 :])
    found = marked_answer(text, truncated=truncated)
    if found is None and not truncated:
        found = _last_line(text)
    if found is None:
        return Extracted(text.strip(), None, "none")
    return Extracted(_without(text, found), found.answer, found.marker)


def _without_invented_question(text: str) -> str:
    """The text up to the first next-question header that follows a final answer."""
    answered = first_marker(text)
    invented = None if answered is None else _NEXT_QUESTION.search(text, answered)
    return text[: invented.start()] if invented else text


def _without(text: str, found: MarkedAnswer) -> str:
    before, after = text[: found.start], text[found.end :]
    if found.kept:
        return (before + found.kept + after).strip()
    return "\n\n".join(part for part in (before.strip(), after.strip()) if part)


def _last_line(text: str) -> MarkedAnswer | None:
    """The last line as an answer, or the answer in which its sentence ends; `None` where it is prose."""
    end = len(text.rstrip())
    start = text.rfind("\n", 0, end) + 1
    line = text[start:end].strip()
    if not line or len(line) > MAX_LAST_LINE or line.startswith("#") or line.endswith(":"):
        return None
    if tail := concluded(line):
        return MarkedAnswer("last line", end, end, tail)
    if word_count(line) <= MAX_WORDS and (short := answer_text(line)):
        return MarkedAnswer("last line", start, end, short)
    return None
