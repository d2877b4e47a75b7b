"""The newcomer's five routes, in this environment."""

import sys
from pathlib import Path

import pytest

from tests.newcomer.first_tables import main


@pytest.mark.timeout(900)
def test_each_ends_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(Path(sys.executable).parent) == 0, capsys.readouterr().out
