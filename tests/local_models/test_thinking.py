"""What a local model thinks reaches Inspect in a block of its own, by special tokens or begun by the prompt."""

from pathlib import Path

import pytest
from inspect_ai.model import ContentReasoning, ContentText, ModelOutput

from tests.local_models.conftest import Local, generate
from tests.local_models.tiny_models import TEMPLATE, make_scripted_model, make_tiny_model

pytestmark = pytest.mark.anyio
MARKS = ("<think>", "</think>")


def parts(output: ModelOutput) -> list[tuple[type, str]]:
    content = output.message.content
    assert not isinstance(content, str), content
    return [
        (type(part), part.reasoning if isinstance(part, ContentReasoning) else part.text)
        for part in content
        if isinstance(part, ContentReasoning | ContentText)
    ]


async def test_marks_that_are_special_tokens_set_the_thought_apart(local: Local, tmp_path: Path):
    model = make_scripted_model(tmp_path / "thinks", ("<think>", "h", "m", "</think>", "4", "2"), MARKS)
    output = await generate(local(model), "What?", max_tokens=20)
    assert parts(output) == [(ContentReasoning, "hm"), (ContentText, "42")]
    assert (output.completion, output.stop_reason) == ("42", "stop")
    assert output.usage and output.usage.output_tokens == 7
    assert output.usage.reasoning_tokens == 4, "the marks are the thought's"


async def test_a_thought_that_is_cut_says_nothing(local: Local, tmp_path: Path):
    model = make_scripted_model(tmp_path / "thinks", ("<think>", "h", "m", "</think>", "4", "2"), MARKS)
    output = await generate(local(model), "What?", max_tokens=3)
    assert parts(output) == [(ContentReasoning, "hm"), (ContentText, "")]
    assert output.stop_reason == "max_tokens"
    assert output.usage and output.usage.reasoning_tokens == output.usage.output_tokens == 3


async def test_a_prompt_that_begins_the_thought(local: Local, tmp_path: Path):
    begun = TEMPLATE.replace("<|assistant|>{% endif %}", "<|assistant|><think>\n{% endif %}")
    model = make_tiny_model(tmp_path / "begun", template=begun, ends=0)
    found = parts(await generate(local(model), "What?", max_tokens=8))
    assert [kind for kind, _ in found] == [ContentReasoning, ContentText]
    assert found[0][1] and not found[1][1], "it never closed what the prompt opened"


async def test_without_marks_a_reply_is_plain_text(local: Local, tiny: Path):
    output = await generate(local(tiny), "What?", max_tokens=5)
    assert isinstance(output.message.content, str)
    assert output.usage and output.usage.reasoning_tokens is None
