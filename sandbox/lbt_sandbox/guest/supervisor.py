"""The first process in the container: takes jobs from the host, runs each in hardened children, reports per test.

Host to supervisor: a length-prefixed JSON header ({"sizes": […], "kind": …, limits}) and then that many blobs: the job
for the solution's process, the job for the tests' process (empty but for assert_code), one input per test.
Supervisor to host: records (`RECORD`), each followed by what was printed and the payload; `END` ends a job, `HI` is the
first.

The supervisor never parses what a program produced: it forwards bytes, and adds what it measured itself. It forks
nobody: children come from the template process, which never sees a job.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import resource
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

from lbt_sandbox.guest import child as child_module
from lbt_sandbox.guest import landlock
from lbt_sandbox.guest.folders import PLACES, Folders
from lbt_sandbox.guest.harden import Hardening, harden_ancestor
from lbt_sandbox.guest.judging import Job, Record
from lbt_sandbox.guest.pages import share_code
from lbt_sandbox.guest.process import Child, Idle
from lbt_sandbox.guest.template import NO_FOLDER, Template
from lbt_sandbox.guest.warmup import PRELOAD, play_both_parts, prewarm

PROTOCOL = 4
SPARES, WIDE_SPARES = 8, 4
HOST_FD = 64
"""From here on are the descriptors of the channel to the host; below, what is kept for children."""
LENGTH = struct.Struct("!I")
ENDING = 8
"""Killed children that may still be on their way out: with the spares they make the number of processes constant."""
LARGE = 64 << 20
"""Bytes of a child whose memory must be back before the next one starts."""
PAUSES = (0.0, 0.01, 0.05, 0.2, 1.0, 3.0)
"""Seconds to wait where the machine gives no process."""


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
    source, sink = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HOST_FD) for fd in (0, 1))
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    _, writable = os.pipe()
    os.dup2(os.memfd_create("stdin", os.MFD_CLOEXEC), 0)
    os.dup2(writable, 1)
    os.dup2(null, 2)
    child_module.open_streams()
    for fd in range(4):
        os.dup2(null, fd)
    os.closerange(4, HOST_FD)
    return source, sink


class Supervisor:
    """Keeps hardened children ready, and runs one job at a time."""

    def __init__(
        self, source: int, sink: int, template: Template, folders: Folders | None, missing: Sequence[str]
    ) -> None:
        self.source, self.sink, self.template, self.missing = source, sink, template, missing
        self.folders = folders
        self.spares: dict[bool, list[Child]] = {False: [], True: []}
        self.ending: deque[Child] = deque()
        self.cpus = sorted(os.sched_getaffinity(0))
        self.cpu: int | None = None
        with open("/proc/self/statm", encoding="ascii") as file:
            size, resident, shared = (int(pages) * resource.getpagesize() for pages in file.read().split()[:3])
        self.idle = Idle(size, resident - shared)

    def take(self, wide: bool = False) -> Child:
        """A child that waits for its job: a spare one where there is one.

        It runs where the supervisor does; until then it has got ready on whatever CPU had nothing else to do.

        Args:
            wide: One that may have threads, and files in a folder of its own.
        """
        if wide and self.folders is not None and self.folders.is_crowded:
            self._reap(keep=0)
        for pause in PAUSES:
            if not self.spares[wide]:
                self._collect(wide)
            if self.spares[wide]:
                break
            self._reap(keep=0)  # the machine gave no process: perhaps one that ends now was the one too many
            time.sleep(pause)
        child = self.spares[wide].pop()
        if self.cpu is not None:
            os.sched_setaffinity(child.pid, {self.cpu})
        return child

    def _ask(self, wide: bool) -> None:
        if not wide:
            self.template.ask(SPARES)
        elif self.folders is None:
            self.template.ask(WIDE_SPARES, [NO_FOLDER] * WIDE_SPARES)
        elif folders := self.folders.take(WIDE_SPARES):
            self.template.ask(len(folders), folders)

    def _collect(self, wide: bool) -> None:
        """Make the oldest order ready, of whichever kind."""
        if not self.template.is_asked(wide):
            self._ask(wide)
        while self.template.is_asked(wide):
            made = self.template.collect()
            of_kind = self.spares[any(child.folder is not None for child in made)]
            of_kind[:0] = made
        while self.folders is not None and self.template.left_over:
            self.folders.give_back(self.template.left_over.pop())

    def end(self, child: Child) -> None:
        """Kill a child; it is reaped off the path of the next test, but neither many nor large ones are left over."""
        if child.usage is None and self.cpu is not None:
            os.sched_setaffinity(child.pid, self.cpus)
        child.kill()
        self.ending.append(child)
        self._reap(keep=0 if child.peak > LARGE else ENDING)

    def _reap(self, keep: int) -> None:
        """Reap what has ended, and wait for the oldest until no more than `keep` have not."""
        while self.ending and self.ending[0].is_reaped(wait=len(self.ending) > keep):
            folder = self.ending.popleft().folder
            if self.folders is not None and folder is not None:
                self.folders.give_back(folder)

    def restock(self, wide: bool) -> None:
        """Reap what has ended, and have spare children made while the host sends the next job.

        Args:
            wide: Also such that may have threads and files.
        """
        self._reap(keep=ENDING)
        for kind in (False, True) if wide else (False,):
            if len(self.spares[kind]) < 2 and not self.template.is_asked(kind):  # a job with tests as code needs two
                self._ask(kind)

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
            self.restock(header["wide"] or bool(blobs[1]))

    def settle(self, place: int | None) -> None:
        """Keep to one CPU with the child at work: the two take turns, and a turn is cheaper there."""
        if place is not None and self.cpu is None:
            self.cpu = self.cpus[place % len(self.cpus)]
            os.sched_setaffinity(0, {self.cpu})

    def about(self) -> dict[str, Any]:
        """What the host should know before it trusts this container with a job."""
        return {
            "protocol": PROTOCOL,
            "python": sys.version.split()[0],
            "machine": os.uname().machine,
            "missing": list(self.missing),
        }


def main() -> None:
    """Serve until the host closes the channel."""
    meet_host()
    source, sink = settle_descriptors()
    folders = Folders.prepare() if landlock.abi() > 0 else None
    harden_ancestor()
    prewarm(f"{PRELOAD} {os.environ.get('LBT_PRELOAD', '')}")
    share_code()
    play_both_parts()
    hardening = Hardening.prepare([folders.path(place) for place in range(PLACES)] if folders else [])
    gc.collect()
    gc.disable()
    gc.freeze()
    template = Template.start(hardening, child_module.serve)
    supervisor = Supervisor(source, sink, template, folders, hardening.missing)
    supervisor.restock(wide=False)
    try:
        supervisor.serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)
