"""The benchmark of what exams tell, on scripted students who follow what they are shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog

from benchmarks import exam_signal
from tests.synthetic.running import toy_task


def test_students_who_follow_tell_right_from_wrong(
    run: Callable[..., EvalLog], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = run(toy_task(3, budget="full")).location
    monkeypatch.setattr("sys.argv", ["exam_signal", str(Path(log).parent)])
    capsys.readouterr()
    exam_signal.main()
    by_view, by_column = capsys.readouterr().out.strip().split("\n\n")
    _, _, everything, *others = by_view.splitlines()
    name, problems, right, wrong, gain, told = [cell.strip() for cell in everything.strip("|").split("|")]
    assert (name, problems) == ("all", "3")
    assert float(right.split()[0]) > float(wrong.split()[0]) and float(gain.split()[0]) > 0
    assert told.startswith("100.0 [")
    assert [other.split("|")[1].strip() for other in others] == [
        "student scripted/a",
        "student scripted/b",
        "the first question alone",
        "problems mostly solved",
        "problems mostly not",
    ]
    assert [row.split("|")[1].strip() for row in by_column.splitlines()[2:5]] == ["vote", "random", "length"]
