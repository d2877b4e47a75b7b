"""The grading service beside the sandbox in process, and beside a service that starts a process for every program.

    make bench-service                                       # or: python -m benchmarks.service --requests 2000
    make load-service                                        # 50,000 requests on 256 connections

All of a part do the same work, one after the other, in interleaved rounds; CPU seconds are those of the whole tree of
processes (service, supervisors, programs), which another load on the machine changes less than rates.

    overhead     /v1/grade with 32 connections against `Sandbox.grade_many`, one worker each: CPU a program; beside it
                 what HTTP costs at the least: a server that replies at once, and one that calls the sandbox alone
    processes    /run_code with a worker a core against a service that starts a process for each program, as
                 SandboxFusion does: a short program, and the same with the imports that trainers put before it
    connections  256 connections: errors, p50, p99, memory of the service before and after
"""

import argparse
import os
import statistics
import time

import anyio
from lbt_sandbox import Report, Sandbox

from benchmarks.service_load import Load, resident, running, tree_cpu
from benchmarks.service_peers import CASES, PROGRAM, cases, problem

CORES = os.cpu_count() or 1
SHORT = "a, b = map(int, input().split())\nprint(a + b)"
IMPORTS = (
    "import bisect, collections, copy, datetime, functools, heapq, io, itertools, json, math, operator, random, re\n"
    "import statistics, string, sys\nfrom typing import *\n"
)
"""What trainers put before a solution: verl's wrapper and LiveCodeBench's runner have these and some more."""


def service(workers: int) -> list[str]:
    """Arguments that start the service with so many workers."""
    quiet = ["--no-log", "--drain-delay", "0"]
    return ["-m", "lbt_sandbox", "grade-server", "--engine", "process", "--workers", str(workers), *quiet]


def peer(name: str) -> list[str]:
    """Arguments that start an application of `service_peers` on the same server."""
    return ["-m", "uvicorn", f"benchmarks.service_peers:{name}", "--no-access-log", "--log-level", "warning"]


def loaded(command: list[str], load: Load, requests: int, connections: int) -> tuple[float, float]:
    """CPU milliseconds of the server's tree and wall milliseconds, both a request."""
    with running(command) as pid:
        anyio.run(load.run, requests // 10, connections)
        cpu, began = tree_cpu(pid), time.perf_counter()
        anyio.run(load.run, requests, connections)
        spent, wall = tree_cpu(pid) - cpu, time.perf_counter() - began
    if load.wrong:
        raise SystemExit(f"{load.wrong} wrong answers of {command[1]}")
    return 1000 * spent / requests, 1000 * wall / requests


async def in_process(requests: int) -> tuple[float, float]:
    """The same for `Sandbox.grade_many` in this process."""
    work = problem()
    async with Sandbox("process", workers=1) as sandbox:
        for count in (requests // 10, requests):
            cpu, began = tree_cpu(os.getpid()), time.perf_counter()
            reports = [each async for each in sandbox.grade_many([(work, PROGRAM)] * count)]
            assert all(isinstance(each, Report) and each.v_score == 1 for each in reports)
            spent, wall = tree_cpu(os.getpid()) - cpu, time.perf_counter() - began
    return 1000 * spent / requests, 1000 * wall / requests


def overhead(requests: int, rounds: int) -> None:
    """HTTP beside in process, with the problem in every request and named by its id."""
    row = {"task_id": "primes", "entry_point": "primes", "tests": cases()}
    load = Load("/v1/grade", {"problem": row, "program": PROGRAM}, b'"verdict":"AC"')
    found: list[list[float]] = []
    for _ in range(rounds):
        cpu, _ = anyio.run(in_process, requests)
        servers = (service(1), peer("only_sandbox"), peer("no_grader"))
        found.append([cpu, *(loaded(each, load, requests, 32)[0] for each in servers)])
        here, served, alone, nothing = found[-1]
        print(
            f"a program with {CASES} tests: in process {here:.2f} ms CPU; over HTTP {served:.2f} ms: "
            f"{served / here:.3f} x; a server that calls the sandbox alone {alone:.2f} ms: {alone / here:.3f} x; "
            f"one that replies at once {nothing:.2f} ms",
            flush=True,
        )
    ratio, floor = (statistics.median(round_[at] / round_[0] for round_ in found) for at in (1, 2))
    print(f"median of {rounds} rounds: the service {ratio:.3f} x, the sandbox alone over HTTP {floor:.3f} x")


def processes(requests: int, rounds: int) -> None:
    """Beside a process for each program, as many at a time as there are requests: both may use all cores."""
    for name, code in (("a short program", SHORT), ("one with usual imports", IMPORTS + SHORT)):
        load = Load("/run_code", {"code": code, "language": "python", "stdin": "1 2", "run_timeout": 10}, b'"3\\n"')
        found: list[tuple[float, float]] = []
        for _ in range(rounds):
            theirs = loaded(peer("process_per_program"), load, max(50, requests // 5), 32)
            ours = loaded(service(CORES), load, requests, 32)
            found.append((theirs[0] / ours[0], theirs[1] / ours[1]))
            print(
                f"{name}: a process each {theirs[0]:.2f} ms CPU, {1000 / theirs[1]:.0f}/s; here {ours[0]:.2f} ms CPU, "
                f"{1000 / ours[1]:.0f}/s: {found[-1][0]:.1f} x by CPU, {found[-1][1]:.1f} x by rate",
                flush=True,
            )
        cpu, rate = (statistics.median(each[at] for each in found) for at in (0, 1))
        print(f"{name}: median of {rounds} rounds {cpu:.1f} x by CPU, {rate:.1f} x by rate", flush=True)


def many_connections(requests: int) -> None:
    """256 connections: nothing grows, nothing fails."""
    load = Load("/v1/run", {"program": "print(input())", "stdin": "hi"}, b'"hi\\n"')
    with running(service(CORES)) as pid:
        anyio.run(load.run, requests // 10, 256)
        before, load.seconds = resident(pid), []
        anyio.run(load.run, requests, 256)
        after = resident(pid)
    cuts = statistics.quantiles(load.seconds, n=100)
    print(
        f"{requests} requests on 256 connections: {load.wrong} errors, p50 {1000 * cuts[49]:.0f} ms, p99 "
        f"{1000 * cuts[98]:.0f} ms, memory of the service {before >> 20} MiB before, {after >> 20} MiB after"
    )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["overhead", "processes", "connections"])
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
    if options.only in (None, "overhead"):
        overhead(options.requests, options.rounds)
    if options.only in (None, "processes"):
        processes(options.requests, options.rounds)
    if options.only in (None, "connections"):
        many_connections(5 * options.requests)


if __name__ == "__main__":
    main()
