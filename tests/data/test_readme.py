"""The README's blocks run: Python as it stands, on scripted models, and the commands that need neither model nor data.

Commands with models of others are checked for their options (`test_commands_in_docs`); `tests/newcomer` runs the same
routes with the shipped weights.
"""

import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample

from lbt_solvers import LbtScores
from lbt_tasks.cli import main
from tests.evaluating import evaluate
from tests.synthetic import world
from tests.synthetic.running import scripted, values

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OFFLINE = ("lbt tasks", "lbt configs paper_table2/llama3_8b_teaches_llama3_8b")


def test_every_python_block_is_run_below() -> None:
    assert [("Task(" in block, "lbt_scores_sync(" in block) for block in PYTHON] == [(True, False), (False, True)]


def test_a_task_in_python(tmp_path: Path) -> None:
    taught = world.problems(4)
    samples = [Sample(id=each.id, input=each.question, target=each.answer) for each in taught]
    names: dict[str, Any] = {"dataset": MemoryDataset(samples), "bank": world.bank(taught)}
    exec(PYTHON[0].replace("Task(dataset", "task = Task(dataset"), names)
    assert isinstance(names["task"], Task)
    roles = {"student": scripted("student")}
    log = evaluate(names["task"], model=scripted("teacher"), model_roles=roles, log_dir=str(tmp_path))
    assert values(log)["sum"] == 1.0 >= values(log)["maj"]


def test_scores_in_a_notebook() -> None:
    assert len(PYTHON[1].splitlines()) < 10
    names: dict[str, Any] = {}
    exec(PYTHON[1].replace('"openai/gpt-4o-mini"', '"scripted/a"'), names)
    scores = names["found"]
    assert isinstance(scores, LbtScores) and len(scores.sittings) == (2 + 1) * 2


def test_commands_that_need_nothing() -> None:
    for command in OFFLINE:
        assert command in README
        done = CliRunner().invoke(main, command.split()[1:])
        assert done.exit_code == 0 and done.output.strip(), command
