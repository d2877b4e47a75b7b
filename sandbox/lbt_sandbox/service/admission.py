"""Who runs next, who waits and who is refused. Pure: no clock, no loop; `gate` gives it both.

    queue = FairQueue(running=4, waiting=100)
    queue.offer(Ticket("alice"))     # False where the queue is full
    queue.start()                    # the ticket that is due, or None
    queue.finish(ticket, seconds=0.2)

Places go to the tenant that has used least: seconds of the sandbox, not requests, so that a tenant with slow programs
and one with fast ones get the same share. A tenant who comes back begins where the least busy one is, and cannot save
up idle time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

TYPICAL_SECONDS = 0.01
"""What a submission is taken to cost while it runs, until the first has ended."""
_WEIGHT = 0.05


@dataclass(eq=False, slots=True)
class Ticket:
    """One submission's turn."""

    tenant: str


@dataclass(slots=True)
class _Tenant:
    waiting: deque[Ticket] = field(default_factory=deque[Ticket])
    running: int = 0
    used: float = 0.0


class FairQueue:
    """Tickets that run and tickets that wait.

    Args:
        running: Most tickets that run at a time.
        waiting: Most that wait.
        limits: Most that run at a time of a tenant, where that is less.
    """

    def __init__(self, running: int, waiting: int, limits: Mapping[str, int] | None = None) -> None:
        self.places, self.most_waiting, self.limits = running, waiting, dict(limits or {})
        self.running = self.waiting = 0
        self.typical = TYPICAL_SECONDS
        self._tenants: dict[str, _Tenant] = {}

    def offer(self, ticket: Ticket, always: bool = False) -> bool:
        """Take a ticket in; False where there is no room for it, unless it is one that is `always` taken."""
        if self.waiting >= self.most_waiting and not always:
            return False
        tenant = self._tenants.get(ticket.tenant)
        if tenant is None:
            tenant = self._tenants[ticket.tenant] = _Tenant(used=self._least())
        tenant.waiting.append(ticket)
        self.waiting += 1
        return True

    def start(self) -> Ticket | None:
        """The ticket that is due, which runs from now on; None where none waits or no place is free."""
        if self.running >= self.places:
            return None
        able = [(self._share(each), name) for name, each in self._tenants.items() if self._may_start(name, each)]
        if not able:
            return None
        tenant = self._tenants[min(able)[1]]
        tenant.running += 1
        self.running += 1
        self.waiting -= 1
        return tenant.waiting.popleft()

    def finish(self, ticket: Ticket, seconds: float) -> None:
        """A ticket that ran has ended after so many seconds."""
        tenant = self._tenants[ticket.tenant]
        tenant.running -= 1
        tenant.used += seconds
        self.running -= 1
        self.typical += _WEIGHT * (seconds - self.typical)
        self._forget(ticket.tenant, tenant)

    def withdraw(self, ticket: Ticket) -> None:
        """A ticket that waits does so no longer."""
        tenant = self._tenants[ticket.tenant]
        tenant.waiting.remove(ticket)
        self.waiting -= 1
        self._forget(ticket.tenant, tenant)

    def _may_start(self, name: str, tenant: _Tenant) -> bool:
        return bool(tenant.waiting) and tenant.running < self.limits.get(name, self.places)

    def _share(self, tenant: _Tenant) -> float:
        return tenant.used + tenant.running * self.typical

    def _least(self) -> float:
        return min(map(self._share, self._tenants.values()), default=0.0)

    def _forget(self, name: str, tenant: _Tenant) -> None:
        if not tenant.waiting and not tenant.running:
            del self._tenants[name]


class ByteAllowance:
    """Bytes of requests that are held at a time."""

    def __init__(self, size: int) -> None:
        self.size, self.used = size, 0

    def take(self, count: int) -> bool:
        """Take so many; False where they do not fit."""
        if self.used + count > self.size:
            return False
        self.used += count
        return True

    def give_back(self, count: int) -> None:
        """Give so many back."""
        self.used -= count
