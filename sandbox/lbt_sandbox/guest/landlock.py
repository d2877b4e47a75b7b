"""Landlock through ctypes: the child may read the system's files and nothing else, and may reach nobody.

    >>> isinstance(abi(), int)
    True

A ruleset is built once, in the supervisor; each child restricts itself with the inherited file descriptor.
Source: Documentation/userspace-api/landlock.rst of the Linux kernel.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE, REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_FILE, MOVE, TRUNCATE = (1 << at for at in (1, 4, 5, 7, 8, 13, 14))
OWN = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_FILE | MOVE | TRUNCATE
NET_TCP = 0b11  # bind, connect
SCOPES = 0b11  # abstract UNIX sockets, signals
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file-system rights each version of the interface can deny; later ones as the last."""

_libc = ctypes.CDLL(None, use_errno=True)


def _syscall(*arguments: object) -> int:
    result = _libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none or the container's own filter hides it."""
    try:
        return _syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    except OSError:
        return 0


def ruleset_for(readable: Iterable[str], own: str | None = None) -> int:
    """A file descriptor of a ruleset that denies all it can deny but reading beneath `readable`, and files in `own`."""
    version = abi()
    handled = (1 << _FS_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", NET_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", SCOPES)
    ruleset = _syscall(CREATE_RULESET, attributes, len(attributes), 0)
    for path in readable:
        if os.path.exists(path):
            _allow(ruleset, path, READ_FILE | (READ_DIR if os.path.isdir(path) else 0))
    if own is not None:
        _allow(ruleset, own, OWN & handled)
    return ruleset


def _allow(ruleset: int, path: str, access: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", access, parent), 0)
    finally:
        os.close(parent)


def restrict_self(ruleset: int) -> None:
    """Put the calling process under the ruleset, for good; needs no_new_privs."""
    _syscall(RESTRICT_SELF, ruleset, 0)
