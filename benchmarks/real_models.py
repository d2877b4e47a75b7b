"""Tokens per second of a pretrained model on the prompts of exams: `hf-batch` beside the engines that one could take.

    python -m benchmarks.real_models --model Qwen/Qwen2.5-Coder-0.5B-Instruct --data FOLDER
    python -m benchmarks.real_models --model ./qwen --data FOLDER --prompts 500 --threads 2 \
        --llama-server llama-server --gguf qwen-bf16.gguf --vllm-python vllm-env/bin/python

FOLDER holds GSM8K's `train.jsonl` and `test.jsonl`. Every prompt shows a solved test problem and asks a training
problem; each solved problem is shown in `--items` prompts, as in an exam. All engines read the same tokens, greedily,
one after the other: `read` counts the prompts' tokens, also those that an engine takes from its cache. An engine that
has not finished after `--most-seconds` is stopped; its row counts the replies that it had finished, and says how many.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, GenerateConfig, get_model

import lbt_solvers.local_models  # noqa: F401  # pyright: ignore[reportUnusedImport]  (registers the provider)
from lbt_solvers.prompts import Demonstration, Turn, load_prompt

PORT = 8177
BATCH = 64


@dataclass(frozen=True)
class Reply:
    """The tokens of a prompt, or of a batch of them, and of the replies; when they were there."""

    read: int
    written: int
    replies: int = 1
    at: float = field(default_factory=time.perf_counter)


Run = Callable[[Sequence[Sequence[Turn]], float], Sequence[Reply]]
"""Answers conversations until so many seconds have passed."""


def main() -> None:
    options = parse()
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    import torch

    torch.set_num_threads(options.threads)
    conversations = exam_prompts(options.data, options.prompts, options.items)
    print(
        f"{options.model}; {options.prompts} prompts, {options.items} a solved problem, "
        f"up to {options.max_tokens} tokens a reply"
    )
    print(f"{platform.processor() or platform.machine()}, {options.threads} threads; torch {torch.__version__}\n")
    columns = f"{'replies':>8}{'read':>9}{'written':>9}{'seconds':>9}{'written/s':>11}{'all/s':>8}{'of plain':>10}"
    print(f"{'engine':<42}{columns}", flush=True)
    plain = None
    for name, engine in engines(options):
        with engine as run:
            run(conversations[:2], 3600)
            start = time.perf_counter()
            replies = run(conversations, options.most_seconds)
            if not replies:
                print(f"{name:<42}  no reply in {options.most_seconds:.0f} s", flush=True)
                continue
            seconds = max(reply.at for reply in replies) - start
        read, written = sum(reply.read for reply in replies), sum(reply.written for reply in replies)
        rate = written / seconds
        plain = rate if name.startswith("plain") else plain
        print(
            f"{name:<42}{sum(reply.replies for reply in replies):>8}{read:>9}{written:>9}{seconds:>9.0f}{rate:>11.1f}"
            f"{(read + written) / seconds:>8.0f}{f'{rate / plain:.2f}x' if plain else '':>10}",
            flush=True,
        )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder or hub name")
    parser.add_argument("--data", required=True, help="folder with GSM8K's train.jsonl and test.jsonl")
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--items", type=int, default=2, help="prompts that show the same solved problem (default 2)")
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most-seconds", type=float, default=600, help="an engine's time (default 600)")
    parser.add_argument("--only", help="engines whose names contain this")
    parser.add_argument("--llama-server", help="llama.cpp's server, which needs --gguf")
    parser.add_argument("--gguf", help="the same weights for llama.cpp")
    parser.add_argument("--vllm-python", help="interpreter of an environment with vLLM")
    return parser.parse_args()


def exam_prompts(data: str, count: int, items: int) -> list[list[Turn]]:
    """Solved test problems, each before `items` training problems."""
    taught, asked = rows_of(Path(data) / "test.jsonl"), rows_of(Path(data) / "train.jsonl")
    prompt = load_prompt("boxed_brief")
    conversations: list[list[Turn]] = []
    for place in range(count):
        solution, _, answer = re.sub("<<.*?>>", "", taught[place // items]["answer"]).partition("\n#### ")
        demonstration = Demonstration(taught[place // items]["question"], solution, answer)
        conversations.append(list(prompt.messages(asked[place]["question"], demonstrations=[demonstration])))
    return conversations


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def engines(options: argparse.Namespace) -> list[tuple[str, contextlib.AbstractContextManager[Run]]]:
    found = [
        ("plain generate, 64 rows sorted by length", plain_generate(options)),
        ("hf-batch", hf_batch(options)),
        ("transformers' continuous batching", transformers_continuous(options)),
    ]
    if options.llama_server and options.gguf:
        found.append(("llama-server, 16 slots", llama_server(options)))
    if options.vllm_python:
        found.append(("vLLM", vllm(options)))
    return [(name, engine) for name, engine in found if not options.only or options.only in name]


def loaded(options: argparse.Namespace, **more: Any) -> tuple[Any, Any]:
    """The model as `hf-batch` loads it, and its tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from lbt_solvers.local_models._transformers import cpu_dtype

    dtype = getattr(torch, cpu_dtype(AutoConfig.from_pretrained(options.model)))
    model: Any = AutoModelForCausalLM.from_pretrained(options.model, dtype=dtype, **more).eval()
    return model, AutoTokenizer.from_pretrained(options.model, padding_side="left")


