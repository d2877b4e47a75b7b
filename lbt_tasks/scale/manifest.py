"""What a run is: its task, options, models and problems. A folder holds one run, and refuses another one's shards.

    check(folder, {"task": "lbt_tasks/qa", "rationales": 16, ...})

Addresses of servers, the runner, where programs run, and how many calls are under way make no other run; another
release of a package neither.
"""

import json
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from inspect_ai.dataset import Sample
from pydantic_core import to_jsonable_python

from lbt_solvers.errors import UsageError
from lbt_tasks.scale.folder import Folder

MANIFEST = "lbt-scale.json"
_FORMAT = 1
_WHERE = frozenset({"engine", "workers", "unsafe"})
"""Options that say where programs run."""
_BEGUN = "begun"
"""When; it makes no other run."""

COMMAND = "lbt_command"
"""In the metadata of the log that stands for a run: the command that made it, which was not Inspect's."""


def is_run(path: str) -> bool:
    """Whether `lbt scale` made that folder."""
    return Folder.at(path).read(MANIFEST) is not None if "://" in path else Path(path, MANIFEST).is_file()


def described(
    task: str,
    options: Mapping[str, Any],
    models: Mapping[str, Any],
    samples: Sequence[Sample],
    shard_size: int,
    limit: int | None,
) -> dict[str, Any]:
    """What makes the run this one."""
    found = {
        "format": _FORMAT,
        "task": task,
        **{f"-T {name}": value for name, value in sorted(options.items()) if name not in _WHERE},
        **models,
        "limit": limit,
        "problems": len(samples),
        "questions and answers": _digest(samples),
        "shard_size": shard_size,
    }
    return to_jsonable_python(found)


def check(folder: Folder, run: Mapping[str, Any]) -> None:
    """Begins the run in that folder, or sees that it is the one that is there.

    Raises:
        UsageError: another run is there, and what differs.
    """
    there = read(folder)
    if there is None:
        begun = {_BEGUN: datetime.now(UTC).isoformat(timespec="seconds")}
        folder.write(MANIFEST, json.dumps({**run, **begun}, indent=2).encode())
        there = read(folder) or run
    for name in [*run, *there]:
        if name != _BEGUN and there.get(name) != run.get(name):
            raise UsageError(
                f"{folder.address} holds a run with {name} {_shown(there.get(name))}, and this one has "
                f"{_shown(run.get(name))}: take another folder, or the same {name}."
            )


def read(folder: Folder) -> dict[str, Any] | None:
    """The manifest of a folder; `None` where it has none.

    Raises:
        UsageError: it is none.
    """
    data = folder.read(MANIFEST)
    if data is None:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise UsageError(f"{folder.address}/{MANIFEST} is no manifest of a run: {error}.") from None


def command_of(run: Mapping[str, Any], out: str) -> str:
    """The command that goes on with a run."""
    parts = ["lbt", "scale", str(run["task"])]
    for name, value in run.items():
        if name.startswith("-T "):
            text = value if isinstance(value, str) else json.dumps(value)
            parts += ["-T", f"{name.removeprefix('-T ')}={text}"]
    parts += ["--teacher", run["teacher"]]
    parts += [part for name in run["students"] for part in ("--student", name)]
    parts += ["--limit", str(run["limit"])] if run["limit"] else []
    return shlex.join([*parts, "--shard-size", str(run["shard_size"]), "--server", "URL", "--out", out])


def _digest(samples: Sequence[Sample]) -> str:
    found = sha256()
    for sample in samples:
        asked = [sample.id, sample.input, sample.target, sample.choices]
        found.update(json.dumps(to_jsonable_python(asked), sort_keys=True).encode())
    return found.hexdigest()[:16]


def _shown(value: Any) -> str:
    return "not given" if value is None else textwrap.shorten(str(value), 80)
