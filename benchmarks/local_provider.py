"""Generations per second of the provider `hf-batch` against plain batched `generate` and Inspect's own `hf/`.

    python benchmarks/local_provider.py                       # a shipped model, or a random one of its size
    python benchmarks/local_provider.py --random 512 --requests 256 --rounds 2    # a larger one, of random weights
    python benchmarks/local_provider.py --model ./my-model --requests 512 --max-tokens 64

All ways answer the same greedy requests, in one process. "hf-batch, API alone" leaves out what Inspect itself does
for every model call; the row below it does not, and the one after it runs inside an Inspect task, with its log.
"""

import argparse
import contextlib
import logging
import os
import random
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageUser, GenerateConfig, Model, get_model
from inspect_ai.solver import Generate, TaskState, solver

import lbt_solvers.local_models  # noqa: F401  # pyright: ignore[reportUnusedImport]  (registers the provider)

BATCH = 64
SHIPPED = Path(__file__).parents[1] / "lbt_tasks" / "classroom" / "models"


Run = Callable[[Sequence[str]], None]


class Way(NamedTuple):
    """One way to have questions answered: one line of the table."""

    name: str
    run: Run
    requests: int


class Took(NamedTuple):
    """What one run took."""

    seconds: float
    cpu_seconds: float


def main() -> None:
    options = parse()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    logging.getLogger("inspect_ai").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or str(model_folder(Path(folder), options.random))
        questions = make_questions(options.requests)
        chosen = ways(path, options, Path(folder))
        show(path, options, chosen, measure(chosen, questions, options.rounds))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder of a model (default: a shipped one, or a random one of its size)")
    parser.add_argument(
        "--random", type=int, metavar="WIDTH", help="a random model of that width, 128 or more, instead"
    )
    parser.add_argument("--requests", type=int, default=1024, help="requests, all at once (default 1024)")
    parser.add_argument("--max-tokens", type=int, default=40, help="tokens per reply (default 40)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each way, in turns; the best counts (default 5)")
    parser.add_argument("--skip-hf", action="store_true", help="leave out Inspect's own hf/, which is slow")
    return parser.parse_args()


def ways(path: str, options: argparse.Namespace, folder: Path) -> list[Way]:
    config = GenerateConfig(temperature=0, max_tokens=options.max_tokens)
    model = get_model(f"hf-batch/{path}", device="cpu", batch_size=BATCH)
    count = options.requests
    found = [
        Way("plain generate, batches of 64 sorted by length", bare(path, options.max_tokens), count),
        Way("hf-batch, API alone", lambda asked: all_at_once(asked, call_api(model, config)), count),
        Way("hf-batch, Model.generate", lambda asked: all_at_once(asked, call_model(model, config)), count),
        Way("hf-batch, in an Inspect task", lambda asked: in_a_task(asked, model, config, folder), count),
    ]
    if not options.skip_hf:
        slow = get_model("hf/local", model_path=path, tokenizer_path=path, device="cpu", do_sample=False)
        limited = GenerateConfig(max_tokens=options.max_tokens, max_connections=BATCH)
        few = min(4 * BATCH, count)
        found.append(Way("hf/, Model.generate", lambda asked: all_at_once(asked, call_model(slow, limited)), few))
    return found


def measure(chosen: Sequence[Way], questions: Sequence[str], rounds: int) -> list[Took]:
    """The best run of each way. They take turns, so that a busy moment of the machine does not hit one way alone."""
    for way in chosen:
        way.run(questions[:BATCH])
    runs = [[timed(way.run, questions[: way.requests]) for way in chosen] for _ in range(rounds)]
    return [min(column) for column in zip(*runs, strict=True)]


def timed(run: Run, asked: Sequence[str]) -> Took:
    start, cpu_start = time.perf_counter(), time.process_time()
    run(asked)
    return Took(time.perf_counter() - start, time.process_time() - cpu_start)


