"""Trains the classroom's models from nothing.

    python -m tools.classroom.train --model all --seed 0 --out lbt_tasks/classroom/models
    python -m tools.classroom.train --model student_b --threads 1 --out /tmp/classroom

Every model is a Llama with a tokenizer of its own in a folder that `transformers` loads. What it was trained on is in
`training.json` beside the weights. Needs `pip install ".[local]"`; two CPU cores are enough.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lbt_solvers.prompts import Turn
from tools.classroom.arithmetic.curriculum import Dialogue, DialogueSource
from tools.classroom.arithmetic.recipes import HEAD_SIZE, RECIPES, Recipe
from tools.classroom.arithmetic.tokenizer import ASSISTANT, CONTEXT, END, PAD, build_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

TokenizerBuilder: TypeAlias = "Callable[[int], PreTrainedTokenizerFast]"
"""From a seed to a tokenizer."""
WARM_UP_STEPS = 100
FINAL_RATE = 0.02
"""The learning rate falls along a cosine to this share of its peak."""
_BATCHES_SORTED_TOGETHER = 16
_REPORT_EVERY = 100


class Example(NamedTuple):
    """A dialogue in tokens; `learned[i]` says whether token i is predicted in training."""

    tokens: list[int]
    learned: list[bool]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    run("tools.classroom.train", RECIPES, build_tokenizer, arguments)


def run(
    module: str, recipes: Mapping[str, Recipe], tokenizer: TokenizerBuilder, arguments: Sequence[str] | None = None
) -> None:
    """The command line of a classroom whose models these are."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", choices=[*recipes, "all"], default="all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder that gets one folder per model")
    parser.add_argument(
        "--threads", type=int, default=2, help="CPU threads; the result depends on it in the last digits"
    )
    parser.add_argument("--steps", type=int, help="steps, where they are not those of the recipe")
    parser.add_argument("--resume", action="store_true", help="go on from the models in --out, with a new schedule")
    options = parser.parse_args(arguments)
    for name in recipes if options.model == "all" else [options.model]:
        recipe = replace(recipes[name], steps=options.steps or recipes[name].steps)
        train(name, recipe, options.seed, options.out / name, options.threads, tokenizer, options.resume)


def train(
    name: str,
    recipe: Recipe,
    seed: int,
    folder: Path,
    threads: int,
    build: TokenizerBuilder = build_tokenizer,
    resume: bool = False,
) -> None:
    """Trains one model and saves it with its tokenizer and `training.json`.

    Args:
        name: Of the model.
        recipe: How it is brought up.
        seed: Of weights and dialogues.
        folder: Where it is saved, and where it lies already if `resume`.
        threads: CPU threads.
        build: Makes the tokenizer.
        resume: Go on from what the folder holds, with other dialogues; its record becomes part of the new one.
    """
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    tokenizer = build(seed)
    model = build_model(recipe, tokenizer)
    before = load_before(model, folder) if resume else None
    started = time.perf_counter()
    tokens, loss = fit(model, tokenizer, recipe, random.Random(f"{seed}:{name}" + (":resumed" if resume else "")))
    record: dict[str, object] = {
        "model": name,
        "seed": seed,
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "recipe": asdict(recipe),
        "threads": threads,
        "seconds": round(time.perf_counter() - started),
        "tokens": tokens,
        "final_loss": round(loss, 4),
        **({"resumed_from": before} if before else {}),
    }
    save(model, tokenizer, folder, record)
    print(f"{name}: saved in {folder}")


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A fresh Llama of the recipe's size."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        intermediate_size=3 * recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        head_dim=HEAD_SIZE,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.get_vocab()[END],
        pad_token_id=tokenizer.get_vocab()[PAD],
        use_cache=True,
    )
    return LlamaForCausalLM(config)


def load_before(model: LlamaForCausalLM, folder: Path) -> dict[str, object]:
    """Loads the weights that a folder holds into the model; returns their training record."""
    from safetensors.torch import load_file

    found = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    # The output layer is tied to the embeddings and not saved a second time.
    if found.unexpected_keys or found.missing_keys not in ([], ["lm_head.weight"]):
        raise ValueError(f"{folder} holds another model: {found}")
    return json.loads((folder / "training.json").read_text(encoding="utf-8"))


