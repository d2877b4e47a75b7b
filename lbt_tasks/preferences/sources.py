"""Problems with scored rationales, one at a time, from Inspect logs or from tables of scored rationales.

    for taught in read_source("logs/train.eval"):
        preference_pairs(taught.candidates, Pairing(), taught.problem)

An Inspect log holds a `TeachingRecord` per sample, and whether each rationale is right in its score's metadata. A table
is a JSONL file (`.jsonl`) for scores from elsewhere, such as lm-eval's sample logs; docs/learning-from-scores.md lists
its columns. Nothing here keeps more than one problem in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.jsonl import read_jsonl
from lbt_solvers.preferences import Candidate, distinct
from lbt_solvers.prompts import Turn
from lbt_tasks.logs import sha256_of

TRAINING_SPLITS = ("train", "training")
"""What a source has to call its split for its problems to be learned from."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where scored rationales come from."""

    log: str
    """File name."""
    sha256: str
    """Of the whole file, as hexadecimal digits."""
    task: str = ""
    teacher: str = ""
    students: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class TaughtProblem:
    """One problem, the prompt that its teacher saw, and the scored rationales."""

    problem: str
    prompt: tuple[Turn, ...] | str
    """Messages; a string where the teacher saw plain text."""
    rationales: tuple[Candidate, ...]
    """As they were sampled, in their order."""
    origin: Origin
    split: str = ""
    prefill: str = ""
    """With what the teacher's reply was begun; the candidates' texts include it."""
    candidates: tuple[Candidate, ...] = field(init=False)
    """The different texts among the rationales."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "candidates", tuple(distinct(self.rationales)))

    @property
    def for_training(self) -> bool:
        """The source says that this problem is one to learn from."""
        return self.split.lower() in TRAINING_SPLITS


def read_source(path: str, column: str | None = None) -> Iterator[TaughtProblem]:
    """The problems of a log or table.

    Args:
        path: The file.
        column: Of a log, which scores stand for LbT scores.

    Raises:
        UsageError: a file that is neither, or lacks what pairs are made of.
    """
    if path.endswith(".jsonl"):
        if column is not None:
            raise UsageError(f"{path}: --column {column}: a table has the scores of its column `scores` alone.")
        return read_table(path)
    from lbt_tasks.preferences.inspect_logs import read_log  # slow to import, and tables do not need it

    return read_log(path, column)


def read_table(path: str) -> Iterator[TaughtProblem]:
    """The problems of a JSONL table of scored rationales.

    Raises:
        UsageError: a line that is no such row, named by its number.
    """
    digest = sha256_of(path)
    columns = ("problem", "prompt", "rationales", "correctness", "scores")
    for where, row in read_jsonl(path, "A table of scored rationales", columns):
        yield _taught_problem(row, where, Path(path).name, digest)


def _taught_problem(row: dict[str, Any], where: str, name: str, digest: str) -> TaughtProblem:
    texts, correctness, scores = row["rationales"], row["correctness"], row["scores"]
    if not len(texts) == len(correctness) == len(scores):
        found = f"{len(texts)} rationales, {len(correctness)} correctness, {len(scores)} scores"
        raise UsageError(f"{where}: one correctness and one score per rationale were needed, found {found}.")
    candidates = [
        Candidate(text, float(right), None if score is None else float(score))
        for text, right, score in zip(texts, correctness, scores, strict=True)
    ]
    origin = Origin(name, digest, row.get("task", ""), row.get("teacher", ""), tuple(row.get("students", ())))
    prompt = row["prompt"]
    messages = prompt if isinstance(prompt, str) else tuple(Turn(turn["role"], turn["content"]) for turn in prompt)
    return TaughtProblem(str(row["problem"]), messages, tuple(candidates), origin, row.get("split", ""))
