"""The record of a run does not depend on who ran it: Inspect, one process, four jobs, or a stage at a time."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import get_model
from pydantic_core import to_jsonable_python

from tests.evaluating import evaluate
from tests.providers.fake_server import FakeServer, fake_server
from tests.scale.running import STUDENTS, TEACHER, samples, scale, tables
from tests.synthetic.task import toy

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")
PROBLEMS = 5


def by_inspect(server: FakeServer, folder: Path, **options: Any) -> dict[str, dict[str, Any]]:
    """By id the store and the scores of the samples of Inspect's log."""
    models = [get_model(name, base_url=server.url, api_key="none", memoize=False) for name in (TEACHER, *STUDENTS)]
    roles: dict[str, Any] = {"student": models[1:]}
    log = evaluate(toy(PROBLEMS, **options), model=models[0], model_roles=roles, log_dir=str(folder))
    assert log.status == "success" and log.samples
    return {
        str(sample.id): {"store": to_jsonable_python(dict(sample.store)), "scores": to_jsonable_python(sample.scores)}
        for sample in log.samples
    }


def comparable(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Without the seconds that grading took, and without what Inspect adds to a score."""
    for sample in found.values():
        sample["store"] = {name: value for name, value in sample["store"].items() if name.startswith("TeachingRecord:")}
        sample["scores"] = {
            name: {part: score[part] for part in ("value", "answer", "explanation", "metadata")}
            for name, score in sample["scores"].items()
        }
    return _without_nones({id: {part: each[part] for part in ("store", "scores")} for id, each in found.items()})


def _without_nones(given: Any) -> Any:
    """Inspect leaves them out of objects when it reads a log."""
    if isinstance(given, dict):
        return {name: _without_nones(value) for name, value in given.items() if value is not None}
    return [_without_nones(value) for value in given] if isinstance(given, list) else given


@pytest.mark.parametrize("budget", ["full", "lossless"])
def test_as_inspect_has_it(tmp_path: Path, budget: str) -> None:
    with fake_server() as server:
        expected = comparable(by_inspect(server, tmp_path / "logs", budget=budget, label_controls=True))
        asked_by_inspect = sorted(map(str, server.requests))
        server.requests.clear()
        scale(server, tmp_path / "run", f"count={PROBLEMS}", f"budget={budget}", "label_controls=true")
    assert comparable(samples(tmp_path / "run")) == expected and len(expected) == PROBLEMS
    assert len(server.requests) == len(asked_by_inspect)


def test_four_jobs_and_two_stages_write_the_same_bytes(tmp_path: Path) -> None:
    options = (f"count={PROBLEMS}", "budget=full")
    with fake_server() as server:
        scale(server, tmp_path / "whole", *options)
        for job in (3, 1, 4, 2):
            said = scale(server, tmp_path / "jobs", *options, shard=f"{job}/4")
        scale(server, tmp_path / "staged", *options, stage="teach")
        taught = len(server.requests)
        scale(server, tmp_path / "staged", *options, stage="examine")
        examined = server.requests[taught:]
    whole, staged = tables(tmp_path / "whole"), tables(tmp_path / "staged")
    assert len(whole) == 5 * 3 and "lbt report" in said
    assert tables(tmp_path / "jobs") == whole
    assert {name: data for name, data in staged.items() if not name.startswith("taught/")} == whole
    assert examined and not any(body["model"] == "teacher" for body in examined)
