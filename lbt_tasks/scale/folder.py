"""The folder of a run, here or at an address of fsspec (`s3://bucket/run`): files that are there whole or not at all.

folder = Folder.at("RUN")
folder.write("choices/shard-00042.parquet", data)
folder.names("choices")            # {"shard-00042.parquet"}
"""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError

_ASIDE = ".aside"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a run is kept."""

    address: str
    system: Any
    root: str

    @classmethod
    def at(cls, address: str) -> "Folder":
        """That folder, be it there or not.

        Raises:
            UsageError: no file system of that kind.
        """
        from fsspec.core import url_to_fs

        try:
            system, root = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{address}: {error}") from None
        return cls(address, system, root.rstrip("/"))

    @property
    def local(self) -> Path | None:
        """Its path, where it is on this machine."""
        return Path(self.root) if "file" in (self.system.protocol, *self.system.protocol) else None

    @property
    def journals(self) -> Path:
        """Where journals are, which are appended to and so need a disk of this machine."""
        name = f"lbt-scale-{blake2b(self.address.encode(), digest_size=8).hexdigest()}"
        return self.local / "journal" if self.local else Path(tempfile.gettempdir(), name)

    def write(self, name: str, data: bytes) -> None:
        """Writes aside and renames; other file systems show an object when it is whole.

        Raises:
            UsageError: there is no room, or no permission.
        """
        place = f"{self.root}/{name}"
        try:
            if not self.local:
                self.system.pipe_file(place, data)
                return
            aside = Path(f"{place}.{os.getpid()}{_ASIDE}")
            aside.parent.mkdir(parents=True, exist_ok=True)
            try:
                _to_disk(aside, data)
                aside.replace(place)
            except BaseException:
                with suppress(OSError):
                    aside.unlink()
                raise
        except OSError as error:
            raise UsageError(
                f"{place} cannot be written: {error.strerror or error}. What is finished is kept: give the same "
                "command again."
            ) from None

    def read(self, name: str) -> bytes | None:
        """The file; `None` where there is none."""
        try:
            return self.system.cat_file(f"{self.root}/{name}")
        except (FileNotFoundError, NotADirectoryError):  # of a path that leads through a file
            return None

    def names(self, folder: str) -> set[str]:
        """The whole files in a folder of it."""
        try:
            found = self.system.ls(f"{self.root}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return set()
        return {Path(path).name for path in found if not path.endswith(_ASIDE)}


def _to_disk(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
