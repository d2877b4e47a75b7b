"""One job in the supervisor: a test at a time, each under its limits, until every test has a record.

A child that loops, crashes or runs out of memory is ended, and the remaining tests go on in a fresh one; only a
program that cannot even be loaded fails all its tests at once. `Record` is what goes to the host.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lbt_sandbox.guest.conversation import Broken, Conversation
from lbt_sandbox.guest.process import Child, Stopped, Watch

if TYPE_CHECKING:
    from lbt_sandbox.guest.supervisor import Supervisor

RECORD = struct.Struct("!3sIIIhQQQ")
"""Status (a verdict, OK, END, HI or PE); bytes of stdout, stderr and payload; exit status; CPU ns, wall ns, peak bytes.

END has the job's number in the place of the last."""
STILL_ALIVE = -32768
"""Stands in a record for no exit status."""
FLUSH_BYTES = 1 << 16
FLUSH_NS = 50_000_000
NEVER = 1 << 62
"""Later than any moment of time.monotonic_ns()."""
LOOK_NS = 5_000_000
"""A test that ends within this time has its CPU clock read once only, at its end."""
MEMORY_NS = 500_000
"""A test with less CPU time than this keeps the peak memory of the test before it."""
_VERDICTS = {b"E": "RTE", b"M": "MLE", b"O": "OLE", b"K": "CE", b"W": "WA"}


@dataclass(slots=True)
class Record:
    """What the host gets for one test; `status` is "OK" where there is an answer to compare."""

    status: str
    payload: bytes = b""
    stdout: bytes = b""
    stderr: bytes = b""
    exit_status: int | None = None
    cpu: int = 0
    wall: int = 0
    memory: int = 0

    def pack(self) -> bytes:
        """The record's bytes."""
        sizes = (len(self.stdout), len(self.stderr), len(self.payload))
        ended = STILL_ALIVE if self.exit_status is None else self.exit_status
        head = RECORD.pack(self.status.ljust(3).encode(), *sizes, ended, self.cpu, self.wall, self.memory)
        return head + self.stdout + self.stderr + self.payload


def _reason(error: Stopped) -> bytes:
    return json.dumps({"type": error.kind, "message": error.message, "line": None}).encode()


