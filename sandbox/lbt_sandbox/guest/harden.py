"""Layer B: everything a freshly forked child gives up before it sees a program.

    hardening = Hardening.prepare([])          # once, in the first process
    hardening.apply(supervisor, wide=False)    # in the child; returns only when every layer is on

Missing layers are named, not skipped in silence: `missing` is empty where Landlock and seccomp are both there.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from signal import SIGKILL
from typing import Any

from lbt_sandbox.guest import landlock
from lbt_sandbox.guest.seccomp import Extent, Filter

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522
STACK = 64 << 20
OPEN_FILES = {False: 32, True: 128}
FILE_SIZE = 16 << 20
RULESET_FD = 4
"""Where the Landlock ruleset waits, in the template and in a child until it is applied.

Behind it those of the children that may write, one for each folder."""

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
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]  # stays: programs raise theirs, and memory has its own limit
    resource.setrlimit(resource.RLIMIT_STACK, (STACK if hard == resource.RLIM_INFINITY else min(STACK, hard), hard))


def _limit(which: int, value: int) -> Step:
    return (_setrlimit, which, struct.pack("@LL", value, value))


def _no_capabilities() -> list[Step]:
    """Without the powers of root, or of a user namespace, which a process on the host may have."""
    return [(_syscall, CAPSET[os.uname().machine], struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24))]


def _make_rulesets(folders: Sequence[str]) -> None:
    """The ruleset of children that only read at `RULESET_FD`, and those of the folders behind it."""
    for place, own in enumerate([None, *folders]):
        ruleset = landlock.ruleset_for(_readable_paths(), own)
        if ruleset != RULESET_FD + place:
            os.dup2(ruleset, RULESET_FD + place)
            os.close(ruleset)


def _readable_paths() -> list[str]:
    """The system's libraries, and the interpreter's own where it lives elsewhere.

    Not the rest of sys.path: it may lead to a source tree, where the grader and perhaps the tests are.
    """
    return [*READABLE, sys.prefix, sys.base_prefix]


@dataclass(frozen=True, slots=True)
class Hardening:
    """What can be built once and then applied in every child, with as little of Python as can be."""

    steps: Mapping[bool, tuple[Step, ...]]
    """For children that may do what programs do (threads, files of their own), and for all others."""
    filters: Mapping[bool, Filter]
    missing: tuple[str, ...]

    @classmethod
    def prepare(cls, folders: Sequence[str]) -> Hardening:
        """Build what the kernel supports, and name what it does not; takes descriptors from `RULESET_FD` on."""
        missing: list[str] = []
        filters: dict[bool, Filter] = {}
        last: list[Step] = []
        if landlock.abi() > 0:
            _make_rulesets(folders)
            last = [(_syscall, landlock.RESTRICT_SELF, RULESET_FD, 0), (_close, RULESET_FD)]
        else:
            missing.append("Landlock (Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK)")
        try:
            extents = {False: Extent(), True: Extent(loops=True, files=bool(folders))}
            filters = {wide: Filter.build(os.uname().machine, extent) for wide, extent in extents.items()}
        except OSError:
            missing.append(f"seccomp (no system call table for {os.uname().machine})")
        steps = {wide: (*_limits(wide, bool(folders)), *_no_capabilities(), *last) for wide in (False, True)}
        return cls(steps, filters, tuple(missing))

    def apply(self, parent: int, wide: bool) -> None:
        """Harden the calling process for good.

        Args:
            parent: The supervisor's process id; the child dies with it.
            wide: Let it have threads and files of its own.

        Raises:
            OSError: A layer that should be there cannot be applied; the child must not run anything then.
        """
        if _prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(1)
        for call, *arguments in self.steps[wide]:
            if call(*arguments) != 0:
                raise OSError(f"{call.__name__} {arguments} is refused")
        if wide in self.filters:
            self.filters[wide].install(os.getpid())


def _limits(wide: bool, can_write: bool) -> list[Step]:
    """Threads count as processes of the whole user, wherever they run; the supervisor counts those of a child."""
    limits = {resource.RLIMIT_FSIZE: FILE_SIZE if wide and can_write else 0, resource.RLIMIT_NOFILE: OPEN_FILES[wide]}
    if not wide:
        limits[resource.RLIMIT_NPROC] = 0
    return [_limit(which, value) for which, value in limits.items()]
