"""Every command on a page exists with the options it is given; examples and the notebook run.

Invariants:
 1. `inspect eval lbt_tasks/NAME -T OPTION=...` names a task and its options, `lbt COMMAND --OPTION` likewise.
 2. The notebook's cells run one after the other, offline; the examples can be loaded.
"""

import dataclasses
import inspect
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from inspect_ai import list_tasks

from lbt_solvers.examples import Options
from lbt_solvers.options import Settings
from lbt_solvers.solvers import learn_by_teaching
from lbt_tasks.cli import main
from lbt_tasks.task_list import known_tasks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/results/*.md"))]
OF_ALL = {each.name for each in dataclasses.fields(Settings)} | set(inspect.signature(learn_by_teaching).parameters)


def commands(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```(?:bash|console)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [
        shlex.split(line.split(" && ")[0], comments=True) for line in lines if line.split(" ")[0] in ("inspect", "lbt")
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_1_commands_of_a_page(page: Path) -> None:
    for words in commands(page):
        if words[:2] == ["inspect", "eval"] and words[2].startswith("lbt_tasks/"):
            _check_task(words)
        if words[0] == "lbt" and not words[1].startswith("-"):
            _check_command(words)


def _check_task(words: list[str]) -> None:
    task = known_tasks()[words[2].removeprefix("lbt_tasks/")]
    known = set(inspect.signature(task).parameters) | OF_ALL | {each.name for each in dataclasses.fields(Options)}
    given = [word.split("=")[0] for flag, word in zip(words, words[1:], strict=False) if flag == "-T"]
    assert set(given) <= known, f"{words}: {set(given) - known}"


def _check_command(words: list[str]) -> None:
    command: click.Command = main
    rest = words[1:]
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command, rest = command.commands[rest[0]], rest[1:]
    assert command is not main, f"{words}: no such command"
    if command.context_settings.get("ignore_unknown_options"):
        return
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    given = {word.split("=")[0] for word in rest if word.startswith("--") and len(word) > 2}
    assert given <= known, f"{words}: {given - known}"


def test_2_the_notebook_runs() -> None:
    book = json.loads((ROOT / "examples/notebook.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], names)
    assert names["found"].scores[0] > names["found"].scores[1] and names["choice"].rationale == 0


def test_2_the_examples_are_there() -> None:
    assert [found.name for found in list_tasks(["own_task.py"], root_dir=ROOT / "examples")] == ["sums"]
    compile((ROOT / "examples/own_data.py").read_text(encoding="utf-8"), "own_data.py", "exec")
