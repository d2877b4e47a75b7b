"""A process that is killed with -9 and started again: the tables of one that was left alone, paid once."""

import os
import time
from pathlib import Path

import pytest

from tests.commands import run_command, start_command
from tests.providers.fake_server import FakeServer, fake_server
from tests.scale.running import STUDENTS, TEACHER, TOY, scale, tables

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")

OPTIONS, UNDER_WAY = ("count=9", "rationales=6", "budget=full"), 4


def command(server: FakeServer, out: Path) -> list[str]:
    students = [part for name in STUDENTS for part in ("--student", name)]
    options = [part for option in OPTIONS for part in ("-T", option)]
    few = ["--shard-size", "2", "--connections", str(UNDER_WAY)]
    return [
        "scale",
        f"{TOY}@toy",
        "--teacher",
        TEACHER,
        *students,
        "--server",
        server.url,
        *options,
        *few,
        "--out",
        str(out),
    ]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_killed_and_started_again(tmp_path: Path, share: float) -> None:
    with fake_server() as server:
        scale(server, tmp_path / "whole", *OPTIONS)
    calls = len(server.paid)
    environment = {**os.environ, "INSPECT_CACHE_DIR": str(tmp_path / "cache")}
    with fake_server() as server:
        running = start_command("lbt", *command(server, tmp_path / "run"), env=environment, cwd=tmp_path)
        while len(server.paid) < share * calls:
            assert running.exitcode is None, "it ended by itself"
            time.sleep(0.002)
        running.kill()
        running.join()
        assert tables(tmp_path / "run") != tables(tmp_path / "whole")
        again = run_command("lbt", *command(server, tmp_path / "run"), env=environment, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert tables(tmp_path / "run") == tables(tmp_path / "whole")
    assert not list((tmp_path / "run").rglob("*.aside")) and not list((tmp_path / "run/journal").iterdir())
    assert calls <= len(server.paid) <= calls + UNDER_WAY
