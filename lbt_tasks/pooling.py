"""Parts of one run, such as those of an array job over `--limit 1-50` and `--limit 51-100`, as one log.

    path = pooled(["logs/array"])      # of a log that holds the samples of all, removed at the end of the process
    run = read_run(path)

    lbt report --pool logs/array

A part is a run over some of the problems. Samples are copied as they stand, one at a time; what the parts' headers
have in common becomes the header.
"""

import atexit
import json
import shutil
import tempfile
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalStats
from inspect_ai.model import ModelUsage

from lbt_solvers.errors import UsageError
from lbt_solvers.record import TeachingRecord
from lbt_tasks.logs import PARTS, Log, find_logs, open_log

_NOT_COMPARED = frozenset({"versions"})
"""What parts may differ in: one more release of a package is no other run."""


def pooled(paths: Sequence[str]) -> str:
    """Path of one log with the samples of all logs among the paths.

    Raises:
        UsageError: a log that is not Inspect's zipped format, parts with other settings, or with a problem in common.
    """
    parts = sorted(map(open_log, find_logs(paths)), key=_first_problem)
    for part in parts:
        if not zipfile.is_zipfile(part.path):
            raise UsageError(f"{part.path} cannot be pooled: a log in the format .eval was needed (--log-format eval).")
    for part in parts[1:]:
        _check_settings(parts[0], part)
    _check_overlap(parts)
    folder = Path(tempfile.mkdtemp(prefix="lbt-pool-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    written = folder / f"{parts[0].task}_of_{len(parts)}_parts.eval"
    _write(parts, written)
    return str(written)


def _first_problem(part: Log) -> tuple[int, str]:
    limit = part.header.eval.config.limit
    return (limit[0] if isinstance(limit, tuple) else 1), part.path


def settings_of(part: Log) -> dict[str, Any]:
    """What parts of one run have in common: task, options, models, sampling, and the weights that replied."""
    about = part.header.eval
    roles = {role: [config.model for config in configs] for role, configs in _roles(part).items()}
    found: dict[str, Any] = {
        "task": about.task,
        "data set": about.dataset.name,
        "solver": about.solver,
        "epochs": about.config.epochs or 1,
        "model": about.model,
        "models by role": roles,
        "model arguments": about.model_args,
        "sampling": part.header.plan.config.model_dump(exclude_none=True),
    }
    found |= {f"-T {name}": value for name, value in about.task_args.items()}
    found |= {f"-S {name}": value for name, value in (about.solver_args or {}).items()}
    record = next((each.record(TeachingRecord) for each in part.samples() if not each.error), None)
    settings = record.settings if record else {}
    return found | {name: value for name, value in settings.items() if name not in _NOT_COMPARED}


def _roles(part: Log) -> Mapping[str, list[Any]]:
    roles = part.header.eval.model_roles or {}
    return {role: given if isinstance(given, list) else [given] for role, given in roles.items()}


def _check_settings(first: Log, part: Log) -> None:
    ours, theirs = settings_of(first), settings_of(part)
    for name in [*ours, *theirs]:
        if ours.get(name) != theirs.get(name):
            raise UsageError(
                f"{part.path} is no part of the run of {first.path}: {name} is {_shown(theirs.get(name))} there and "
                f"{_shown(ours.get(name))} here. Without --pool, runs stand side by side."
            )


def _shown(value: Any) -> str:
    return "not given" if value is None else textwrap.shorten(str(value), 100)


def _check_overlap(parts: Sequence[Log]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for part in parts:
        for key in part.sample_keys():
            if other := seen.get(key):
                raise UsageError(
                    f"{part.path} and {other} both hold problem {key[0]} (epoch {key[1]}), which would count twice. "
                    "Give parts over other problems, such as --limit 1-50 and --limit 51-100."
                )
            seen[key] = part.path


def _write(parts: Sequence[Log], place: Path) -> None:
    summaries: list[Any] = []
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as whole:
        for part in parts:
            with zipfile.ZipFile(part.path) as archive:
                for name in archive.namelist():
                    if name.startswith("samples/"):
                        whole.writestr(name, archive.read(name))
                summaries += _summaries(archive)
        whole.writestr("summaries.json", json.dumps(summaries))
        whole.writestr("header.json", _header(parts).model_dump_json(exclude_none=True))


def _summaries(archive: zipfile.ZipFile) -> list[Any]:
    """Of a finished log, or of one that is still being written, which keeps them in pieces."""
    names = archive.namelist()
    pieces = [name for name in names if name.startswith("_journal/summaries/")]
    kept = ["summaries.json"] if "summaries.json" in names else pieces
    return [summary for name in kept for summary in json.loads(archive.read(name))]


def _header(parts: Sequence[Log]) -> EvalLog:
    headers = [part.header for part in parts]
    first = headers[0].model_copy(deep=True)
    ids = [id for header in headers for id in header.eval.dataset.sample_ids or []]
    first.eval.dataset.sample_ids, first.eval.dataset.samples = ids, len(ids)
    first.eval.config.limit = None
    first.results = None  # the report makes its own
    first.stats = EvalStats(
        started_at=min((header.stats.started_at for header in headers if header.stats.started_at), default=""),
        completed_at=max((header.stats.completed_at for header in headers if header.stats.completed_at), default=""),
        model_usage=_sum_of([header.stats.model_usage for header in headers]),
        role_usage=_sum_of([header.stats.role_usage for header in headers]),
    )
    first.status = next((header for header in headers if header.status != "success"), headers[0]).status
    first.samples = None
    more = f" and {len(parts) - 1} more" if parts[1:] else ""
    first.eval.metadata = {**(first.eval.metadata or {}), PARTS: f"{parts[0].path}{more}"}
    return first


def _sum_of(usages: Sequence[Mapping[str, ModelUsage]]) -> dict[str, ModelUsage]:
    names = dict.fromkeys(name for usage in usages for name in usage)
    return {name: reduce(add, (usage[name] for usage in usages if name in usage)) for name in names}
