"""Who works on which shards: this process on some at a time.

await run_here(run, run.part(1, 4), servers, at_once=3)
"""

from collections.abc import Sequence

from lbt_solvers.concurrency import in_order
from lbt_tasks.scale.servers import Servers
from lbt_tasks.scale.shards import Run


async def run_here(run: Run, shards: Sequence[int], servers: Servers, at_once: int = 3) -> None:
    """Works on these shards, several at a time, so that the last replies of one hold up no other.

    Raises:
        UsageError: the run makes no sense any more.
    """
    left = iter(shards)

    async def worker() -> None:
        for shard in left:
            await run.do(shard)

    async with servers:
        await in_order([worker] * at_once)
