"""One version is the truth: that of pyproject.toml. Whatever else names it says the same."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_what_is_cited_is_what_is_built() -> None:
    assert yaml.safe_load(text("CITATION.cff"))["version"] == VERSION == version("lbt-tasks")
    [in_bibtex] = re.findall(r"^  version = \{(.+?)\},$", text("README.md"), re.MULTILINE)
    assert in_bibtex == VERSION


@pytest.mark.parametrize("changelog", ["CHANGELOG.md", "sandbox/CHANGELOG.md"])
def test_the_newest_changes_are_those_of_the_version(changelog: str) -> None:
    newest = re.findall(r"^## (.+)$", text(changelog), re.MULTILINE)[0]
    assert re.fullmatch(rf"{re.escape(VERSION)}, (unreleased|\d{{4}}-\d\d-\d\d)", newest)


def test_a_release_is_made_of_the_tag_of_the_version() -> None:
    release = text(".github/workflows/release.yml")
    assert yaml.safe_load(release)["jobs"].keys() == {"build", "publish", "site"}
    assert '["project"]["version"]' in release and "GITHUB_REF_NAME" in release
