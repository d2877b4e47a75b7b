"""Written tokens of several choices, where a server counts those of one: llama.cpp's does.

Invariants:
 1. A count of the first choice alone becomes one of all, in proportion to their text; other numbers stay.
 2. A count that could be of all of them is not touched, however the texts are shared out.
"""

import logging

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from lbt_solvers.choice_usage import of_all_choices
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import Turn, load_prompt
from lbt_solvers.types import Reply

SEEN = [(244, [804, 756, 1210, 958]), (282, [1019, 549, 737, 563]), (195, [685, 880, 582, 1101])]
"""Of llama-server with a model of 0.5 B parameters: tokens that it told, and the lengths of four choices."""


def usage(written: int) -> ModelUsage:
    return ModelUsage(input_tokens=100, output_tokens=written, total_tokens=100 + written, input_tokens_cache_read=7)


@pytest.mark.parametrize(("told", "lengths"), SEEN)
def test_one_counted_choice_becomes_all(told: int, lengths: list[int], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = of_all_choices(usage(told), ["x" * length for length in lengths], f"served/{told}")
    assert found.output_tokens == round(told * sum(lengths) / lengths[0])
    assert 2.5 <= sum(lengths) / found.output_tokens <= 4.5
    assert found == usage(found.output_tokens)
    assert f"served/{told} counts the tokens of one of 4 choices" in caplog.text


@given(
    st.lists(st.integers(1, 2000), min_size=2, max_size=16),
    st.floats(1.0, 6.0),
)
def test_a_count_of_all_stays(lengths: list[int], characters: float) -> None:
    told = usage(max(1, round(sum(lengths) / characters + 0.5)))
    assert of_all_choices(told, ["x" * length for length in lengths], "served/all") == told


def test_what_says_nothing_stays() -> None:
    for told, texts in [
        (1, ["x" * 900] * 2),
        (0, []),
        (100, ["x" * 1000]),
        (100, ["", "x" * 900]),
        (63, ["x" * 200] * 9),
    ]:
        assert of_all_choices(usage(told), texts, "served/none") == usage(told)


@modelapi("counts_the_first")
class CountsTheFirst(ModelAPI):
    """Answers as often as it is asked to, and counts one answer."""

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        text = "word " * 100
        choices = [ChatCompletionChoice(message=ChatMessageAssistant(content=text))] * (config.num_choices or 1)
        return ModelOutput(model="m", choices=choices, usage=usage(100))


def test_every_reply_is_counted() -> None:
    model = get_model("counts_the_first/m", memoize=False)
    caller = Caller(model, "teacher", GenerateConfig(), load_prompt("paper"), "p")

    async def ask() -> list[Reply]:
        return await caller.replies([Turn("user", "Q")], 4, "rationales")

    replies = anyio.run(ask)
    assert [reply.written for reply in replies] == [100.0] * 4
    assert caller.usage.output_tokens == 400
