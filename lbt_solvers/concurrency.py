"""Many calls side by side, and their results in the order in which they were asked for.

replies = await in_order([partial(ask, question) for question in questions])
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

import anyio

T = TypeVar("T")
AT_ONCE: ContextVar[int | None] = ContextVar("lbt_at_once", default=None)
"""How many of one list's calls are begun at once, in this context; all of them by default, and whoever asks models
bounds what is under way. A task for each of thousands that wait costs more than the calls."""


async def in_order(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Runs the calls concurrently, started in this order; results in the same order; the first error ends all.

    Like `inspect_ai.util.collect`, without a span per call: a sample has thousands, and nobody could read the log.
    """
    results: dict[int, T] = {}
    left = iter(enumerate(calls))

    async def run() -> None:
        for index, call in left:
            results[index] = await call()
            if not bounded:
                return

    bounded = (at_once := AT_ONCE.get()) is not None
    try:
        async with anyio.create_task_group() as group:
            for _ in range(min(len(calls), at_once or len(calls))):
                group.start_soon(run)
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return [results[index] for index in range(len(calls))]


@asynccontextmanager
async def beside(step: Callable[[], None], every: float) -> AsyncGenerator[None]:
    """Takes the step every so many seconds while the body runs; what the body raises comes out as it is."""

    async def repeat() -> None:
        while True:
            await anyio.sleep(every)
            step()

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(repeat)
            yield
            group.cancel_scope.cancel()
    except BaseExceptionGroup as failures:
        raise _first(failures) from None


def _first(failures: BaseException) -> BaseException:
    while isinstance(failures, BaseExceptionGroup):
        failures = failures.exceptions[0]
    return failures
