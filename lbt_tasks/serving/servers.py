"""From a small YAML file to vLLM's command lines and to Inspect's model roles.

    servers = read_servers("configs/serve/teacher_and_students.yaml")
    server_command(servers["student"])         # ['vllm', 'serve', 'meta-llama/...', '--port', '8002', ...]
    model_roles(servers)                       # {'teacher': [{'model': 'vllm/...', 'base_url': ...}], ...}

A server has one base model, any number of LoRA adapters, and the roles that it plays. What vLLM itself can be told goes
into `args` under vLLM's own names.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.near_match import check_known

ROLES = ("teacher", "student")


@dataclass(frozen=True, slots=True)
class Server:
    """One vLLM server; every field but `name` is a key of the file."""

    name: str
    model: str
    """A model of the hub, a folder, or a model that a package ships (`classroom/teacher`)."""
    port: int
    roles: Mapping[str, str]
    """By role the adapter that it uses; empty for the model itself."""
    host: str = "localhost"
    adapters: Mapping[str, str] = field(default_factory=dict[str, str])
    """LoRA adapters by name: folders, or repositories of the hub."""
    devices: str = ""
    """GPUs of the server, e.g. `0,1`; all where it is empty."""
    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """vLLM's own: `tensor_parallel_size: 2`, `data_parallel_size: 4`, `enable_prefix_caching: true`."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    command: str = "vllm serve"
    """How vLLM is started, such as `.vllm/bin/python -m vllm.entrypoints.openai.api_server`."""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.host}:{self.port}/v1"


def read_servers(path: str | Path) -> dict[str, Server]:
    """The servers of a file, by name.

    Raises:
        UsageError: a file that names no servers, or servers that cannot work together.
    """
    try:
        content: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not valid YAML ({error}).") from None
    given = content.get("servers") if isinstance(content, dict) else None
    if not isinstance(given, dict) or not given:
        raise UsageError(f"{path}: a mapping `servers` with one entry a server was needed.")
    servers = {str(name): _server(str(name), entry, str(path)) for name, entry in given.items()}
    _check_together(list(servers.values()), str(path))
    return servers


def server_command(server: Server) -> list[str]:
    """The command line that starts it.

    Raises:
        UsageError: no such shipped model or folder.
    """
    words, folder = shlex.split(server.command), _resolved(server.model)
    model = [folder] if words[-1] == "serve" else ["--model", folder]
    name = [] if folder == server.model else ["--served-model-name", server.model]
    lora = ["--enable-lora", "--lora-modules", *(f"{key}={at}" for key, at in server.adapters.items())]
    flags = [word for key, value in server.args.items() for word in _flag(key, value)]
    return [*words, *model, "--port", str(server.port), *name, *(lora if server.adapters else []), *flags]


def server_environment(server: Server) -> dict[str, str]:
    """Variables that the command needs besides the user's own."""
    devices = {"CUDA_VISIBLE_DEVICES": server.devices} if server.devices else {}
    return {**devices, **{key: str(value) for key, value in server.env.items()}}


def shell_line(server: Server) -> str:
    """The command with its variables, to be pasted into a shell."""
    variables = [f"{key}={shlex.quote(value)}" for key, value in server_environment(server).items()]
    return " ".join([*variables, shlex.join(server_command(server))])


def model_roles(servers: Mapping[str, Server]) -> dict[str, list[dict[str, str]]]:
    """The `model_roles` of a run-config that uses the servers."""
    return {
        role: [
            {"model": f"vllm/{server.model}{':' + adapter if adapter else ''}", "base_url": server.url}
            for server in servers.values()
            for played, adapter in server.roles.items()
            if played == role
        ]
        for role in ROLES
    }


def _server(name: str, entry: Any, path: str) -> Server:
    known = [each.name for each in fields(Server) if each.name != "name"]
    if not isinstance(entry, dict):
        raise UsageError(f"{path}, {name}: a mapping with model, port and roles was needed.")
    with usage_errors():
        check_known(map(str, entry), known, f"{path}: the server {name}")
    if missing := [key for key in ("model", "port", "roles") if key not in entry]:
        raise UsageError(f"{path}, {name}: {', '.join(missing)} missing.")
    roles: Any = entry["roles"]
    played = roles if isinstance(roles, dict) else dict.fromkeys(roles, "")
    adapters = {str(role): str(adapter or "") for role, adapter in played.items()}
    given: dict[str, Any] = {**entry, "name": name, "roles": adapters, "devices": str(entry.get("devices", ""))}
    server = Server(**given)
    _check_roles(server, path)
    return server


def _check_roles(server: Server, path: str) -> None:
    for role, adapter in server.roles.items():
        if role not in ROLES:
            raise UsageError(f"{path}, {server.name}: roles are {' and '.join(ROLES)}, found '{role}'.")
        if adapter and adapter not in server.adapters:
            found = ", ".join(server.adapters) or "none"
            raise UsageError(f"{path}, {server.name}: {role} uses the adapter '{adapter}'; adapters are {found}.")


def _check_together(servers: list[Server], path: str) -> None:
    if missing := [role for role in ROLES if not any(role in server.roles for server in servers)]:
        raise UsageError(f"{path}: no server plays {' or '.join(missing)}.")
    for key in ("model", "port"):
        values = [getattr(server, key) for server in servers]
        if twice := {value for value in values if values.count(value) > 1}:
            why = {
                "model": "Inspect keeps one server a base model; raise its data_parallel_size and give it both roles",
                "port": "each server needs its own",
            }[key]
            raise UsageError(f"{path}: two servers have the {key} {twice.pop()}: {why}.")


def _resolved(model: str) -> str:
    """The folder of a shipped model; anything else is vLLM's to find."""
    from lbt_solvers.local_models import model_path

    return model_path(model) if model.startswith("classroom/") else model


def _flag(key: str, value: Any) -> list[str]:
    name = key.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, list):
        return [f"--{name}", *map(str, value)]
    return [f"--{name}", json.dumps(value) if isinstance(value, dict) else str(value)]
