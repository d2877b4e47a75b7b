"""A sandbox behind a queue: every submission waits for its turn, and its own time begins when it has it.

    async with gate.turn("alice", patience=20) as waited:
        outcomes = await sandbox.run(job)

Who waits longer than it is worth gets `NoVerdict`, as does who finds the queue full.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import anyio

from lbt_sandbox.service.admission import FairQueue, Room, Ticket
from lbt_sandbox.service.refusals import NoVerdict


class Gate:
    """The queue of `admission` with an event loop.

    Args:
        running: Most submissions in the sandbox at a time.
        waiting: Most that wait.
        size: Most bytes of requests that are held.
        limits: Most submissions at a time of a tenant.
    """

    def __init__(self, running: int, waiting: int, size: int, limits: Mapping[str, int] | None = None) -> None:
        self.queue = FairQueue(running, waiting, limits)
        self.room = Room(size)
        self._turns: dict[Ticket, anyio.Event] = {}

    @asynccontextmanager
    async def turn(self, tenant: str, patience: float | None = None) -> AsyncGenerator[float]:
        """Wait for a turn; gives the seconds that it took.

        Args:
            tenant: Whose submission it is.
            patience: Most seconds to wait; None for any number, without a look at how many wait already.

        Raises:
            NoVerdict: The queue is full, or patience has ended.
        """
        ticket, since = Ticket(tenant), time.monotonic()
        await self._wait(ticket, self._offer(ticket, patience), patience)
        began = time.monotonic()
        try:
            yield began - since
        finally:
            self.queue.finish(ticket, time.monotonic() - began)
            self._start_next()

    def _offer(self, ticket: Ticket, patience: float | None) -> anyio.Event:
        if patience is None:
            self.queue.offer(ticket, always=True)
        elif not self.queue.offer(ticket):
            raise NoVerdict(f"{self.queue.waiting} submissions wait already", "overload")
        turn = self._turns[ticket] = anyio.Event()
        self._start_next()
        return turn

    async def _wait(self, ticket: Ticket, turn: anyio.Event, patience: float | None) -> None:
        try:
            with anyio.move_on_after(patience):
                await turn.wait()
        except BaseException:
            self._leave(ticket, turn)
            raise
        if not turn.is_set():
            self._leave(ticket, turn)
            raise NoVerdict(f"no turn came within {patience:.0f} s", "late")

    def _leave(self, ticket: Ticket, turn: anyio.Event) -> None:
        if turn.is_set():  # it came at the very moment
            self.queue.finish(ticket, 0.0)
            self._start_next()
        else:
            del self._turns[ticket]
            self.queue.withdraw(ticket)

    def _start_next(self) -> None:
        while (ticket := self.queue.start()) is not None:
            self._turns.pop(ticket).set()
