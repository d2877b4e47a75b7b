"""Who works on a run, and what can be told of it before: recipes for clusters, Ray, the estimate."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lbt_solvers.errors import UsageError
from lbt_tasks.configs import config_names
from tests.providers.fake_server import fake_server
from tests.scale.running import scale

pytest.importorskip("aiohttp", reason="needs the extra scale")
pytest.importorskip("pyarrow", reason="needs the extra scale")
CLUSTER = Path(__file__).parents[2] / "configs/cluster"


def test_an_estimate_makes_a_handful_of_calls_and_writes_nothing(tmp_path: Path) -> None:
    with fake_server() as server:
        said = scale(server, tmp_path / "run", "count=50", "estimate=1")
    assert "Estimate of toy: 50 problems" in said and "With budget=lossless" in said and "tokens read" in said
    assert 0 < len(server.requests) < 60 and not (tmp_path / "run").exists()


def test_without_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with fake_server() as server, pytest.raises(UsageError, match=r"--ray needs Ray: pip install .*ray"):
        scale(server, tmp_path, "count=2", ray="auto")
    assert not server.requests


def test_the_array_job_gives_its_part(tmp_path: Path) -> None:
    stand_in = tmp_path / "lbt"
    stand_in.write_text('#!/bin/sh\necho "$@"\n')
    stand_in.chmod(0o755)
    about = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "16", "TEACHER": "llama"}
    environment = {**about, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["bash", str(CLUSTER / "slurm.sh"), "lbt_tasks/qa", "RUN", "http://gpu1:8000/v1", "-T", "data=a.jsonl"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert (
        said[:2] == ["scale", "lbt_tasks/qa"] and said[said.index("--shard") + 1] == "3/16" and "data=a.jsonl" in said
    )


def test_an_indexed_job_has_every_part_once() -> None:
    job: Any = yaml.safe_load((CLUSTER / "kubernetes.yaml").read_text())
    spec = job["spec"]
    (said,) = spec["template"]["spec"]["containers"][0]["args"]
    assert spec["completionMode"] == "Indexed" and f"$((JOB_COMPLETION_INDEX + 1))/{spec['completions']}" in said


def test_clusters_are_no_run_configs() -> None:
    assert not any("cluster" in name for name in config_names())
    assert config_names("cluster") == ["cluster/kubernetes", "cluster/ray"]
