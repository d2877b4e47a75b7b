"""Many calls side by side, and their results in the order in which they were asked for.

replies = await in_order([partial(ask, question) for question in questions])
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

T = TypeVar("T")


async def in_order(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Runs the calls concurrently, started in this order; results in the same order; the first error ends all.

    Like `inspect_ai.util.collect`, without a span per call: a sample has thousands, and nobody could read the log.
    """
    results: dict[int, T] = {}

    async def run(index: int) -> None:
        results[index] = await calls[index]()

    try:
        async with anyio.create_task_group() as group:
            for index in range(len(calls)):
                group.start_soon(run, index)
    except BaseExceptionGroup as failures:
        error: BaseException = failures
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
    return [results[index] for index in range(len(calls))]
