r"""GSM8K: 7,473 training and 1,319 test word problems with integer answers.

    >>> gsm8k_problem("test", 0, {"question": "2 boxes of 3?", "answer": "2*3=<<2*3=6>>6\n#### 6"}).answer
    '6'

Ids are `gsm8k/<split>/<line from 0>`. Source: Cobbe et al. (2021), https://github.com/openai/grade-school-math, MIT.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from lbt_solvers.types import Problem
from lbt_tasks.data.download import DataError, DataFile, data_file, rows_of

_CALCULATION = re.compile("<<.*?>>")
"""Marks of the published solutions for a calculator: `2*3=<<2*3=6>>6`."""
Split = Literal["train", "test"]
_FOLDER = (
    "https://raw.githubusercontent.com/openai/grade-school-math/3101c7d5072418e28b9008a6636bde82a006892c/"
    "grade_school_math/data/"
)
_SHA256 = {
    "train": "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
    "test": "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
}
GSM8K: Mapping[str, DataFile] = {
    split: DataFile(
        title=f"GSM8K {split} split",
        url=f"{_FOLDER}{split}.jsonl",
        sha256=sha256,
        local_names=(f"gsm8k_{split}.jsonl", f"{split}.jsonl", f"gsm8k/{split}.jsonl"),
    )
    for split, sha256 in _SHA256.items()
}


def load_gsm8k(split: Split, data_dir: str | Path | None = None, checksum: bool = True) -> list[Problem]:
    """One split in the published order; metadata `solution`, and `steps`: how many calculations it has.

    Raises:
        DataError: see `data_file`.
    """
    rows = rows_of(data_file(GSM8K[split], data_dir, checksum), ("question", "answer"))
    return [gsm8k_problem(split, line, row) for line, row in enumerate(rows)]


def gsm8k_problem(split: str, line: int, row: Mapping[str, Any]) -> Problem:
    """A row; the answer is what follows `####`, without thousands separators.

    Raises:
        DataError: a solution without `####`.
    """
    solution, marker, answer = str(row["answer"]).rpartition("####")
    if not marker:
        raise DataError(f"GSM8K {split}, problem {line}: a solution that ends in '#### answer' was needed.")
    metadata = {"steps": solution.count("<<"), "solution": _CALCULATION.sub("", solution).strip()}
    return Problem(f"gsm8k/{split}/{line}", str(row["question"]), answer.strip().replace(",", ""), metadata)
