"""What a log of a training by rewards says: rewards of its first and last steps, and the time of a step."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra train")

from lbt_solvers.errors import UsageError
from lbt_tasks.training.steps import STATE, StepClock, rising, table


def test_the_reward_of_the_first_and_the_last_steps() -> None:
    history: list[dict[str, Any]] = [{"reward": step / 10, "rewards/rlt/mean": -1.0} for step in range(20)]
    found = rising([*history, {"train_runtime": 1.0}])
    assert found == {
        "reward": "0.450 in the first 10 logged steps, 1.450 in the last",
        "rewards/rlt/mean": "-1.000 in the first 10 logged steps, -1.000 in the last",
    }


def test_every_entry_has_the_time_of_its_steps() -> None:
    clock, state = StepClock(), SimpleNamespace(log_history=[{"reward": 0.5}])
    for _ in range(2):
        clock.on_step_begin(None, state, None)
        clock.on_step_end(None, state, None)
    clock.on_log(None, state, None)
    state.log_history.append({"train_runtime": 1.0})
    clock.on_log(None, state, None)
    [timed, untimed] = state.log_history
    assert 0 <= timed["cpu_seconds"] and 0 < timed["seconds"] and "seconds" not in untimed
    assert "seconds a step" in rising(state.log_history)


def test_a_row_for_every_ten_steps(tmp_path: Path) -> None:
    run = tmp_path / "likelihood"
    run.mkdir()
    with pytest.raises(UsageError, match=STATE):
        table([str(run)])
    history = [
        {
            "step": step,
            "reward": step / 100,
            "rewards/exam/mean": 0.5,
            "rewards/correctness/mean": 0.25,
            "seconds": step,
        }
        for step in range(1, 13)
    ]
    (run / STATE).write_text(json.dumps({"log_history": [*history, {"step": 12, "train_runtime": 1.0}]}))
    assert [list(row) for row in table([str(run)]).rows] == [
        ["likelihood", "1 to 10", "0.055", "0.500", "25.0", "5.5", ""],
        ["likelihood", "11 to 12", "0.115", "0.500", "25.0", "11.5", ""],
    ]
    (run / STATE).write_text(json.dumps({"log_history": [{"step": 1, "loss": 1.0}]}))
    with pytest.raises(UsageError, match="a training by rewards"):
        table([str(run)])
