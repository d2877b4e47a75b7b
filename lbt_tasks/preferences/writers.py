"""Where rows go: JSONL, Parquet, or a data set on the Hugging Face hub; nothing is left of an export that failed.

    with open_writer("pairs.parquet") as write:
        write(row)

Rows are written as they come. `hub:owner/name` is written to a temporary Parquet file, then uploaded.
"""

import json
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_tasks.preferences.forms import TrainingRow

HUB = "hub:"
_ROWS_AT_ONCE = 5_000

Write = Callable[[TrainingRow], None]


def open_writer(out: str) -> AbstractContextManager[Write]:
    """A writer for that destination.

    Raises:
        UsageError: neither `*.jsonl`, `*.parquet` nor `hub:owner/name`.
    """
    if out.startswith(HUB):
        return _hub(out.removeprefix(HUB))
    if Path(out).suffix not in _WRITERS:
        raise UsageError(f"--out: a .jsonl or .parquet file, or hub:OWNER/NAME, was needed, found '{out}'.")
    return _file(Path(out))


@contextmanager
def _file(out: Path) -> Generator[Write]:
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    try:
        with _WRITERS[out.suffix](partial) as write:
            yield write
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _jsonl(path: Path) -> Generator[Write]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with path.open("w", encoding="utf-8") as file:

        def write(row: TrainingRow) -> None:
            file.write(encode(row) + "\n")

        yield write


@contextmanager
def _parquet(path: Path) -> Generator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting: list[TrainingRow] = []
    writer: Any = None

    def flush() -> None:
        nonlocal writer
        if waiting:
            table = pa.Table.from_pylist(waiting, schema=writer.schema if writer else _schema(waiting[0]))
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            waiting.clear()

    def write(row: TrainingRow) -> None:
        waiting.append(row)
        if len(waiting) >= _ROWS_AT_ONCE:
            flush()

    try:
        yield write
        flush()
    finally:
        if writer:
            writer.close()


def _schema(row: TrainingRow) -> Any:
    """Columns by name, because a value that is missing in the first row has no type."""
    import pyarrow as pa

    messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    kinds = {"students": pa.list_(pa.string()), "seed": pa.int64(), "label": pa.bool_()}
    numbers = ("margin", "score", "correctness", "lbt")

    def kind(name: str, value: Any) -> Any:
        if name.split("_")[0] in numbers:
            return pa.float64()
        return kinds.get(name) or (messages if isinstance(value, list) else pa.string())

    return pa.schema([(name, kind(name, value)) for name, value in row.items()])


@contextmanager
def _hub(name: str) -> Generator[Write]:
    from datasets import Dataset

    with TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.parquet"
        with _parquet(path) as write:
            yield write
        data: Any = Dataset.from_parquet(str(path))
        data.push_to_hub(name)


_WRITERS = {".jsonl": _jsonl, ".parquet": _parquet}
