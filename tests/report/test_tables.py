"""Numbers and tables have one form, in one module.

Invariants:
 1. What is no number is left out of texts, empty in CSV and null in JSON.
 2. What models, paths and errors say is printed as it is.
 3. No other module formats an interval, a p-value or a table.
"""

import csv
import io
import json
import re
from math import nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.statistics import Interval, PairedTest
from lbt_solvers.tables import (
    Table,
    as_percent,
    as_points,
    bounds,
    csv_text,
    json_text,
    p_equals,
    p_value,
    percent,
    points,
    say,
    won_lost,
)

ROOT = Path(__file__).parents[2]
TABLE = Table(("rule", "accuracy %"), [("SUM & co", "[b]40.0[/b]"), ("a|b", "")], best=[0])


def test_numbers() -> None:
    known, alone = Interval(0.4, 0.1, 0.7), Interval(0.4, nan, nan)
    assert (percent(known), percent(alone)) == ("40.0 [10.0, 70.0]", "40.0")
    assert (points(known), points(alone)) == ("+40.0 [+10.0, +70.0]", "+40.0")
    assert (as_percent(0.4), as_points(-0.4), as_percent(nan), as_points(nan)) == ("40.0", "-40.0", "", "")
    assert (bounds(known), bounds(known, "+"), bounds(alone)) == ("10.0 to 70.0", "+10.0 to +70.0", "")
    assert (p_value(0.00009), p_value(0.03124)) == ("< 0.0001", "0.0312")
    assert (p_equals(0.00009), p_equals(1.0)) == ("p < 0.0001", "p = 1.0000")
    assert won_lost(PairedTest(14, 13, 1.0)) == "14:13"


def test_forms(capsys: pytest.CaptureFixture[str]) -> None:
    TABLE.show()
    say("[red]no markup[/red] [local]")
    printed = capsys.readouterr().out
    assert "[b]40.0[/b]" in printed and "[red]no markup[/red] [local]" in printed
    assert r"SUM \& co & \textbf{[b]40.0[/b]} \\" in TABLE.latex() and r"a|b &  \\" in TABLE.latex()
    assert TABLE.markdown().splitlines()[:2] == ["| rule | accuracy % |", "| --- | --- |"]
    assert r"| a\|b |  |" in TABLE.markdown()


@given(st.lists(st.fixed_dictionaries({"name": st.text(), "value": st.floats()}), min_size=1))
def test_what_is_no_number_is_empty_or_null(rows: list[dict[str, float]]) -> None:
    read = json.loads(json_text(rows), parse_constant=lambda name: pytest.fail(name) if name == "NaN" else float(name))
    for given_, found in zip(rows, read, strict=True):
        assert found["name"] == given_["name"]
        assert found["value"] == (None if given_["value"] != given_["value"] else given_["value"])
    assert "nan" not in [row["value"] for row in csv.DictReader(io.StringIO(csv_text(rows), newline=""))]


def test_nothing_else_formats_tables() -> None:
    pattern = re.compile(r"< 0\.0001|rich\.table|csv\.(?:Dict)?[wW]riter|\{100 \*[^}]*:\+?\.1f|\\toprule|\|---\|")
    sources = [path for folder in ("lbt_solvers", "lbt_tasks", "benchmarks") for path in ROOT.glob(f"{folder}/**/*.py")]
    assert [path.name for path in sources if pattern.search(path.read_text())] == ["tables.py"]
