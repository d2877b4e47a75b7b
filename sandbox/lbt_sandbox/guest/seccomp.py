"""The child's system call filter: an allow-list in classic BPF, installed with the seccomp system call.

    filter = Filter.build("x86_64")   # once, before the first fork
    filter.install(os.getpid())       # in the child: the filter lets it send signals to itself alone

Foreign architectures and x32 are killed, since their call numbers mean other calls. clone and clone3 tell threads
from processes: a thread answers EPERM ("can't start new thread"), a process is killed; clone3 hides its flags in
memory and answers ENOSYS, upon which libc falls back to clone.
Source: Documentation/userspace-api/seccomp_filter.rst, linux/filter.h, linux/seccomp.h.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from dataclasses import dataclass
from typing import Any

from lbt_sandbox.guest.syscalls import ALLOWED, FOR_FILES, FOR_LOOPS, NUMBERS, VIOLATIONS

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER, FLAG_SPEC_ALLOW = 1, 4
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NR, ARCH = 0, 4
CLONE_THREAD = 0x10000
OPEN_WRITES = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000  # access mode, CREAT, TRUNC, APPEND, TMPFILE
FCNTL_HARMLESS = (0, 1, 2, 3, 1030)  # DUPFD, GETFD, SETFD, GETFL, DUPFD_CLOEXEC
IOCTL_HARMLESS = (0x5450, 0x5451)  # FIONCLEX, FIOCLEX
FIONBIO, AF_UNIX, RLIMIT_STACK = 0x5421, 1, 3

Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, operand."""
Branch = tuple[int, Any, Any, int]
"""An instruction whose jumps may also be the one that ends the filter there; it stands in the program once."""


def _argument(index: int, high: bool = False) -> int:
    return 16 + 8 * index + (4 if high else 0)  # both architectures are little-endian


def _fail(number: int) -> Instruction:
    return (RETURN, 0, 0, ERRNO | number)


_ALLOW: Instruction = (RETURN, 0, 0, ALLOW)
_KILL: Instruction = (RETURN, 0, 0, KILL)