def bare(path: str, max_tokens: int) -> Run:
    """Plain transformers: chat template, tokens, sorted batches, `generate`, text."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(path, padding_side="left")

    def text(question: str) -> str:
        message = [{"role": "user", "content": question}]
        return tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)

    def run(asked: Sequence[str]) -> None:
        prompts = sorted((text(question) for question in asked), key=len)
        for start in range(0, len(prompts), BATCH):
            batch = prompts[start : start + BATCH]
            inputs = tokenizer(batch, return_tensors="pt", padding=True, add_special_tokens=False)
            with torch.inference_mode():
                output = model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)
            tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)

    return run


def call_api(model: Model, config: GenerateConfig) -> Callable[[str], Coroutine[Any, Any, Any]]:
    return lambda question: model.api.generate([ChatMessageUser(content=question)], [], "auto", config)


def call_model(model: Model, config: GenerateConfig) -> Callable[[str], Coroutine[Any, Any, Any]]:
    return lambda question: model.generate(question, config=config)


def all_at_once(asked: Sequence[str], call: Callable[[str], Coroutine[Any, Any, Any]]) -> None:
    async def together() -> None:
        async with anyio.create_task_group() as group:
            for question in asked:
                group.start_soon(call, question)

    anyio.run(together)


def in_a_task(asked: Sequence[str], model: Model, config: GenerateConfig, folder: Path) -> None:
    """One sample that fans out into all requests, as a sample of Learning by Teaching does."""

    @solver
    def fan_out():
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            async with anyio.create_task_group() as group:
                for question in asked:
                    group.start_soon(call_model(model, config), question)
            return state

        return solve

    task = Task(dataset=[Sample(input="all")], solver=fan_out())
    with contextlib.redirect_stdout(None):
        log = eval(task, model=model, log_dir=str(folder / "logs"), display="none")[0]
    assert log.status == "success", log.error


def model_folder(folder: Path, width: int | None) -> Path:
    """The shipped teacher where there is one and no width is asked for, else a random Llama, of its size by default."""
    if width:
        return random_model(folder / f"random Llama, width {width}", width)
    shipped = sorted(path.parent for path in SHIPPED.glob("*/config.json"))
    teachers = [path for path in shipped if path.name == "teacher"]
    return (teachers or shipped or [random_model(folder / "random Llama", 128)])[0]


def random_model(folder: Path, width: int) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = {char: index for index, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    backend = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    backend.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|end|>", pad_token="<pad>")
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}<|end|>{% endfor %}"
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=692,
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=max(3, width // 64),
        num_attention_heads=width // 32,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        eos_token_id=len(alphabet),
        pad_token_id=len(alphabet) + 1,
    )
    LlamaForCausalLM(sizes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_questions(count: int) -> list[str]:
    """Questions of different lengths, always the same ones."""
    numbers = random.Random(0)
    wordings = (
        "Compute {a}+{b}*{c}.",
        "Twice the sum of {a} and {b}, less {c}.",
        "Buy {a} boxes of {b} eggs. Then {c} break. Eggs left?",
        "A yard is {a} by {b} m. How much fence with {c} m spare?",
    )
    return [
        numbers.choice(wordings).format(a=numbers.randint(2, 9), b=numbers.randint(2, 9), c=numbers.randint(2, 9))
        for _ in range(count)
    ]


def show(path: str, options: argparse.Namespace, chosen: Sequence[Way], best: Sequence[Took]) -> None:
    print(
        f"\n{options.model or Path(path).name}; {os.cpu_count()} CPU cores; up to {options.max_tokens} tokens per reply"
    )
    print(f"{'way':<50}{'requests':>9}{'per second':>12}{'of plain':>10}{'CPU ms each':>13}")
    plain = chosen[0].requests / best[0].seconds
    for way, took in zip(chosen, best, strict=True):
        rate, each = way.requests / took.seconds, 1000 * took.cpu_seconds / way.requests
        print(f"{way.name:<50}{way.requests:>9}{rate:>12.0f}{rate / plain:>10.0%}{each:>13.1f}")


if __name__ == "__main__":
    main()
