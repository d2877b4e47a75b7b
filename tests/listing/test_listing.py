"""Entries for inspect_evals' register and for Inspect's list of extensions: valid there, and true of this project."""

import inspect
import re
import tomllib
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml
from inspect_ai import list_tasks

from lbt_tasks import _registry

ROOT = Path(__file__).parents[2]
LISTING = ROOT / "docs" / "listing"
ENTRIES = sorted(LISTING.glob("register/*/eval.yaml"))
FILLED = {"OWNER": "name", "REPOSITORY": "https://github.com/name/repository", "COMMIT": "0" * 40}
CATEGORIES = {"Sandboxes", "Analysis", "Frameworks", "Tooling"}  # of docs/extensions/generate.py in inspect_ai


@pytest.fixture(scope="module")
def tasks() -> dict[str, str]:
    """Where Inspect finds our tasks, by name."""
    listed = list_tasks("lbt_tasks/**/*.py", root_dir=ROOT)
    return {found.name: found.file for found in listed if not found.file.endswith("without_sandbox.py")}


def filled(path: Path) -> Any:
    return yaml.safe_load(Template(path.read_text(encoding="utf-8")).substitute(FILLED))


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_an_entry_is_valid_and_names_a_task_that_exists(path: Path, tasks: dict[str, str]) -> None:
    schema = pytest.importorskip("inspect_evals.metadata", reason="pip install inspect-evals")
    entry = schema.ExternalEvalMetadata.model_validate({**filled(path), "id": path.parent.name})
    (task,) = entry.tasks  # the register wants one each
    assert tasks[task.name] == task.task_path
    assert task.name in _registry.__all__
    assert path.parent.name == f"lbt_{task.name}"
    assert "\n" not in entry.description
    assert str(entry.arxiv) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_number_of_problems_is_the_task_s_own() -> None:
    entry = filled(LISTING / "register/lbt_math/eval.yaml")
    default = inspect.signature(_registry.math).parameters["subset"].default
    assert entry["tasks"][0]["dataset_samples"] == default


def test_every_task_with_data_or_a_score_of_its_own_is_listed(tasks: dict[str, str]) -> None:
    assert {f"lbt_{name}" for name in tasks.keys() - {"classroom", "examples", "qa"}} == {
        path.parent.name for path in ENTRIES
    }


def test_the_project_is_what_the_register_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(re.match(r"inspect-ai\b", wanted) for wanted in project["dependencies"])
    assert project["entry-points"]["inspect_ai"]["lbt_tasks"] == _registry.__name__


def test_the_entry_in_the_list_of_extensions() -> None:
    (entry,) = filled(LISTING / "extensions.yml")
    assert set(entry) == {"name", "description", "author", "categories"}
    assert set(entry["categories"]) <= CATEGORIES
    for field in ("name", "author"):
        assert re.fullmatch(r"\[.+\]\(https://.+\)", entry[field])
    assert entry["description"].strip()
