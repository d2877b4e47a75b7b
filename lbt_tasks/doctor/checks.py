"""The checks of `lbt doctor`, each a function from the surroundings to one finding.

    finding = python_version()
    finding.state, finding.found, finding.repair

`fail` is something that the project promises and this machine lacks; `note` is something that only some users need: a
GPU, a hub token. Nothing is downloaded, built or called that costs money.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

from lbt_solvers.installation import install_command
from lbt_tasks.optional_sandbox import NEEDED, sandbox_is_installed

INSTALL = install_command("sandbox")
State = Literal["ok", "note", "fail"]
GIGABYTE = 1e9
DISK_NEEDED = 2 * GIGABYTE
"""Logs, replies kept by Inspect and the sandbox's image."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    state: State
    found: str
    repair: str = ""
    """The command that repairs it; empty where nothing is to be done."""


def python_version() -> Finding:
    """Python 3.11 or newer."""
    found = f"Python {platform.python_version()} at {sys.executable}"
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "fail", found, "uv venv --python 3.12")


def packages() -> list[Finding]:
    """The installed packages against the bounds of the distribution; a package of an extra is only a note."""
    findings: list[Finding] = []
    try:
        needed = [Requirement(line) for line in requires("lbt-tasks") or []]
    except PackageNotFoundError:
        return [Finding("lbt-tasks", "fail", "not installed", install_command())]
    plain = [each for each in needed if not each.marker or each.marker.evaluate({"extra": ""})]
    findings += [_package(each, "") for each in plain]
    for extra in ("local", "sandbox", "report", "train"):
        of_extra = [
            each for each in needed if each not in plain and each.marker and each.marker.evaluate({"extra": extra})
        ]
        findings.append(_extra(extra, of_extra))
    return findings


def _package(needed: Requirement, extra: str) -> Finding:
    command = install_command(extra) if extra else f"pip install '{needed.name}{needed.specifier}'"
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return Finding(needed.name, "fail", f"missing, {needed.specifier or 'any version'} is needed", command)
    if not needed.specifier.contains(found, prereleases=True):
        return Finding(needed.name, "fail", f"{found}, {needed.specifier} is needed", command)
    return Finding(needed.name, "ok", found)


def _extra(extra: str, needed: Sequence[Requirement]) -> Finding:
    wrong = [finding for each in needed if (finding := _package(each, extra)).state == "fail"]
    if not wrong:
        return Finding(f"extra {extra}", "ok", "installed")
    found = ", ".join(f"{finding.name} {finding.found}" for finding in wrong)
    return Finding(f"extra {extra}", "note", found, install_command(extra))


def engine() -> list[Finding]:
    """The Docker Engine and the sandbox's image in it, where the sandbox is installed."""
    if not sandbox_is_installed():
        return [Finding("docker engine", "note", NEEDED.partition(":")[0], INSTALL)]
    from lbt_sandbox import image as sandbox_image
    from lbt_sandbox.engines import connect
    from lbt_sandbox.types import SandboxUnavailable

    try:
        client = connect()
    except SandboxUnavailable as error:
        return [Finding("docker engine", "fail", str(error).splitlines()[0], "sudo systemctl start docker")]
    try:
        found = Finding("docker engine", "ok", f"version {client.version()['Version']}")
        tag = sandbox_image.tag(sandbox_image.recipe())
        present = bool(client.images(name=tag))
    finally:
        client.close()
    if present:
        return [found, Finding("sandbox image", "ok", tag)]
    return [found, Finding("sandbox image", "note", f"{tag} is built on first use", "lbt sandbox attack")]


def shipped_models() -> Finding:
    """The classroom's weights."""
    from lbt_tasks.classroom.models import MODELS, model_names

    names = model_names()
    whole = [name for name in names if list((MODELS / name).glob("*.safetensors"))]
    if len(whole) >= 3:
        return Finding("shipped models", "ok", ", ".join(whole))
    missing = f"{MODELS} holds {len(whole)} whole models"
    return Finding(
        "shipped models",
        "fail",
        missing,
        install_command().replace("install", "install --force-reinstall --no-deps", 1),
    )


def hub_token() -> Finding:
    """A token of the Hugging Face hub, for gated models and data."""
    token_file = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "token"
    if os.environ.get("HF_TOKEN") or token_file.is_file():
        return Finding("hub token", "ok", "set")
    return Finding("hub token", "note", "none: gated models such as Llama cannot be fetched", "hf auth login")


def caches() -> list[Finding]:
    """The folders for data and for Inspect's replies can be written to."""
    from inspect_ai.model import cache_path

    from lbt_tasks.data.download import cache_folder

    folders = {"data cache": cache_folder(), "reply cache": cache_path()}
    return [_writable(name, folder) for name, folder in folders.items()]


def _writable(name: str, folder: Path) -> Finding:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if os.access(there, os.W_OK):
        return Finding(name, "ok", str(folder))
    return Finding(name, "fail", f"{there} cannot be written to", f"sudo chown -R $USER {there}")


def disk() -> Finding:
    """Room for logs, replies and the image."""
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / GIGABYTE:.1f} GB free in {Path.cwd()}"
    if free >= DISK_NEEDED:
        return Finding("disk", "ok", found)
    return Finding("disk", "fail", f"{found}, {DISK_NEEDED / GIGABYTE:.0f} GB are needed", "inspect cache prune")


def gpu() -> Finding:
    """A GPU that torch can use; the shipped models need none."""
    if find_spec("torch") is None:
        return Finding("gpu", "note", "torch is not installed", install_command("local"))
    torch: Any = import_module("torch")
    if torch.cuda.is_available():
        return Finding("gpu", "ok", f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}")
    if torch.backends.mps.is_available():
        return Finding("gpu", "ok", f"Apple GPU, torch {torch.__version__}")
    if shutil.which("nvidia-smi"):
        # A driver without a usable torch: the usual cause is a CPU build.
        repair = "pip install --force-reinstall torch"
        return Finding("gpu", "fail", f"a driver is there, and torch {torch.__version__} cannot use it", repair)
    return Finding("gpu", "note", f"none; torch {torch.__version__} runs on the CPU")


CHECKS: Sequence[tuple[str, Callable[[], Finding | list[Finding]]]] = (
    ("python", python_version),
    ("packages", packages),
    ("docker engine", engine),
    ("shipped models", shipped_models),
    ("hub token", hub_token),
    ("caches", caches),
    ("disk", disk),
    ("gpu", gpu),
)


def examine() -> list[Finding]:
    """Every check; one that breaks down is a failure of its own, and the others still run.

    A package that a check needs and does not find is only a note: what everybody needs, `packages` looks for.
    """
    findings: list[Finding] = []
    for name, check in CHECKS:
        try:
            found = check()
        except ModuleNotFoundError as error:
            found = Finding(name, "note", f"not looked at: {error}", f"pip install {error.name or ''}".rstrip())
        except Exception as error:
            found = Finding(name, "fail", f"the check broke down: {type(error).__name__}: {error}")
        findings += found if isinstance(found, list) else [found]
    return findings