class Job:
    """A submission: its children, its clocks and what is not sent yet."""

    def __init__(self, supervisor: Supervisor, header: dict[str, Any], blobs: list[bytes]) -> None:
        self.supervisor, self.header = supervisor, header
        self.program, self.tests, *rest = blobs
        names: list[str] = header["files"]
        self.files, self.inputs = dict(zip(names, rest, strict=False)), rest[len(names) :]
        self.solution: Child | None = None
        self.tester: Child | None = None
        self.started = self.flushed = time.monotonic_ns()
        deadline = header["deadline"]
        self.deadline = NEVER if deadline is None else self.started + int(deadline * 1e9)
        self.wall_begin = self.wall_end = 0
        self.cpu_ended = 0
        self.index = 0
        """Number of the test at hand."""
        self.keep_tester = False
        """Whether the tests' process can go on with the next test, although the solution's cannot."""
        self.conversation = Conversation(self)
        self.unsent = bytearray()

    def run(self) -> None:
        """Emit a record per test, then the end."""
        one_test = {"stdio": self._stdio, "assert_code": self._asserts}.get(self.header["kind"], self._call)
        for index, data in enumerate(self.inputs):
            self.index = index
            record, fatal = self._test(one_test, data)
            self._emit(record)
            if fatal:
                for _ in self.inputs[self.index + 1 :]:
                    self._emit(Record(record.status, record.payload))
                break
        self.unsent += Record("END", memory=self.header["number"]).pack()
        self.supervisor.write(self.unsent)
        self._end_children()

    def _emit(self, record: Record) -> None:
        self.unsent += record.pack()
        now = time.monotonic_ns()
        if len(self.unsent) > FLUSH_BYTES or now - self.flushed > FLUSH_NS:
            self.supervisor.write(self.unsent)
            self.unsent.clear()
            self.flushed = now

    def _test(self, one_test: Callable[[bytes], tuple[str, bytes]], data: bytes) -> tuple[Record, bool]:
        """One test's record, and whether the remaining tests cannot come to anything else."""
        loading = self.solution is None or not self.solution.loaded
        self.wall_begin = time.monotonic_ns()
        try:
            self._check_total()
            status, payload = one_test(data)
            if self.solution is not None:
                self.solution.drain(self.header["output"])
        except Stopped as error:
            status, payload = error.verdict, _reason(error)
        except Broken as error:
            status, payload = "PE", str(error).encode()
        record = self._measure(status, payload)
        fatal = status in ("PE", "CE") or (loading and status != "OK" and not self._has_loaded())
        if status in ("TLE", "MLE", "OLE", "SV") or (self.solution and self.solution.usage):
            self._end_children(keep=self.tester if self.keep_tester else None)
        return record, fatal

    def _has_loaded(self) -> bool:
        return self.solution is not None and self.solution.loaded

    def _measure(self, status: str, payload: bytes) -> Record:
        """The record with the times of the test that has just ended, and what the program has printed in it."""
        wall, child = time.monotonic_ns() - self.wall_begin, self.solution
        if child is None:
            return Record(status, payload, wall=wall)
        stdout = bytes(child.captured[: self.header["output" if self.header["kind"] == "stdio" else "shown"]])
        child.captured.clear()
        stderr, child.errors = child.errors, b""
        if status == "OK" and self.header["kind"] == "stdio":
            stdout, payload = b"", stdout
        begun = child.begun
        self.read_clocks()
        cpu = max(0, child.begun - begun)  # of an ended process the kernel tells microseconds, else nanoseconds
        if cpu > MEMORY_NS or not child.peak:  # asking the kernel costs more than a short test
            child.peak = child.peak_memory()
        return Record(status, payload, stdout, stderr, self._exit_status(child, status), cpu, wall, child.peak)

    def _exit_status(self, child: Child, status: str) -> int | None:
        """Of a program that came to its end, the process may wait for its end still."""
        ended = {"OK": 0, "RTE": 1}.get(status) if self.header["kind"] == "stdio" else None
        return child.exit_status if child.exit_status is not None else ended

    def _check_total(self) -> None:
        if self.deadline <= time.monotonic_ns():
            raise Stopped("TLE", "Deadline", "the submission's deadline has passed")
        if self._total_wall_left() <= 0 or self._total_cpu_left() <= 0:
            raise Stopped("TLE", "TotalTimeLimit", "the submission's time is used up")

    def _total_wall_left(self) -> int:
        return self.started + int(self.header["total_wall"] * 1e9) - time.monotonic_ns()

    def _total_cpu_left(self) -> int:
        return int(self.header["total_cpu"] * 1e9) - self.cpu_ended - sum(child.begun for child in self._children())

    def _children(self) -> list[Child]:
        return [child for child in (self.solution, self.tester) if child is not None]

    def read_clocks(self) -> None:
        """What the children have used from now on belongs to the next test."""
        for child in self._children():
            child.begun = child.cpu()

    def begin(self) -> None:
        """Start the wall clock of a test, or of loading a program."""
        self.wall_begin = time.monotonic_ns()
        self.wall_end = self.wall_begin + min(int(self.header["wall"] * 1e9), self._total_wall_left())

    def begin_tests(self) -> Watch:
        """Start the clock of reading the tests, which may be long: the submission's limits alone hold for that."""
        self.begin()
        self.wall_end = self.wall_begin + self._total_wall_left()
        return self.watch(cpu=self.header["total_cpu"])

    def watch(self, children: Sequence[Child] | None = None, cpu: float | None = None) -> Watch:
        """The limits of the test at hand, for the children that take turns in it: by default all.

        Args:
            children: Whose CPU time is looked at.
            cpu: Seconds, instead of a test's.
        """
        allowed = min(int((cpu or self.header["cpu"]) * 1e9), self._total_cpu_left())
        ends = [(child, child.begun + allowed) for child in children or self._children()]
        first_look = min(self.wall_begin + min(LOOK_NS, allowed), self.wall_end)
        answer, output = self.header["answer"], self.header["output"]
        return Watch(min(first_look, self.deadline), self.wall_end, self.deadline, ends, answer, output)

    def _end_children(self, keep: Child | None = None) -> None:
        for child in self._children():
            if child is not keep:
                self.cpu_ended += child.cpu()
                self.supervisor.end(child)
        self.solution, self.tester = None, keep

    def start(self, job: bytes, wide: bool, memory: int = 0) -> Child:
        """A child that has been given its job.

        Args:
            job: What it runs.
            wide: Let it have threads, and the job's files in a folder of its own.
            memory: Bytes beyond what the solution may have.
        """
        child = self.supervisor.take(wide)
        if self.files and wide:
            self._write_files(child)
        child.limit(self.supervisor.idle, self.header["memory"] + memory, self.header["total_cpu"])
        child.begun = child.cpu()
        child.queue(b"J", job)
        return child

    def _write_files(self, child: Child) -> None:
        folders = self.supervisor.folders
        if folders is None or child.folder is None:
            raise Broken("its files need a folder in memory, which this machine does not allow: use engine='docker'")
        try:
            folders.write(child.folder, self.files)
        except OSError as error:
            raise Broken(f"its files cannot be written: {error.strerror}") from None

    def start_solution(self) -> Child:
        """A child that has been given the program."""
        return self.start(self.program, self.header["wide"])

    def _answer(self, child: Child) -> tuple[bytes, bytes]:
        """The child's next frame; when it has just loaded, the clocks start again for the test itself."""
        kind, payload = child.receive(self.watch())
        if kind == b"L" and not child.loaded:
            child.loaded = True
            self.begin()
            self.read_clocks()
            kind, payload = child.receive(self.watch())
        return kind, payload

    def _call(self, data: bytes) -> tuple[str, bytes]:
        """The solution's answer to one input."""
        if self.solution is None:
            self.solution = self.start_solution()
        elif not self.solution.is_silent():
            raise Stopped("SV", "UnsolicitedFrame", "the process answered before it was asked")
        self.begin()
        self.solution.queue(b"T", data)
        return outcome(*self._answer(self.solution), allowed=b"REMOK")

    def _stdio(self, data: bytes) -> tuple[str, bytes]:
        """A fresh process that runs the program as __main__ with `data` as its standard input."""
        self._end_children()
        self.solution = child = self.start_solution()
        self.begin()
        child.write_stdin(data)
        child.queue(b"T", b"")
        try:
            return outcome(*self._answer(child), allowed=b"DEMK")
        except Stopped:
            if child.exit_status == 0:  # os._exit(0) is a program's right here
                return "OK", b""
            raise

    def _asserts(self, data: bytes) -> tuple[str, bytes]:
        """The tests' code in one process, the solution in another, calls handed to and fro as bytes."""
        return self.conversation.test(self.index)


def outcome(kind: bytes, payload: bytes, allowed: bytes) -> tuple[str, bytes]:
    """The status that a frame claims; one that has no place here breaks the protocol."""
    if kind not in allowed:
        raise Stopped("SV", "ForgedFrame", f"a frame of kind {kind!r} has no place here")
    return ("OK", payload) if kind in b"RD" else (_VERDICTS[kind], payload)
