"""One published file: found in the user's folder, or downloaded once into a cache; its checksum is always compared.

    path = data_file(MATH500, data_dir="/data/math")  # or without data_dir: downloads

The cache is the user's cache folder (`~/.cache/lbt` on Linux) or the folder in the environment variable LBT_CACHE.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lbt_solvers.jsonl import read_jsonl

DOWNLOAD_RETRIES = 2


class DataError(ValueError):
    """A data set that is not there, or is not the published one."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A published file, pinned by the commit in its address and by its checksum."""

    title: str
    url: str
    sha256: str
    local_names: tuple[str, ...]
    """Where it may lie in a user's folder; the first is the name in the cache."""


def data_file(file: DataFile, data_dir: str | Path | None = None, checksum: bool = True) -> Path:
    """Where the file lies.

    Args:
        file: which file.
        data_dir: a folder that has it; None downloads it into the cache unless it is there already.
        checksum: compare a local file with the published one. Downloads are always compared.

    Raises:
        DataError: no such folder or file, another checksum, or a download that failed.
    """
    if data_dir is None:
        return _downloaded(file)
    path = local_file(file, Path(data_dir))
    if path is None:
        names, found = " or ".join(file.local_names), _contents(Path(data_dir))
        raise DataError(
            f"{file.title}: {names} was needed in {data_dir}, found {found}. "
            f"Put it there (from {file.url}), or leave data_dir= out to download it."
        )
    if checksum and (found := _sha256(path)) != file.sha256:
        raise DataError(
            f"{file.title}: {path} is not the published file: sha256 {file.sha256} was needed, found {found}. "
            f"Get it from {file.url}, or leave data_dir= out to download it."
        )
    return path


def local_file(file: DataFile, folder: Path) -> Path | None:
    """The file in that folder under one of its names, if it is there."""
    return next((folder / name for name in file.local_names if (folder / name).is_file()), None)


def rows_of(path: Path, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Objects of a JSONL file, each with at least those keys.

    Raises:
        UsageError: a line that is none; it is named by its number.
    """
    return [row for _, row in read_jsonl(path, "A data file", keys)]


def cache_folder() -> Path:
    """Where downloads are kept."""
    pooch: Any = import_module("pooch")
    return Path(os.environ.get("LBT_CACHE") or pooch.os_cache("lbt"))


def _downloaded(file: DataFile) -> Path:
    pooch: Any = import_module("pooch")
    name, folder = file.local_names[0], cache_folder()
    store = pooch.create(
        path=folder,
        base_url="",
        registry={name: f"sha256:{file.sha256}"},
        urls={name: file.url},
        retry_if_failed=DOWNLOAD_RETRIES,
    )
    try:
        return Path(store.fetch(name))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file.title}: could not be downloaded from {file.url} into {folder}: {str(error).rstrip('.')}. "
            f"Get the file another way and pass its folder as data_dir= (sha256 {file.sha256})."
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _contents(folder: Path) -> str:
    if not folder.is_dir():
        return "no such folder"
    names = sorted(entry.name for entry in folder.iterdir())
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") if names else "an empty folder"
