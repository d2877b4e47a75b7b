"""A tiny model through the provider: the same tokens as plain `generate`, row by row; stops, seeds, counts, limits."""

import functools
import re
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
import torch
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ModelOutput,
)
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from lbt_solvers.local_models._requests import LocalModelError
from tests.local_models.conftest import Local, generate
from tests.local_models.tiny_models import ALTERNATING, NO_SYSTEM, make_tiny_gpt2, make_tiny_model

pytestmark = pytest.mark.anyio

QUESTIONS = [f"{'what is ' * (number % 5)}{number}?" for number in range(24)]


@pytest.fixture
def anyio_backend() -> str:
    """One event loop is enough here: it has no part in what is generated."""
    return "asyncio"


class Plain(NamedTuple):
    """What plain transformers generates for one prompt without any padding."""

    text: str
    prompt_tokens: int
    tokens: int
    ended: bool


@functools.cache
def loaded(path: Path) -> tuple[Any, Any]:
    return AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)


def plain(path: Path, prompt: str, max_tokens: int, **settings: Any) -> Plain:
    model, tokenizer = loaded(path)
    inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    output = model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False, **settings)
    new = output[0, inputs["input_ids"].shape[1] :]
    text = tokenizer.decode(new, skip_special_tokens=True)
    return Plain(text, inputs["input_ids"].shape[1], len(new), bool(new[-1] == tokenizer.eos_token_id))


async def all_together(api: Any, questions: list[str], **config: Any) -> list[ModelOutput]:
    outputs: dict[int, ModelOutput] = {}

    async def ask(index: int) -> None:
        outputs[index] = await generate(api, questions[index], **config)

    async with anyio.create_task_group() as group:
        for index in range(len(questions)):
            group.start_soon(ask, index)
    return [outputs[index] for index in range(len(questions))]


def texts(output: ModelOutput) -> list[str]:
    return [choice.message.text for choice in output.choices]


async def test_greedy_replies_in_a_batch_are_those_of_plain_generate(local: Local, tiny: Path) -> None:
    outputs = await all_together(local(tiny), QUESTIONS, max_tokens=60)
    expected = [plain(tiny, f"<|user|>{question}<|end|><|assistant|>", 60) for question in QUESTIONS]
    for output, row in zip(outputs, expected, strict=True):
        assert output.completion == row.text
        assert output.usage is not None
        assert (output.usage.input_tokens, output.usage.output_tokens) == (row.prompt_tokens, row.tokens)
        assert output.usage.total_tokens == row.prompt_tokens + row.tokens
        assert output.stop_reason == ("stop" if row.ended else "max_tokens")
    assert {row.ended for row in expected} == {True, False}  # Both kinds were there to compare.


async def test_rows_of_one_batch_have_their_own_token_limits(local: Local, tiny: Path) -> None:
    api = local(tiny)
    long = await generate(api, "count", max_tokens=30)
    outputs: list[ModelOutput] = []

    async def ask(limit: int) -> None:
        outputs.append(await generate(api, "count", max_tokens=limit))

    async with anyio.create_task_group() as group:
        for limit in range(1, 12):
            group.start_soon(ask, limit)
    for output in outputs:
        assert output.usage and long.usage and output.usage.output_tokens <= 11
        assert long.completion.startswith(output.completion.rstrip("\ufffd"))
    counts = sorted(output.usage.output_tokens for output in outputs if output.usage)
    assert counts == list(range(1, 12))


async def test_a_seeded_request_gives_the_same_text_alone_and_in_a_crowd(local: Local, tiny: Path) -> None:
    api = local(tiny, batch_size=32)
    settings = [
        {"temperature": 1.0, "seed": 3},
        {"temperature": 0.7, "seed": 4, "top_p": 0.8, "num_choices": 3},
        {"temperature": 1.5, "seed": 5, "top_k": 7, "stop_seqs": ["e"]},
        {"temperature": 0},
    ]
    alone = [await generate(api, "tell", max_tokens=25, **config) for config in settings]
    together: dict[int, ModelOutput] = {}

    async def ask(index: int) -> None:
        together[index] = await generate(api, "tell", max_tokens=25, **settings[index])

    async def crowd(number: int) -> None:
        await generate(api, "x" * number, max_tokens=25, temperature=1.0, top_p=0.5)

    async with anyio.create_task_group() as group:
        for number in range(1, 20):
            group.start_soon(crowd, number)
        for index in range(len(settings)):
            group.start_soon(ask, index)
    assert [texts(together[index]) for index in range(len(settings))] == [texts(output) for output in alone]


