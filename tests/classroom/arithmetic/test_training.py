"""A dozen steps of training: the loss falls, the result loads, and a seed fixes it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lbt_tasks.classroom.local_model import LocalModel
from tools.classroom.arithmetic.recipes import RECIPES
from tools.classroom.train import main, train

SMALL = replace(RECIPES["student_b"], width=32, layers=1, steps=12, batch=8)


def test_a_short_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "second"):
        train("student_b", SMALL, seed=3, folder=tmp_path / name, threads=1)
    record = json.loads((tmp_path / "first" / "training.json").read_text())
    assert (record["seed"], record["recipe"]["steps"]) == (3, 12)
    assert 0 < record["final_loss"] < 8  # ln(vocabulary) = 7.8 before the first step
    assert "step 12/12" in capsys.readouterr().out
    first, second = (LocalModel.load(tmp_path / name) for name in ("first", "second"))
    for weights, same in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(weights, same)
    assert len(first.solve([("Compute 2+3*4.", [])])) == 1


def test_the_command_line_names_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--model", "nobody", "--out", "unused"])
    assert "student_a" in capsys.readouterr().err
