"""The supervisor's view of one hardened child: talk to it under limits, measure it, end it.

    [child] = template.collect()
    child.queue(b"J", job)
    kind, payload = child.receive(Watch(...))   # or Stopped: the verdict that the kernel or a limit gave

Time and memory are read from outside: the process's CPU clock and the kernel's high-water mark.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from lbt_sandbox.guest import frames

CONTROL_FD = 3
EXIT_GRACE = 0.2
"""Seconds a process may take from closing its channel to its end."""
THREADS = 128
STACKS = 1 << 30
"""Bytes of address space for the stacks of threads."""
LOOK_AT_USE_NS = 20_000_000
"""How often to look at the threads and the memory of a child that may have threads."""
STDERR_LIMIT = 1 << 14
"""Bytes kept of standard error, the last ones: a traceback ends with its reason."""
DRAIN_ROUNDS = 256
_BY_SIGNAL: dict[int, str] = {signal.SIGSYS: "SV", signal.SIGXCPU: "TLE", signal.SIGXFSZ: "SV"}
"""Verdicts; RTE for every other signal."""


def _signal_name(number: int) -> str:
    """Real-time signals have no names of their own."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _number(status: bytes, name: bytes) -> int:
    """A figure in /proc/PID/status; 0 where it is not, as of a process that has ended."""
    at = status.find(name)
    return int(status[at + len(name) :].split(None, 1)[0]) if at >= 0 else 0


class Idle(NamedTuple):
    """Address space, and memory of its own, of a process that has done nothing yet, bytes."""

    size: int
    resident: int


class Stopped(Exception):  # noqa: N818 - an outcome
    """The child gave no answer: its verdict, and what ended it."""

    def __init__(self, verdict: str, kind: str, message: str) -> None:
        super().__init__(message)
        self.verdict, self.kind, self.message = verdict, kind, message


@dataclass(slots=True)
class Watch:
    """When to stop waiting: a moment on the wall clock, and one on the CPU clock of each child involved."""

    first_look: int
    """When to look at the limits for the first time, nanoseconds of time.monotonic_ns(): most tests end before."""
    wall_end: int
    """The same clock; put off by time in which the machine gave a child no CPU."""
    deadline: int
    """The same clock, never put off."""
    cpu_ends: list[tuple[Child, int]]
    answer_limit: int
    output_limit: int

    def milliseconds_left(self) -> int:
        """How long to wait at most before looking again; `Stopped` when a limit is reached.

        Wall time in which a child was ready and the machine gave it no CPU does not count.
        """
        now = time.monotonic_ns()
        if now < self.first_look:
            return (self.first_look - now) // 1_000_000 + 1
        if self.deadline <= now:
            raise Stopped("TLE", "Deadline", "the submission's deadline has passed")
        left = self.wall_end - now
        if left <= 0:
            starved = sum(child.take_starved() for child, _ in self.cpu_ends)
            self.wall_end += starved
            left += starved
        if left <= 0:
            raise Stopped("TLE", "WallTimeLimit", "the wall time limit is reached")
        for child, end in self.cpu_ends:
            cpu_left = end - child.cpu()
            if cpu_left <= 0:
                raise Stopped("TLE", "CpuTimeLimit", "the CPU time limit is reached")
            left = min(left, cpu_left)
            if child.folder is not None:
                child.check_use()
                left = min(left, LOOK_AT_USE_NS)
        return min(left, self.deadline - now) // 1_000_000 + 1


