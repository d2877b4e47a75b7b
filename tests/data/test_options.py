"""One vocabulary: every option is in the table, nothing is in the table that is no option, and the page shows it."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbt_solvers.errors import UsageError
from lbt_solvers.installation import install_command
from lbt_solvers.near_match import did_you_mean
from lbt_solvers.options import Settings
from lbt_solvers.vocabulary import FORMER, OPTIONS
from lbt_tasks.classroom.arithmetic.task import classroom
from lbt_tasks.cli import main
from lbt_tasks.teaching.task import teaching
from tools import options

ROOT = Path(__file__).parents[2]


def test_every_option_is_in_the_table() -> None:
    assert not options.problems()


def test_a_new_option_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    more = dataclasses.make_dataclass("More", [("loudness", int, 3)], bases=(Settings,), frozen=True)
    monkeypatch.setattr(options, "RECORDS", (*options.RECORDS, more))
    assert options.problems() == ["loudness (More) is not in lbt_solvers/vocabulary.py"]


def test_a_former_name_is_answered_with_the_one_that_was_meant() -> None:
    for name, others in FORMER.items():
        for other in others:
            assert did_you_mean(name, [other, "a name that nothing resembles"]) == f" Did you mean '{other}'?"
            assert other in OPTIONS or other in ("full", "lossless", "thompson")
    for command, option, meant in (
        ("replay", "--select", "--rule"),
        ("replay", "--together", "--proves"),
        ("evaluate-teachers", "--samples", "--rationales"),
        ("export-preferences", "--force", "--any-split"),
    ):
        result = CliRunner().invoke(main, [command, option, "x"])
        assert result.exit_code == 2 and f"Did you mean '{meant}'?" in result.output


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"problem": 4}, "'problems'"),
        ({"students": 2}, "--model-role student=NAME"),
        ({"teacher": "x"}, "--model NAME"),
        ({"limit": 2}, "--limit N"),
        ({"rationales": "abc"}, "rationales: a whole number was needed, found 'abc'"),
        ({"items": "abc"}, "items: a whole number was needed, found 'abc'"),
        ({"bank": "x.jsonl"}, "no option 'bank'"),
    ],
)
def test_what_was_probably_meant(given: dict[str, Any], meant: str) -> None:
    for task in (classroom, teaching) if "bank" not in given else (classroom,):
        with pytest.raises(UsageError, match=meant) as found:
            task(**given)
        assert "\n" not in str(found.value)


def test_messages_say_how_the_project_is_installed_now() -> None:
    """One constant knows it; nothing promises a package on an index before there is one."""
    sources = [*ROOT.glob("lbt_*/**/*.py"), *ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    promising = re.compile(r"pip install [^\n]*?['\" ]lbt[-_](?:tasks|solvers|sandbox)")
    assert not [str(path) for path in sources if promising.search(path.read_text(encoding="utf-8"))]
    assert install_command("report") == 'pip install ".[report]" in the folder of this project'
