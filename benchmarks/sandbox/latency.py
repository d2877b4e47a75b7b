"""How long one trivial submission takes with every layer on, against a bare fork that runs the same code.

    await latency("docker", rounds=3)

"one after another" grades as fast as it can; "with pauses" leaves 5 ms between submissions, as a caller does that waits
for a model, so that the next spare child is always ready.
"""

import time
from collections.abc import Awaitable, Callable
from statistics import quantiles

import anyio
import click
from lbt_sandbox import Case, Limits, Problem, Sandbox, Verdict
from lbt_sandbox.types import Job, Kind

from benchmarks.sandbox.bare_fork import bare_fork_seconds

SOURCE = "def add(a, b): return a + b"
PROBLEM = Problem("add", "add", (Case(args=(1, 2), expected=3),))
EMPTY = Job("", "add", Kind.CALL, (), Limits())
RUNS = 500
WARM_UP = 50


def spread(seconds: list[float]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    cuts = quantiles(seconds, n=100)
    return cuts[49] * 1e3, cuts[94] * 1e3


async def timed(step: Callable[[], Awaitable[object]], pause: float) -> list[float]:
    """Seconds of every run of a step."""
    seconds: list[float] = []
    for _ in range(RUNS):
        await anyio.sleep(pause)
        started = time.perf_counter()
        await step()
        seconds.append(time.perf_counter() - started)
    return seconds


async def latency(engine: str, rounds: int) -> None:
    """Print p50 and p95 of every form, their ratio to the bare fork, and where the time goes."""
    async with Sandbox(engine=engine) as sandbox:  # type: ignore[arg-type]
        inside: list[float] = []

        async def grade() -> None:
            report = await sandbox.grade(PROBLEM, SOURCE)
            assert report.verdict is Verdict.AC
            inside.append(report.tests[0].wall)

        for _ in range(WARM_UP):
            await grade()
        results: dict[str, list[tuple[float, float]]] = {}
        for _ in range(rounds):
            bare = await anyio.to_thread.run_sync(bare_fork_seconds, SOURCE, "add", [1, 2], RUNS)
            results.setdefault("bare fork", []).append(spread(bare))
            results.setdefault("sandbox, one after another", []).append(spread(await timed(grade, 0)))
            results.setdefault("sandbox, with pauses", []).append(spread(await timed(grade, 0.005)))
            results.setdefault("  of it: to the supervisor and back", []).append(
                spread(await timed(lambda: sandbox.run(EMPTY), 0.005))
            )
    results["  of it: call in the child, by the supervisor's clock"] = [spread(inside)]
    floor = min(results["bare fork"])[0]
    for name, figures in results.items():
        p50, p95 = min(figures)
        click.echo(f"  {name:50} p50 {p50:6.2f} ms   p95 {p95:6.2f} ms   {p50 / floor:5.2f} x bare fork")
