"""Coroutines for callers that cannot await: scripts, and cells of a notebook whose event loop runs already.

scores = run_in_background(partial(lbt_scores, problem, rationales, students=students, exam=exam))
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import TypeVar

from anyio import run
from anyio.from_thread import BlockingPortal

T = TypeVar("T")


def run_in_background(call: Callable[[], Awaitable[T]]) -> T:
    """What the coroutine returns, or raises; interrupted by the user, it ends."""
    future = _portal().start_task_soon(call)
    try:
        return future.result()
    except BaseException:  # no call goes on unseen
        future.cancel()
        raise


@cache
def _portal() -> BlockingPortal:
    """One event loop for all calls, since models keep connections that belong to theirs."""
    found: Future[BlockingPortal] = Future()

    async def serve() -> None:
        async with BlockingPortal() as portal:
            found.set_result(portal)
            await portal.sleep_until_stopped()

    Thread(target=run, args=(serve,), name="lbt", daemon=True).start()
    return found.result()
