"""What the command line of `lbt scale` asks for, and the run that it is.

    given = Arguments("lbt_tasks/qa", ("data=mine.csv",), "llama", (), (URL,), "RUN")
    run = prepared(given, servers_of(given))

Every process of a run makes it so: this one, the jobs of an array, and the workers of a Ray cluster.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig

from lbt_solvers._compat import task_arguments, use_models
from lbt_solvers.errors import UsageError
from lbt_tasks.scale.finished import shards_of
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.manifest import check, described
from lbt_tasks.scale.problems import Stage, Work
from lbt_tasks.scale.served_model import ServedModel
from lbt_tasks.scale.servers import Patience, Servers
from lbt_tasks.scale.shards import REPLIES, TAUGHT, Run
from lbt_tasks.wrap.base_task import load_base


@dataclass(frozen=True, slots=True)
class Arguments:
    """The command line."""

    task: str
    options: tuple[str, ...]
    teacher: str
    students: tuple[str, ...]
    servers: tuple[str, ...]
    out: str
    limit: int | None = None
    shard: str = "1/1"
    shard_size: int = 32
    stage: Stage | Literal["grade"] = "all"
    connections: int = 64
    ray: str = ""
    """Address of a Ray cluster; empty for this process."""
    patience: Patience = field(default_factory=Patience)
    keep_replies: bool = False


def task_of(given: Arguments, servers: Servers) -> tuple[Task, Sequence[Sample]]:
    """The task and its problems; from now on, in this context, its models are behind these servers.

    Raises:
        UsageError: no such task, or an option that cannot work.
    """
    teacher, *students = (ServedModel(name, servers, GenerateConfig()) for name in (given.teacher, *given.students))
    use_models(teacher, students)
    task = load_base(given.task, task_arguments(given.options), option="")
    for model in (teacher, *students):
        model.config = task.config.merge(model.config)
    samples = list(task.dataset)[: given.limit]
    for number, sample in enumerate(samples, 1):
        sample.id = number if sample.id is None else sample.id
    return task, samples


def prepared(given: Arguments, servers: Servers) -> Run:
    """The run in its folder.

    Raises:
        UsageError: an option that cannot work, or a folder of another run.
    """
    task, samples = task_of(given, servers)
    models = {"teacher": given.teacher, "students": list(given.students) or [given.teacher]}
    options, folder = task_arguments(given.options), Folder.at(given.out)
    check(folder, described(given.task, options, models, samples, given.shard_size, given.limit))
    stage: Stage = _stage_to_grade(folder) if given.stage == "grade" else given.stage
    work = Work.of(task, stage, given.connections)
    return Run(folder, work, samples, given.shard_size, given.keep_replies, grades_again=given.stage == "grade")


def _stage_to_grade(folder: Folder) -> Stage:
    if not folder.names(REPLIES):
        raise UsageError(
            f"{folder.address}: --stage grade needs the replies of finished shards, which --keep-replies keeps."
        )
    return "examine" if shards_of(folder, TAUGHT) else "all"


def servers_of(given: Arguments) -> Servers:
    """The servers of its models.

    Raises:
        UsageError: a model without one, or a server of nobody.
    """
    return Servers(urls_of(given), given.patience, given.connections)


def part_of(shard: str) -> tuple[int, int]:
    """Which job of how many.

    Raises:
        UsageError: no such part.
    """
    if not (found := re.fullmatch(r"(\d+)/(\d+)", shard)) or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard: I/N with I from 1 to N was needed, such as 3/16, found {shard}.")
    return int(found[1]), int(found[2])


def urls_of(given: Arguments) -> Mapping[str, Sequence[str]]:
    """The servers of each model.

    Raises:
        UsageError: a model without one, or a server of nobody.
    """
    if given.stage == "grade":
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    for server in given.servers:
        model, url = ("", server) if re.match(r"https?://", server) else _pair(server)
        found[model].append(url.rstrip("/"))
    models = {given.teacher, *given.students}
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
