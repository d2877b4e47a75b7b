"""One vocabulary: every option is in the table, nothing is in the table that is no option, and the page shows it."""

import dataclasses

import pytest
from click.testing import CliRunner

from lbt_solvers.near_match import did_you_mean
from lbt_solvers.options import Settings
from lbt_solvers.vocabulary import FORMER, OPTIONS
from lbt_tasks.cli import main
from tools import options


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
