"""Commands that read logs read a run's folder, and say the same of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbt_solvers.errors import UsageError
from lbt_tasks.cli import main
from lbt_tasks.logs import find_logs
from tests.providers.fake_server import fake_server
from tests.scale.running import scale
from tests.scale.test_same_record import PROBLEMS, by_inspect

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")
from lbt_tasks.replay.recording import read_recordings


def lbt(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same run by Inspect and in shards."""
    folder = tmp_path_factory.mktemp("both")
    with fake_server() as server:
        by_inspect(server, folder / "logs", budget="full", cache=False)
        scale(server, folder / "run", f"count={PROBLEMS}", "budget=full", "cache=false")
    return {"logs": folder / "logs", "run": folder / "run"}


def test_report(both: dict[str, Path]) -> None:
    found: dict[str, Any] = {name: json.loads(lbt("report", str(path), "--json")) for name, path in both.items()}
    logs, run = (each[0] for each in found.values())
    made = [found.pop("made") for found in (logs, run)]
    same = made[0].keys() - {"date", "duration_s", "command", "versions", "commit", "dataset"}
    assert {name: made[1].get(name) for name in same} == {name: made[0][name] for name in same}
    assert made[1]["command"].startswith("lbt scale ") and "-T budget=full" in made[1]["command"]
    assert {**run, "log": None} == {**logs, "log": None}


def test_replay_and_pairs(both: dict[str, Path], tmp_path: Path) -> None:
    tables = [read_recordings([str(path)]).drop_columns(["log"]).to_pylist() for path in both.values()]
    assert tables[0] == tables[1] and len(tables[0]) == 8 * PROBLEMS
    assert "lossless" in lbt("replay", str(both["run"]), "--budget", "lossless")
    pairs = []
    for name, path in both.items():
        lbt("export-preferences", str(path), "--out", str(tmp_path / f"{name}.jsonl"), "--any-split")
        rows = [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
        pairs.append([{key: row[key] for key in ("prompt", "chosen", "rejected")} for row in rows])
    assert pairs[0] and sorted(map(str, pairs[0])) == sorted(map(str, pairs[1]))


def test_a_run_of_which_nothing_is_finished(both: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "lbt-scale.json").write_bytes((both["run"] / "lbt-scale.json").read_bytes())
    with pytest.raises(UsageError, match="no shard is finished yet"):
        find_logs([str(tmp_path)])