async def test_choices_of_a_seeded_request_differ_and_the_first_ones_stay(local: Local, tiny: Path) -> None:
    api = local(tiny)
    four, two = [
        await generate(api, "go", temperature=1.0, seed=1, num_choices=number, max_tokens=15) for number in (4, 2)
    ]
    assert len(set(texts(four))) == 4
    assert texts(four)[:2] == texts(two)
    assert four.usage and four.usage.input_tokens == plain(tiny, "<|user|>go<|end|><|assistant|>", 1).prompt_tokens


async def test_without_a_seed_every_call_is_fresh(local: Local, tiny: Path) -> None:
    api = local(tiny)
    replies = {(await generate(api, "go", temperature=1.0, max_tokens=15)).completion for _ in range(4)}
    assert len(replies) == 4


async def test_a_seed_does_not_touch_the_global_generator(local: Local, tiny: Path) -> None:
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    await generate(local(tiny), "go", temperature=1.0, seed=1, max_tokens=5)
    assert torch.equal(torch.random.get_rng_state(), before)


async def test_top_k_1_is_greedy(local: Local, tiny: Path) -> None:
    api = local(tiny)
    assert texts(await generate(api, "go", temperature=1.0, top_k=1, max_tokens=9)) == texts(
        await generate(api, "go", max_tokens=9)
    )


async def test_what_is_not_asked_for_comes_from_the_generation_config(local: Local, tmp_path: Path) -> None:
    api = local(make_tiny_model(tmp_path / "default", do_sample=True, temperature=0.5, top_k=3))
    default = await generate(api, "go", temperature=None, seed=1, max_tokens=20)
    assert texts(default) == texts(await generate(api, "go", temperature=0.5, top_k=3, seed=1, max_tokens=20))
    assert texts(default) != texts(await generate(api, "go", temperature=1.0, top_k=0, seed=1, max_tokens=20))


async def test_a_penalty_does_not_count_the_padding_of_other_rows(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "penalty", repetition_penalty=1.8)
    outputs = await all_together(local(path), QUESTIONS, max_tokens=40)
    expected = [plain(path, f"<|user|>{question}<|end|><|assistant|>", 40).text for question in QUESTIONS]
    assert [output.completion for output in outputs] == expected


@pytest.mark.parametrize(
    "setting",
    [
        {"no_repeat_ngram_size": 2},
        {"bad_words_ids": [[token] for token in range(60, 120)]},
        {"suppress_tokens": list(range(60, 120))},
        {"begin_suppress_tokens": list(range(0, 200))},
        {"min_new_tokens": 30},
        {"min_length": 40},
        {"sequence_bias": [[[75], 8.0]]},
    ],
    ids=lambda setting: next(iter(setting)),
)
async def test_what_the_generation_config_does_to_scores_stays_in_force(
    local: Local, tmp_path: Path, setting: dict[str, Any]
) -> None:
    path = make_tiny_model(tmp_path / "with", **setting)
    outputs = await all_together(local(path), QUESTIONS[:6], max_tokens=40)
    expected = [plain(path, f"<|user|>{question}<|end|><|assistant|>", 40).text for question in QUESTIONS[:6]]
    assert [output.completion for output in outputs] == expected
    without = make_tiny_model(tmp_path / "without")
    assert expected != [
        plain(without, f"<|user|>{question}<|end|><|assistant|>", 40).text for question in QUESTIONS[:6]
    ]


async def test_a_repetition_penalty_of_the_model_stays_in_force(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "penalty", ends=0, repetition_penalty=1.8)
    output = await generate(local(path), "go", max_tokens=40)
    assert output.completion == plain(path, "<|user|>go<|end|><|assistant|>", 40).text
    without = plain(path, "<|user|>go<|end|><|assistant|>", 40, repetition_penalty=1.0)
    assert output.completion != without.text


