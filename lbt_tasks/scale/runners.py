"""Who works on which shards: this process on some at a time.

await run_here(run, run.part(1, 4), servers, at_once=3)
"""

import gc
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from lbt_solvers.concurrency import in_order
from lbt_tasks.scale.servers import Servers
from lbt_tasks.scale.shards import Run

_NEW_OBJECTS = 50_000
"""Made before Python looks for garbage in cycles; its 700 are those of some three calls."""


async def run_here(run: Run, shards: Sequence[int], servers: Servers, at_once: int = 3) -> None:
    """Works on these shards, several at a time, so that the last replies of one hold up no other.

    Raises:
        UsageError: the run makes no sense any more.
    """
    left = iter(shards)

    async def worker() -> None:
        for shard in left:
            await run.do(shard)

    with _few_collections():
        async with servers:
            await in_order([worker] * at_once)


@contextmanager
def _few_collections() -> Generator[None]:
    """Looks for garbage seldom, and not among what is imported: a third of a call's time."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not frozen:  # else somebody else's objects would thaw, too
            gc.unfreeze()
