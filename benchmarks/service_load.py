r"""Starts a server, sends it requests on connections that stay open, and counts the CPU time of its tree of processes.

with running(["-m", "lbt_sandbox", "grade-server"]) as pid:
    load = Load("/v1/run", {"program": "print(1)"}, wanted=b'"1\n"')
    before = tree_cpu(pid)
    anyio.run(load.run, 1000, 32)
    print(tree_cpu(pid) - before, load.wrong, max(load.seconds))
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import SocketStream

PORT = 18095
TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process, its ended children, and those that live, whichever thread has started them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        lists = [each.read_text(encoding="ascii") for each in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return 0.0
    children = [int(child) for each in lists for child in each.split()]
    return sum(map(int, fields[11:15])) / TICKS + sum(map(tree_cpu, children))


def resident(pid: int) -> int:
    """Bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


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
