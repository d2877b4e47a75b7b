"""What the order of exam requests is worth to a vLLM server: prefix-cache hits and tokens a second.

    python -m benchmarks.vllm_prefix --url http://localhost:8102 --model classroom/student_a

Exam requests of one rationale share their prompt up to the exam question. Students ask them one after the other
(`lbt_solvers.student`); here the same requests are sent in that order and shuffled, a few at a time, and the server's
own counters (`/metrics`) are read before and after. Each pass has a cache salt of its own, so that none finds what
another left. The order matters where the server's cache is smaller than a run's prompts, as it is for real models;
start the server with `--num-gpu-blocks-override` to see that on small ones. The shipped models are so small that a
request costs more than its prompt; `--random-model FOLDER` writes one of random weights for which it does not.
"""

import argparse
import random
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import httpx

from lbt_solvers.prompts import Demonstration, Turn, load_prompt
from lbt_solvers.tables import Table
from lbt_tasks.classroom import classroom_model_path, problems, variants

_COUNTERS = {
    "queries": "vllm:prefix_cache_queries_total",
    "hits": "vllm:prefix_cache_hits_total",
    "prompt": "vllm:prompt_tokens_total",
    "generated": "vllm:generation_tokens_total",
}


class Pass(NamedTuple):
    """One pass over all requests."""

    order: str
    seconds: float
    hit_rate: float
    """Share of prompt tokens that were found in the cache."""
    prompt: float
    generated: float


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    url: str
    model: str
    problems: int
    rationales: int
    items: int
    steps: int
    max_tokens: int
    concurrency: int
    passes: int
    seed: int


def main() -> None:
    """Command line."""
    title = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vllm_prefix", description=title)
    parser.add_argument("--url", help="the server, without /v1")
    parser.add_argument("--model", help="the name that it serves")
    parser.add_argument("--random-model", type=Path, metavar="FOLDER", help="write a model of random weights and end")
    for name, default, meaning in (
        ("problems", 8, "taught problems"),
        ("rationales", 8, "rationales of each"),
        ("items", 3, "exam questions after each rationale"),
        ("steps", 20, "steps of a rationale, 12 to 15 tokens each"),
        ("max-tokens", 16, "tokens of a reply"),
        ("concurrency", 8, "requests in flight"),
        ("passes", 2, "passes of each order, taken in turn"),
        ("seed", 0, "of the shuffle"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} (default {default})")
    given = vars(parser.parse_args())
    if folder := given.pop("random_model"):
        return random_model(folder)
    if not (given["url"] and given["model"]):
        parser.error("--url and --model of a running server are needed, or --random-model FOLDER")
    options = Options(**given)
    rows: list[list[str]] = []
    for each in anyio.run(_measured, options):
        rates = [f"{tokens / each.seconds:,.0f}" for tokens in (each.prompt, each.generated)]
        rows.append([each.order, f"{each.seconds:.1f}", f"{each.hit_rate:.0%}", *rates])
    titles = ("order", "seconds", "prefix-cache hits", "prompt tokens/s", "generated tokens/s")
    print(Table(titles, rows).markdown())


def random_model(folder: Path, width: int = 512) -> None:
    """Writes a Llama of 26 million random weights with the classroom's tokenizer."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(classroom_model_path("teacher"))
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=2560,
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=8,
        num_attention_heads=width // 64,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(sizes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def exam_requests(options: Options) -> list[list[Turn]]:
    """The requests in the order in which students make them: problem, rationale, exam question."""
    prompt = load_prompt("chat")
    requests: list[list[Turn]] = []
    for problem in problems("held_out", options.problems, options.seed):
        for rationale in range(options.rationales):
            steps = (f"Step {step}: {rationale}+{step}={rationale + step}." for step in range(options.steps))
            shown = Demonstration(problem.question, " ".join(steps), problem.answer)
            requests += [prompt.messages(item.question, [shown]) for item in variants(problem, options.items, 0)]
    return requests


async def _measured(options: Options) -> list[Pass]:
    ordered = exam_requests(options)
    shuffled = random.Random(options.seed).sample(ordered, len(ordered))
    async with httpx.AsyncClient(base_url=options.url, timeout=600) as client:
        await _send(client, ordered[: options.concurrency], options)  # the first requests of a server take long
        return [
            await _pass(client, order, requests, options)
            for _ in range(options.passes)
            for order, requests in (("by rationale", ordered), ("random", shuffled))
        ]


async def _pass(client: httpx.AsyncClient, order: str, requests: Sequence[list[Turn]], options: Options) -> Pass:
    before, began = await _counters(client), time.perf_counter()
    await _send(client, requests, options)
    seconds = time.perf_counter() - began
    after = await _counters(client)
    spent = {name: after[name] - before[name] for name in _COUNTERS}
    return Pass(order, seconds, spent["hits"] / spent["queries"], spent["prompt"], spent["generated"])


async def _send(client: httpx.AsyncClient, requests: Sequence[list[Turn]], options: Options) -> None:
    salt = uuid.uuid4().hex
    waiting = iter(requests)

    async def worker() -> None:
        for turns in waiting:
            body: dict[str, Any] = {
                "model": options.model,
                "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
                "max_tokens": options.max_tokens,
                "temperature": 0,
                "cache_salt": salt,
            }
            (await client.post("/v1/chat/completions", json=body)).raise_for_status()

    async with anyio.create_task_group() as group:
        for _ in range(options.concurrency):
            group.start_soon(worker)


async def _counters(client: httpx.AsyncClient) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    found = {
        name: [float(value) for value in re.findall(rf"^{counter}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)]
        for name, counter in _COUNTERS.items()
    }
    if missing := [_COUNTERS[name] for name, values in found.items() if not values]:
        raise SystemExit(f"{client.base_url}metrics has no {', '.join(missing)}: a vLLM server was needed.")
    return {name: sum(values) for name, values in found.items()}


if __name__ == "__main__":
    main()
