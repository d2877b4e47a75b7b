"""The verdicts that the README lists are all there are, and those on an answer are known from those on a process."""

import re
from pathlib import Path

from lbt_sandbox import Verdict

README = Path(__file__).parents[2] / "sandbox/README.md"


def test_the_readme_lists_every_verdict() -> None:
    table = README.read_text(encoding="utf-8").partition("## Verdicts")[2].partition("\nA submission")[0]
    assert re.findall(r"^\| ([A-Z]+) \|", table, re.MULTILINE) == [*Verdict]


def test_a_program_that_was_ended_has_not_answered() -> None:
    assert [verdict for verdict in Verdict if verdict.answered] == [Verdict.AC, Verdict.WA]
