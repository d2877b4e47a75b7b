"""What goes wrong with servers, folders and options: nothing is lost, nothing is a silent 0, and one line says it."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from lbt_solvers.errors import UsageError
from tests.providers.fake_server import Trouble, fake_server
from tests.scale.running import STUDENTS, samples, scale, tables

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")
pq: Any = importlib.import_module("pyarrow.parquet")

FEW = ("count=2", "rationales=4", "budget=full")


@pytest.mark.parametrize(
    "trouble",
    [Trouble(status=429, times=7, retry_after="0"), Trouble(status=503, times=7), Trouble(cut_off=True, times=7)],
    ids=["429", "503", "cut off"],
)
def test_what_passes_leaves_no_trace(tmp_path: Path, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    with fake_server() as server:
        scale(server, tmp_path / "calm", *FEW)
    with fake_server(trouble) as server:
        said = scale(server, tmp_path / "stormy", *FEW, attempts=8)
    assert "0 without a reply" in said
    assert len(caplog.messages) == 1 and "made up to 8 times" in caplog.text  # once for a server, not for each call
    assert tables(tmp_path / "stormy") == tables(tmp_path / "calm")


def test_a_lost_reply_is_a_null_with_its_reason(tmp_path: Path) -> None:
    # One at a time, so that the second call is a sitting's second chance.
    with fake_server(Trouble(status=500, times=2, only_for="b")) as server:
        options = ("count=1", "rationales=4", "budget=full")
        said = scale(server, tmp_path / "run", *options, attempts=1, max_errors=1, connections=1)
    rows = [row for file in (tmp_path / "run/sittings").iterdir() for row in pq.read_table(file).to_pylist()]
    lost = [row for row in rows if row["error"]]
    assert "2 without a reply" in said and "Calls without a reply are sittings without a score" in said
    assert [(row["score"], row["student"], "500" in row["error"]) for row in lost] == [(None, 1, True)]
    assert all(row["score"] is not None for row in rows if not row["error"])


def test_a_model_that_never_answers_makes_errors_with_a_reason(tmp_path: Path) -> None:
    with fake_server(Trouble(status=500, only_for="b")) as server:
        said = scale(server, tmp_path / "run", *FEW, attempts=1, max_errors=1)
    found = samples(tmp_path / "run")
    assert all("500" in sample["error"] and not sample["scores"] for sample in found.values()) and len(found) == 2
    assert "2 problems have an error" in said


def test_past_a_share_of_lost_replies_the_run_stops_and_goes_on_later(tmp_path: Path) -> None:
    with fake_server(Trouble(status=500, only_for="b")) as server, pytest.raises(UsageError) as stopped:
        scale(server, tmp_path / "run", *FEW, attempts=2)
    assert "calls had no reply after 2 attempts" in str(stopped.value) and "\n" not in str(stopped.value)
    kept = sum(path.read_bytes().count(b"\n") for path in (tmp_path / "run/journal").iterdir())
    with fake_server() as server:
        said = scale(server, tmp_path / "run", *FEW)
        calls = len(server.requests)
        scale(server, tmp_path / "whole", *FEW)
    assert kept and f"{kept} replies found in journals" in said and len(server.requests) == 2 * calls + kept
    assert tables(tmp_path / "run") == tables(tmp_path / "whole")


def test_a_refused_key_stops_at_once(tmp_path: Path) -> None:
    with fake_server(Trouble(status=401)) as server, pytest.raises(UsageError, match="401 .*OPENAI_API_KEY"):
        scale(server, tmp_path / "run", *FEW)


def test_a_server_that_gives_one_choice_a_call(tmp_path: Path) -> None:
    with fake_server(Trouble(ignores_n=True)) as server:
        scale(server, tmp_path / "run", *FEW)
    assert all(len(each["store"]["TeachingRecord:rationales"]) == 4 for each in samples(tmp_path / "run").values())


def test_another_run_is_refused_with_the_difference(tmp_path: Path) -> None:
    with fake_server() as server:
        scale(server, tmp_path, *FEW)
        others: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
            (("count=2", "rationales=5", "budget=full"), {}, "-T rationales 4, and this one has 5"),
            (("count=3", "rationales=4", "budget=full"), {}, "-T count 2, and this one has 3"),
            (FEW, {"students": STUDENTS[:1]}, "students"),
            (FEW, {"shard_size": 3}, "shard_size 2"),
        ]
        for options, more, named in others:
            with pytest.raises(UsageError, match=named):
                scale(server, tmp_path, *options, **more)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"shard": "5/4"}, "--shard: I/N with I from 1 to N"),
        ({"servers": ("other=http://127.0.0.1:1/v1",)}, "there is no such model"),
        ({"servers": ("localhost",)}, "--server: http://HOST:PORT/v1"),
        ({"task": "plain"}, "learn_by_teaching was needed"),
        ({"stage": "examine"}, "run --stage teach first"),
    ],
)
def test_what_cannot_work_is_one_line(tmp_path: Path, more: dict[str, Any], line: str) -> None:
    options = () if "task" in more else FEW
    with fake_server() as server, pytest.raises(UsageError, match=line):
        scale(server, tmp_path, *options, **more)
    assert not server.requests


def test_a_shard_that_was_cut_is_named(tmp_path: Path) -> None:
    with fake_server() as server:
        scale(server, tmp_path, *FEW)
    cut = tmp_path / "sittings/shard-00000.parquet"
    cut.write_bytes(cut.read_bytes()[:200])
    with pytest.raises(UsageError, match="sittings/shard-00000.parquet cannot be read"):
        samples(tmp_path)


def test_a_folder_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "sittings"
    with fake_server() as server:
        in_the_way.write_text("no folder")
        with pytest.raises(UsageError, match="sittings.* cannot be written"):
            scale(server, tmp_path, *FEW)
        in_the_way.unlink()
        paid = len(server.requests)
        said = scale(server, tmp_path, *FEW)
    assert len(server.requests) == paid and f"{paid} replies found in journals" in said