def fit(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, rng: random.Random
) -> tuple[int, float]:
    """Runs the recipe's schedule; returns the tokens seen and the mean loss of the last hundred steps."""
    import torch

    optimizers = _optimizers(model, recipe.learning_rate)
    schedules = [torch.optim.lr_scheduler.LambdaLR(each, _rate(recipe.steps)) for each in optimizers]
    model.train()
    recent: list[float] = []
    started, tokens = time.perf_counter(), 0
    endless = batches(recipe.curriculum, tokenizer, recipe.batch, rng)
    for step, batch in zip(range(1, recipe.steps + 1), endless, strict=False):
        with torch.autocast("cpu", dtype=torch.bfloat16):  # a quarter faster where the CPU has bf16 instructions
            loss = _loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
        recent = [*recent[1 - _REPORT_EVERY :], loss.item()]
        tokens += sum(len(example.tokens) for example in batch)
        if step % _REPORT_EVERY == 0 or step == recipe.steps:
            speed = tokens / (time.perf_counter() - started)
            print(f"step {step}/{recipe.steps}  loss {fmean(recent):.4f}  {speed:.0f} tokens/s", flush=True)
    return tokens, fmean(recent)


def _optimizers(model: LlamaForCausalLM, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for the embeddings and norms."""
    import torch

    inner = [weights for name, weights in model.named_parameters() if weights.ndim == 2 and "embed" not in name]
    outer = [weights for name, weights in model.named_parameters() if weights.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(inner, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def _rate(steps: int) -> Callable[[int], float]:
    """Linear warm-up, then a cosine."""

    def rate(step: int) -> float:
        warm = min(1.0, (step + 1) / WARM_UP_STEPS)
        return warm * (FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))

    return rate


def _loss(model: LlamaForCausalLM, batch: Sequence[Example]) -> torch.Tensor:
    """Mean loss over the learned tokens; the vocabulary is only computed where there is one."""
    import torch

    longest = max(len(example.tokens) for example in batch)
    tokens = torch.tensor([example.tokens + [0] * (longest - len(example.tokens)) for example in batch])
    learned = torch.tensor([example.learned + [False] * (longest - len(example.learned)) for example in batch])
    # Padding stands at the end, where causal attention never looks: no mask needed.
    hidden = model.model(input_ids=tokens[:, :-1], use_cache=False).last_hidden_state
    logits = model.lm_head(hidden[learned[:, 1:]])
    return torch.nn.functional.cross_entropy(logits, tokens[:, 1:][learned[:, 1:]])


def batches(
    curriculum: DialogueSource, tokenizer: PreTrainedTokenizerFast, size: int, rng: random.Random
) -> Iterator[list[Example]]:
    """Endless batches of dialogues of about the same length."""
    while True:
        dialogues = [curriculum.dialogue(rng) for _ in range(size * _BATCHES_SORTED_TOGETHER)]
        examples = sorted(encode(dialogues, tokenizer), key=lambda example: len(example.tokens))
        together = [examples[start : start + size] for start in range(0, len(examples), size)]
        rng.shuffle(together)
        yield from together


def encode(dialogues: Sequence[Dialogue], tokenizer: PreTrainedTokenizerFast) -> list[Example]:
    """Dialogues rendered with the chat template, as tokens."""
    texts = [render_chat(dialogue.turns, tokenizer) for dialogue in dialogues]
    encoded = tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
    assistant, end = tokenizer.get_vocab()[ASSISTANT], tokenizer.get_vocab()[END]
    return [
        Example(row.ids, _learned(row.ids, dialogue.learned, assistant, end))
        for row, dialogue in zip(encoded, dialogues, strict=True)
    ]


def render_chat(turns: Sequence[Turn], tokenizer: PreTrainedTokenizerFast) -> str:
    """The dialogue as the tokenizer's chat template writes it."""
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    return str(tokenizer.apply_chat_template(messages, tokenize=False))


def _learned(tokens: Sequence[int], answers: Sequence[bool], assistant: int, end: int) -> list[bool]:
    """Marks the assistant's tokens including the end mark, where the answer is to be learned."""
    remaining, inside = iter(answers), False
    marks: list[bool] = []
    for token in tokens:
        marks.append(inside)
        if token == assistant:
            inside = next(remaining)
        elif token == end:
            inside = False
    return marks


def save(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path, record: Mapping[str, object]
) -> None:
    """Writes weights in half precision, tokenizer and training record."""
    from transformers import GenerationConfig

    model.generation_config = GenerationConfig(
        eos_token_id=model.config.eos_token_id, pad_token_id=model.config.pad_token_id, do_sample=False
    )
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