async def test_text_ends_before_the_first_stop_string(local: Local, tiny: Path) -> None:
    api = local(tiny)
    whole = await generate(api, "count", temperature=1.0, seed=2, max_tokens=60)
    pairs = re.findall(r"[!-~]{2}", whole.completion)
    assert len(pairs) > 1
    for stop in (pairs[0][0], pairs[0], pairs[-1]):
        cut = await generate(api, "count", temperature=1.0, seed=2, max_tokens=60, stop_seqs=["never", stop, ""])
        assert cut.completion == whole.completion[: whole.completion.index(stop)]
        assert cut.stop_reason == "stop"
        assert cut.usage and whole.usage and cut.usage.output_tokens <= whole.usage.output_tokens


async def test_a_stop_string_may_be_a_special_token(local: Local, tiny: Path) -> None:
    api = local(tiny)
    wild: dict[str, Any] = {"temperature": 3.0, "seed": 1, "num_choices": 16, "max_tokens": 150}
    whole = await generate(api, "x", **wild)
    cut = await generate(api, "x", **wild, stop_seqs=["<|user|>"])
    for before, after in zip(texts(whole), texts(cut), strict=True):
        assert "<|" not in after and before.startswith(after.rstrip("\ufffd"))
    assert cut.usage and whole.usage and cut.usage.output_tokens < whole.usage.output_tokens  # It did occur.


async def test_a_prompt_longer_than_the_context_is_no_crash(local: Local, tiny: Path) -> None:
    output = await generate(local(tiny), "x" * 300, max_tokens=5, num_choices=2)
    assert [choice.stop_reason for choice in output.choices] == ["model_length"] * 2
    assert texts(output) == ["", ""]
    assert output.usage and output.usage.output_tokens == 0 and output.usage.input_tokens > 256


async def test_a_reply_that_fills_the_context_says_so(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "short", ends=0, context=30)
    output = await generate(local(path), "0123456789", max_tokens=100)
    assert output.usage and output.usage.total_tokens == 30
    assert output.stop_reason == "model_length"


async def test_learned_positions_do_not_overflow_in_mixed_batches(local: Local, tmp_path: Path) -> None:
    path = make_tiny_gpt2(tmp_path / "gpt2", context=64)
    outputs = await all_together(local(path), [question[:40] for question in QUESTIONS], max_tokens=100)
    for question, output in zip(QUESTIONS, outputs, strict=True):
        prompt = f"<|user|>{question[:40]}<|end|><|assistant|>"
        room = 64 - plain(path, prompt, 1).prompt_tokens
        expected = plain(path, prompt, room)
        assert output.completion == expected.text
        assert output.stop_reason == ("stop" if expected.ended else "model_length")


async def test_an_assistant_turn_at_the_end_is_continued(local: Local, tiny: Path) -> None:
    messages: list[ChatMessage] = [ChatMessageUser(content="2+2"), ChatMessageAssistant(content="It is ")]
    output = await generate(local(tiny), messages, max_tokens=30)
    expected = plain(tiny, "<|user|>2+2<|end|><|assistant|>It is ", 30)
    assert (output.completion, output.usage and output.usage.input_tokens) == (expected.text, expected.prompt_tokens)


async def test_a_system_message_reaches_the_template(local: Local, tiny: Path) -> None:
    messages: list[ChatMessage] = [ChatMessageSystem(content="Be kind."), ChatMessageUser(content="2+2")]
    expected = plain(tiny, "<|system|>Be kind.<|end|><|user|>2+2<|end|><|assistant|>", 20)
    assert (await generate(local(tiny), messages, max_tokens=20)).completion == expected.text


async def test_a_template_without_system_role_gets_it_in_the_first_user_turn(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "no-system", template=NO_SYSTEM)
    messages: list[ChatMessage] = [ChatMessageSystem(content="Be kind."), ChatMessageUser(content="2+2")]
    expected = plain(path, "<|user|>Be kind.\n\n2+2<|end|><|assistant|>", 20)
    assert (await generate(local(path), messages, max_tokens=20)).completion == expected.text


