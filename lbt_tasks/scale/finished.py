"""The finished shards of a run's folder, and what is in them.

for shard in shards_of(folder := Folder.at("RUN")):
for sample in read_shard(folder, shard) or []:
print(sample["id"])
"""

from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.rows import TABLES, read_table, samples_of


def file_of(shard: int) -> str:
    """The name of a shard's file in every table."""
    return f"shard-{shard:05}.parquet"


def shards_of(folder: Folder, prefix: str = "") -> list[int]:
    """The shards that are done."""
    return sorted(int(Path(name).stem.removeprefix("shard-")) for name in folder.names(prefix + TABLES[-1]))


def read_shard(folder: Folder, shard: int, prefix: str = "") -> list[dict[str, Any]] | None:
    """The samples of a shard, as a log has them; `None` where it is not done.

    Raises:
        UsageError: one of its files is missing or cut.
    """
    names = [f"{prefix}{table}/{file_of(shard)}" for table in TABLES]
    data = [folder.read(name) for name in names]
    if data[-1] is None:
        return None
    if None in data:
        raise UsageError(f"{folder.address}: {names[data.index(None)]} is missing: remove the shard's other files.")
    tables = {
        table: read_table(each or b"", f"{folder.address}/{name}")
        for table, name, each in zip(TABLES, names, data, strict=True)
    }
    return list(samples_of(tables))
