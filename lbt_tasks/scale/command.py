"""What `lbt scale` does with its options: the task is made, its folder checked, its shards worked on.

print(run_scale(Asked("lbt_tasks/qa", ("data=mine.csv",), "llama", (), ("http://gpu1:8000/v1",), "RUN"), Patience()))
"""

import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

import anyio
import click
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig

from lbt_solvers._compat import task_arguments, use_models
from lbt_solvers.errors import UsageError
from lbt_solvers.progress import RUN_PROGRESS, duration
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.manifest import check, described
from lbt_tasks.scale.problems import Stage, Work
from lbt_tasks.scale.runners import run_here
from lbt_tasks.scale.served_model import ServedModel
from lbt_tasks.scale.servers import Patience, Servers
from lbt_tasks.scale.shards import Run
from lbt_tasks.wrap.base_task import load_base


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    task: str
    options: Sequence[str]
    teacher: str
    students: Sequence[str]
    servers: Sequence[str]
    out: str
    limit: int | None = None
    shard: str = "1/1"
    shard_size: int = 32
    stage: Stage = "all"
    connections: int = 64


def run_scale(asked: Asked, patience: Patience) -> str:
    """Works on the shards that are left, and says what was done.

    Raises:
        UsageError: an option that cannot work, or the run had to stop.
    """
    return copy_context().run(_run, asked, patience)


def _run(asked: Asked, patience: Patience) -> str:
    servers = Servers(urls_of(asked), patience, asked.connections)
    run = prepared(asked, servers)
    shards = run.part(*part_of(asked.shard))
    left, started = run.left(shards), time.monotonic()
    RUN_PROGRESS.plain, RUN_PROGRESS.say = (lambda: True), partial(click.echo, err=True)
    RUN_PROGRESS.expect(sum(len(run.samples_of(shard)) for shard in left))
    anyio.run(run_here, run, left, servers, backend="asyncio")
    return closing(asked, run, servers, len(shards) - len(left), len(left), time.monotonic() - started)


def prepared(asked: Asked, servers: Servers) -> Run:
    """The run in its folder, with the models of this context.

    Raises:
        UsageError: an option that cannot work, or a folder of another run.
    """
    options = task_arguments(asked.options)
    teacher, *students = (ServedModel(name, servers, GenerateConfig()) for name in (asked.teacher, *asked.students))
    use_models(teacher, students)
    task = load_base(asked.task, options, option="")
    for model in (teacher, *students):
        model.config = task.config.merge(model.config)
    samples = _samples(task, asked.limit)
    models = {"teacher": asked.teacher, "students": list(asked.students) or [asked.teacher]}
    folder = Folder.at(asked.out)
    check(folder, described(asked.task, options, models, samples, asked.shard_size, asked.limit))
    return Run(folder, Work.of(task, asked.stage), samples, asked.shard_size)


def closing(asked: Asked, run: Run, servers: Servers, before: int, shards: int, seconds: float) -> str:
    """What a person reads at the end."""
    counts, done = servers.counts, run.done
    lines = [
        f"{asked.out}: {shards} shards done in {duration(seconds)}, {before} were done before; "
        f"{done.problems} problems, {counts.calls} calls, {counts.retries} repeated, {counts.failed} without a reply, "
        f"{done.replies_found} replies found in journals."
    ]
    if counts.failed:
        lines.append(f"Calls without a reply are sittings without a score; the last one: {counts.last_failure}")
    if done.errors:
        lines.append(f"{done.errors} problems have an error instead of a record; the last one: {done.last_error}")
    missing = len(run.left(range(run.shards)))
    follows = f"{missing} of {run.shards} shards are left." if missing else f"What came of it: lbt report {asked.out}"
    return "\n".join([*lines, follows])


def part_of(shard: str) -> tuple[int, int]:
    """Which job of how many.

    Raises:
        UsageError: no such part.
    """
    if not (found := re.fullmatch(r"(\d+)/(\d+)", shard)) or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard: I/N with I from 1 to N was needed, such as 3/16, found {shard}.")
    return int(found[1]), int(found[2])


def urls_of(asked: Asked) -> Mapping[str, Sequence[str]]:
    """The servers of each model.

    Raises:
        UsageError: a model without one, or a server of nobody.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for given in asked.servers:
        model, url = ("", given) if re.match(r"https?://", given) else _pair(given)
        found[model].append(url.rstrip("/"))
    models = {asked.teacher, *asked.students}
    if unknown := found.keys() - models - {""}:
        raise UsageError(
            f"--server {sorted(unknown)[0]}=...: there is no such model, only {', '.join(sorted(models))}."
        )
    if "" not in found and (without := sorted(models - found.keys())):
        raise UsageError(f"{without[0]} has no server: give --server {without[0]}=http://HOST:PORT/v1.")
    return found


def _pair(given: str) -> tuple[str, str]:
    model, separator, url = given.partition("=http")
    if not separator:
        raise UsageError(f"--server: http://HOST:PORT/v1 or MODEL=http://HOST:PORT/v1 was needed, found {given}.")
    return model, "http" + url


def _samples(task: Task, limit: int | None) -> Sequence[Sample]:
    samples = list(task.dataset)[:limit]
    for number, sample in enumerate(samples, 1):
        sample.id = number if sample.id is None else sample.id
    return samples