async def test_a_template_that_refuses_two_turns_of_a_role_gets_one(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "alternating", template=ALTERNATING)
    messages: list[ChatMessage] = [
        ChatMessageSystem(content="Be kind."),
        ChatMessageUser(content="2+2"),
        ChatMessageUser(content="Go."),
        ChatMessageAssistant(content="4"),
        ChatMessageUser(content="3+3"),
    ]
    asked = "<|user|>Be kind.\n\n2+2\n\nGo.<|end|><|assistant|>4<|end|><|user|>3+3<|end|><|assistant|>"
    assert (await generate(local(path), messages, max_tokens=20)).completion == plain(path, asked, 20).text


async def test_without_a_template_the_texts_stand_one_after_the_other(local: Local, tmp_path: Path) -> None:
    path = make_tiny_model(tmp_path / "base", template=None)
    messages: list[ChatMessage] = [ChatMessageUser(content="Q: 2+2"), ChatMessageAssistant(content="A:")]
    expected = plain(path, "Q: 2+2\n\nA:", 20)
    assert (await generate(local(path), messages, max_tokens=20)).completion == expected.text


async def test_a_template_file_or_none_replaces_the_models_own(local: Local, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jinja").write_text("{{ greeting }} {{ messages[0].content }}")
    other = local(tiny, chat_template=str(tmp_path / "other.jinja"), template_args={"greeting": "Hi"})
    assert (await generate(other, "2+2", max_tokens=20)).completion == plain(tiny, "Hi 2+2", 20).text
    none = local(tiny, chat_template="none")
    assert (await generate(none, "2+2", max_tokens=20)).completion == plain(tiny, "2+2", 20).text


async def test_a_template_that_fails_names_the_model(local: Local, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "strict.jinja").write_text("{{ raise_exception('only haiku') }}")
    api = local(tiny, chat_template=str(tmp_path / "strict.jinja"))
    with pytest.raises(LocalModelError, match=f"^hf-batch/{tiny}: the prompt could not be encoded: .*only haiku"):
        await generate(api, "2+2")


async def test_a_failing_model_fails_its_batch_by_name(
    local: Local, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = local(tiny)
    await generate(api, "load", max_tokens=1)
    with monkeypatch.context() as patched:
        patched.setattr("transformers.LlamaForCausalLM.forward", explode(RuntimeError("bad weights")))
        with pytest.raises(LocalModelError, match=f"^hf-batch/{tiny}: a batch of 1 rows failed: .*bad weights"):
            await generate(api, "x")
    assert (await generate(api, "x", max_tokens=3)).usage


async def test_running_out_of_memory_halves_the_batch(
    local: Local, tiny: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api = local(tiny)
    calm = await generate(api, "x", temperature=1.0, seed=1, num_choices=8, max_tokens=5)
    real: Any = LlamaForCausalLM.forward
    sizes: list[int] = []

    def small_batches_only(self: Any, input_ids: torch.Tensor, **given: Any) -> Any:
        sizes.append(len(input_ids))
        if len(input_ids) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, input_ids=input_ids, **given)

    monkeypatch.setattr(LlamaForCausalLM, "forward", small_batches_only)
    assert texts(await generate(api, "x", temperature=1.0, seed=1, num_choices=8, max_tokens=5)) == texts(calm)
    # Each time the prompt is read once for all choices; a batch that fits makes five steps.
    assert [size for size in sizes if size > 1] == [8, 4] + 4 * 5 * [2]


def explode(error: Exception) -> Any:
    def raising(*args: Any, **kwargs: Any) -> Any:
        raise error

    return raising


async def test_a_cancelled_request_stops_the_running_batch(local: Local, tmp_path: Path) -> None:
    api = local(make_tiny_model(tmp_path / "endless", ends=0, context=1_000_000))
    with anyio.move_on_after(0.5) as scope:
        await generate(api, "x", max_tokens=900_000)
    assert scope.cancelled_caught
    assert (await generate(api, "x", max_tokens=2)).usage  # Not after another 900,000 tokens.
