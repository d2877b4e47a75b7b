"""Layer B: everything a freshly forked child gives up before it sees a program.

    hardening = Hardening.prepare()   # once, in the first process
    hardening.apply()                 # in the child; returns only when every layer is on

Missing layers are named, not skipped in silence: `missing` is empty where Landlock and seccomp are both there.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import resource
import struct
import sys
from dataclasses import dataclass
from signal import SIGKILL
from typing import Any

from lbt_sandbox.guest import landlock
from lbt_sandbox.guest.seccomp import Filter

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522
STACK = 64 << 20
OPEN_FILES = 32
RULESET_FD = 4
"""Where the Landlock ruleset waits, in the template and in a child until it is applied."""

READABLE = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom")

_libc = ctypes.PyDLL(None)  # which keeps the interpreter's lock: nobody else waits for it
_prctl, _setrlimit, _syscall, _close = _libc.prctl, _libc.setrlimit, _libc.syscall, _libc.close

Step = tuple[Any, ...]
"""A function of libc that gives 0 when it succeeds, and its arguments."""


def harden_ancestor() -> None:
    """Give up in the first process what it does not need itself; the template and the children have it from there."""
    for option, value in ((PR_SET_NO_NEW_PRIVS, 1), (PR_SET_DUMPABLE, 0)):
        if _prctl(option, value, 0, 0, 0) != 0:
            raise OSError(f"prctl {option} is refused")
    for which in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        resource.setrlimit(which, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    stack = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (stack, stack))


def _limit(which: int, value: int) -> Step:
    return (_setrlimit, which, struct.pack("@LL", value, value))


def _no_capabilities() -> list[Step]:
    """Without root's powers, which a process on the host may have; in the container there are none."""
    if os.geteuid() != 0:
        return []
    return [(_syscall, CAPSET[os.uname().machine], struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24))]


def _landlock() -> list[Step]:
    ruleset = landlock.read_only_ruleset(_readable_paths())
    if ruleset != RULESET_FD:
        os.dup2(ruleset, RULESET_FD)
        os.close(ruleset)
    return [(_syscall, landlock.RESTRICT_SELF, RULESET_FD, 0), (_close, RULESET_FD)]


def _readable_paths() -> list[str]:
    """The system's libraries, and the interpreter's own where it lives elsewhere.

    Not the rest of sys.path: it may lead to a source tree, where the grader and perhaps the tests are.
    """
    return [*READABLE, sys.prefix, sys.base_prefix]


@dataclass(frozen=True, slots=True)
class Hardening:
    """What can be built once and then applied in every child, with as little of Python as can be."""

    steps: tuple[Step, ...]
    filter: Filter | None
    missing: tuple[str, ...]

    @classmethod
    def prepare(cls) -> Hardening:
        """Build what the kernel supports, and name what it does not; takes the descriptor `RULESET_FD`."""
        missing: list[str] = []
        filter_ = None
        limits = {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_NPROC: 0, resource.RLIMIT_NOFILE: OPEN_FILES}
        steps = [*itertools.starmap(_limit, limits.items()), *_no_capabilities()]
        if landlock.abi() > 0:
            steps += _landlock()
        else:
            missing.append("Landlock (Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK)")
        try:
            filter_ = Filter.build(os.uname().machine)
        except OSError:
            missing.append(f"seccomp (no system call table for {os.uname().machine})")
        return cls(tuple(steps), filter_, tuple(missing))

    def apply(self, parent: int) -> None:
        """Harden the calling process for good.

        Args:
            parent: The supervisor's process id; the child dies with it.

        Raises:
            OSError: A layer that should be there cannot be applied; the child must not run anything then.
        """
        if _prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(1)
        for call, *arguments in self.steps:
            if call(*arguments) != 0:
                raise OSError(f"{call.__name__} {arguments} is refused")
        if self.filter is not None:
            self.filter.install(os.getpid())
