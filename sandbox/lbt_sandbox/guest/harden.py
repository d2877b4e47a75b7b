"""Layer B: everything a freshly forked child gives up before it sees a program.

    hardening = Hardening.prepare()   # once, in the zygote
    hardening.apply()                 # in the child; returns only when every layer is on

Missing layers are named, not skipped in silence: `missing` is empty where Landlock and seccomp are both there.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass

from lbt_sandbox.guest import landlock
from lbt_sandbox.guest.seccomp import Filter

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522
STACK = 64 << 20
OPEN_FILES = 32

READABLE = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Set one attribute of the calling process; OSError when the kernel refuses."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _drop_capabilities(machine: str) -> None:
    """Root's powers, which a process on the host may have; in the container there are none to drop."""
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    if _libc.syscall(CAPSET[machine], header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))


def _set_limits() -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    stack = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (stack, stack))


def _readable_paths() -> list[str]:
    """The system's libraries, and the interpreter's own where it lives elsewhere.

    Not the rest of sys.path: it may lead to a source tree, where the grader and perhaps the tests are.
    """
    return [*READABLE, sys.prefix, sys.base_prefix]


@dataclass(frozen=True, slots=True)
class Hardening:
    """What can be built once and then applied in every child."""

    ruleset: int | None
    filter: Filter | None
    missing: tuple[str, ...]

    @classmethod
    def prepare(cls) -> Hardening:
        """Build what the kernel supports, and name what it does not."""
        missing: list[str] = []
        ruleset = filter_ = None
        if landlock.abi() > 0:
            ruleset = landlock.read_only_ruleset(_readable_paths())
        else:
            missing.append("Landlock (Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK)")
        try:
            filter_ = Filter.build(os.uname().machine)
        except OSError:
            missing.append(f"seccomp (no system call table for {os.uname().machine})")
        return cls(ruleset, filter_, tuple(missing))

    def apply(self, parent: int) -> None:
        """Harden the calling process for good.

        Args:
            parent: The zygote's process id; the child dies with it.

        Raises:
            OSError: A layer that should be there cannot be applied; the child must not run anything then.
        """
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        prctl(PR_SET_DUMPABLE, 0)
        _set_limits()
        if os.geteuid() == 0:
            _drop_capabilities(os.uname().machine)
        if self.ruleset is not None:
            landlock.restrict_self(self.ruleset)
            os.close(self.ruleset)
        if self.filter is not None:
            self.filter.install(os.getpid())
