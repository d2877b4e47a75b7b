"""A run's folder as an Inspect log, for every command that reads logs: `lbt report RUN`.

    path = logged("RUN")       # of a log with the samples of all finished shards, removed at the end of the process

Shards are read and written one at a time, so memory is that of one.
"""

import atexit
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalConfig, EvalDataset, EvalError, EvalLog, EvalSample, EvalSpec
from inspect_ai.model import ModelConfig

from lbt_solvers.errors import UsageError
from lbt_tasks.scale.finished import read_shard, shards_of
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.manifest import COMMAND, command_of, read


@cache
def logged(path: str) -> str:
    """Path of a log with what is finished of a run.

    Raises:
        UsageError: nothing is finished, or a shard was cut.
    """
    folder = Folder.at(path)
    run, shards = read(folder) or {}, shards_of(folder)
    if not shards:
        raise UsageError(f"{path}: no shard is finished yet; the command that began the run goes on with it.")
    place = Path(tempfile.mkdtemp(prefix="lbt-scale-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    task = str(run["task"]).rpartition("/")[2].rpartition("@")[2]
    log = place / f"{Path(path.rstrip('/')).name}.eval"
    ids: list[str | int] = []
    with zipfile.ZipFile(log, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        summaries: list[Any] = []
        for shard in shards:
            for sample in _samples(folder, shard):
                ids.append(sample.id)
                archive.writestr(f"samples/{sample.id}_epoch_1.json", sample.model_dump_json(exclude_none=True))
                summaries.append(sample.summary().model_dump(mode="json", exclude_none=True))
        archive.writestr("summaries.json", json.dumps(summaries))
        header = _header(run, task, ids, path)
        archive.writestr("header.json", header.model_dump_json(exclude_none=True))
    return str(log)


def _samples(folder: Folder, shard: int) -> Iterator[EvalSample]:
    for values in read_shard(folder, shard) or []:
        error = values["error"]
        failed = EvalError(message=error, traceback="", traceback_ansi="") if error else None
        yield EvalSample.model_validate({**values, "error": failed})


def _header(run: Mapping[str, Any], task: str, ids: list[str | int], path: str) -> EvalLog:
    options = {name.removeprefix("-T "): value for name, value in run.items() if name.startswith("-T ")}
    about = EvalSpec(
        created=run["begun"],
        task=task,
        task_args=options,
        dataset=EvalDataset(name=task, location=path, samples=run["problems"], sample_ids=ids),
        model=run["teacher"],
        model_roles={"student": [ModelConfig(model=name) for name in run["students"]]},
        metadata={COMMAND: command_of(run, path)},
        config=EvalConfig(),
    )
    return EvalLog(status="success" if len(ids) == run["problems"] else "cancelled", eval=about)
