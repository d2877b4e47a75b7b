"""Programs in replies that real models gave to HumanEval's first problems, after another problem's worked solution.

`programs.json.gz` holds rows of model, entry point, reply and stop reason: Qwen2.5-Coder-0.5B-Instruct as teacher and
SmolLM2-135M-Instruct as student, at most 400 tokens, of 2026-11-27.
"""

import gzip
import json
from typing import Any

from lbt_sandbox.code_extraction import defines, extract_code
from lbt_sandbox.parsing import margin_defines

from tests.recorded.recording import FOLDER


def replies() -> list[dict[str, Any]]:
    with gzip.open(FOLDER / "programs.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def test_a_reply_that_defines_what_was_asked_for_is_read_so() -> None:
    lost = [
        row["reply"]
        for row in replies()
        if margin_defines(row["reply"], row["entry_point"])
        and not defines(extract_code(row["reply"], row["entry_point"]), row["entry_point"])
    ]
    assert lost == []


def test_the_text_after_a_fence_that_only_closes_is_no_program() -> None:
    """Seven of the student's replies go on in the demonstration's fence and close it."""
    closing = [row for row in replies() if row["reply"].count("```") == 1 and "\n```" in row["reply"]]
    closing = [row for row in closing if margin_defines(row["reply"].split("\n```")[0], row["entry_point"])]
    assert len(closing) >= 5
    for row in closing:
        assert extract_code(row["reply"], row["entry_point"]) in row["reply"].split("\n```")[0] + "\n"
