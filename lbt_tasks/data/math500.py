r"""MATH in OpenAI's split: the 500 held-out problems (MATH-500), and the 12,000 others.

    >>> row = {"unique_id": "test/algebra/1.json", "problem": "$1+1$?", "answer": "2", "subject": "Algebra", "level": 1}
    >>> math_problem(row).metadata["level"]
    1

Ids are those of MATH, `<split>/<subject>/<number>.json`. Source: Lightman et al., "Let's verify step by step" (2023),
https://github.com/openai/prm800k, MIT; problems by Hendrycks et al. (2021), MIT.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbt_solvers.types import Problem
from lbt_tasks.data.download import DataFile, data_file, rows_of

# The repository keeps both files in Git LFS: the media address serves the content, and a pointer's oid is its sha256.
_SPLITS = (
    "https://media.githubusercontent.com/media/openai/prm800k/7ecc794703b2877f63226f2477a49b34f9b25163/"
    "prm800k/math_splits/"
)
MATH500 = DataFile(
    title="MATH-500 (500 test problems)",
    url=_SPLITS + "test.jsonl",
    sha256="35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132",
    local_names=("math500_test.jsonl", "test.jsonl", "math/math500_test.jsonl", "prm800k/math_splits/test.jsonl"),
)
MATH_REST = DataFile(
    title="MATH without MATH-500 (12,000 problems)",
    url=_SPLITS + "train.jsonl",
    sha256="90d96daeac3fe343ebb1e22ce93dd99690f75983e957f88de42f87cffe1e8076",
    local_names=("math_rest.jsonl", "train.jsonl", "math/math_rest.jsonl", "prm800k/math_splits/train.jsonl"),
)
_KEYS = ("unique_id", "problem", "answer", "subject", "level")


def load_math500(data_dir: str | Path | None = None, checksum: bool = True) -> list[Problem]:
    """The 500 problems in the published order, with metadata `subject`, `level` (1 to 5) and `solution`.

    Raises:
        DataError: see `data_file`.
    """
    return [math_problem(row) for row in rows_of(data_file(MATH500, data_dir, checksum), _KEYS)]


def load_math_rest(data_dir: str | Path | None = None, checksum: bool = True) -> list[Problem]:
    """MATH's 7,500 training problems (ids `train/...`) and the 4,500 test problems that are not in MATH-500.

    Raises:
        DataError: see `data_file`.
    """
    return [math_problem(row) for row in rows_of(data_file(MATH_REST, data_dir, checksum), _KEYS)]


def math_problem(row: Mapping[str, Any]) -> Problem:
    """A row of either file; its published `solution` is what likelihood exams read."""
    metadata = {key: row[key] for key in ("subject", "level", "solution") if key in row}
    return Problem(str(row["unique_id"]), str(row["problem"]), str(row["answer"]), metadata)
