"""A private folder for every child that may write: in memory, and emptied before another child has it.

    folders = Folders.prepare()      # in the first process; None where there is no place for them
    place = folders.take()           # for a child to be
    folders.give_back(place)         # when the child has gone

The container has a small tmpfs for them. On the host the first process mounts one where nobody else sees it: in a mount
namespace of its own, as root or in a user namespace. Where neither is allowed, as in a container that has no rights
itself, the engine names a tmpfs of that container; without one programs cannot write at all.
"""

from __future__ import annotations

import ctypes
import itertools
import os
from collections.abc import Mapping

AT = "LBT_FOLDERS_AT"
ROOT = os.environ.get(AT, "/mnt")
"""Where they are; the variable names another place that is there for one guest alone."""
MOUNTED = "LBT_FOLDERS"
"""Set in the environment of a guest that finds the file system mounted, as in a container."""
PLACES = 16
OPTIONS = "size=64m,nr_inodes=4096,mode=0700"
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
NOSUID, NODEV, NOEXEC, RECURSIVE, PRIVATE = 2, 4, 8, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


def _mount_privately() -> None:
    """A tmpfs at `ROOT` that this process and its children alone see; OSError where that is not allowed."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", NEW_MOUNTS if user == 0 else NEW_MOUNTS | NEW_USER)
    if user != 0:
        for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as out:
                out.write(text)
    _call("mount", None, b"/", None, RECURSIVE | PRIVATE, None)
    _call("mount", b"tmpfs", ROOT.encode(), b"tmpfs", NOSUID | NODEV | NOEXEC, OPTIONS.encode())


class Folders:
    """The folders, by number."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.free = list(range(PLACES))
        for place in self.free:
            os.makedirs(self.path(place), mode=0o700, exist_ok=True)
            _empty(self.path(place).encode())  # a guest that was killed leaves things here

    @classmethod
    def prepare(cls) -> Folders | None:
        """Make them; needs to come before the process gives up its rights."""
        try:
            if not os.environ.pop(MOUNTED, ""):
                _mount_privately()
            return cls(ROOT)
        except OSError:
            return None

    def path(self, place: int) -> str:
        """Where a folder is."""
        return f"{self.root}/{place}"

    def take(self, count: int) -> list[int]:
        """Free places, as many as there are up to `count`."""
        taken, self.free = self.free[:count], self.free[count:]
        return taken

    def give_back(self, place: int) -> None:
        """Empty a folder whose child has gone."""
        _empty(self.path(place).encode())
        self.free.append(place)

    @property
    def is_crowded(self) -> bool:
        """Whether children that have not gone yet take much of the space."""
        status = os.statvfs(self.root)
        return status.f_bavail * 2 < status.f_blocks or status.f_favail * 2 < status.f_files

    def write(self, place: int, files: Mapping[str, bytes]) -> None:
        """Put files into a folder, relative paths that the host has checked."""
        for name, content in files.items():
            path = os.path.join(self.path(place), name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)


def _empty(folder: bytes) -> None:
    """Remove everything in it. Folders are flattened first: nested ones have paths that are too long to be named."""
    names = (b"%s-%d" % (os.urandom(8).hex().encode(), number) for number in itertools.count())
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in os.listdir(entry.path):
                os.rename(os.path.join(entry.path, inner), os.path.join(folder, next(names)))
            os.rmdir(entry.path)
