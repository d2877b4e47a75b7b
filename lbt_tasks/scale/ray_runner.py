"""Shards on a Ray cluster: one task of Ray a shard, placed, restarted and moved off dead nodes by Ray.

    run_on_ray(given, run, run.left(range(run.shards)), counts)

A worker makes the run once and keeps it. Nothing but a shard's number goes to it and nothing but counts comes back, so
the driver's memory is that of the run's problems. Every node needs this project, and the run's folder at the same path
or address.
"""

import time
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import anyio
import click

from lbt_solvers.errors import PrerequisiteError, UsageError, one_line
from lbt_solvers.installation import install_command
from lbt_solvers.progress import duration
from lbt_tasks.scale.arguments import Arguments, prepared, servers_of
from lbt_tasks.scale.runners import run_here
from lbt_tasks.scale.servers import Counts, Servers
from lbt_tasks.scale.shards import Done, Run

CPUS = 0.5
"""Of a core, for a worker: it waits for servers more than half of its time."""
RESTARTS = 20
"""Of a shard whose worker or node died."""
LINE_EVERY = 15.0

ShardOutcome = tuple[Done, Counts, str]
"""What a shard took, and why the run must stop; empty where it need not."""


def run_on_ray(given: Arguments, run: Run, shards: Sequence[int], counts: Counts) -> None:
    """Works on these shards, and adds up what they took.

    Raises:
        UsageError: no Ray, another one than the cluster's, or the run makes no sense any more.
    """
    ray = _connected(given.ray)
    try:
        work = ray.remote(num_cpus=CPUS, max_retries=RESTARTS)(_work)
        _collect(ray, [work.remote(replace(given, ray=""), shard) for shard in shards], run, counts)
    finally:
        ray.shutdown()


def _connected(address: str) -> Any:
    try:
        ray: Any = import_module("ray")
    except ImportError:
        raise UsageError(f"--ray needs Ray: {install_command('ray')}.") from None
    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address == "local" else None)
    except (RuntimeError, ConnectionError, ValueError) as error:  # no cluster there, or one of another version
        raise UsageError(f"--ray {address}: {' '.join(str(error).split())[:300]}") from None
    return ray


def _collect(ray: Any, waiting: list[Any], run: Run, counts: Counts) -> None:
    shards, started, line_at = len(waiting), time.monotonic(), time.monotonic() + LINE_EVERY
    while waiting:
        finished, waiting = ray.wait(waiting, timeout=1.0)
        for done, asked, stop in _outcomes(ray, finished):
            run.done.add(done)
            counts.add(asked)
            if stop:
                raise UsageError(stop)
        if (now := time.monotonic()) > line_at and len(waiting) < shards:
            line_at = now + LINE_EVERY
            left = (now - started) / (shards - len(waiting)) * len(waiting)
            click.echo(
                f"{shards - len(waiting)} of {shards} shards, {run.done.problems} problems, {counts.calls} calls, left "
                f"{duration(left)}",
                err=True,
            )


def _outcomes(ray: Any, finished: Sequence[Any]) -> Sequence[ShardOutcome]:
    try:
        return ray.get(finished)
    except ray.exceptions.RayError as error:  # a worker that died too often, or cannot even begin
        first = str(error).strip().splitlines()[-1]
        raise UsageError(
            f"A shard failed on Ray: {first}. What is finished is kept: give the same command again."
        ) from None


def _work(given: Arguments, shard: int) -> ShardOutcome:
    """On a worker."""
    context, run, servers = _made(given)
    try:
        for shard_left in run.left([shard]):
            context.run(anyio.run, run_here, run, [shard_left], servers)
        return replace(run.done), replace(servers.counts), ""
    except PrerequisiteError as error:
        return replace(run.done), replace(servers.counts), one_line(error)
    finally:
        run.done.clear()
        servers.counts.clear()


@cache
def _made(given: Arguments) -> tuple[Context, Run, Servers]:
    context, servers = copy_context(), servers_of(given)
    return context, context.run(prepared, given, servers), servers
