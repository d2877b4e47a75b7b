"""What `lbt scale` does: the run is made in its folder, its shards are worked on here or by Ray, and the end is told.

print(run_scale(Arguments("lbt_tasks/qa", ("data=mine.csv",), "llama", (), ("http://gpu1:8000/v1",), "RUN")))
"""

import time
from contextvars import copy_context
from functools import partial

import anyio
import click

from lbt_solvers._compat import task_arguments
from lbt_solvers.progress import RUN_PROGRESS, duration
from lbt_tasks.scale.arguments import Arguments, part_of, prepared, servers_of
from lbt_tasks.scale.estimating import estimate
from lbt_tasks.scale.runners import run_here
from lbt_tasks.scale.servers import Counts
from lbt_tasks.scale.shards import Run


def run_scale(given: Arguments) -> str:
    """Works on the shards that are left, and says what was done.

    Raises:
        UsageError: an option that cannot work, or the run had to stop.
    """
    return copy_context().run(_run, given)


def _run(given: Arguments) -> str:
    if task_arguments(given.options).get("estimate"):
        return anyio.run(estimate, given, backend="asyncio")
    servers = servers_of(given)
    run = prepared(given, servers)
    shards = run.part(*part_of(given.shard))
    left, started = run.left(shards), time.monotonic()
    if given.ray:
        from lbt_tasks.scale.ray_runner import run_on_ray  # of an extra

        run_on_ray(given, run, left, servers.counts)
    else:
        RUN_PROGRESS.expect(sum(len(run.samples_of(shard)) for shard in left))
        with RUN_PROGRESS.in_lines(partial(click.echo, err=True)):
            anyio.run(run_here, run, left, servers, backend="asyncio")
    return closing(given, run, servers.counts, len(shards) - len(left), len(left), time.monotonic() - started)


def closing(given: Arguments, run: Run, counts: Counts, before: int, shards: int, seconds: float) -> str:
    """What a person reads at the end."""
    done = run.done
    lines = [
        f"{given.out}: {shards} shards done in {duration(seconds)}, {before} were done before; "
        f"{done.problems} problems, {counts.calls} calls, {counts.retries} repeated, {counts.failed} without a reply, "
        f"{done.replies_found} replies found in journals."
    ]
    if counts.failed:
        lines.append(f"Calls without a reply are sittings without a score; the last one: {counts.last_failure}")
    if done.errors:
        lines.append(f"{done.errors} problems have an error instead of a record; the last one: {done.last_error}")
    missing = 0 if run.grades_again else len(run.left(range(run.shards)))
    follows = f"{missing} of {run.shards} shards are left." if missing else f"What came of it: lbt report {given.out}"
    return "\n".join([*lines, follows])
