"""The grading service beside the sandbox in process, and beside a service that starts a process for every program.

    make bench-service                                       # or: python -m benchmarks.service --requests 2000

All three do the same work, one after the other, in interleaved rounds; CPU seconds are those of the whole tree of
processes (service, supervisors, programs), which another load on the machine changes less than rates.

    overhead     /v1/grade with 32 connections against `Sandbox.grade_many`, one worker each: CPU a program
    processes    /run_code with a worker a core against a service that starts `python3` for each program
    connections  256 connections: errors, p50, p99, memory of the service before and after
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import SocketStream
from lbt_sandbox import Case, Problem, Report, Sandbox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PORT = 18095
CASES = 20
PROGRAM = (
    "def primes(n):\n    sieve = [True] * (n + 1)\n    for i in range(2, int(n ** 0.5) + 1):\n        if sieve[i]:\n"
    "            sieve[i*i::i] = [False] * len(sieve[i*i::i])\n    return [i for i in range(2, n + 1) if sieve[i]]\n"
)
TICKS = os.sysconf("SC_CLK_TCK")


def expected(n: int) -> list[int]:
    """Primes up to n."""
    return [i for i in range(2, n + 1) if all(i % j for j in range(2, int(i**0.5) + 1))]


def cases() -> list[dict[str, Any]]:
    """Tests of about the size that HumanEval's have."""
    return [{"args": [100 * n], "expected": expected(100 * n)} for n in range(1, CASES + 1)]


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process, its ended children, and those that live."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(tree_cpu(int(child)) for child in children)


def resident(pid: int) -> int:
    """Bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


async def process_per_program(request: Request) -> Response:
    """The shape of SandboxFusion's local mode: a temporary file, a process of its own, no isolation."""
    body = await request.json()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.py"
        path.write_text(body["code"], encoding="utf-8")
        with anyio.fail_after(body.get("run_timeout", 10)):
            done = await anyio.run_process(
                [sys.executable, str(path)], input=(body["stdin"] or "").encode(), check=False
            )
    result = {"status": "Finished", "return_code": done.returncode, "stdout": done.stdout.decode(), "stderr": ""}
    return JSONResponse({"status": "Success" if done.returncode == 0 else "Failed", "run_result": result})


baseline = Starlette(routes=[Route("/run_code", process_per_program, methods=["POST"])])
CORES = os.cpu_count() or 1


def service(workers: int) -> list[str]:
    """Arguments that start the service with so many workers."""
    quiet = ["--no-log", "--drain-delay", "0"]
    return ["-m", "lbt_sandbox", "grade-server", "--engine", "process", "--workers", str(workers), *quiet]


BASELINE = ["-m", "uvicorn", "benchmarks.service:baseline", "--log-level", "warning"]


@contextmanager
def running(command: list[str]) -> Generator[int]:
    """A server at `PORT`; gives its process id."""
    with subprocess.Popen([sys.executable, *command, "--port", str(PORT)], stderr=subprocess.DEVNULL) as process:
        anyio.run(_answers)
        try:
            yield process.pid
        finally:
            process.terminate()


async def _answers() -> None:
    for _ in range(600):
        try:
            async with await anyio.connect_tcp("127.0.0.1", PORT):
                return
        except OSError:
            await anyio.sleep(0.1)
    raise SystemExit("the server does not start")


async def _ask(stream: SocketStream, request: bytes) -> tuple[int, bytes]:
    await stream.send(request)
    answer = await stream.receive()
    while b"\r\n\r\n" not in answer:
        answer += await stream.receive()
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += await stream.receive()
    return int(head.split(b" ", 2)[1]), body


class Load:
    """So many requests on so many connections that stay open.

    Args:
        path: Where to.
        body: Of every request.
        wanted: What stands in every right answer.
    """

    def __init__(self, path: str, body: Any, wanted: bytes) -> None:
        content = json.dumps(body).encode()
        self.request = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (
            path.encode(),
            len(content),
            content,
        )
        self.wanted = wanted
        self.seconds: list[float] = []
        self.wrong = 0

    async def run(self, requests: int, connections: int) -> None:
        """Send them all."""
        left = iter(range(requests))

        async def connection() -> None:
            async with await anyio.connect_tcp("127.0.0.1", PORT) as stream:
                for _ in left:
                    began = time.perf_counter()
                    status, body = await _ask(stream, self.request)
                    self.seconds.append(time.perf_counter() - began)
                    self.wrong += status != 200 or self.wanted not in body

        async with anyio.create_task_group() as tasks:
            for _ in range(connections):
                tasks.start_soon(connection)


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
    problem = Problem(
        "primes", "primes", tuple(Case(tuple(each["args"]), expected=each["expected"]) for each in cases())
    )
    async with Sandbox("process", workers=1) as sandbox:
        for count in (requests // 10, requests):
            cpu, began = tree_cpu(os.getpid()), time.perf_counter()
            reports = [each async for each in sandbox.grade_many([(problem, PROGRAM)] * count)]
            assert all(isinstance(each, Report) and each.v_score == 1 for each in reports)
            spent, wall = tree_cpu(os.getpid()) - cpu, time.perf_counter() - began
    return 1000 * spent / requests, 1000 * wall / requests


def overhead(requests: int, rounds: int) -> None:
    """HTTP beside in process."""
    row = {"task_id": "primes", "entry_point": "primes", "tests": cases()}
    load = Load("/v1/grade", {"problem": row, "program": PROGRAM}, b'"verdict":"AC"')
    for _ in range(rounds):
        (cpu, wall), (served_cpu, served_wall) = anyio.run(in_process, requests), loaded(service(1), load, requests, 32)
        print(
            f"a program with {CASES} tests: in process {cpu:.2f} ms CPU ({wall:.2f} ms), "
            f"over HTTP {served_cpu:.2f} ms CPU ({served_wall:.2f} ms): {served_cpu / cpu:.3f} x",
            flush=True,
        )


def processes(requests: int, rounds: int) -> None:
    """Beside a process for each program, as many at a time as there are requests: both may use all cores."""
    body = {
        "code": "a, b = map(int, input().split())\nprint(a + b)",
        "language": "python",
        "stdin": "1 2",
        "run_timeout": 10,
    }
    load = Load("/run_code", body, b'"3\\n"')
    for _ in range(rounds):
        theirs, ours = loaded(BASELINE, load, max(50, requests // 5), 32), loaded(service(CORES), load, requests, 32)
        print(
            f"a short program: a process each {theirs[0]:.2f} ms CPU, {1000 / theirs[1]:.0f}/s; "
            f"here {ours[0]:.2f} ms CPU, {1000 / ours[1]:.0f}/s: {theirs[0] / ours[0]:.1f} x by CPU, "
            f"{theirs[1] / ours[1]:.1f} x by rate"
        )


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