def _one_of(index: int, values: tuple[int, ...], otherwise: Instruction) -> list[Instruction]:
    tests = [(EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [(LOAD, 0, 0, _argument(index)), *tests, otherwise, _ALLOW]


def _read_only(index: int) -> list[Instruction]:
    return [(LOAD, 0, 0, _argument(index)), (ANY_BIT, 0, 1, OPEN_WRITES), _fail(errno.EPERM), _ALLOW]


def _null(index: int) -> list[Instruction]:
    return [
        (LOAD, 0, 0, _argument(index)),
        (EQUAL, 0, 3, 0),
        (LOAD, 0, 0, _argument(index, high=True)),
        (EQUAL, 0, 1, 0),
        _ALLOW,
        _fail(errno.EPERM),
    ]


def _own_stack() -> list[Instruction]:
    """Reading any limit, and changing that of the own stack, as programs do which recurse deeply."""
    return [
        (LOAD, 0, 0, _argument(0)),
        (EQUAL, 0, 3, 0),
        (LOAD, 0, 0, _argument(1)),
        (EQUAL, 0, 1, RLIMIT_STACK),
        _ALLOW,
        *_null(2),
    ]


SELF = 0x5E1F5E1F
"""Where the filter needs the child's process id: replaced when it is installed."""

SPECIAL: dict[str, list[Instruction]] = {
    "open": _read_only(1),
    "openat": _read_only(2),
    "openat2": [_fail(errno.ENOSYS)],
    "clone": [(LOAD, 0, 0, _argument(0)), (ANY_BIT, 0, 1, CLONE_THREAD), _fail(errno.EPERM), _KILL],
    "clone3": [_fail(errno.ENOSYS)],
    "kill": [(LOAD, 0, 0, _argument(0)), (EQUAL, 1, 0, SELF), _KILL, _ALLOW],
    "tgkill": [(LOAD, 0, 0, _argument(0)), (EQUAL, 1, 0, SELF), _KILL, _ALLOW],
    "prlimit64": _own_stack(),
    "ioctl": _one_of(1, IOCTL_HARMLESS, _fail(errno.ENOTTY)),
    "fcntl": _one_of(1, FCNTL_HARMLESS, _fail(errno.EPERM)),
}

SPECIAL_FOR_LOOPS: dict[str, list[Instruction]] = {
    "clone": [(LOAD, 0, 0, _argument(0)), (ANY_BIT, 0, 1, CLONE_THREAD), _ALLOW, _KILL],
    "ioctl": _one_of(1, (*IOCTL_HARMLESS, FIONBIO), _fail(errno.ENOTTY)),
    "socketpair": _one_of(0, (AF_UNIX,), _fail(errno.EPERM)),
    "sendto": _null(4),  # to the other end, to no address
}
SPECIAL_FOR_FILES: dict[str, list[Instruction]] = {
    "open": [_ALLOW],
    "openat": [_ALLOW],
    "renameat2": _null(4),  # no flags
}


@dataclass(frozen=True, slots=True)
class Extent:
    """What a filter allows beyond what every program needs."""

    loops: bool = False
    """Threads and event loops."""
    files: bool = False
    """Writing; only for a child that Landlock keeps to a folder of its own."""

    @property
    def allowed(self) -> frozenset[str]:
        """Calls that pass whatever their arguments."""
        return ALLOWED | (FOR_LOOPS if self.loops else frozenset()) | (FOR_FILES if self.files else frozenset())

    @property
    def special(self) -> dict[str, list[Instruction]]:
        """Calls that depend on their arguments."""
        return SPECIAL | (SPECIAL_FOR_LOOPS if self.loops else {}) | (SPECIAL_FOR_FILES if self.files else {})


def assemble(machine: str, extent: Extent = Extent()) -> list[Instruction]:
    """The whole program for a machine, as `os.uname()` names it; KeyError for another machine.

    Args:
        machine: Such as x86_64.
        extent: What to allow beyond the least.
    """
    program: list[Branch] = [(LOAD, 0, 0, ARCH), (EQUAL, 0, _KILL, AUDIT_ARCH[machine]), (LOAD, 0, 0, NR)]
    if machine == "x86_64":
        program += [(AT_LEAST, _KILL, 0, X32_BIT)]
    program += _tree(_segments(machine, extent))
    ends = list(dict.fromkeys(jump for step in program for jump in step[1:3] if isinstance(jump, tuple)))
    distance = {end: len(program) + place - 1 for place, end in enumerate(ends)}

    def resolved(at: int, jump: Any) -> int:
        return distance[jump] - at if isinstance(jump, tuple) else jump

    steps = [
        (code, resolved(at, true), resolved(at, false), operand)
        for at, (code, true, false, operand) in enumerate(program)
    ]
    return [*steps, *ends]


def _segments(machine: str, extent: Extent) -> list[tuple[int, list[Instruction]]]:
    """First call number and body of every run of calls that are treated alike, in ascending order."""
    special, allowed = extent.special, extent.allowed
    plain = dict.fromkeys(VIOLATIONS, _KILL) | dict.fromkeys(allowed, _ALLOW)
    bodies = {
        number: special.get(name) or [plain.get(name, _fail(errno.EPERM))] for name, number in NUMBERS[machine].items()
    }
    segments: list[tuple[int, list[Instruction]]] = []
    for number in range(max(bodies) + 2):
        body = bodies.get(number, [_fail(errno.EPERM)])
        if not segments or segments[-1][1] != body:
            segments.append((number, body))
    return segments


def _tree(segments: list[tuple[int, list[Instruction]]]) -> list[Branch]:
    """A binary search: the kernel runs the filter for every call number, and compiles it, whenever a child installs it.

    Jumps reach 255 instructions, which is more than the whole program has.
    """
    if len(segments) == 1:
        return [*segments[0][1]]
    middle = len(segments) // 2
    code: list[Branch] = []
    jumps: list[Any] = []
    for part in (_tree(segments[:middle]), _tree(segments[middle:])):
        is_end = part[0][0] == RETURN
        jumps.append(part[0] if is_end else len(code))
        code += [] if is_end else part
    lower, upper = jumps
    return [(AT_LEAST, upper, lower, segments[middle][0]), *code]


_syscall = ctypes.PyDLL(None).syscall


@dataclass(frozen=True, slots=True)
class Filter:
    """An assembled filter, laid out in memory as the kernel reads it; `install` patches in the process id."""

    call: int
    """Number of the seccomp system call."""
    code: ctypes.Array[ctypes.c_char]
    program: bytes
    """The kernel's `sock_fprog`: how many instructions, and where they lie."""
    patches: tuple[int, ...]
    """Offsets of `SELF` in the code."""

    @classmethod
    def build(cls, machine: str, extent: Extent = Extent()) -> Filter:
        """Assemble a filter of this machine; OSError where there is no table for it."""
        if machine not in AUDIT_ARCH:
            raise OSError(errno.ENOSYS, f"no system call table for {machine}")
        steps = assemble(machine, extent)
        code = b"".join(struct.pack("=HBBI", *step) for step in steps)
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
        return cls(
            SECCOMP[machine], buffer, program, tuple(8 * at + 4 for at, step in enumerate(steps) if step[3] == SELF)
        )

    def install(self, pid: int) -> None:
        """Filter the calling process, for good; needs no_new_privs."""
        for offset in self.patches:
            struct.pack_into("=I", self.code, offset, pid)
        if _syscall(self.call, SET_MODE_FILTER, FLAG_SPEC_ALLOW, self.program) != 0:
            raise OSError("seccomp refuses the filter")


assert not (ALLOWED | FOR_FILES | FOR_LOOPS) & VIOLATIONS
