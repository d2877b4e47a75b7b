"""The process that every child is forked from: warm and hardened, and it never reads a job.

    template = Template.start(hardening, serve)   # in the supervisor, before it has read anything
    template.ask(8)                               # forks them while the supervisor goes on
    children = template.collect()

A fork copies the memory of the process that forks. So it is this one that forks, which gets descriptors and counts from
the supervisor and nothing else: what a job holds reaches a child through the child's own socket alone. Children become
the supervisor's (CLONE_PARENT), which waits for them, measures and ends them.
"""

from __future__ import annotations

import array
import ctypes
import gc
import os
import random
import signal
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from lbt_sandbox.guest.harden import RULESET_FD, Hardening
from lbt_sandbox.guest.process import CONTROL_FD, Child

CLONE_PARENT = 0x8000
CLONE = {"x86_64": 56, "aarch64": 220}
_syscall = ctypes.PyDLL(None).syscall
_PID = struct.Struct("=i")
_LINK_FD = 10
"""Where the template keeps its end of the link to the supervisor."""


class Channels(NamedTuple):
    """Descriptors between the supervisor and a child to be: the supervisor's ends, then the child's."""

    control: int
    stdout: int
    stderr: int
    stdin: int
    child_control: int
    child_stdout: int
    child_stderr: int

    @classmethod
    def make(cls) -> Channels:
        """A socket, a pipe for each output stream, and a file in memory for the input."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        (stdout, child_stdout), (stderr, child_stderr) = os.pipe(), os.pipe()
        for readable in (stdout, stderr):
            os.set_blocking(readable, False)
        stdin = os.memfd_create("stdin", os.MFD_CLOEXEC)
        return cls(ours.detach(), stdout, stderr, stdin, theirs.detach(), child_stdout, child_stderr)

    @property
    def of_child(self) -> tuple[int, ...]:
        """What a child gets as its descriptors 0 to 3, in this order."""
        return self.stdin, self.child_stdout, self.child_stderr, self.child_control

    def close_child_ends(self) -> None:
        """Close what only the child shall hold; the file that is its input stays, to be written."""
        for fd in (self.child_control, self.child_stdout, self.child_stderr):
            os.close(fd)

    def close(self) -> None:
        """Close the supervisor's ends."""
        for fd in (self.control, self.stdout, self.stderr, self.stdin):
            os.close(fd)


_EACH = 4
"""Descriptors that a child gets."""


class Template:
    """The supervisor's view of it."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._asked: deque[list[Channels]] = deque()

    @classmethod
    def start(cls, hardening: Hardening, serve: Callable[[int], NoReturn]) -> Template:
        """Fork the template.

        Args:
            hardening: The layers that a child puts on before anything else.
            serve: What a child runs, given its end of its socket.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        supervisor = os.getpid()
        if os.fork() == 0:
            try:
                os.dup2(theirs.fileno(), _LINK_FD)
                os.closerange(_LINK_FD + 1, 1 << 16)
                random.seed(0)  # so that the verdict on a program that draws can be repeated
                if numpy_random := sys.modules.get("numpy.random"):
                    numpy_random.seed(0)
                _fork_on_request(hardening, supervisor, serve)
            finally:
                os._exit(71)
        theirs.close()
        return cls(ours)

    @property
    def is_asked(self) -> bool:
        """Whether children are on their way."""
        return bool(self._asked)

    def ask(self, count: int) -> None:
        """Order children; `collect` gives them."""
        made = [Channels.make() for _ in range(count)]
        fds = array.array("i", [fd for channels in made for fd in channels.of_child])
        self._link.sendmsg([b"F"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        for channels in made:
            channels.close_child_ends()
        self._asked.append(made)

    def collect(self) -> list[Child]:
        """The children of the oldest order, fewer where the machine gives no more; EOFError when the template died."""
        made, answer = self._asked.popleft(), self._link.recv(4096)
        if not answer:
            raise EOFError
        pids = [pid for (pid,) in _PID.iter_unpack(answer)]
        children: list[Child] = []
        for pid, channels in zip(pids, made, strict=True):
            if pid > 0:
                children.append(Child.of(pid, channels.control, channels.stdout, channels.stderr, channels.stdin))
            else:
                channels.close()
        return children


def _clone() -> int:
    """A fork whose parent is this process's parent, without what `os.fork` does for programs with threads."""
    return _syscall(CLONE[os.uname().machine], CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)


def _fork_on_request(hardening: Hardening, supervisor: int, serve: Callable[[int], NoReturn]) -> NoReturn:
    """Fork as many children as there are descriptors for, again and again, until the supervisor has gone.

    After a fork this process has to copy the pages that it writes, so that it does next to nothing between two.
    """
    link = socket.socket(fileno=_LINK_FD)
    while True:
        order, fds, _, _ = socket.recv_fds(link, 1, 256)
        if not order:
            os._exit(0)
        pids: list[int] = []
        for at in range(0, len(fds), _EACH):
            pid = _clone()
            if pid == 0:
                _become_child(hardening, supervisor, fds[at : at + _EACH], serve)
            pids.append(pid)
        for fd in fds:
            os.close(fd)
        link.send(b"".join(map(_PID.pack, pids)))


def _become_child(hardening: Hardening, parent: int, fds: list[int], serve: Callable[[int], NoReturn]) -> NoReturn:
    try:
        for place, fd in enumerate(fds):
            os.dup2(fd, place)
        os.closerange(RULESET_FD + 1, 1 << 16)
        hardening.apply(parent)
        gc.enable()
        serve(CONTROL_FD)
    finally:
        os._exit(70)
