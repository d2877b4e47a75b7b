"""Classification data for examples: LIAR and fallacy as in the paper, or a CSV or JSONL file of one's own.

    liar(data_dir="/data/m3").task.labels        # ('Yes', 'No')
    own_data("reviews.csv", description="Is the review positive?")

LIAR: 3,681 training rows; tested on 461 + 432 rows (the test split of ProTeGi and the true/false rows of LIAR's own
validation split). Fallacy: 1,849 / 300 rows, positive is `faulty generalization`. Sources: Wang (2017), Pryzant et al.
(2023), Jin et al. (2022); the paper's appendix A.3. The files have licences of their own and are not shipped.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lbt_solvers.examples import DataRow, ExampleTask
from lbt_solvers.examples.validation import without_test_rows
from lbt_tasks.data.download import DataError, DataFile, data_file, rows_of

_RAW = "https://raw.githubusercontent.com/"
_LIAR = f"{_RAW}microsoft/LMOps/4f2a9deb5f08e459fd44c2e4792344d78ca89fc3/prompt_optimization/data/liar/"
_FALLACY = f"{_RAW}causalNLP/logical-fallacy/2a3d09708122c0994279df034d867b80950700ea/data/"
LIAR_TRAIN = DataFile(
    "LIAR, training rows of ProTeGi",
    _LIAR + "train.jsonl",
    "573ac065e16609a4ab0ae72751b2d3918ec6515dbb9a3adae1f244afe54ca989",
    ("liar_train.jsonl", "liar/train.jsonl"),
)
LIAR_TEST = DataFile(
    "LIAR, test rows of ProTeGi",
    _LIAR + "test.jsonl",
    "c4400499e7d71cb57463e3f8d093962deb50a9e8f22fa377cad3c236eacfc8c3",
    ("liar_test.jsonl", "liar/test.jsonl"),
)
LIAR_VALID = DataFile(
    "LIAR, validation rows",
    f"{_RAW}tfs4/liar_dataset/b6f55d759d525f7150637fcdbc2c517d049408b7/valid.tsv",
    "8dd3d7ed1a11e78ed7df090c9eddb0f91147f895850c78d49dd7b4e88fd09a16",
    ("liar_raw_valid.tsv", "valid.tsv"),
)
FALLACY_TRAIN = DataFile(
    "logical fallacies, training rows",
    _FALLACY + "edu_train.csv",
    "0c6377dbf744ba85e60102eb9842cc770f385afcb2724f607e8e8a99f5d9545c",
    ("fallacy_edu_train.csv", "edu_train.csv"),
)
FALLACY_TEST = DataFile(
    "logical fallacies, test rows",
    _FALLACY + "edu_test.csv",
    "47f6b86ec6c5256e9db97844f86684dc1fdc72c593e14db230e532098f668534",
    ("fallacy_edu_test.csv", "edu_test.csv"),
)

YES_NO = ("Yes", "No")
LONGEST_FALLACY = 700
"""Characters of a text that are kept, as in the original."""
_LIAR_FIELDS = {"Statement": 2, "Job title": 5, "State": 6, "Party": 7, "Context": 13}
_LIAR_QUESTION = (
    "Decide from a politician's statement and what is known about speaker and occasion whether the statement is a lie. "
    "Yes: it is a lie. No: it is true."
)
_FALLACY_QUESTION = (
    "Decide whether a text commits the fallacy of faulty generalization: it concludes something about all or most "
    "cases from too few or unrepresentative ones. Yes: it does. No: it does not, whatever else may be wrong with it."
)


@dataclass(frozen=True, slots=True)
class ExampleData:
    """A task with its rows; no text of the test split is among the training rows."""

    task: ExampleTask
    train: Sequence[DataRow]
    test: Sequence[DataRow]
    notes: tuple[str, ...] = ()


def liar(data_dir: str | None = None, positive: str | None = None, checksum: bool = True) -> ExampleData:
    """LIAR with the labels Yes (a lie) and No.

    Args:
        data_dir: Folder with the files; they are downloaded without it.
        positive: The label whose F1 counts: `No` (true statements) as the paper says, or `Yes` as its code does.
        checksum: Compare the files with the published ones.

    Raises:
        DataError: a file that is not there, or not the published one.
    """
    train = _liar_rows("train", data_file(LIAR_TRAIN, data_dir, checksum))
    test = _liar_rows("test", data_file(LIAR_TEST, data_dir, checksum))
    test += _liar_valid(data_file(LIAR_VALID, data_dir, checksum))
    return _split(ExampleTask("liar", _LIAR_QUESTION, YES_NO, _checked(positive or "No", YES_NO)), train, test)


def fallacy(data_dir: str | None = None, positive: str | None = None, checksum: bool = True) -> ExampleData:
    """Logical fallacies with the labels Yes (a faulty generalization) and No.

    Args:
        data_dir: Folder with the files; they are downloaded without it.
        positive: The label whose F1 counts: `Yes` by default, as in the paper.
        checksum: Compare the files with the published ones.

    Raises:
        DataError: a file that is not there, or not the published one.
    """
    train = _fallacy_rows("train", data_file(FALLACY_TRAIN, data_dir, checksum))
    test = _fallacy_rows("test", data_file(FALLACY_TEST, data_dir, checksum))
    return _split(ExampleTask("fallacy", _FALLACY_QUESTION, YES_NO, _checked(positive or "Yes", YES_NO)), train, test)


def own_data(
    path: str,
    description: str,
    test: str | None = None,
    positive: str | None = None,
    test_share: float = 0.3,
    seed: int = 0,
) -> ExampleData:
    """A CSV or JSONL file with `text` and `label`, and perhaps `split` (train or test).

    Args:
        path: The file.
        description: What the prompt says the task is.
        test: A second file with the test rows; else the column `split`, else a random share of the rows.
        positive: The label whose F1 counts; without it the mean over labels does (macro F1).
        test_share: That share, in (0, 1).
        seed: Of the random split.

    Raises:
        DataError: no such file, a row without text or label, fewer than two labels, or an empty split.
    """
    rows = _read(Path(path))
    if test:
        train_rows, test_rows = rows, _read(Path(test))
    elif any("split" in row for row in rows):
        train_rows, test_rows = ([row for row in rows if row.get("split") == name] for name in ("train", "test"))
    else:
        if not 0 < test_share < 1:
            raise DataError(f"test_share: a share between 0 and 1 was needed, found {test_share}.")
        shuffled = random.Random(f"{seed}/split").sample(rows, len(rows))
        count = max(1, round(test_share * len(rows)))
        train_rows, test_rows = shuffled[count:], shuffled[:count]
    labels = tuple(sorted({str(row["label"]).strip() for row in [*train_rows, *test_rows]}))
    if len(labels) < 2:
        raise DataError(f"{path}: at least two labels were needed, found {', '.join(labels) or 'none'}.")
    task = ExampleTask(Path(path).stem, description, labels, _checked(positive, labels) if positive else None)
    made = [_rows(name, each) for name, each in (("train", train_rows), ("test", test_rows))]
    for name, each in zip(("training", "test"), made, strict=True):
        if not each:
            raise DataError(f"{path}: {name} rows were needed, found none. Name them in a column 'split'.")
    return _split(task, *made)


def _split(task: ExampleTask, train: list[DataRow], test: list[DataRow]) -> ExampleData:
    kept = without_test_rows(train, test)
    dropped = len(train) - len(kept)
    notes = (f"{dropped} of {len(train)} training rows left out: the test split has their text",) if dropped else ()
    return ExampleData(task, kept, test, notes)


def _liar_rows(split: str, path: Path) -> list[DataRow]:
    rows = rows_of(path, ("label", "text"))
    return [DataRow(f"{split}/{number}", row["text"], YES_NO[1 - int(row["label"])]) for number, row in enumerate(rows)]


def _liar_valid(path: Path) -> list[DataRow]:
    rows: list[DataRow] = []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, cells in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)):
            if cells[1] in ("true", "false"):
                text = "\n".join(f"{name}: {cells[at]}" for name, at in _LIAR_FIELDS.items())
                rows.append(DataRow(f"dev/{number}", text, "Yes" if cells[1] == "false" else "No"))
    return rows


def _fallacy_rows(split: str, path: Path) -> list[DataRow]:
    rows = _csv(path, ("source_article", "updated_label"))
    return [
        DataRow(
            f"{split}/{number}",
            row["source_article"][:LONGEST_FALLACY],
            "Yes" if row["updated_label"] == "faulty generalization" else "No",
        )
        for number, row in enumerate(rows)
    ]


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise DataError(f"A CSV or JSONL file was needed, found nothing at {path}.")
    needed = ("text", "label")
    rows = _csv(path, needed) if path.suffix.lower() == ".csv" else rows_of(path, needed)
    for number, row in enumerate(rows, 1):
        if not str(row["text"]).strip() or not str(row["label"]).strip():
            raise DataError(f"{path}, row {number}: a text and a label were needed, found {str(row)[:60]}.")
    return rows


def _rows(split: str, rows: Sequence[Mapping[str, Any]]) -> list[DataRow]:
    return [
        DataRow(f"{split}/{number}", str(row["text"]).strip(), str(row["label"]).strip())
        for number, row in enumerate(rows)
    ]


def _csv(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := sorted(set(needed) - set(reader.fieldnames or ())):
            raise DataError(f"{path}: the columns {', '.join(needed)} were needed, missing {', '.join(missing)}.")
        rows = list(reader)
    for number, row in enumerate(rows, 1):
        if any(row[column] is None for column in needed):
            raise DataError(f"{path}, row {number}: fewer cells than columns.")
    return rows


def _checked(positive: str, labels: Sequence[str]) -> str:
    if positive not in labels:
        raise DataError(f"positive: one of {', '.join(labels)} was needed, found '{positive}'.")
    return positive


def limited(data: ExampleData, train_rows: int | None, test_rows: int | None, seed: int) -> ExampleData:
    """The same with a random part of the rows, for cheaper runs."""

    def some(rows: Sequence[DataRow], count: int | None, name: str) -> Sequence[DataRow]:
        if count is None or count >= len(rows):
            return rows
        if count < 1:
            raise DataError(f"{name}_rows: at least 1 was needed, found {count}.")
        kept = set(random.Random(f"{seed}/{name}").sample(range(len(rows)), count))
        return [row for index, row in enumerate(rows) if index in kept]

    return replace(data, train=some(data.train, train_rows, "train"), test=some(data.test, test_rows, "test"))