def tokens_of(tokenizer: Any, conversation: Sequence[Turn]) -> list[int]:
    messages = [{"role": turn.role, "content": turn.text} for turn in conversation]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@contextlib.contextmanager
def plain_generate(options: argparse.Namespace) -> Generator[Run]:
    import torch

    model, tokenizer = loaded(options)

    ends = torch.tensor(model.generation_config.eos_token_id)

    def run(conversations: Sequence[Sequence[Turn]], most_seconds: float) -> Sequence[Reply]:
        deadline = time.monotonic() + most_seconds
        prompts = sorted((tokens_of(tokenizer, one) for one in conversations), key=len)
        replies: list[Reply] = []
        # From the middle on, so that a run that is stopped has not answered the shortest prompts only.
        starts = sorted(range(0, len(prompts), BATCH), key=lambda start: abs(start - len(prompts) // 2))
        for start in starts:
            if time.monotonic() > deadline:
                break
            inputs = tokenizer.pad({"input_ids": prompts[start : start + BATCH]}, return_tensors="pt")
            with torch.inference_mode():
                output = model.generate(**inputs, max_new_tokens=options.max_tokens, do_sample=False)
            new = output[:, inputs["input_ids"].shape[1] :]
            ended = torch.isin(new, ends).int()
            written = int((ended.cumsum(1) - ended == 0).sum())
            batch = prompts[start : start + BATCH]
            replies.append(Reply(sum(map(len, batch)), written, len(batch)))
        return replies

    yield run


@contextlib.contextmanager
def hf_batch(options: argparse.Namespace) -> Generator[Run]:
    model = get_model(
        f"hf-batch/{options.model}", device="cpu", threads=options.threads, batch_size=BATCH, memoize=False
    )
    config = GenerateConfig(temperature=0, max_tokens=options.max_tokens)
    kinds: dict[str, Any] = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}

    def run(conversations: Sequence[Sequence[Turn]], most_seconds: float) -> Sequence[Reply]:
        replies: list[Reply] = []

        async def ask(conversation: Sequence[Turn]) -> None:
            messages: list[ChatMessage] = [kinds[turn.role](content=turn.text) for turn in conversation]
            output: Any = await model.api.generate(messages, [], "auto", config)
            replies.append(Reply(output.usage.input_tokens, output.usage.output_tokens))

        async def together() -> None:
            with anyio.move_on_after(most_seconds):
                async with anyio.create_task_group() as group:
                    for conversation in conversations:
                        group.start_soon(ask, conversation)

        anyio.run(together)
        return replies

    yield run
    model.api.close()  # pyright: ignore[reportUnusedCoroutine]


@contextlib.contextmanager
def transformers_continuous(options: argparse.Namespace) -> Generator[Run]:
    from transformers import GenerationConfig

    model, tokenizer = loaded(options, attn_implementation="sdpa")
    config = GenerationConfig(
        max_new_tokens=options.max_tokens, do_sample=False, eos_token_id=model.generation_config.eos_token_id
    )

    def run(conversations: Sequence[Sequence[Turn]], most_seconds: float) -> Sequence[Reply]:
        deadline = time.monotonic() + most_seconds
        prompts = [tokens_of(tokenizer, one) for one in conversations]
        replies: list[Reply] = []
        with model.continuous_batching_context_manager(generation_config=config, block=False) as manager:
            manager.add_requests(prompts)
            while len(replies) < len(prompts) and time.monotonic() < deadline:
                output = manager.get_result(timeout=1)
                if output is not None and output.is_finished():
                    replies.append(Reply(len(output.prompt_ids), len(output.generated_tokens)))
        return replies

    yield run


@contextlib.contextmanager
def llama_server(options: argparse.Namespace) -> Generator[Run]:
    slots, context = 16, 16 * 1024
    command = [options.llama_server, "-m", options.gguf, "--port", str(PORT), "-np", str(slots), "-c", str(context)]
    with served([*command, "-t", str(options.threads)], "/health"):
        yield over_http(options, slots, "/completion", llama_request, lambda reply: reply["tokens_predicted"])


def llama_request(tokens: list[int], options: argparse.Namespace) -> dict[str, Any]:
    return {"prompt": tokens, "n_predict": options.max_tokens, "temperature": 0, "cache_prompt": True}


@contextlib.contextmanager
def vllm(options: argparse.Namespace) -> Generator[Run]:
    command = [options.vllm_python, "-m", "vllm.entrypoints.openai.api_server", "--model", options.model]
    settings = ["--port", str(PORT), "--max-model-len", "2048", "--dtype", "auto", "--served-model-name", "model"]
    cpu = {
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": str(options.threads),
    }
    with served([*command, *settings], "/health", cpu):
        yield over_http(
            options, BATCH, "/v1/completions", vllm_request, lambda reply: reply["usage"]["completion_tokens"]
        )


def vllm_request(tokens: list[int], options: argparse.Namespace) -> dict[str, Any]:
    return {"model": "model", "prompt": tokens, "max_tokens": options.max_tokens, "temperature": 0}


def over_http(
    options: argparse.Namespace,
    at_once: int,
    path: str,
    request: Callable[[list[int], argparse.Namespace], dict[str, Any]],
    written: Callable[[dict[str, Any]], int],
) -> Run:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(options.model)

    def ask(tokens: list[int]) -> int:
        body = json.dumps(request(tokens, options)).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=3600) as reply:
            return written(json.load(reply))

    def run(conversations: Sequence[Sequence[Turn]], most_seconds: float) -> Sequence[Reply]:
        deadline = time.monotonic() + most_seconds
        replies: list[Reply] = []

        def answered(tokens: list[int]) -> None:
            if time.monotonic() < deadline:
                reply = Reply(len(tokens), ask(tokens))
                if time.monotonic() < deadline:
                    replies.append(reply)

        prompts = [tokens_of(tokenizer, one) for one in conversations]
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(answered, prompts))
        return replies

    return run


@contextlib.contextmanager
def served(command: list[str], health: str, more: dict[str, str] | None = None) -> Generator[None]:
    """The server of `command`, once it answers."""
    with tempfile.NamedTemporaryFile("w", suffix=".log", delete=False) as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(more or {})})
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}{health}", timeout=5)
                break
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended; its output is in {log.name}")
            time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main()
