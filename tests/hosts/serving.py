"""Rows made here in place of every way in which inspect_evals loads data. The one place where anything is patched.

install(Path("cache"))     # before inspect_evals is imported

The hub's data sets, files behind addresses, data sets with a script of their own, and snapshots. What follows, the
task's own record_to_sample included, is the package's.
"""

import os
from pathlib import Path
from typing import Any

from tests.hosts import rows
from tests.hosts.media import PNG
from tests.hosts.sums import SHOTS, SUMS


def install(cache: Path) -> None:
    """Let tasks find these rows, and nothing that was kept from other runs.

    Raises:
        RuntimeError: inspect_evals has taken its loaders already.
    """
    import sys

    if "inspect_evals" in sys.modules:
        raise RuntimeError("inspect_evals is imported already: install the rows first.")
    os.environ["XDG_CACHE_HOME"] = os.environ["INSPECT_CACHE_DIR"] = str(cache)
    import datasets
    import huggingface_hub
    import inspect_ai.util

    datasets.disable_progress_bars()
    datasets.load_dataset = _load_dataset
    huggingface_hub.snapshot_download = lambda **_: str(_snapshot(cache))
    inspect_ai.util.download = _download
    import inspect_evals.hf_dataset_script_helper as scripted
    import inspect_evals.utils.load_dataset as remote

    scripted.load_hf_dataset_with_script = _load_scripted
    remote._download_remote = _download_remote  # pyright: ignore[reportPrivateUsage]


def _made(source: str, name: Any, split: Any) -> list[dict[str, Any]]:
    """Rows of a data set; those of splits with examples are of other questions."""
    sums = SHOTS if (source, split) in rows.EXAMPLES else SUMS
    made = [rows.HUB[source](each, name) for each in sums]
    return [row for each in made for row in (each if isinstance(each, list) else [each])]


def _load_dataset(path: str, name: Any = None, *_: Any, split: Any = None, **options: Any) -> Any:
    from datasets import Dataset, DatasetDict

    made = Dataset.from_list(_made(path, options.get("data_files") or name, split))
    return made if split else DatasetDict({"test": made})


def _load_scripted(repo_id: str, record_to_sample: Any, *_: Any, auto_id: bool = False, **options: Any) -> Any:
    from inspect_ai.dataset import MemoryDataset
    from inspect_ai.dataset._util import data_to_samples  # as the package's own loader does

    made = _made(repo_id, options.get("subset"), options.get("split"))
    return MemoryDataset(data_to_samples(made, record_to_sample, auto_id), name=repo_id)


def _download(url: str, _sha256: str, path: Path, **_: Any) -> Path:
    write = next((write for part, write in rows.FILES.items() if part in url), None)
    if write is None:
        raise LookupError(f"no rows for {url}")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write(url))
    return path


def _download_remote(url: str, path: str, *_: Any) -> None:
    _download(url, "", Path(path))


def _snapshot(cache: Path) -> Path:
    folder = cache / "snapshot"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "image.png").write_bytes(PNG)
    return folder
