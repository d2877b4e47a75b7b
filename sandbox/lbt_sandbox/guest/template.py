"""The process that every child is forked from: warm and hardened, and it never reads a job.

    template = Template.start(hardening, serve)   # in the supervisor, before it has read anything
    template.ask(8)                               # forks them while the supervisor goes on
    children = template.collect()
    template.ask(2, folders=[0, 1])               # these may have threads, and files in the folders 0 and 1

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
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import NamedTuple, NoReturn

from lbt_sandbox.guest.folders import PLACES
from lbt_sandbox.guest.harden import RULESET_FD, Hardening
from lbt_sandbox.guest.process import CONTROL_FD, Child

CLONE_PARENT = 0x8000
CLONE = {"x86_64": 56, "aarch64": 220}
_syscall = ctypes.PyDLL(None).syscall
_PID = struct.Struct("=i")
_LINK_FD = RULESET_FD + 1 + PLACES
"""Where the template keeps its end of the link to the supervisor: behind the rulesets."""
NO_FOLDER = 255


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
Serve = Callable[[int, int | None], NoReturn]


class Template:
    """The supervisor's view of it."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._asked: deque[tuple[list[Channels], Sequence[int]]] = deque()
        self.left_over: list[int] = []
        """Folders of children that could not be made."""

    @classmethod
    def start(cls, hardening: Hardening, serve: Serve) -> Template:
        """Fork the template.

        Args:
            hardening: The layers that a child puts on before anything else.
            serve: What a child runs, given its end of its socket and, if it may write, the number of its folder.
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

    def is_asked(self, wide: bool) -> bool:
        """Whether children of this kind are on their way."""
        return any(bool(folders) == wide for _, folders in self._asked)

    def ask(self, count: int, folders: Sequence[int] = ()) -> None:
        """Order children; `collect` gives them.

        Args:
            count: How many.
            folders: One for each, where they may have threads and files; `NO_FOLDER` for threads alone.
        """
        made = [Channels.make() for _ in range(count)]
        fds = array.array("i", [fd for channels in made for fd in channels.of_child])
        self._link.sendmsg([b"F" + bytes(folders)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        for channels in made:
            channels.close_child_ends()
        self._asked.append((made, folders))

    def collect(self) -> list[Child]:
        """The children of the oldest order, fewer where the machine gives no more; EOFError when the template died."""
        (made, folders), answer = self._asked.popleft(), self._link.recv(4096)
        if not answer:
            raise EOFError
        pids = [pid for (pid,) in _PID.iter_unpack(answer)]
        children: list[Child] = []
        for pid, channels, folder in zip_longest(pids, made, folders):
            if pid > 0:
                ends = channels.control, channels.stdout, channels.stderr, channels.stdin
                children.append(Child.of(pid, *ends, folder))
            else:
                channels.close()
                self.left_over += [] if folder is None else [folder]
        return children


def _clone() -> int:
    """A fork whose parent is this process's parent, without what `os.fork` does for programs with threads."""
    return _syscall(CLONE[os.uname().machine], CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)


def _fork_on_request(hardening: Hardening, supervisor: int, serve: Serve) -> NoReturn:
    """Fork as many children as there are descriptors for, again and again, until the supervisor has gone.

    After a fork this process has to copy the pages that it writes, so that it does next to nothing between two.
    """
    link = socket.socket(fileno=_LINK_FD)
    while True:
        order, fds, _, _ = socket.recv_fds(link, 64, 256)
        if not order:
            os._exit(0)
        pids: list[int] = []
        for number, at in enumerate(range(0, len(fds), _EACH), start=1):
            pid = _clone()
            if pid == 0:
                folder = order[number] if len(order) > 1 else None
                _become_child(hardening, supervisor, fds[at : at + _EACH], folder, serve)
            pids.append(pid)
        for fd in fds:
            os.close(fd)
        link.send(b"".join(map(_PID.pack, pids)))


def _become_child(hardening: Hardening, parent: int, fds: list[int], folder: int | None, serve: Serve) -> NoReturn:
    try:
        for place, fd in enumerate(fds):
            os.dup2(fd, place)
        if folder is not None and folder != NO_FOLDER:
            os.dup2(RULESET_FD + 1 + folder, RULESET_FD)
        os.closerange(RULESET_FD + 1, 1 << 16)
        hardening.apply(parent, wide=folder is not None)
        gc.enable()
        serve(CONTROL_FD, None if folder == NO_FOLDER else folder)
    finally:
        os._exit(70)
