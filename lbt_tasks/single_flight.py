"""Results that are worked out once, however many ask for them at the same time.

    once: SingleFlight[tuple[str, bytes], float] = SingleFlight()
    score = await once.get(("two-sum", digest), lambda: grade(program))

Whoever asks while another is at work waits for that result. One that fails or is cancelled leaves nothing behind: the
next who asks begins anew.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import anyio

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """Results by key, kept as long as this object lives; for use within one event loop at a time."""

    def __init__(self) -> None:
        self._results: dict[K, T] = {}
        self._at_work: dict[K, anyio.Event] = {}
        self.asked = 0
        """How often a result was asked for."""

    @property
    def worked_out(self) -> int:
        """How many results there are."""
        return len(self._results)

    async def get(self, key: K, work: Callable[[], Awaitable[T]]) -> T:
        """The result of that key, worked out now where nobody has done so."""
        self.asked += 1
        while key not in self._results:
            if key in self._at_work:
                await self._at_work[key].wait()
                continue
            done = self._at_work[key] = anyio.Event()
            try:
                self._results[key] = await work()
            finally:
                del self._at_work[key]
                done.set()
        return self._results[key]
