r"""What a completion says: its reasoning, and the final answer apart from it.

    >>> extract("Multiply first: 2+3*4 = 2+12.\n\nANSWER: $14$")
    Extracted(rationale='Multiply first: 2+3*4 = 2+12.', answer='14', marker='ANSWER:', thinking='')

What was thought (`<think>...</think>`, see `thinking`) is set apart first. Then:

1. The last `[[Final Answer]]:` (the paper's header, appendix A.1) wins over every other marker.
2. Otherwise the marker that comes last: `\boxed{...}` (also `\fbox`, and several that are one answer), a line that
   begins with `ANSWER:` (any case, bold, `Final answer:`, `The answer is`, `Antwort:` ...), `<answer>14</answer>` or
   `[ANSWER]14[/ANSWER]`, or a line `#### 14` at the end. Wrappers and markers inside the answer are taken off:
   `ANSWER: $\boxed{3}$` is `3`.
3. Otherwise the last line, where it is a short answer, a formula, or a sentence that ends in `is 14` or `= 14`; never
   the last line of a truncated completion.

A marker that is followed by the prompt's own placeholder is none. An invented next question after a final answer
(`[[Question]]:`, `Question:`, `Human:` ...) ends the completion. In a truncated completion a marker counts only where
its answer ends before the text does: `ANSWER: 12` may have been `123`. The rationale is everything but the marker with
its answer, the invented continuation and a repeated prefill; a `\boxed{}` inside a sentence leaves its content there.
"""

import re
from dataclasses import dataclass, replace

from lbt_solvers.answers._last_line import last_line
from lbt_solvers.answers._markers import MarkedAnswer, Marker, first_marker, marked_answer
from lbt_solvers.answers.thinking import split_thinking

_PREFILL = re.compile(r"\s*(?:\[\[Solution\]\]:?\s*)?(?:Let['\u2019]s think step by step\.\s*)?", re.IGNORECASE)
_TURN_END = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|end|endoftext|end_of_text|return|start_header_id|user|end\u2581of\u2581sentence)\|>"
    r"|</s>|<eos>|<end_of_turn>|<start_of_turn>|<\uff5c(?:end\u2581of\u2581sentence|User)\uff5c>|\[/?INST\]|\[EOS\]",
    re.IGNORECASE,
)
_NEXT_QUESTION = re.compile(
    r"(?P<sure>\[\[\s?(?:question|problem)\s?\]\]"
    r"|^[ \t>#*_]{0,12}(?:next[ ](?:question|problem|q)|(?:question|problem|q)[ ]?\d{1,4}|human|user)[ ]?[ \t*_]{0,4}:)"
    r"|^[ \t>#*_]{0,12}(?:question|problem|q)[ ]?[ \t*_]{0,4}:",
    re.IGNORECASE | re.MULTILINE,
)
_CORRECTS = re.compile(
    r"\b(?:correct(?:ed|ion|ing)|wait|actually|mistake|mistaken|oops|forgot|miss(?:ed|ing)|overlooked|re-?check(?:ed)?"
    r"|should (?:be|have been)|instead of|wrong(?:ly)?|error|not right"
    r"|(?:did|have|was|were|am|is|does) (?:i|it|this|that)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:what|how many|how much|find|compute|calculate|determine|evaluate|solve|simplify|express|prove|which"
    r"|who|when|where)\b",
    re.IGNORECASE,
)
MAX_QUESTION = 2_000
"""Characters in which an invented question must ask something."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A completion in its parts."""

    rationale: str
    """The reasoning, without the final answer's marker and line."""
    answer: str | None
    """The final answer as it was written, without wrappers; `None` where there is none."""
    marker: Marker
    """What the answer was found by."""
    thinking: str = ""
    """What was thought before, which is neither rationale nor answer."""


def extract(completion: str, *, truncated: bool = False, sentences: bool = True) -> Extracted:
    """The reasoning and the final answer of a completion, in time linear in its length.

    Args:
        completion: the reply, with or without the prefill that it may repeat.
        truncated: the generation hit its token limit, so that its end is no conclusion.
        sentences: take the value that a marked sentence states, `ANSWER: Lena owes 64.`; otherwise all of it.
    """
    visible, thinking, cut = split_thinking(completion)
    text, ended = _one_turn(visible)
    prefill = _PREFILL.match(text)
    text = _without_invented_question(text[prefill.end() if prefill else 0 :])
    truncated = cut or (truncated and not ended)
    found = marked_answer(text, truncated=truncated, sentences=sentences)
    if found is None and not truncated:
        found = last_line(text, sentences=sentences)
    if found is None:
        return Extracted(text.strip(), None, "none", thinking)
    return Extracted(_without(text, found), found.answer, found.marker, thinking)


def with_answer(extracted: Extracted, answer: str | None, marker: Marker) -> Extracted:
    """The same completion, in which another kind of answers found another one."""
    return replace(extracted, answer=answer, marker=marker if answer is not None else "none")


def _one_turn(text: str) -> tuple[str, bool]:
    """The text up to the first token that ends a turn, and whether there was one."""
    for end in _TURN_END.finditer(text):
        if text[: end.start()].strip():
            return text[: end.start()], True
    return text, False


def _without_invented_question(text: str) -> str:
    """The text up to the first next-question header that follows a final answer."""
    answered = first_marker(text)
    if answered is None:
        return text
    for header in _NEXT_QUESTION.finditer(text, answered):
        if header["sure"] or _is_question(text[header.end() : header.end() + MAX_QUESTION]):
            return text[: header.start()]
    return text


def _is_question(after: str) -> bool:
    """Whether a new question follows `Problem:`; it may also be the problem with the answer, before a correction."""
    answered = first_marker(after)
    asked = after if answered is None else after[:answered]
    return bool(_ASKS.search(asked)) and not _CORRECTS.search(asked)


def _without(text: str, found: MarkedAnswer) -> str:
    before, after = text[: found.start], text[found.end :]
    if found.kept:
        return (before + found.kept + after).strip()
    return "\n\n".join(part for part in (before.strip(), after.strip()) if part)
