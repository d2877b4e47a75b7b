"""K warm workers: lent to one submission at a time, checked when something odd has happened, replaced in time.

    async with pool.lend() as worker:
        outcomes = await worker.run(job)

Workers are made when they are first needed. One that fails, is interrupted or has run `runs_per_worker` jobs is
ended, and the next that is needed is a fresh one.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from lbt_sandbox.engines import Engine
from lbt_sandbox.types import SandboxUnavailable
from lbt_sandbox.worker import Worker, WorkerFailed

RUNS_PER_WORKER = 10_000
PATIENCE_SECONDS = 60.0
"""How long a pool that has worked before waits for its engine to come back."""


class Pool:
    """Lends workers, at most `size` at a time.

    Args:
        engine: Where guests come from.
        size: K.
        unsafe: Accept a guest that lacks a layer.
        runs_per_worker: Jobs after which a worker is replaced.
        pin: Keep each worker on a CPU of its own: zygote and child take turns, and turns on one CPU are cheap.
    """

    def __init__(
        self,
        engine: Engine,
        size: int,
        unsafe: bool = False,
        runs_per_worker: int = RUNS_PER_WORKER,
        pin: bool = True,
    ) -> None:
        self.engine, self.size, self.unsafe, self.runs_per_worker = engine, size, unsafe, runs_per_worker
        # From the process id on, so that several graders on a machine do not crowd its first CPUs.
        self._places = deque(range(os.getpid(), os.getpid() + size) if pin else [None] * size)
        self.patience = PATIENCE_SECONDS
        self.started = 0
        """Workers started so far; more than `size` after replacements."""
        self._idle: deque[Worker] = deque()
        self._free = anyio.Semaphore(size)

    async def start(self) -> None:
        """Start all workers at once, so that what is missing shows before the first submission."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self.size):
                tasks.start_soon(self._add)

    async def _add(self) -> None:
        self._idle.append(await self._fresh())

    async def _fresh(self) -> Worker:
        deadline = time.monotonic() + (self.patience if self.started else 0)
        place = self._places.popleft()
        try:
            while True:
                try:
                    worker = await Worker.start(self.engine, self.unsafe, place)
                    self.started += 1
                    return worker
                except SandboxUnavailable:
                    if time.monotonic() > deadline:
                        raise
                    await anyio.sleep(0.5)
        except BaseException:
            self._places.append(place)
            raise

    @asynccontextmanager
    async def lend(self, fresh: bool = False) -> AsyncGenerator[Worker]:
        """A worker for one job; the one that has rested longest, so that its spare child is ready.

        Args:
            fresh: One that has just been started: what ended another worker may have ended those that rest, too.
        """
        async with self._free:
            if fresh and self._idle:
                await self._retire(self._idle.popleft())
            worker = self._idle.popleft() if self._idle and not fresh else await self._fresh()
            try:
                yield worker
                if worker.suspicious:
                    await worker.check()
            except WorkerFailed:
                worker.usable = False
                raise
            finally:
                await self._take_back(worker)

    async def _take_back(self, worker: Worker) -> None:
        if worker.usable and not worker.suspicious and worker.runs < self.runs_per_worker:
            self._idle.append(worker)
        else:
            await self._retire(worker)

    async def _retire(self, worker: Worker) -> None:
        self._places.append(worker.place)
        await worker.stop()

    async def close(self) -> None:
        """End all workers, also when the caller is being cancelled."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                while self._idle:
                    tasks.start_soon(self._idle.pop().stop)
            await self.engine.close()
