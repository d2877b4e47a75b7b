"""Many submissions in one process: memory, descriptors, containers and latency must not grow.

    await endurance("docker", submissions=20_000)

One in ten submissions misbehaves (crash, forbidden call, out of memory), since the ways out leak sooner than the way
through; one in a hundred is hostile, an attack of the suite. Every submission must get the verdict that is its own.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click
from lbt_sandbox import Case, Problem, Report, Sandbox, Verdict
from lbt_sandbox.attack_suite import load_attacks
from lbt_sandbox.attack_types import Attack
from lbt_sandbox.engines import LABEL, with_daemon

PROBLEM = Problem("add", "add", (Case(args=(1, 2), expected=3),))
GOOD = "def add(a, b): return a + b"
BAD = (
    ("import os\ndef add(a, b): os._exit(0)", Verdict.RTE),
    ("import os\ndef add(a, b): os.fork()", Verdict.SV),
    ("def add(a, b): return [0] * 10**10", Verdict.MLE),
)
BLOCKS = 5
QUICK = (
    "answers-are-plain-data", "exit-is-no-pass", "expected-values-outside", "no-forged-results", "no-processes",
    "no-network", "no-writes", "no-secrets", "no-look-at-other-processes", "no-dangerous-system-calls",
    "tests-as-code-stay-apart", "nothing-leaks",
)  # fmt: skip
"""Attacks that do not live by using up their time."""


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _containers(engine: str) -> int:
    if engine != "docker":
        return 0
    mine = {"label": f"{LABEL}={os.uname().nodename}/{os.getpid()}"}
    return len(with_daemon(lambda client: client.containers(all=True, filters=mine)))


class Submission(NamedTuple):
    """A program, and the verdicts of which it must get one."""

    problem: Problem
    program: str
    verdicts: frozenset[Verdict]


def _submission(number: int, hostile: Sequence[Attack]) -> Submission:
    if number % 100 == 99:
        attack = hostile[number // 100 % len(hostile)]
        return Submission(attack.problem, attack.program, attack.verdicts)
    program, verdict = BAD[number // 10 % len(BAD)] if number % 10 == 9 else (GOOD, Verdict.AC)
    return Submission(PROBLEM, program, frozenset({verdict}))


async def endurance(engine: str, submissions: int) -> None:
    """Print the state after every fifth of the submissions; an unexpected verdict ends the run."""
    hostile = [attack for attack in load_attacks() if attack.enforced in QUICK and not attack.earlier]
    async with Sandbox(engine=engine) as sandbox:  # type: ignore[arg-type]
        for block in range(BLOCKS):
            size = submissions // BLOCKS
            numbers = range(block * size, (block + 1) * size)
            started = time.perf_counter()
            stream = sandbox.grade_many(_submission(number, hostile)[:2] for number in numbers)
            found = [report.verdict async for report in stream if isinstance(report, Report)]
            for number, verdict in zip(numbers, found, strict=True):
                if verdict not in _submission(number, hostile).verdicts:
                    raise click.ClickException(f"submission {number} got {verdict}, which is not its own")
            rate = len(found) / (time.perf_counter() - started)
            click.echo(
                f"  after {(block + 1) * len(numbers):6}: {_resident_mib():6.1f} MiB, "
                f"{len(os.listdir('/proc/self/fd')):3} descriptors, {_containers(engine)} containers, "
                f"{rate:6.1f}/s, p50 {1e3 * await _p50(sandbox):.2f} ms, {sandbox.pool.started} workers started"
            )


async def _p50(sandbox: Sandbox) -> float:
    seconds: list[float] = []
    for _ in range(200):
        started = time.perf_counter()
        await sandbox.grade(PROBLEM, GOOD)
        seconds.append(time.perf_counter() - started)
    return median(seconds)
