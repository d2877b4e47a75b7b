"""A file of JSON lines that only grows: what is in it survives a kill, and the next run reads it and goes on.

with Journal(Path("raw.jsonl")) as journal:
    journal.append({"question": {...}})
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lbt_sandbox.results import cut_to_whole_lines


class Journal:
    """The rows so far, and a way to add one; a line that a kill has left half is cut off."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file.seek(0)
            cut_to_whole_lines(self._file)
            self._file.seek(0)
            rows: list[Any] = [json.loads(line) for line in self._file if line.strip()]
        except BlockingIOError:
            raise ValueError(f"{path} is being written by another run.") from None
        except OSError as error:
            raise ValueError(f"Cannot write {path}: {error.strerror or error}.") from None
        except ValueError:
            raise ValueError(f"{path} is no file of JSON lines: name another.") from None
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"{path} is no file of JSON objects: name another.")
        self.rows: list[dict[str, Any]] = rows

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
