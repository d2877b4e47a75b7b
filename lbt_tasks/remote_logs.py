"""Logs that lie elsewhere than in a folder of this machine: `file://`, `s3://` and every other address of fsspec.

    local_path("file:///tmp/logs/a.eval")     # /tmp/logs/a.eval
    local_path("s3://bucket/logs")            # a folder with copies of its logs, removed at the end of the process

Inspect writes logs to such addresses; readers of this project read a copy.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from lbt_solvers.errors import UsageError

_ENDINGS = (".eval", ".json")


def local_path(path: str) -> str:
    """The path itself, or that of a copy of what lies at an address.

    Raises:
        UsageError: nothing is there, or it cannot be reached.
    """
    scheme, separator, _ = path.partition("://")
    if not separator:
        return path
    return url2pathname(urlparse(path).path) if scheme == "file" else _copied(path)


@cache
def _copied(address: str) -> str:
    from fsspec.core import url_to_fs

    try:
        system, root = url_to_fs(address)
        if not system.exists(root):
            raise UsageError(f"An Inspect log or a folder of logs was needed, found nothing at {address}.")
        is_folder = bool(system.isdir(root))
        names: list[str] = system.find(root) if is_folder else [root]
        return _into_folder(system, [name for name in names if name.endswith(_ENDINGS)], is_folder)
    except UsageError:
        raise
    except Exception as error:  # of whatever file system lies there: no key, no network, no such package
        raise UsageError(f"{address} cannot be read: {type(error).__name__}: {error}") from None


def _into_folder(system: Any, names: list[str], is_folder: bool) -> str:
    folder = Path(tempfile.mkdtemp(prefix="lbt-logs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number, name in enumerate(names):
        place = folder / str(number) / Path(name).name
        place.parent.mkdir()
        place.write_bytes(system.cat_file(name))
    return str(folder if is_folder else folder / "0" / Path(names[0]).name)
