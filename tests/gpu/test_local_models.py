"""The local provider on a GPU: the CPU's replies, its speed beside plain `generate`, and what it does without memory.

    make gpu-smoke
    LBT_GPU_MODEL=./qwen make gpu-smoke      # a pretrained model besides the shipped ones

Prints what it measured; asserts no time.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import anyio
import pytest
import torch
from inspect_ai.model import GenerateConfig, get_model

import lbt_solvers.local_models  # noqa: F401  # pyright: ignore[reportUnusedImport]  (registers the provider)

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(240)]

DEVICE = os.environ.get("LBT_GPU_DEVICE", "cuda")
MODELS = ["classroom/teacher", *filter(None, [os.environ.get("LBT_GPU_MODEL")])]
QUESTIONS = [f"Compute {a}+{b}*{c}." for a in range(2, 10) for b in range(2, 10) for c in (2, 5)]


@pytest.fixture(autouse=True)
def gpu() -> None:
    if DEVICE == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU here")


def replies(model: str, questions: Sequence[str], max_tokens: int = 64, **arguments: Any) -> tuple[list[str], int]:
    """Greedy replies, and how many tokens they have."""
    api = get_model(f"hf-batch/{model}", memoize=False, **arguments)
    found: dict[int, tuple[str, int]] = {}

    async def ask(place: int) -> None:
        output = await api.generate(questions[place], config=GenerateConfig(temperature=0, max_tokens=max_tokens))
        found[place] = output.completion, output.usage.output_tokens if output.usage else 0

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for place in range(len(questions)):
                group.start_soon(ask, place)

    anyio.run(together)
    api.api.close()  # pyright: ignore[reportUnusedCoroutine]
    return [found[place][0] for place in range(len(questions))], sum(tokens for _, tokens in found.values())


@pytest.mark.parametrize("model", MODELS)
def test_greedy_replies_are_those_of_the_cpu_up_to_ties(model: str) -> None:
    few = QUESTIONS[:16]
    here, there = (replies(model, few, dtype="float32", device=device)[0] for device in ("cpu", DEVICE))
    same = sum(a == b for a, b in zip(here, there, strict=True))
    print(f"\n{model}: {same} of {len(few)} replies in float32 are those of the CPU")
    assert same >= 0.9 * len(few)


@pytest.mark.parametrize("model", MODELS)
def test_speed_in_bfloat16_beside_plain_generate(model: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from lbt_solvers.local_models._arguments import resolve_model_path

    path = resolve_model_path(model)
    replies(model, QUESTIONS[:4], dtype="bfloat16", device=DEVICE)  # the device warms up
    start = time.perf_counter()
    found, tokens = replies(model, QUESTIONS, dtype="bfloat16", device=DEVICE)
    ours = tokens / (time.perf_counter() - start)
    loaded: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16)
    plain = loaded.to(DEVICE).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(path, padding_side="left")
    texts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )
        for question in QUESTIONS
    ]
    start, written = time.perf_counter(), 0
    for first in range(0, len(texts), 64):
        inputs: Any = tokenizer(texts[first : first + 64], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            output = plain.generate(**inputs.to(DEVICE), max_new_tokens=64, do_sample=False)
        new = output[:, inputs["input_ids"].shape[1] :]
        written += int((new != tokenizer.pad_token_id).sum())
    theirs = written / (time.perf_counter() - start)
    print(f"\n{model}: hf-batch {ours:.0f} tokens/s with loading, plain generate {theirs:.0f}: {ours / theirs:.2f}x")
    assert all(found)


def test_out_of_memory_halves_the_batch(caplog: pytest.LogCaptureFixture) -> None:
    if DEVICE != "cuda":
        pytest.skip("only a GPU runs out of memory here")
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, (torch.cuda.memory_reserved() + 192 * 2**20) / total))
    try:
        found, _ = replies("classroom/teacher", QUESTIONS * 8, device=DEVICE, batch_size=1024)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert len(found) == 8 * len(QUESTIONS) and found[: len(QUESTIONS)] == found[-len(QUESTIONS) :]
    print("\n" + (caplog.text or "192 MiB were enough for 1,024 rows: nothing was halved"))
