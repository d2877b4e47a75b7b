"""Rows whose inside has another form are a line for the user, with their place."""

import json
from pathlib import Path
from typing import Any

import pytest

from lbt_solvers.errors import UsageError
from lbt_solvers.prompts import load_prompt
from lbt_tasks.lm_eval_plugin.candidates import candidates_of_log, read_scores


@pytest.mark.parametrize(
    "row",
    [
        {"problem": "p", "rationales": ["a"], "scores": 1},
        {"problem": "p", "rationales": ["a"], "scores": [1, 0]},
        {"problem": "p", "rationales": None, "scores": []},
    ],
)
def test_a_table_of_scores(tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "table.jsonl").write_text(json.dumps(row))
    with pytest.raises(UsageError, match="line 1: one score a rationale was needed"):
        read_scores(str(tmp_path / "table.jsonl"))


@pytest.mark.parametrize(
    "row", [{"doc": {}, "lbt_score": []}, {"doc": 1, "lbt_score": 2}, {"doc": {}, "lbt_score": 0.5}]
)
def test_a_log_of_another_task(tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps(row))
    with pytest.raises(UsageError, match="line 1: a line of a sample log of lbt_exam_"):
        candidates_of_log(str(tmp_path / "log.jsonl"), load_prompt("chat"))
