"""Programs in `lbt scale`: graded here or by a grading service, and graded again from kept replies."""

from pathlib import Path
from typing import Any

import pytest
from lbt_sandbox import InternalError, Sandbox

from lbt_solvers.errors import UsageError
from tests.providers.fake_server import fake_server
from tests.sandbox.conftest import need
from tests.scale.running import samples, scale, tables
from tests.service.running import serving
from tests.synthetic.code_world import coder_reply

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")


@pytest.fixture(autouse=True)
def process_engine() -> None:
    need("process")


def says(body: dict[str, Any], choice: int) -> str:
    turns = [(message["role"], message["content"]) for message in body["messages"]]
    return coder_reply(body["model"], turns, bool(body.get("temperature")), choice)


def scale_programs(server: Any, out: Path, *options: str, **more: Any) -> str:
    return scale(server, out, *options, task="programs", **more)


def test_here_and_by_a_service_the_tables_are_the_same(tmp_path: Path) -> None:
    with fake_server(text=says) as server, serving() as service:
        scale_programs(server, tmp_path / "here")
        scale_programs(server, tmp_path / "there", f"engine={service.url}")
        scale_programs(server, tmp_path / "moved", shard="1/2")
        said = scale_programs(server, tmp_path / "moved", f"engine={service.url}")
        assert "1 were done before" in said and "/v1/grade" in "".join(service.lines)
    assert tables(tmp_path / "there") == tables(tmp_path / "here") == tables(tmp_path / "moved")
    scores = [each["scores"]["code_accuracy"]["value"] for each in samples(tmp_path / "here").values()]
    assert [score["s_max"] for score in scores] == [1.0] * 3 and [score["s_maj"] for score in scores] != [1.0] * 3


def test_a_shard_that_the_grader_failed_is_done_again_for_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> Any:
        raise InternalError("the disk was full")

    with fake_server(text=says) as server:
        scale_programs(server, tmp_path / "whole", "count=2")
        wanted, paid = tables(tmp_path / "whole"), len(server.paid)
        with monkeypatch.context() as patched:
            patched.setattr(Sandbox, "grade", fails)
            said = scale_programs(server, tmp_path / "run", "count=2", keep_replies=True)
        assert "2 problems have an error" in said and "the disk was full" in said and len(server.paid) > paid
        for choices in (tmp_path / "run/choices").iterdir():
            choices.unlink()
        scale_programs(server, tmp_path / "run", "count=2", keep_replies=True)
        assert len(server.paid) == 2 * paid and tables(tmp_path / "run") == wanted
    said = scale_programs(server, tmp_path / "run", "count=2", stage="grade")
    assert "0 calls" in said and tables(tmp_path / "run") == wanted


def test_grading_again_writes_the_same_bytes_without_a_server(tmp_path: Path) -> None:
    with fake_server(text=says) as server:
        scale_programs(server, tmp_path / "run", keep_replies=True, stage="teach")
        scale_programs(server, tmp_path / "run", keep_replies=True, stage="examine")
    before = tables(tmp_path / "run")
    (tmp_path / "run/choices/shard-00000.parquet").unlink()
    said = scale_programs(server, tmp_path / "run", stage="grade")
    assert tables(tmp_path / "run") == before and "2 shards done" in said and "0 calls" in said


def test_replies_that_were_cut_are_named(tmp_path: Path) -> None:
    with fake_server() as server:
        scale(server, tmp_path / "run", "count=2", keep_replies=True)
    kept = tmp_path / "run/replies/all-00000.jsonl.gz"
    for data in (kept.read_bytes()[:-9], b"", b"\x1f\x8bxxxxxxxxxxxx"):
        kept.write_bytes(data)
        with pytest.raises(UsageError, match="replies/all-00000.jsonl.gz cannot be read .*: remove it"):
            scale(server, tmp_path / "run", "count=2", stage="grade")


def test_without_kept_replies_nothing_is_graded_again(tmp_path: Path) -> None:
    with fake_server() as server:
        scale(server, tmp_path / "run", "count=2")
        with pytest.raises(UsageError, match="--keep-replies keeps"):
            scale(server, tmp_path / "run", "count=2", stage="grade")


@pytest.mark.parametrize(
    ("engine", "line"),
    [("http://me:secret@grader:8080", "LBT_SERVER_TOKEN"), ("dokcer", "Did you mean 'docker'")],
)
def test_an_engine_that_cannot_be(tmp_path: Path, engine: str, line: str) -> None:
    with fake_server() as server, pytest.raises(UsageError, match=line) as caught:
        scale_programs(server, tmp_path / "run", f"engine={engine}")
    assert "secret" not in str(caught.value) and not server.requests
