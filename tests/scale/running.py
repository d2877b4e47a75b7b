"""`lbt scale` on the toy world behind a server on the loopback interface, in this process.

said = scale(server, tmp_path / "run", "count=6", shard="1/4")
records(tmp_path / "run")["10-3"]
"""

from pathlib import Path
from typing import Any

from lbt_tasks.scale.arguments import Arguments
from lbt_tasks.scale.command import run_scale
from lbt_tasks.scale.finished import read_shard, shards_of
from lbt_tasks.scale.folder import Folder
from lbt_tasks.scale.servers import Patience
from tests.providers.fake_server import FakeServer

TOY = str(Path(__file__).parents[1] / "synthetic/task.py")
TEACHER, STUDENTS = "openai-api/fake/teacher", ("openai-api/fake/a", "openai-api/fake/b")


def asked(server: FakeServer, out: Path | str, *options: str, task: str = "toy", **more: Any) -> Arguments:
    given: dict[str, Any] = {"teacher": TEACHER, "students": STUDENTS, "servers": (server.url,), "shard_size": 2}
    return Arguments(f"{TOY}@{task}", options, out=str(out), **{**given, **more})


def scale(
    server: FakeServer, out: Path | str, *options: str, attempts: int = 3, max_errors: float = 0.05, **more: Any
) -> str:
    patience = Patience(attempts, max_errors, first_wait=0.01)
    return run_scale(asked(server, out, *options, patience=patience, **more))


def samples(out: Path) -> dict[str, dict[str, Any]]:
    """By id, as a log has them."""
    folder = Folder.at(str(out))
    return {str(each["id"]): each for shard in shards_of(folder) for each in read_shard(folder, shard) or []}


def tables(out: Path) -> dict[str, bytes]:
    """Every file of a run's tables."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*.parquet"))}