@dataclass(slots=True, eq=False)
class Child:
    """A hardened process, and the supervisor's ends of its socket, its output streams and its input."""

    pid: int
    control: int
    stdout: int
    stderr: int
    stdin: int
    poll: select.poll
    folder: int | None = None
    """The number of the folder in which it may write; None for a child that may not, nor have threads."""
    loaded: bool = False
    begun: int = 0
    """Reading of its CPU clock when the present test began, nanoseconds."""
    peak: int = 0
    """Most resident bytes when last asked."""
    captured: bytearray = field(default_factory=bytearray)
    errors: bytes = b""
    """The end of what it wrote to its standard error."""
    _received: bytearray = field(default_factory=bytearray)
    _unsent: bytearray = field(default_factory=bytearray)
    usage: resource.struct_rusage | None = None
    """What the process used in all, once it is no more."""
    _status: int = 0
    _killed: bool = False
    _address_space: int = 0
    _memory: int = 0
    """What a child that may have threads may hold, bytes; 0 for others, whose address space is limited."""
    _starved_before: int = 0
    _sending: bool = False

    @classmethod
    def of(cls, pid: int, control: int, stdout: int, stderr: int, stdin: int, folder: int | None) -> Child:
        """A child that waits for its job, by its process id, the supervisor's ends of its channels, and its folder."""
        poll = select.poll()
        for fd in (control, stdout, stderr):
            poll.register(fd, select.POLLIN)
        return cls(pid, control, stdout, stderr, stdin, poll, folder)

    def limit(self, idle: Idle, memory: int, cpu_seconds: float) -> None:
        """Set what the kernel enforces by itself; the CPU limit there is only the last line of defence.

        Args:
            idle: What a child takes that has done nothing yet.
            memory: What it may use beyond that. Threads reserve stacks that they never fill: a child that may have
                threads gets address space for those, and `check_use` looks at what it really holds.
            cpu_seconds: For the submission.
        """
        seconds = int(cpu_seconds) + 2
        self._memory = idle.resident + memory if self.folder is not None else 0
        self._address_space = address_space = idle.size + memory + (STACKS if self.folder is not None else 0)
        resource.prlimit(self.pid, resource.RLIMIT_AS, (address_space, address_space))
        resource.prlimit(self.pid, resource.RLIMIT_CPU, (seconds, seconds))

    def check_use(self) -> None:
        """`Stopped` where a child that may have threads has too many of them, or holds too much memory."""
        if self._memory and self.usage is None:
            status = self._proc("status")
            if _number(status, b"Threads:") > THREADS:
                raise Stopped("SV", "ThreadLimit", f"more than {THREADS} threads")
            if _number(status, b"RssAnon:") * 1024 > self._memory:
                raise Stopped("MLE", "MemoryLimit", "the memory limit is reached")

    def cpu(self) -> int:
        """CPU nanoseconds used so far; also readable while the process is a zombie."""
        if self.usage is not None:
            return int((self.usage.ru_utime + self.usage.ru_stime) * 1e9)
        return time.clock_gettime_ns(~self.pid << 3 | 2)

    def take_starved(self) -> int:
        """Nanoseconds, not yet taken, in which the process was ready to run and got no CPU."""
        before, self._starved_before = self._starved_before, self._run_delay()
        return max(0, self._starved_before - before)

    def _run_delay(self) -> int:
        try:
            return int(self._proc("schedstat").split()[1])
        except (OSError, IndexError):  # it has gone, or a kernel without scheduler statistics
            return 0

    def peak_memory(self) -> int:
        """Most resident bytes so far."""
        if self.usage is not None:
            return self.usage.ru_maxrss * 1024
        return _number(self._proc("status"), b"VmHWM:") * 1024

    def _proc(self, name: str) -> bytes:
        """A file of the kernel about the process, whose id is its own until it is reaped."""
        file = os.open(f"/proc/{self.pid}/{name}", os.O_RDONLY)
        try:
            return os.read(file, 4096)
        finally:
            os.close(file)

    def queue(self, kind: bytes, payload: bytes) -> None:
        """Send a frame, as far as the socket takes it; `receive` sends the rest."""
        self._unsent += frames.pack(kind, payload)
        self._send()

    def write_stdin(self, data: bytes) -> None:
        """Make `data` the content of the file that is the child's standard input."""
        view, at = memoryview(data), 0
        while at < len(view):
            at += os.pwrite(self.stdin, view[at:], at)

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self.control, self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # it has gone; reading tells how
            self._unsent.clear()
        if self._sending != bool(self._unsent):
            self._sending = not self._sending
            self.poll.modify(self.control, select.POLLIN | (select.POLLOUT if self._sending else 0))

    def receive(self, watch: Watch) -> tuple[bytes, bytes]:
        """The next frame; `Stopped` when there will be none."""
        while True:
            frame = self._next_frame(watch)
            if frame is not None:
                return frame
            for fd, event in self.poll.poll(watch.milliseconds_left()):
                if fd != self.control:
                    self._take_output(fd, watch.output_limit)
                elif event & select.POLLOUT:
                    self._send()
                else:
                    self._read(watch.output_limit)

    def is_silent(self) -> bool:
        """Whether the child has said nothing that nobody asked for."""
        if any(fd == self.control for fd, _ in self.poll.poll(0)):
            try:
                self._received += os.read(self.control, 1 << 18)
            except OSError:
                pass
        return not self._received

    def _next_frame(self, watch: Watch) -> tuple[bytes, bytes] | None:
        received = self._received
        if len(received) < frames.HEADER.size:
            return None
        length, kind = frames.HEADER.unpack_from(received)
        if length > (watch.answer_limit if kind in b"RCE" else frames.FAILURE_LIMIT):
            raise Stopped("OLE", "AnswerLimit", f"an answer of {length} bytes is too large")
        end = frames.HEADER.size + length
        if len(received) < end:
            return None
        payload = bytes(received[frames.HEADER.size : end])
        del received[:end]
        return kind, payload

    def _read(self, output_limit: int) -> None:
        try:
            chunk = os.read(self.control, 1 << 18)
        except BlockingIOError:
            return
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            self.drain(output_limit)
            raise self._how_it_ended()
        self._received += chunk

    def drain(self, output_limit: int) -> None:
        """Take what the child has printed; `Stopped` when it is more than allowed."""
        for _ in range(DRAIN_ROUNDS):  # a child that never stops printing has its other limits
            ready = [] if self.usage is not None else [fd for fd, _ in self.poll.poll(0) if fd != self.control]
            for fd in ready:
                self._take_output(fd, output_limit)
            if not ready:
                return

    def _take_output(self, fd: int, output_limit: int) -> None:
        chunk = os.read(fd, 1 << 16)
        if not chunk:
            self.poll.unregister(fd)
        elif fd == self.stderr:
            self.errors = (self.errors + chunk)[-STDERR_LIMIT:]
        else:
            self.captured += chunk
            if len(self.captured) > output_limit:
                raise Stopped("OLE", "OutputLimit", f"more than {output_limit} bytes of output")

    def _how_it_ended(self) -> Stopped:
        deadline = time.monotonic() + EXIT_GRACE
        while not self.is_reaped():
            if time.monotonic() > deadline:
                return Stopped("SV", "ClosedChannel", "the process closed its channel and went on")
            time.sleep(0.001)
        if os.WIFSIGNALED(self._status):
            number = os.WTERMSIG(self._status)
            name = _signal_name(number)
            if number == signal.SIGKILL and self.peak_memory() > self._address_space // 3:
                return Stopped("MLE", name, "the machine or the container ran out of memory")
            return Stopped(_BY_SIGNAL.get(number, "RTE"), name, f"the process was ended by {name}")
        code = os.WEXITSTATUS(self._status)
        return Stopped("RTE", "ProcessExit", f"the process ended with status {code} before it answered")

    @property
    def exit_status(self) -> int | None:
        """The status that it ended with, -N where signal N ended it; None while it lives or when it was killed here."""
        return os.waitstatus_to_exitcode(self._status) if self.usage is not None and not self._killed else None

    def kill(self) -> None:
        """End the process without waiting for it; `is_reaped` tells when it has gone."""
        if self.usage is None:
            self._killed = True
            os.kill(self.pid, signal.SIGKILL)

    def is_reaped(self, wait: bool = False) -> bool:
        """Whether the process has gone; its descriptors are closed then."""
        if self.usage is None:
            pid, status, usage = os.wait4(self.pid, 0 if wait else os.WNOHANG)
            if pid == 0:
                return False
            self._status, self.usage = status, usage
            for fd in (self.control, self.stdout, self.stderr, self.stdin):
                os.close(fd)
        return True
