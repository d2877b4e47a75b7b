"""A run at an address of fsspec, as `s3://` is one: the memory of this process stands in for a bucket."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log

from tests.providers.fake_server import fake_server
from tests.scale.running import scale, tables

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")
ADDRESS = "memory://bucket/run"


def test_tables_at_an_address_are_those_of_a_folder(tmp_path: Path) -> None:
    import fsspec

    from lbt_tasks.scale.as_log import logged

    memory: Any = fsspec.filesystem("memory")
    with fake_server() as server:
        scale(server, tmp_path / "run", "count=3", keep_replies=True)
        said = scale(server, ADDRESS, "count=3", keep_replies=True)
        paid = len(server.paid)
        assert "2 were done before" in scale(server, ADDRESS, "count=3") and len(server.paid) == paid
    scale(server, ADDRESS, "count=3", stage="grade")
    found = {name.removeprefix("/bucket/run/"): memory.cat_file(name) for name in memory.find("/bucket/run")}
    assert {name: data for name, data in found.items() if name.endswith(".parquet")} == tables(tmp_path / "run")
    assert f"lbt report {ADDRESS}" in said
    assert len(read_eval_log(logged(ADDRESS)).samples or []) == 3
