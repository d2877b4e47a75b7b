"""Lines of JSON objects, one by one; whatever is wrong with a line, the next is read.

>>> [row.data for row in read_rows("problems.jsonl") if isinstance(row, NumberedRow)]
[{'task_id': 'add'}]
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lbt_sandbox.types import SandboxError


class DataError(SandboxError):
    """A file that is not there or holds nothing that can be used."""


class BadRow(Exception):  # noqa: N818 - a signal between the loaders; the user sees a BrokenLine
    """A row that is no problem, with the reason."""


class NumberedRow(NamedTuple):
    """A line that is a JSON object."""

    line: int
    data: dict[str, Any]


class BrokenLine(NamedTuple):
    """A line that cannot be used, counted from 1, and why."""

    line: int
    reason: str


def read_rows(path: str | PathLike[str]) -> Iterator[NumberedRow | BrokenLine]:
    """Every line that is not blank.

    Raises:
        DataError: The file cannot be opened.
    """
    number = 0
    with _open(Path(path)) as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _parse(number, line)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield BrokenLine(number + 1, f"the compressed file breaks off here ({error})")


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
        return gzip.open(path, "rb") if compressed else path.open("rb")
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from None


def _parse(number: int, line: bytes) -> NumberedRow | BrokenLine:
    try:
        data = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return BrokenLine(number, f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start}")
    except RecursionError:
        return BrokenLine(number, "JSON nested too deeply")
    except ValueError as error:
        return BrokenLine(number, f"not JSON: {error}")
    if not isinstance(data, dict):
        return BrokenLine(number, f"a JSON object was needed, found {type(data).__name__}")
    return NumberedRow(number, data)


def task_id_of(row: dict[str, Any]) -> str:
    """The column `task_id`; a whole number is its text, so that 1 and "1" are one task."""
    value = row.get("task_id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(row, "task_id")


def text(row: dict[str, Any], name: str, default: str | None = None) -> str:
    """A column that must be text; `BadRow` where it is missing without a default, or something else."""
    value = row.get(name, default)
    if value is None:
        raise BadRow(f"the column '{name}' is missing")
    if not isinstance(value, str):
        raise BadRow(f"the column '{name}' must be text, found {type(value).__name__}")
    return value
