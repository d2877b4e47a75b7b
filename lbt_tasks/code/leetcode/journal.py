"""A file of JSON lines that only grows: what is in it survives a kill, and the next run reads it and goes on.

with Journal(Path("raw.jsonl")) as journal:
    journal.append({"question": {...}})
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self


class Journal:
    """The rows so far, and a way to add one; a line that a kill has left half is cut off."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise ValueError(f"Cannot write {path}: {error.strerror or error}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.rows = _whole_rows(self._file)
        except BaseException as error:
            self._file.close()
            if isinstance(error, BlockingIOError):
                raise ValueError(f"{path} is being written by another run.") from None
            if isinstance(error, ValueError):
                raise ValueError(f"{path} is no file of JSON objects, one a line: name another.") from None
            raise

    def append(self, row: dict[str, Any]) -> None:
        """Add a row; it is on the disk when this returns."""
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows.append(row)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _whole_rows(file: BinaryIO) -> list[dict[str, Any]]:
    """The rows of a file, which then ends with a whole line.

    Raises:
        ValueError: it holds something else; it is left as it is.
    """
    file.seek(0)
    content = file.read()
    whole, newline, rest = content.rpartition(b"\n")
    rows = [_row(line) for line in whole.splitlines() if line.strip()]
    try:
        if rest:
            rows.append(_row(rest))
            file.write(b"\n")
    except ValueError:
        if not rest.startswith(b"{"):
            raise
        file.truncate(len(whole) + len(newline))
    return rows


def _row(line: bytes) -> dict[str, Any]:
    row: Any = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("no object")
    return row
