"""The system call filter, run by an interpreter of classic BPF over every call number of both machines."""

import errno
import struct
from functools import cache

import pytest
from lbt_sandbox.guest.seccomp import (
    ALLOW,
    ANY_BIT,
    AT_LEAST,
    AUDIT_ARCH,
    CLONE_THREAD,
    EQUAL,
    ERRNO,
    KILL,
    LOAD,
    RETURN,
    SELF,
    X32_BIT,
    Extent,
    assemble,
)
from lbt_sandbox.guest.syscalls import NUMBERS, VIOLATIONS

MACHINES = sorted(NUMBERS)
LEAST, LOOPS, FILES = Extent(), Extent(loops=True), Extent(loops=True, files=True)
EXTENTS = [LEAST, LOOPS, FILES, Extent(files=True)]
EPERM, ENOSYS, ENOTTY = (ERRNO | number for number in (errno.EPERM, errno.ENOSYS, errno.ENOTTY))


program_of = cache(assemble)


def run(machine: str, number: int, *arguments: int, arch: int | None = None, extent: Extent = LEAST) -> int:
    """What the filter answers to a call."""
    words = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, AUDIT_ARCH[machine] if arch is None else arch, 0, *words)
    program, at, value = program_of(machine, extent), 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == LOAD:
            value = struct.unpack_from("<I", data, operand)[0]
        elif code in (EQUAL, AT_LEAST, ANY_BIT):
            holds = {EQUAL: value == operand, AT_LEAST: value >= operand, ANY_BIT: bool(value & operand)}[code]
            at += if_true if holds else if_false
        else:
            return operand


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_number_is_treated_as_the_tables_say(machine: str, extent: Extent) -> None:
    names = {number: name for name, number in NUMBERS[machine].items()}
    for number in range(600):
        name = names.get(number, "")
        if name not in extent.special:
            wanted = ALLOW if name in extent.allowed else KILL if name in VIOLATIONS else EPERM
            assert run(machine, number, extent=extent) == wanted, (number, name)


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("openat", (0, 0, 0), ALLOW),
        ("openat", (0, 0, 0o2000000), ALLOW),  # O_CLOEXEC
        ("openat", (0, 0, 1), EPERM),
        ("openat", (0, 0, 2), EPERM),
        ("openat", (0, 0, 0o100), EPERM),
        ("openat2", (), ENOSYS),
        ("clone", (17,), KILL),
        ("clone", (0x4111,), KILL),  # vfork
        ("clone", (CLONE_THREAD | 0x100,), EPERM),
        ("clone3", (), ENOSYS),
        ("kill", (SELF, 9), ALLOW),
        ("kill", (1, 9), KILL),
        ("kill", (2**32 - 1, 9), KILL),
        ("tgkill", (SELF, SELF, 6), ALLOW),
        ("tgkill", (1, 1, 6), KILL),
        ("prlimit64", (0, 7, 0, 1), ALLOW),
        ("prlimit64", (0, 7, 1, 0), EPERM),
        ("prlimit64", (0, 7, 1 << 32, 0), EPERM),
        ("prlimit64", (0, 3, 1, 0), ALLOW),  # the own stack
        ("prlimit64", (1, 3, 1, 0), EPERM),
        ("sendto", (3, 1, 1, 0, 0), EPERM),
        ("socketpair", (1, 1, 0, 1), EPERM),
        ("ioctl", (0, 0x5451), ALLOW),
        ("ioctl", (0, 0x5412), ENOTTY),
        ("fcntl", (0, 3), ALLOW),
        ("fcntl", (0, 1030), ALLOW),
        ("fcntl", (0, 4), EPERM),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_depend_on_their_arguments(machine: str, name: str, arguments: tuple[int, ...], wanted: int) -> None:
    assert run(machine, NUMBERS[machine][name], *arguments) == wanted


@pytest.mark.parametrize(
    ("extent", "name", "arguments", "wanted"),
    [
        (LOOPS, "clone", (CLONE_THREAD | 0x100,), ALLOW),
        (LOOPS, "clone", (0x8011,), KILL),  # a sibling
        (LOOPS, "clone3", (), ENOSYS),
        (LOOPS, "socketpair", (1, 1, 0, 1), ALLOW),
        (LOOPS, "socketpair", (16, 3, 0, 1), EPERM),
        (LOOPS, "sendto", (4, 1, 1, 0, 0), ALLOW),
        (LOOPS, "sendto", (4, 1, 1, 0, 1), EPERM),  # to an address
        (LOOPS, "sendto", (4, 1, 1, 0, 1 << 32), EPERM),
        (LOOPS, "ioctl", (4, 0x5421), ALLOW),
        (LOOPS, "openat", (0, 0, 0o101), EPERM),
        (FILES, "openat", (0, 0, 0o101), ALLOW),
        (FILES, "renameat2", (0, 1, 0, 1, 0), ALLOW),
        (FILES, "renameat2", (0, 1, 0, 1, 4), EPERM),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_what_programs_with_threads_and_files_may_do_besides(
    machine: str, extent: Extent, name: str, arguments: tuple[int, ...], wanted: int
) -> None:
    assert run(machine, NUMBERS[machine][name], *arguments, extent=extent) == wanted


@pytest.mark.parametrize("machine", MACHINES)
def test_foreign_architectures_and_x32_are_killed(machine: str) -> None:
    read = NUMBERS[machine]["read"]
    assert run(machine, read, arch=0x40000003) == KILL  # i386
    assert run(machine, read | X32_BIT) == (KILL if machine == "x86_64" else EPERM)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_fits_and_every_path_ends(machine: str, extent: Extent) -> None:
    program = assemble(machine, extent)
    assert len(program) < 4096
    for at, (code, if_true, if_false, _) in enumerate(program):
        assert code == RETURN or at + 1 + max(if_true, if_false) < len(program)
        assert max(if_true, if_false) < 256
