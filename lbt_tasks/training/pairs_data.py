"""Preference data on its way into the trainer: loaded, checked, repeated by margin, split by problem.

data = load_pairs(["pairs.jsonl"])
train, held_back = split_by_problem(data, share=0.1, seed=0)
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lbt_solvers.errors import UsageError

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

Overlong = Literal["drop", "cut", "error"]
_FORMATS = {".jsonl": "json", ".json": "json", ".parquet": "parquet"}


class Fitted(NamedTuple):
    """Pairs that fit into the model, and what happened to the others."""

    data: "Dataset"
    overlong: int
    """Pairs of which a text is longer than the limit."""
    longest: int
    """Tokens of the longest text of all pairs."""


def load_pairs(sources: Sequence[str]) -> "Dataset":
    """Preference pairs from JSONL or Parquet files, or from data sets on the hub.

    Raises:
        UsageError: nothing there, no pair, or columns that are not those of pairs.
    """
    from datasets import concatenate_datasets

    if not sources:
        raise UsageError("--pairs: a file of lbt export-preferences was needed, found none.")
    data: Dataset = concatenate_datasets([_load(source) for source in sources])
    if missing := {"prompt", "chosen", "rejected"} - set(data.column_names):
        raise UsageError(
            f"{', '.join(sources)}: columns prompt, chosen, rejected were needed, {sorted(missing)} missing. Export "
            "with --form conversational or --form preference."
        )
    if not len(data):
        raise UsageError(f"{', '.join(sources)}: not one pair.")
    return data


def _load(source: str) -> Any:
    from datasets import load_dataset

    path = Path(source)
    if path.suffix in _FORMATS:
        if not path.is_file():
            raise UsageError(f"--pairs: nothing at {path}. Make it with lbt export-preferences.")
        if not path.stat().st_size:
            raise UsageError(f"{path}: not one pair.")
        return load_dataset(_FORMATS[path.suffix], data_files=str(path), split="train")
    return load_dataset(source, split="train")


def is_conversational(data: "Dataset") -> bool:
    """The pairs are messages, to which the tokenizer's chat template is applied."""
    return not isinstance(data[0]["prompt"], str)


def fit_pairs(data: "Dataset", tokenizer: "PreTrainedTokenizerBase", limit: int, overlong: Overlong) -> Fitted:
    """The pairs whose texts, prompt included, have at most `limit` tokens.

    Args:
        data: Preference pairs.
        tokenizer: The model's.
        limit: The trainer's `max_length`, or the model's context where that is shorter.
        overlong: What to do with the others: `drop` them, let the trainer `cut` their end, or end with an `error`.

    Raises:
        UsageError: messages without a chat template, overlong pairs where they are an error, or nothing that fits.
    """
    if is_conversational(data) and not tokenizer.chat_template:
        raise UsageError(
            f"The tokenizer of {tokenizer.name_or_path} has no chat template, and the pairs are messages. Export them "
            "with --form preference, or give a tokenizer with a template (--tokenizer)."
        )
    rows: list[dict[str, Any]] = data.to_list()
    lengths = [max(_tokens(tokenizer, row["prompt"], row[side]) for side in ("chosen", "rejected")) for row in rows]
    fitting = [index for index, length in enumerate(lengths) if length <= limit]
    over = len(lengths) - len(fitting)
    if over and overlong == "error":
        raise UsageError(
            f"{over} of {len(lengths)} pairs are longer than {limit} tokens, the longest {max(lengths)}. Raise "
            "--max_length, or choose --overlong drop or cut."
        )
    if overlong == "cut":
        return Fitted(data, over, max(lengths))
    if not fitting:
        raise UsageError(f"Each of the {over} pairs is longer than {limit} tokens. Raise --max_length.")
    return Fitted(data.select(fitting) if over else data, over, max(lengths))


def _tokens(tokenizer: Any, prompt: Any, reply: Any) -> int:
    if isinstance(prompt, str):
        return len(tokenizer(prompt + reply)["input_ids"]) + 1  # the trainer adds an end mark
    return len(tokenizer.apply_chat_template([*prompt, *reply], tokenize=True, return_dict=True)["input_ids"])


def repeat_by_margin(data: "Dataset", seed: int) -> "Dataset":
    """Each pair margin / (mean margin) times, fractions at random: a weight on its loss, in expectation.

    DPOTrainer has no weights a pair. Repeating works with every loss, with LoRA and on any number of GPUs.
    """
    margins: list[float] = data["margin"][:]
    rng = random.Random(f"{seed}:repeat")
    mean = sum(margins) / len(margins)
    rows = [i for i, margin in enumerate(margins) for _ in range(int(margin / mean + rng.random()))]
    return data.select(rows)


def split_by_problem(data: "Dataset", share: float, seed: int) -> tuple["Dataset", "Dataset | None"]:
    """Pairs to learn from and pairs to evaluate with; the pairs of a problem stay together.

    Raises:
        UsageError: a share for which there are too few problems.
    """
    if not share:
        return data, None
    problems = data["problem"][:] if "problem" in data.column_names else list(range(len(data)))
    names = sorted(set(problems))
    kept_back = set(random.Random(f"{seed}:split").sample(names, round(share * len(names))))
    if not 0 < len(kept_back) < len(names):
        raise UsageError(f"--eval_share {share} of {len(names)} problems leaves none on one side.")
    rows = range(len(data))
    return (
        data.select([i for i in rows if problems[i] not in kept_back]),
        data.select([i for i in rows if problems[i] in kept_back]),
    )
