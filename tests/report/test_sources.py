"""Where logs come from, and what their runs lost.

Invariants:
 1. A folder with logs of something else reports those of this project; a log that was named is refused.
 2. Logs at an address are read as those of a folder.
 3. What was cut short or came to nothing stands below the table.
 4. What a command imports is in the distribution or in the extra that brings it.
"""

import ast
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from click.testing import CliRunner
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate

from lbt_tasks.cli import main
from tests.evaluating import evaluate
from tests.synthetic.running import scripted, toy_task

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mixed(run, tmp_path: Path) -> Path:
    """A folder with a log of this project and one of another task."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    foreign = Task(
        [Sample(input="Compute 1 plus twice 2.", target="5")], solver=generate(), scorer=match(), name="other"
    )
    evaluate(foreign, model=scripted("wise"), log_dir=str(folder))
    shutil.copy(run(toy_task(2)).location, folder)
    return folder


def report(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["report", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_1_logs_of_something_else_are_passed_over(mixed: Path) -> None:
    assert "2 problems" in report(str(mixed))
    (foreign,) = mixed.glob("*other*")
    done = CliRunner().invoke(main, ["report", str(foreign)])
    assert done.exit_code == 1
    assert "holds no run of Learning by Teaching" in done.output


class Bucket(MemoryFileSystem):
    """S3 as far as it is a file system: what a bucket holds has no leading slash."""

    protocol = ("s3", "s3a")
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return MemoryFileSystem._strip_protocol(str(path).removeprefix("s3://"))


@pytest.mark.parametrize("scheme", ["file", "memory", "s3"])
def test_2_logs_at_an_address(mixed: Path, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_registry, "s3", Bucket)
    address = f"file://{mixed}"
    if scheme != "file":
        address = f"{scheme}://lbt/mixed"
        for path in mixed.iterdir():
            fsspec.filesystem(scheme).pipe_file(f"/lbt/mixed/{path.name}", path.read_bytes())
    assert json.loads(report(address, "--json"))[0]["problems"] == 2
    (own,) = (path.name for path in mixed.glob("*toy*"))
    assert json.loads(report(f"{address}/{own}", "--json"))[0]["problems"] == 2
    done = CliRunner().invoke(main, ["report", f"{scheme}://nowhere/at/all"])
    assert done.exit_code == 1
    assert re.search("found nothing at", done.output)


@pytest.mark.parametrize("error", [RuntimeError("Unable to locate credentials"), PermissionError("Access Denied")])
def test_2_an_address_that_cannot_be_reached_is_a_line(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> bool:
        raise error

    monkeypatch.setitem(_registry, "s3", Bucket)
    monkeypatch.setattr(Bucket, "exists", fails)
    done = CliRunner().invoke(main, ["report", f"s3://{type(error).__name__}/logs"])
    assert done.exit_code == 1
    assert f"cannot be read: {type(error).__name__}: {error}" in done.output


def test_3_what_was_lost_stands_below_the_table(run) -> None:
    cut = run(toy_task(2), students=(scripted("a", stop_reason="max_tokens"),), teacher=scripted("vague-teacher"))
    said = report(cut.location)
    found = json.loads(report(cut.location, "--json"))[0]["lost"]
    assert found["truncated_sittings"] == found["sittings"] > 0
    assert f"{found['sittings']} of {found['sittings']} sittings hit a limit on tokens" in said
    assert found["voteless"] > 0
    assert "rationales have no answer that could vote" in said


def third_party(folder: Path) -> set[str]:
    """Top-level packages that the modules of a folder import anywhere."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    own = {"lbt_tasks", "lbt_solvers", "lbt_sandbox"}
    return found - own - set(sys.stdlib_module_names)


@pytest.mark.parametrize(("folder", "extra"), [("report", "report"), ("replay", "report"), ("doctor", "")])
def test_4_what_a_command_imports_comes_with_it(folder: str, extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *(project["optional-dependencies"][extra] if extra else [])]
    names = {re.split(r"[\[<>=!~ ]", each)[0].replace("-", "_") for each in needed}
    modules = {"yaml": "pyyaml", "bs4": "beautifulsoup4", "sklearn": "scikit_learn"}
    brought = {"packaging", "torch"}  # by Inspect; looked for before it is imported
    assert {modules.get(name, name) for name in third_party(ROOT / "lbt_tasks" / folder)} <= names | brought
