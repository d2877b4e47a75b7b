"""The warm process in the container: takes jobs from the host, runs each in hardened children, reports per test.

Host to zygote: a length-prefixed JSON header ({"sizes": […], "kind": …, limits}) and then that many blobs: the job
for the solution's process, the job for the tests' process (empty but for assert_code), one input per test.
Zygote to host: records (`RECORD`), each followed by captured stdout and payload; `ND` ends a job, `HI` is the first.

The zygote never parses what a program produced: it forwards bytes, and adds what it measured itself.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import resource
import socket
import struct
import sys
from typing import Any, NoReturn

from lbt_sandbox import codec
from lbt_sandbox.guest import child as child_module
from lbt_sandbox.guest.harden import Hardening, harden_zygote
from lbt_sandbox.guest.judging import Job, Record
from lbt_sandbox.guest.pages import share_code
from lbt_sandbox.guest.process import Child
from lbt_sandbox.guest.rehearsal import rehearse

PROTOCOL = 3
SPARES = 8
LENGTH = struct.Struct("!I")
PRELOAD = (
    "array bisect collections copy cmath dataclasses datetime decimal enum fractions functools heapq inspect io "
    "itertools math operator queue random re statistics string sys time traceback types typing sortedcontainers"
)
SAMPLE = """
import typing
class Solution:
    def f(self, a: typing.List[int]) -> int:
        return sum(x * 2 for x in a)
"""


def prewarm(modules: str) -> None:
    """Do once what every child would else do for itself: imports, the compiler's first use, the codec's tables."""
    for name in modules.split():
        try:
            importlib.import_module(name)
        except ImportError:  # the host's interpreter may lack what the image has
            pass
    namespace: dict[str, Any] = {"__name__": "sample"}
    exec(compile(SAMPLE, "<sample>", "exec"), namespace)
    codec.decode(codec.encode([[1, (2.5, "a")], {"a": {1}}]))
    json.loads(json.dumps({"a": [1, 2.5, None, "x"]}))
    eval("1 + 1")


def meet_host() -> None:
    """Talk to the host over its socket, where it has put one into the container and can be reached there."""
    if path := os.environ.pop("LBT_LINK", ""):
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(path)
                os.dup2(link.fileno(), 0)
                os.dup2(link.fileno(), 1)
        except OSError:  # then over standard input and output, as they are
            pass


def settle_descriptors() -> tuple[int, int]:
    """Move the channel to the host out of the way: 0 to 3 are /dev/null here, and the child's own after a fork.

    The child's streams are made here, over files of the kind that they will have there.
    """
    source, sink = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (0, 1))
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    _, writable = os.pipe()
    os.dup2(os.memfd_create("stdin", os.MFD_CLOEXEC), 0)
    os.dup2(writable, 1)
    os.dup2(null, 2)
    child_module.open_streams()
    for fd in range(4):
        os.dup2(null, fd)
    os.closerange(4, 10)
    return source, sink


class Zygote:
    """Keeps hardened children ready, and runs one job at a time."""

    def __init__(self, source: int, sink: int, hardening: Hardening) -> None:
        self.source, self.sink, self.hardening = source, sink, hardening
        self.spares: list[Child] = []
        self.ending: list[Child] = []
        self.cpus = sorted(os.sched_getaffinity(0))
        self.cpu: int | None = None
        with open("/proc/self/statm", encoding="ascii") as file:
            self.address_space = int(file.read().split()[0]) * resource.getpagesize()

    def take(self) -> Child:
        """A child that waits for its job: a spare one where there is one."""
        if not self.spares:
            self._fork()
        child = self.spares.pop()
        if self.cpu is not None:
            os.sched_setaffinity(child.pid, {self.cpu})
        return child

    def _fork(self) -> None:
        """Have `SPARES` children ready; several in a row cost the zygote less than one at a time."""
        made = Child.fork(self.hardening, child_module.serve, SPARES - len(self.spares))
        for child in made:
            self._let_roam(child)
        self.spares = made + self.spares

    def _let_roam(self, child: Child) -> None:
        """Let it get ready, or come to its end, on a CPU that has nothing else to do."""
        if self.cpu is not None:
            os.sched_setaffinity(child.pid, self.cpus)

    def end(self, child: Child) -> None:
        """Kill a child; it is reaped later, off the path of the next test."""
        if child.usage is None:
            self._let_roam(child)
        child.kill()
        self.ending.append(child)

    def restock(self) -> None:
        """Reap what has ended, and have spare children for the next job."""
        self.ending = [child for child in self.ending if not child.is_reaped()]
        if len(self.spares) < 2:  # a job with tests as code needs two
            self._fork()

    def write(self, data: bytes | bytearray) -> None:
        """Send bytes to the host."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.sink, view) :]

    def read(self, count: int) -> bytes:
        """Receive bytes from the host; EOFError when it has gone."""
        chunks: list[bytes] = []
        while count:
            chunk = os.read(self.source, min(count, 1 << 20))
            if not chunk:
                raise EOFError
            chunks.append(chunk)
            count -= len(chunk)
        return b"".join(chunks)

    def serve(self) -> NoReturn:
        """Jobs until the host closes the channel."""
        self.write(Record("HI", payload=json.dumps(self.about()).encode()).pack())
        while True:
            header = json.loads(self.read(LENGTH.unpack(self.read(LENGTH.size))[0]))
            blobs = [self.read(size) for size in header["sizes"]]
            self.settle(header["place"])
            Job(self, header, blobs).run()
            self.restock()

    def settle(self, place: int | None) -> None:
        """Keep to one CPU with the child at work: it and the zygote take turns, and a turn is cheaper there."""
        if place is not None and self.cpu is None:
            self.cpu = self.cpus[place % len(self.cpus)]
            os.sched_setaffinity(0, {self.cpu})

    def about(self) -> dict[str, Any]:
        """What the host should know before it trusts this container with a job."""
        return {
            "protocol": PROTOCOL,
            "python": sys.version.split()[0],
            "machine": os.uname().machine,
            "missing": self.hardening.missing,
        }


def main() -> None:
    """Serve until the host closes the channel."""
    meet_host()
    source, sink = settle_descriptors()
    harden_zygote()
    prewarm(f"{PRELOAD} {os.environ.get('LBT_PRELOAD', '')}")
    share_code()
    rehearse()
    importlib.import_module("random").seed(0)
    zygote = Zygote(source, sink, Hardening.prepare())
    gc.collect()
    gc.disable()
    gc.freeze()
    zygote.restock()
    try:
        zygote.serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)
