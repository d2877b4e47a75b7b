"""Sets of examples, reasons and labels as a real model of 0.5 B parameters wrote them: JSON in a fence, bold headings.

Invariants:
 1. A set is read whole: as many examples as the reply has objects, each with a known label.
 2. A reason is a list's item, without its number; asked for one, one is taken.
 3. A label alone is a label.
"""

import json
import re

import pytest

from lbt_solvers.examples.parsing import read_examples, read_label, read_reasons
from tests.recorded.recording import read_recording

RECORDING = read_recording("examples")
LABELS: list[str] = RECORDING["about"]["labels"]


def replies(kind: str) -> list[str]:
    found = [reply["reply"] for reply in RECORDING["replies"] if reply["kind"] == kind]
    assert found
    return found


@pytest.mark.parametrize("reply", replies("set"))
def test_a_set_is_read_whole(reply: str) -> None:
    read = read_examples(reply, LABELS)
    assert not read.faults
    pairs = re.findall(r'"text": ("(?:[^"\\]|\\.)*"),\s*"label": "(\w+)"', reply)
    assert [(example.text, example.label) for example in read.examples] == [
        (json.loads(text), label) for text, label in pairs
    ]
    assert len(read.examples) == RECORDING["about"]["examples"]


@pytest.mark.parametrize("reply", replies("reasons"))
def test_a_reason_is_an_item_of_the_list(reply: str) -> None:
    items = [line.split(". ", 1)[1] for line in reply.splitlines() if re.match(r"\d\. ", line)]
    assert len(items) == 2
    assert read_reasons(reply, 2, least_words=4) == (items, 0)
    assert read_reasons(reply, RECORDING["about"]["reasons"], least_words=4) == (items[:1], 0)


@pytest.mark.parametrize("reply", replies("label"))
def test_a_label_is_read(reply: str) -> None:
    assert read_label(reply, LABELS) == reply.strip()
