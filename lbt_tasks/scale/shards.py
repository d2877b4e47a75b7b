"""A shard: some whole problems of a run, taught, examined, graded and written, by one process and without any engine.

    run = Run(folder, work, samples, shard_size=32)
    await run.do(42, servers)          # RUN/*/shard-00042.parquet

A shard whose last table is there is done, and is never begun again. One that was cut off begins anew with its journal,
so that no reply is paid for twice. Where replies are kept, a finished shard can be graded again without a server.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from inspect_ai.dataset import Sample

from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import UsageError
from lbt_tasks.scale.finished import file_of, read_shard
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.journal import Journal
from lbt_tasks.scale.problems import Values, Work
from lbt_tasks.scale.rows import TABLES, tables_of

TAUGHT = "taught/"
"""Where the tables of the stage `teach` are."""
REPLIES = "replies"
"""Where the replies of finished shards are, with `keep_replies`."""


@dataclass(slots=True)
class Done:
    """What a process did."""

    problems: int = 0
    errors: int = 0
    last_error: str = ""
    replies_found: int = 0
    """In journals of an earlier attempt."""

    def add(self, other: "Done") -> None:
        """What another process did, too."""
        self.problems, self.errors = self.problems + other.problems, self.errors + other.errors
        self.replies_found += other.replies_found
        self.last_error = other.last_error or self.last_error

    def clear(self) -> None:
        """From here on anew."""
        self.problems = self.errors = self.replies_found = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run and its shards."""

    folder: Folder
    work: Work
    samples: Sequence[Sample]
    shard_size: int
    keep_replies: bool = False
    grades_again: bool = False
    """Shards that are done, from their replies."""
    done: Done = field(default_factory=Done)

    @property
    def shards(self) -> int:
        """How many there are."""
        return -(-len(self.samples) // self.shard_size)

    def part(self, number: int, of: int) -> list[int]:
        """The shards of the `number`-th of so many jobs, from 1."""
        return list(range(number - 1, self.shards, of))

    def left(self, shards: Sequence[int]) -> list[int]:
        """Those that are not done in this stage; to grade again, those whose replies are kept."""
        if self.grades_again:
            kept = self.folder.names(REPLIES)
            return [shard for shard in shards if self._replies_of(shard) in kept]
        there = self.folder.names(self._prefix + TABLES[-1])
        return [shard for shard in shards if file_of(shard) not in there]

    def samples_of(self, shard: int) -> Sequence[Sample]:
        """Its problems."""
        return self.samples[shard * self.shard_size : (shard + 1) * self.shard_size]

    async def do(self, shard: int) -> None:
        """Works on a shard, and writes its tables.

        Raises:
            UsageError: the run makes no sense any more, or a file cannot be written.
        """
        kept = self._kept(shard)
        if self.grades_again:
            return await self._do(shard, Journal.whole(kept))
        journal_file = self.folder.journals / f"{self.work.stage}-{shard:05}.jsonl"
        with Journal.opened(journal_file, kept) as journal:
            await self._do(shard, journal)
        with suppress(FileNotFoundError):
            await anyio.Path(journal_file).unlink()

    async def _do(self, shard: int, journal: Journal) -> None:
        taught = self._taught(shard) if self.work.stage == "examine" else {}
        found = await in_order(
            [partial(self.work.do, each, journal, taught.get(str(each.id))) for each in self.samples_of(shard)]
        )
        if self.keep_replies and journal.path and not self._prefix:
            await run_sync(self._keep, shard, journal.path)
        await run_sync(self._write, shard, found)
        self.done.replies_found += journal.found
        self._count(found)

    def _kept(self, shard: int) -> bytes:
        name = f"{REPLIES}/{self._replies_of(shard)}"
        if (data := self.folder.read(name)) is None:
            return b""
        try:
            return gzip.GzipFile(fileobj=BytesIO(data or b"\0")).read()  # an empty file is a cut one
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(
                f"{self.folder.address}/{name} cannot be read ({error}): remove it; its calls are then paid for again."
            ) from None

    def _keep(self, shard: int, journal: Path) -> None:
        data = gzip.compress(self._kept(shard) + journal.read_bytes(), mtime=0)
        self.folder.write(f"{REPLIES}/{self._replies_of(shard)}", data)

    def _replies_of(self, shard: int) -> str:
        return f"{self.work.stage}-{shard:05}.jsonl.gz"

    def _write(self, shard: int, found: Sequence[Values]) -> None:
        for name, data in tables_of(found).items():
            self.folder.write(f"{self._prefix}{name}/{file_of(shard)}", data)

    def _count(self, found: Sequence[Values]) -> None:
        errors = [values["error"] for values in found if values["error"]]
        self.done.problems += len(found)
        self.done.errors += len(errors)
        self.done.last_error = errors[-1] if errors else self.done.last_error

    def _taught(self, shard: int) -> Mapping[str, Mapping[str, Any]]:
        found = read_shard(self.folder, shard, TAUGHT)
        if found is None:
            raise UsageError(f"{self.folder.address}: shard {shard} is not taught yet: run --stage teach first.")
        return {str(values["id"]): values["store"] for values in found}

    @property
    def _prefix(self) -> str:
        return TAUGHT if self.work.stage == "teach" else ""
