"""A sandbox behind a queue: every submission waits for its turn, and its own time begins when it has it.

    turn = await gate.enter("alice", patience=20)
    try:
        outcomes = await sandbox.run(job)
    finally:
        gate.leave(turn)

Who waits longer than it is worth gets `NoVerdict`, as does who finds the queue full.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - uvicorn runs on it alone, and anyio's time-outs cost three times as much
import time
from collections.abc import Mapping
from dataclasses import dataclass

from lbt_sandbox.service.admission import ByteAllowance, FairQueue, Ticket
from lbt_sandbox.service.refusals import NoVerdict


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the sandbox: seconds that it was waited for, and when it began."""

    ticket: Ticket
    waited: float
    began: float


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
        self.bodies = ByteAllowance(size)
        self._turns: dict[Ticket, asyncio.Event] = {}

    async def enter(self, tenant: str, patience: float | None = None) -> Turn:
        """Wait for a turn.

        Args:
            tenant: Whose submission it is.
            patience: Most seconds to wait; None for any number, without a look at how many wait already.

        Raises:
            NoVerdict: The queue is full, or patience has ended.
        """
        ticket, since = Ticket(tenant), time.monotonic()
        turn = self._offer(ticket, patience)
        if not turn.is_set():
            await self._wait(ticket, turn, patience)
        now = time.monotonic()
        return Turn(ticket, now - since, now)

    def leave(self, turn: Turn) -> float:
        """Give the place to who is next; gives the seconds that the turn took."""
        seconds = time.monotonic() - turn.began
        self.queue.finish(turn.ticket, seconds)
        self._start_next()
        return seconds

    def _offer(self, ticket: Ticket, patience: float | None) -> asyncio.Event:
        if patience is None:
            self.queue.offer(ticket, always=True)
        elif not self.queue.offer(ticket):
            raise NoVerdict(f"{self.queue.waiting} submissions wait already", "overload")
        turn = self._turns[ticket] = asyncio.Event()
        self._start_next()
        return turn

    async def _wait(self, ticket: Ticket, turn: asyncio.Event, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                await turn.wait()
        except TimeoutError:
            if turn.is_set():  # it came at the very moment
                return
            self._give_up(ticket, turn)
            raise NoVerdict(f"no turn came within {patience:.0f} s", "late") from None
        except BaseException:
            self._give_up(ticket, turn)
            raise

    def _give_up(self, ticket: Ticket, turn: asyncio.Event) -> None:
        if turn.is_set():
            self.queue.finish(ticket, 0.0)
            self._start_next()
        else:
            del self._turns[ticket]
            self.queue.withdraw(ticket)

    def _start_next(self) -> None:
        while (ticket := self.queue.start()) is not None:
            self._turns.pop(ticket).set()
