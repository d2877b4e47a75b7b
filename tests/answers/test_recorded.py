"""Replies of two small real models, as they came: how many of each preset's have an answer.

`tests/data/replies/recorded.jsonl` names the model of each with its quantisation. Which revision of the weights wrote
them was not recorded and is not known: they show how small models write, they measure none. Temperature 0.7, at most
200 and 256 tokens, so that most that have none were cut.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lbt_solvers.answers import extract

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data/replies/recorded.jsonl").read_text(encoding="utf-8").splitlines()
]
QWEN, SMOLLM = "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M dequantised", "SmolLM2-135M-Instruct, Q4_1 dequantised"


@pytest.mark.parametrize(
    ("model", "prompt", "answered", "replies"),
    [(QWEN, "chat", 4, 8), (SMOLLM, "chat", 7, 12), (SMOLLM, "boxed", 5, 12), (SMOLLM, "boxed_brief", 9, 12)],
)
def test_how_many_replies_of_a_preset_have_an_answer(model: str, prompt: str, answered: int, replies: int):
    own = [row for row in ROWS if (row["model"], row["prompt"]) == (model, prompt)]
    found = [extract(row["text"], truncated=row["truncated"]).answer for row in own]
    assert (sum(answer is not None for answer in found), len(own)) == (answered, replies)


def test_no_reply_answers_with_the_prompts_words():
    found = Counter(extract(row["text"], truncated=row["truncated"]).answer for row in ROWS)
    assert not [answer for answer in found if answer and "answer" in answer.lower()]
