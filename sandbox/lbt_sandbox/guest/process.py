"""The zygote's view of one hardened child: fork it, talk to it under limits, measure it, end it.

    [child] = Child.fork(hardening, serve)
    child.queue(b"J", job)
    kind, payload = child.receive(Watch(...))   # or Stopped: the verdict that the kernel or a limit gave

Time and memory are read from outside: the process's CPU clock and the kernel's high-water mark.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from lbt_sandbox.guest import frames
from lbt_sandbox.guest.harden import RULESET_FD, Hardening

CONTROL_FD = 3
_fork = ctypes.PyDLL(None).fork
"""Without what `os.fork` does for programs with threads, which would touch a fifth of the child's pages."""
EXIT_GRACE = 0.2
"""Seconds a process may take from closing its channel to its end."""
_BY_SIGNAL: dict[int, str] = {signal.SIGSYS: "SV", signal.SIGXCPU: "TLE", signal.SIGXFSZ: "SV"}
"""Verdicts; RTE for every other signal."""


def _signal_name(number: int) -> str:
    """Real-time signals have no names of their own."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


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
    """The same clock."""
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
        return left // 1_000_000 + 1


class _Channels(NamedTuple):
    """Descriptors between the zygote and a child to be: the zygote's ends, and the child's."""

    control: int
    stdout: int
    child_control: int
    child_stdout: int
    stdin: int

    @classmethod
    def make(cls) -> _Channels:
        ours, theirs = socket.socketpair()
        readable, writable = os.pipe()
        os.set_blocking(readable, False)
        ours.setblocking(False)
        stdin = os.memfd_create("stdin", os.MFD_CLOEXEC)
        return cls(ours.detach(), readable, theirs.detach(), writable, stdin)


def _become_child(hardening: Hardening, parent: int, channels: _Channels, serve: Callable[[int], NoReturn]) -> NoReturn:
    try:
        os.dup2(channels.stdin, 0)
        os.dup2(channels.child_stdout, 1)
        os.dup2(channels.child_control, CONTROL_FD)
        os.closerange(RULESET_FD + 1, 1 << 16)
        hardening.apply(parent)
        gc.freeze()  # else the first collection would go through what the zygote has made meanwhile
        gc.enable()
        serve(CONTROL_FD)
    finally:
        os._exit(70)


@dataclass(slots=True, eq=False)
class Child:
    """A hardened process, and the zygote's ends of its socket, its stdout and its stdin."""

    pid: int
    control: int
    stdout: int
    stdin: int
    poll: select.poll
    loaded: bool = False
    begun: int = 0
    """Reading of its CPU clock when the present test began, nanoseconds."""
    peak: int = 0
    """Most resident bytes when last asked."""
    captured: bytearray = field(default_factory=bytearray)
    _received: bytearray = field(default_factory=bytearray)
    _unsent: bytearray = field(default_factory=bytearray)
    usage: resource.struct_rusage | None = None
    """What the process used in all, once it is no more."""
    _status: int = 0
    _address_space: int = 0
    _starved_before: int = 0
    _listening: bool = True
    _sending: bool = False

    @classmethod
    def fork(cls, hardening: Hardening, serve: Callable[[int], NoReturn], count: int = 1) -> list[Child]:
        """Fork and harden children that then wait for their jobs.

        After a fork the zygote has to copy the pages that it writes, so that it does next to nothing between two.

        Args:
            hardening: The layers to apply.
            serve: What a child runs, given its end of the socket.
            count: How many.
        """
        parent = os.getpid()
        made = [_Channels.make() for _ in range(count)]
        pids: list[int] = []
        for channels in made:
            pid = _fork()
            if pid == 0:
                _become_child(hardening, parent, channels, serve)
            pids.append(pid)
        if -1 in pids:
            raise OSError("the machine gives no further process")
        return [cls._of(pid, channels) for pid, channels in zip(pids, made, strict=True)]

    @classmethod
    def _of(cls, pid: int, channels: _Channels) -> Child:
        os.close(channels.child_control)
        os.close(channels.child_stdout)
        poll = select.poll()
        poll.register(channels.control, select.POLLIN)
        poll.register(channels.stdout, select.POLLIN)
        return cls(pid, channels.control, channels.stdout, channels.stdin, poll)

    def limit(self, address_space: int, cpu_seconds: float) -> None:
        """Set what the kernel enforces by itself; the CPU limit there is only the last line of defence."""
        seconds = int(cpu_seconds) + 2
        self._address_space = address_space
        resource.prlimit(self.pid, resource.RLIMIT_AS, (address_space, address_space))
        resource.prlimit(self.pid, resource.RLIMIT_CPU, (seconds, seconds))

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
        status = self._proc("status")
        at = status.find(b"VmHWM:")
        return int(status[at + 6 : status.index(b"kB", at)]) * 1024 if at >= 0 else 0

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
                if fd == self.stdout:
                    self.drain(watch.output_limit)
                elif event & select.POLLOUT:
                    self._send()
                else:
                    self._read(watch.output_limit)

    def is_silent(self) -> bool:
        """Whether the child has said nothing that nobody asked for."""
        if self._is_readable(self.control):
            try:
                self._received += os.read(self.control, 1 << 18)
            except OSError:
                pass
        return not self._received

    def _is_readable(self, fd: int) -> bool:
        return any(ready == fd for ready, _ in self.poll.poll(0))

    def _next_frame(self, watch: Watch) -> tuple[bytes, bytes] | None:
        received = self._received
        if len(received) < frames.HEADER.size:
            return None
        length, kind = frames.HEADER.unpack_from(received)
        if length > (watch.answer_limit if kind in b"RC" else frames.FAILURE_LIMIT):
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
        while self.usage is None and self._is_readable(self.stdout):
            chunk = os.read(self.stdout, 1 << 16)
            if not chunk:
                self._forget_stdout()
                return
            self.captured += chunk
            if len(self.captured) > output_limit:
                raise Stopped("OLE", "OutputLimit", f"more than {output_limit} bytes of output")

    def _forget_stdout(self) -> None:
        if self._listening:
            self._listening = False
            self.poll.unregister(self.stdout)

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
    def exited_with_zero(self) -> bool:
        """Whether it came to an end by itself and called that a success."""
        return self.usage is not None and self._status == 0

    def kill(self) -> None:
        """End the process without waiting for it; `is_reaped` tells when it has gone."""
        if self.usage is None:
            os.kill(self.pid, signal.SIGKILL)

    def is_reaped(self, wait: bool = False) -> bool:
        """Whether the process has gone; its descriptors are closed then."""
        if self.usage is None:
            pid, status, usage = os.wait4(self.pid, 0 if wait else os.WNOHANG)
            if pid == 0:
                return False
            self._status, self.usage = status, usage
            for fd in (self.control, self.stdout, self.stdin):
                os.close(fd)
        return True
