"""Figures of the sandbox, each beside its yardstick and measured in one run: read the ratios, not the milliseconds.

    python -m benchmarks.sandbox                                   # latency and endurance
    python -m benchmarks.sandbox --data ../shared/data/code        # and throughput on HumanEval and LeetCodeDataset
    python -m benchmarks.sandbox --only latency --engine process

Yardsticks: a bare fork of the same warm process (latency), the classic harness shape (throughput); see the modules
beside this one. Rounds of the two sides alternate, and the best round of each counts.
"""

import functools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import click

from benchmarks.sandbox.endurance import endurance
from benchmarks.sandbox.latency import latency
from benchmarks.sandbox.throughput import throughput

SECTIONS = ("latency", "humaneval", "leetcode", "endurance")
FILES = {"humaneval": "HumanEval.jsonl.gz", "leetcode": "LeetCodeDataset-v0.3.1-test-half.jsonl.gz"}


def _data_section(name: str, data: Path | None, engine: str, rounds: int) -> Callable[[], Awaitable[None]] | None:
    if data is None:
        click.echo(f"{name}: skipped, no --data folder with {FILES[name]}")
        return None
    return functools.partial(throughput, name, data / FILES[name], engine, rounds)


async def _run(only: tuple[str, ...], engine: str, data: Path | None, rounds: int, submissions: int) -> None:
    cpus = len(os.sched_getaffinity(0))
    click.echo(f"engine {engine}, {cpus} CPUs, load {os.getloadavg()[0]:.1f} before the first section")
    sections: dict[str, Any] = {
        "latency": functools.partial(latency, engine, rounds),
        "humaneval": _data_section("humaneval", data, engine, rounds) if "humaneval" in only else None,
        "leetcode": _data_section("leetcode", data, engine, 1) if "leetcode" in only else None,
        "endurance": functools.partial(endurance, engine, submissions),
    }
    for name in only:
        if sections[name] is not None:
            click.echo(f"\n{name}")
            await sections[name]()


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice(SECTIONS), help="A section; may be given more than once.")
@click.option("--engine", default="docker", type=click.Choice(["docker", "process"]), show_default=True)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of data sets.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of each side.")
@click.option("--submissions", default=20_000, show_default=True, help="Of the endurance section.")
def main(only: tuple[str, ...], engine: str, data: Path | None, rounds: int, submissions: int) -> None:
    """Run the sections and print their figures."""
    anyio.run(_run, only or SECTIONS, engine, data, rounds, submissions)


if __name__ == "__main__":
    main()
