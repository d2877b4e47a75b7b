"""A server's reply is read the same with and without Inspect's objects; a journal keeps it as it was sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import GenerateConfig

from lbt_solvers.prompts import load_prompt

pytest.importorskip("aiohttp", reason="needs the extra scale")
from lbt_tasks.scale.journal import Journal
from lbt_tasks.scale.served_api import output_of, usage_of
from lbt_tasks.scale.served_model import ServedCaller, ServedModel
from lbt_tasks.scale.servers import Servers

USAGE = {"prompt_tokens": 100, "completion_tokens": 31, "prompt_tokens_details": {"cached_tokens": 64}}


def choice(index: int = 0, reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"index": index, "finish_reason": reason, "message": {"role": "assistant", **message}}


LOGPROBS = {"content": [{"token": "So", "logprob": -0.5, "top_logprobs": [{"token": "So", "logprob": -0.5}]}]}


@pytest.mark.parametrize(
    "choices",
    [
        [choice(content="So.\n\nANSWER: 14")],
        [choice(content="<think>Hm.</think>So.\n\nANSWER: 14")],
        [choice(content="<think>Hm, it goes on and on")],
        [choice(content="It was cut", reason="length")],
        [choice(content=None, reason="content_filter"), choice(index=1, content="")],
        [choice(index=1, content="second"), choice(content="first"), choice(index=2, content="one too many")],
        [choice(content="[[Final Answer]]:\n5\n\nand on", reason=None)],
        [choice(content="So.", reasoning_content="Hm.")],
        [choice(content="So.") | {"logprobs": LOGPROBS}],
        [choice(content="So.") | {"message": None}],
        [],
    ],
)
@pytest.mark.parametrize("usage", [USAGE, None], ids=["counted", "not counted"])
def test_read_as_inspects_output_is(choices: list[dict[str, Any]], usage: dict[str, Any] | None) -> None:
    model = ServedModel("m", Servers({"": ("http://127.0.0.1:1/v1",)}), GenerateConfig())
    caller = ServedCaller(model, "teacher", GenerateConfig(), load_prompt("paper"), "p1")
    found = {"choices": choices, "usage": usage}
    assert caller.replies_of(found, usage_of(usage), 2) == caller.replies_in(output_of(found, "m"), 2)


def test_a_journal_keeps_replies_of_any_layout(tmp_path: Path) -> None:
    reply = {"choices": [{"message": {"content": "two\nlines\r\n\u2028"}}]}
    for number, data in enumerate(
        (json.dumps(reply), json.dumps(reply, indent=2), json.dumps(reply, ensure_ascii=False))
    ):
        with Journal.opened(tmp_path / f"{number}.jsonl") as journal:
            journal.add("first", data.encode())
            journal.add("second", b"{}")
        with Journal.opened(tmp_path / f"{number}.jsonl") as journal:
            assert (journal.get("first"), journal.get("second"), journal.found) == (reply, {}, 2)


def test_one_counted_choice_is_put_right_whatever_the_order_of_choices() -> None:
    """As llama.cpp's server counts: the tokens of the first by number, which need not come first."""
    model = ServedModel("m", Servers({"": ("http://127.0.0.1:1/v1",)}), GenerateConfig())
    caller = ServedCaller(model, "teacher", GenerateConfig(), load_prompt("paper"), "p1")
    choices = [choice(index=1, content="x" * 900), choice(content="x" * 300, reasoning="y" * 100)]
    usage = {"prompt_tokens": 9, "completion_tokens": 100, "total_tokens": 109}
    found = caller._usage_of({"choices": choices, "usage": usage})
    assert found is not None and (found.output_tokens, found.total_tokens) == (325, 334)
