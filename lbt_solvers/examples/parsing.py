r"""Reading what models write: examples, reasons, labels. What cannot be read is counted, never guessed.

    >>> read_examples('Here they are: [{"text": "All {swans} are ] white.", "label": "yes"}]', ("Yes", "No"))
    ReadExamples(examples=[Example(text='All {swans} are ] white.', label='Yes', rationale='')], faults=Counter())

Examples come as a JSON list of objects with `text` and `label`, or in the numbered form of the paper's code:

    ### Example 1
    Text: All swans are white.
    Label: Yes

Texts may hold braces, brackets and our own headings in the middle of a line.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from lbt_solvers.examples.types import Example, Prediction

_NUMBERED = re.compile(
    r"^#{1,4} *Example *\d+ *:?[ \t]*\n+\**Text:?\**:?[ \t]*(.*?)\n+\**Label:?\**:?[ \t]*([^\n]*)[ \t]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ITEM = re.compile(
    r"^[ \t]*(?:[-*•]|\(?\d+[.):])[ \t]+(.*?)(?=^[ \t]*(?:[-*•]|\(?\d+[.):])[ \t]+|\Z)", re.DOTALL | re.M
)
_LIST = re.compile(r"\[(?=\s*\{)")
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


class ReadExamples(NamedTuple):
    """The examples of a reply, with the spelling of the known labels, and what could not be read."""

    examples: list[Example]
    faults: Counter[str]


def read_examples(reply: str, labels: Sequence[str]) -> ReadExamples:
    """The last list of examples in a reply.

    Faults: `no list of examples`, and per example `no text or label`. A label that is not known stays as it was
    written, for the check of the set to refuse.
    """
    text = _THOUGHT.sub("", reply)
    items = _json_examples(text) or [{"text": body, "label": label} for body, label in _NUMBERED.findall(text)]
    faults: Counter[str] = Counter()
    if not items:
        faults["no list of examples"] += 1
    examples: list[Example] = []
    for item in items:
        body, label = item.get("text"), item.get("label")
        if isinstance(body, str) and isinstance(label, str | int | bool):
            examples.append(Example(body.strip(), _known(str(label), labels)))
        else:
            faults["no text or label"] += 1
    return ReadExamples(examples, faults)


def read_reasons(reply: str, count: int, least_words: int) -> tuple[list[str], int]:
    """At most `count` reasons of a reply, and how many were dropped because they are too short.

    Items of a list are reasons; a reply without a list is one reason.
    """
    text = _THOUGHT.sub("", reply).strip()
    found = [" ".join(item.split()) for item in _ITEM.findall(text)] or [" ".join(text.split())]
    long_enough = [reason for reason in found if len(reason.split()) >= least_words]
    return long_enough[:count], len(found) - len(long_enough)


def read_label(reply: str, labels: Sequence[str], otherwise: str | None = None) -> str | None:
    """The label with which a reply begins, after `Label:` where it says so; in any case and with any mark-up.

    Args:
        reply: What the model answered.
        labels: The known labels; the longest that fits is meant.
        otherwise: What any other reply means. The original code reads it as `No`; here it is no label.
    """
    text = _THOUGHT.sub("", reply).strip()
    text = re.sub(r"^\W*label\W*", "", text, flags=re.IGNORECASE).lstrip("*_`\"'#([{ \n\t").casefold()
    for label in sorted(labels, key=len, reverse=True):
        if text.startswith(label.casefold()) and not text[len(label) :][:1].isalnum():
            return label
    return otherwise


def prediction(text: str, usable: bool, labels: Sequence[str], otherwise: str | None = None) -> Prediction:
    """A reply as a prediction."""
    return Prediction(read_label(text, labels, otherwise)) if usable else Prediction(None, usable=False)


def _known(label: str, labels: Sequence[str]) -> str:
    plain = label.strip().strip("*_`\"'.")
    return next((known for known in labels if known.casefold() == plain.casefold()), plain)


def _json_examples(text: str) -> list[dict[str, Any]]:
    """The last JSON list that begins with an object; a list inside a string of another is none of its own."""
    decoder, found, at = json.JSONDecoder(strict=False), list[dict[str, Any]](), 0
    while start := _LIST.search(text, at):
        try:
            value, at = decoder.raw_decode(text, start.start())
        except (json.JSONDecodeError, RecursionError):
            at = start.end()
        else:
            found = [item for item in value if isinstance(item, dict)]
    return found
