"""The replies of a shard that is not finished: one line each, so that a worker that is killed pays for none twice.

    with Journal.opened(Path("RUN/journal/shard-00042.jsonl")) as journal:
        journal.add("3f6c", b'{"choices": [...]}')
        journal.get("3f6c")

A line is written at once and whole, or is the last one and broken off, which is passed over. With its shard's tables
written, a journal is removed.
"""

import json
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError


@dataclass(slots=True)
class Journal:
    """Replies by the name of their call; kept in memory alone where there is no file."""

    file: int | None = None
    path: Path | None = None
    replies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Those of an earlier attempt."""
    found: int = 0
    """How many of them were asked for again."""
    is_whole: bool = False
    """No other reply is to be had."""

    @classmethod
    @contextmanager
    def opened(cls, path: Path, earlier: bytes = b"") -> Generator["Journal"]:
        """The journal of that file, which is made where it is not there; with the replies of an earlier one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {**dict(_replies(earlier.splitlines())), **dict(_lines(path))}
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            _end_line(path, file)
            yield cls(file, path, kept)
        finally:
            os.close(file)

    @classmethod
    def whole(cls, data: bytes) -> "Journal":
        """A journal whose replies are all that there are."""
        return cls(replies=dict(_replies(data.splitlines())), is_whole=True)

    def get(self, key: str) -> dict[str, Any] | None:
        """The reply that was paid for before; `None` where there is none."""
        reply = self.replies.get(key)
        self.found += reply is not None
        return reply

    def add(self, key: str, reply: bytes) -> None:
        """Keeps a reply, which is JSON.

        Raises:
            UsageError: it cannot be written.
        """
        if self.file is None:
            return
        line = b'["%b",%b]\n' % (key.encode(), b" ".join(reply.splitlines()))  # within a text no line ends in JSON
        try:
            written = os.write(self.file, line)
        except OSError as error:
            raise UsageError(
                f"A reply could not be kept: {error.strerror}. Make room, and give the same command again."
            ) from None
        if written < len(line):
            raise UsageError("A reply could not be kept: no space left. Make room, and give the same command again.")


def _lines(path: Path) -> Generator[tuple[str, dict[str, Any]]]:
    if path.exists():
        with path.open("rb") as file:
            yield from _replies(file)


def _replies(lines: Iterable[bytes]) -> Generator[tuple[str, dict[str, Any]]]:
    for line in lines:
        with suppress(ValueError):  # the last one, broken off
            key, reply = json.loads(line)
            yield key, reply


def _end_line(path: Path, file: int) -> None:
    """After a line that broke off a new one begins."""
    with path.open("rb") as there:
        if there.seek(0, os.SEEK_END) and there.seek(-1, os.SEEK_END) and there.read(1) != b"\n":
            os.write(file, b"\n")
