"""What the pages name is there: links, and the modules of docs/architecture.md."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lbt_solvers.vocabulary import OPTIONS
from lbt_tasks.configs import config_names
from lbt_tasks.lm_eval_plugin.model_options import ModelOptions
from lbt_tasks.lm_eval_plugin.options import ExamOptions

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not gone


@pytest.mark.parametrize(
    ("heading", "options", "prefix"),
    [("| argument | default | meaning |", ModelOptions, ""), ("| key | default | meaning |", ExamOptions, "lbt_")],
)
def test_tables_of_lm_eval_name_its_options(heading: str, options: type, prefix: str) -> None:
    table = (ROOT / "docs/lm-eval.md").read_text(encoding="utf-8").split(heading)[1].split("\n\n")[0]
    named = {name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    known = {prefix + each.name for each in fields(options)}
    assert named <= known
    assert known - named <= {"lbt_exam_options"}, "named in another column"


def test_the_architecture_names_files_that_are_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:lbt_\w+|sandbox|tools)/[\w/.]+)`", text)
    assert len(named) > 15
    assert not [name for name in named if not (ROOT / name).exists() and "NAME" not in name]


def test_the_page_on_the_paper_names_options_that_are_there() -> None:
    text = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    given = re.findall(r"`(\w+)=", text)
    flags = [flag.replace("-", "_") for flag in re.findall(r"`--([\w-]+)", text)]
    assert len(given) > 15 and len(flags) > 3
    assert not {*given, *flags} - set(OPTIONS)
    configs = re.findall(r"lbt configs ([\w/]+)", text)
    assert configs and set(configs) <= set(config_names())
