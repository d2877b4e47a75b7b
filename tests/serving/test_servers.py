"""`lbt serve`: vLLM's command lines, the roles that use the servers, and mistakes."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from inspect_ai._cli.eval import RunConfigInput

from lbt_solvers.errors import UsageError
from lbt_tasks.classroom import classroom_model_path
from lbt_tasks.cli import main
from lbt_tasks.configs import config_names, config_path
from lbt_tasks.serving.servers import model_roles, read_servers, server_command, shell_line

BIG = {"model": "org/big", "port": 8001, "roles": ["teacher"]}
SMALL = {"model": "org/small", "port": 8002, "roles": ["student"]}


def file(folder: Path, **servers: Any) -> Path:
    path = folder / "servers.yaml"
    path.write_text(yaml.safe_dump({"servers": servers}, sort_keys=False))
    return path


@pytest.mark.parametrize("name", config_names("serve"))
def test_every_shipped_file_has_a_run_config_that_uses_its_servers(name: str) -> None:
    roles = model_roles(read_servers(config_path(name, "serve")))
    run = yaml.safe_load(config_path(name.replace("serve/", "vllm/")).read_text())
    RunConfigInput.model_validate(run)
    for role, models in roles.items():
        used = [{key: each[key] for key in ("model", "base_url")} for each in run["model_roles"][role]]
        assert used == models


def test_arguments_adapters_and_devices(tmp_path: Path) -> None:
    server = {
        "model": "org/base", "port": 9000, "devices": "0,1", "roles": {"teacher": "lbt", "student": None},
        "adapters": {"lbt": "models/lbt"}, "env": {"HF_HUB_OFFLINE": 1},
        "args": {"tensor_parallel_size": 2, "enable_prefix_caching": True, "async_scheduling": False,
                 "middleware": ["a", "b"], "override_generation_config": {"temperature": 0.7}},
    }  # fmt: skip
    servers = read_servers(file(tmp_path, one=server))
    assert shell_line(servers["one"]) == (
        "CUDA_VISIBLE_DEVICES=0,1 HF_HUB_OFFLINE=1 vllm serve org/base --port 9000 --enable-lora "
        "--lora-modules lbt=models/lbt --tensor-parallel-size 2 --enable-prefix-caching --no-async-scheduling "
        "--middleware a b --override-generation-config '{\"temperature\": 0.7}'"
    )
    assert model_roles(servers) == {
        "teacher": [{"model": "vllm/org/base:lbt", "base_url": "http://localhost:9000/v1"}],
        "student": [{"model": "vllm/org/base", "base_url": "http://localhost:9000/v1"}],
    }


def test_a_shipped_model_keeps_its_short_name(tmp_path: Path) -> None:
    own = {"model": "classroom/teacher", "command": "python -m api_server", "roles": ["teacher", "student"], "port": 1}
    command = server_command(read_servers(file(tmp_path, one=own))["one"])
    assert command[:5] == ["python", "-m", "api_server", "--model", str(classroom_model_path("teacher"))]
    assert command[-2:] == ["--served-model-name", "classroom/teacher"]


@pytest.mark.parametrize(
    ("servers", "message"),
    [
        ({}, "a mapping `servers` with one entry a server was needed"),
        ({"a": {"model": "x", "roles": []}}, "a: port missing"),
        ({"a": {**BIG, "prot": 1}}, "has no option 'prot'.*Did you mean 'port'"),
        ({"a": {**BIG, "roles": ["techer"]}}, "roles are teacher and student, found 'techer'"),
        ({"a": {**BIG, "roles": {"teacher": "lbt"}}}, "uses the adapter 'lbt'; adapters are none"),
        ({"a": BIG}, "no server plays student"),
        ({"a": BIG, "b": {**SMALL, "model": "org/big"}}, "two servers have the model org/big.*data_parallel_size"),
        ({"a": BIG, "b": {**SMALL, "port": 8001}}, "two servers have the port 8001"),
    ],
)
def test_mistakes(tmp_path: Path, servers: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_servers(file(tmp_path, **servers))


def test_the_command_prints_and_becomes_a_server(tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    fake = tmp_path / "vllm"
    fake.write_text(f'#!/bin/sh\necho "$HF_HUB_OFFLINE $@" > {said}\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    command = f"{fake} serve"
    both = {"teacher": BIG, "student": {**SMALL, "command": command, "env": {"HF_HUB_OFFLINE": 1}}}
    path = str(file(tmp_path, **both))
    printed = CliRunner().invoke(main, ["serve", path]).output
    assert "# teacher\nvllm serve org/big --port 8001\n" in printed
    assert yaml.safe_load(printed.split("FILE):\n")[1])["model_roles"]["student"][0]["model"] == "vllm/org/small"
    become = f"from lbt_tasks.cli import main; main({['serve', path, 'student']})"  # the command replaces its process
    subprocess.run([sys.executable, "-c", become], check=True, timeout=60)
    assert said.read_text() == "1 serve org/small --port 8002\n"


def test_mistakes_of_the_command_are_one_line(tmp_path: Path) -> None:
    path = str(file(tmp_path, teacher={**BIG, "command": "gone serve"}, student=SMALL))
    for arguments, message in [
        (["nothing"], "No serve-config 'serve/nothing'"),
        ([path, "judge"], "'judge': there are teacher, student"),
        ([path, "teacher"], "gone"),
    ]:
        result = CliRunner().invoke(main, ["serve", *arguments])
        assert result.exit_code == 1 and message in result.output and "Traceback" not in result.output
