"""K warm workers: lent to a job and the one after it, checked when something odd has happened, replaced in time.

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
DEPTH = 2
PATIENCE_SECONDS = 60.0
"""How long a pool that has worked before waits for its engine to come back."""


class Pool:
    """Lends `size` workers, to `DEPTH` jobs at a time: while one runs, the next is on its way.

    Args:
        engine: Where guests come from.
        size: K.
        unsafe: Accept a guest that lacks a layer.
        runs_per_worker: Jobs after which a worker is replaced.
        pin: Keep each worker on a CPU of its own: supervisor and child take turns, and turns on one CPU are cheap.
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
        self._workers: deque[Worker] = deque()
        self._places_for_jobs = anyio.Semaphore(size * DEPTH, fast_acquire=True)
        self._changed = anyio.Event()

    async def start(self) -> None:
        """Start all workers at once, so that what is missing shows before the first submission."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self.size):
                tasks.start_soon(self._fresh)

    async def _fresh(self) -> Worker:
        deadline = time.monotonic() + (self.patience if self.started else 0)
        place = self._places.popleft()
        try:
            while True:
                try:
                    worker = await Worker.start(self.engine, self.unsafe, place)
                    self.started += 1
                    self._workers.append(worker)
                    return worker
                except SandboxUnavailable:
                    if time.monotonic() > deadline:
                        raise
                    await anyio.sleep(0.5)
        except BaseException:
            self._give_back(place)
            raise

    def _give_back(self, place: int | None) -> None:
        self._places.append(place)
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    @asynccontextmanager
    async def lend(self, since: float = 0.0) -> AsyncGenerator[Worker]:
        """A worker for one job; the one that has rested longest, so that its spare child is ready.

        Args:
            since: Only one started after this moment of time.monotonic(): what ended another may have ended the rest.
        """
        async with self._places_for_jobs:
            worker = await self._choose(since)
            try:
                yield worker
                if worker.suspicious and worker.usable:
                    await worker.check()
            except WorkerFailed:
                worker.usable = False
                raise
            finally:
                worker.jobs -= 1
                await self._take_back(worker)

    async def _choose(self, since: float) -> Worker:
        while True:
            able = [worker for worker in self._workers if worker.since >= since and self._takes_more(worker)]
            worker = next((worker for worker in able if not worker.jobs), None)
            if worker is None and self._places:
                worker = await self._fresh()
            worker = worker or next(iter(able), None)
            if worker is not None:
                worker.jobs += 1
                self._workers.remove(worker)
                self._workers.append(worker)
                return worker
            await self._changed.wait()

    def _takes_more(self, worker: Worker) -> bool:
        return worker.jobs < DEPTH and not self._is_spent(worker)

    def _is_spent(self, worker: Worker) -> bool:
        return not worker.usable or worker.suspicious or worker.runs >= self.runs_per_worker

    async def _take_back(self, worker: Worker) -> None:
        if self._is_spent(worker) and not worker.jobs:
            self._workers.remove(worker)
            self._give_back(worker.place)
            await worker.stop()
        else:
            self._notify()

    async def close(self) -> None:
        """End all workers, also when the caller is being cancelled."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                while self._workers:
                    tasks.start_soon(self._workers.pop().stop)
            await self.engine.close()
