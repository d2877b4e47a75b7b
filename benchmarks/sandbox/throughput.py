"""Reference solutions of a data set through the sandbox and through the classic harness shape, with equal workers.

await throughput("humaneval", Path("HumanEval.jsonl.gz"), "docker", rounds=3)

One worker also uses part of a second CPU, for children that get ready or come to their end, where that has nothing else
to do. So scaling is measured from one worker as it is, and from one that is kept to one CPU.
"""

import gzip
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import click
from lbt_sandbox import Problem, Report, Sandbox, Verdict
from lbt_sandbox.loaders import load_problems

from benchmarks.sandbox.classic import FORMS, run_classic

WORKERS = (1, 2)
TARGETS = {"humaneval": 5.0, "leetcode": 1.5}


@contextmanager
def _on_one_cpu() -> Generator[str]:
    """Keeps all threads of this process to one CPU; gives it as `docker run --cpuset-cpus` takes it."""
    everything = os.sched_getaffinity(0)
    _move({min(everything)})
    try:
        yield str(min(everything))
    finally:
        _move(everything)


def _move(cpus: set[int]) -> None:
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), cpus)


async def _seconds_on_one_cpu(problems: list[Problem], engine: str, rounds: int) -> float:
    with _on_one_cpu() as cpu:
        options: dict[str, Any] = {"cpuset": cpu} if engine == "docker" else {}
        async with Sandbox(engine=engine, workers=1, **options) as sandbox:  # type: ignore[arg-type]
            await _graded(problems[:10], sandbox)
            return min([(await _graded(problems, sandbox))[1] for _ in range(rounds)])


async def _graded(problems: list[Problem], sandbox: Sandbox) -> tuple[list[Report], float]:
    submissions = [(problem, problem.reference or "") for problem in problems]
    started = time.perf_counter()
    reports = [report async for report in sandbox.grade_many(submissions) if isinstance(report, Report)]
    return reports, time.perf_counter() - started


async def throughput(name: str, path: Path, engine: str, rounds: int) -> None:
    """Print programs per second of either side, their ratio, scaling, and the references that are not accepted."""
    problems = list(load_problems(path).problems.values())
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = [json.loads(line) for line in file]
    best: dict[tuple[str, int], float] = {}
    failed: dict[str, str] = {}
    for workers in WORKERS:
        async with Sandbox(engine=engine, workers=workers) as sandbox:  # type: ignore[arg-type]
            await _graded(problems[:10], sandbox)
            for _ in range(rounds):
                reports, seconds = await _graded(problems, sandbox)
                best["sandbox", workers] = min(seconds, best.get(("sandbox", workers), seconds))
                own = sum(test.cpu for report in reports for test in report.tests) / workers
                best["programs", workers] = min(own, best.get(("programs", workers), own))
                failed |= {report.task_id: report.message for report in reports if report.verdict is not Verdict.AC}
                for form in FORMS:
                    passed, seconds = await anyio.to_thread.run_sync(run_classic, rows, workers, form)
                    best[form, workers] = min(seconds, best.get((form, workers), seconds))
                    if passed != len(rows):
                        click.echo(f"  classic ({form}): {passed} of {len(rows)} passed")
    best["one CPU", 1] = await _seconds_on_one_cpu(problems, engine, rounds)
    _print(name, len(problems), best, failed)


def _print(name: str, count: int, best: dict[tuple[str, int], float], failed: dict[str, str]) -> None:
    for workers in WORKERS:
        seconds = best["sandbox", workers]
        click.echo(
            f"  {workers} worker(s): sandbox {count / seconds:7.1f} programs/s, {1e3 * seconds / count:.2f} ms each"
        )
        for form in FORMS:
            classic = best[form, workers]
            click.echo(f"    {form:10} {count / classic:7.1f} programs/s: sandbox {classic / seconds:5.2f} x")
        own = best["programs", workers]
        click.echo(f"    of the sandbox's time {own / seconds:4.0%} is the programs' own CPU time in their tests")
        click.echo(f"    a sandbox that costs nothing: {best[FORMS[0], workers] / own:5.2f} x {FORMS[0]}")
    click.echo(f"  1 to 2 workers: {best['sandbox', 1] / best['sandbox', 2]:.2f} x")
    click.echo(f"  1 worker on 1 CPU to 2 workers on 2: {best['one CPU', 1] / best['sandbox', 2]:.2f} x")
    click.echo(f"  wanted: {TARGETS[name]} x human-eval; 1.7 x from 1 to 2 workers where the CPUs have no other work")
    click.echo(f"  accepted: {count - len(failed)} of {count}")
    for task_id, message in failed.items():
        click.echo(f"    {task_id}: {message}")
