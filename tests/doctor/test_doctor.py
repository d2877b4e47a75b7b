"""`lbt doctor` in surroundings that are whole and in surroundings that are not; every failed line names its repair."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lbt_sandbox.types import SandboxUnavailable

from lbt_tasks.cli import main
from lbt_tasks.doctor import checks
from lbt_tasks.doctor.checks import Finding


def doctor(*arguments: str):
    return CliRunner().invoke(main, ["doctor", *arguments])


def only(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    monkeypatch.setattr(checks, "CHECKS", [("given", lambda: list(findings))])


def test_a_failed_check_prints_its_repair_and_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Finding("disk", "fail", "no room", "inspect cache prune"), Finding("gpu", "note", "none"))
    result = doctor()
    assert result.exit_code == 1
    assert "FAILED  disk" in result.output and "repair: inspect cache prune" in result.output
    assert "1 of 2 checks failed" in result.output
    assert [each["state"] for each in json.loads(doctor("--json").output)] == ["fail", "note"]


def test_notes_do_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Finding("gpu", "note", "none"), Finding("python", "ok", "3.11"))
    assert doctor().exit_code == 0 and "FAILED" not in doctor().output


def test_a_check_that_breaks_down_is_a_failure_and_the_others_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Finding:
        raise OSError("no such device")

    monkeypatch.setattr(checks, "CHECKS", [("broken", broken), ("python", checks.python_version)])
    findings = checks.examine()
    assert [finding.state for finding in findings] == ["fail", "ok"] and "no such device" in findings[0].found


def test_a_package_that_only_one_check_needs_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the sandbox is there and the SDK for Docker is not."""
    monkeypatch.setitem(sys.modules, "docker", None)
    monkeypatch.setattr(checks, "CHECKS", [("docker engine", checks.engine), ("python", checks.python_version)])
    findings = checks.examine()
    assert [finding.state for finding in findings] == ["note", "ok"]
    assert "docker" in findings[0].found and findings[0].repair == "pip install docker"
    assert doctor().exit_code == 0


def test_the_installed_packages_are_within_their_bounds() -> None:
    findings = {finding.name: finding for finding in checks.packages()}
    assert findings["inspect-ai"].state == "ok" and findings["inspect-ai"].found
    assert {"extra local", "extra sandbox", "extra report", "extra train"} <= set(findings)


def test_packages_out_of_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "requires", lambda name: ["inspect-ai>=99", "no-such-thing>=1"])
    findings = {finding.name: finding for finding in checks.packages()}
    assert findings["inspect-ai"].state == "fail" and findings["inspect-ai"].repair == "pip install 'inspect-ai>=99'"
    assert "missing" in findings["no-such-thing"].found


def test_every_package_of_the_shipped_weights_is_there() -> None:
    assert checks.shipped_models().state == "ok"


def test_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert checks.hub_token().state == "note" and checks.hub_token().repair == "hf auth login"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert checks.hub_token().state == "ok" and "hf_secret" not in checks.hub_token().found


def test_no_engine_and_no_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuses() -> None:
        raise SandboxUnavailable("no Docker Engine answers")

    monkeypatch.setattr("lbt_sandbox.engines.connect", refuses)
    engine = checks.engine()
    assert engine[0].state == "fail" and engine[0].repair
    usage: Any = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert checks.disk().state == "fail" and checks.disk().repair


def test_caches_can_be_written_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LBT_CACHE", str(tmp_path / "not" / "yet"))
    assert [finding.state for finding in checks.caches()] == ["ok", "ok"]
