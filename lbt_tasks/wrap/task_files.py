"""Inspect tasks of one's own file, by the name that `inspect eval` takes: `my_task.py` or `my_task.py@name`.

task_of_file("my_task.py@trivia", {"difficulty": "hard"})
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspect_ai import Task, list_tasks

from lbt_solvers._compat import create_task_of_file
from lbt_solvers.errors import UsageError
from lbt_solvers.near_match import no_such


def is_file(name: str) -> bool:
    """Whether a task's name is that of a file, be it there or not, rather than of an installed task.

    A folder is none: `lbt_tasks/classroom` is a task, and a folder of this repository, too.
    """
    path = name.partition("@")[0]
    return path.endswith((".py", ".ipynb")) or Path(path).is_file() or name.startswith((".", "/", "~"))


def not_a_task_file(path: str) -> str:
    """What is there in place of a file with a task."""
    found = "a folder" if Path(path).expanduser().is_dir() else "nothing"
    return f"a Python file with an Inspect task was needed, found {found} at {path}."


def short_name(name: str) -> str:
    """What a wrapped task is called after: `trivia` of `tasks/my_task.py@trivia` and of `package/trivia`."""
    path, _, chosen = name.partition("@")
    return chosen or Path(path).stem


def task_of_file(name: str, args: Mapping[str, Any], option: str = "base=") -> Task:
    """The task that a file defines; the one of that name where there are several.

    Raises:
        UsageError: no such file, no such task in it, or an argument that the task does not take.
    """
    path, _, chosen = name.partition("@")
    file = Path(path).expanduser()
    if not file.is_file():
        raise UsageError(f"{option}{name}: {not_a_task_file(path)}")
    there = [found.name for found in list_tasks([file.name], root_dir=file.absolute().parent)]
    if not there:
        raise UsageError(f"{option}{name}: {path} has no function under @task of inspect_ai.")
    if chosen and chosen not in there:
        raise UsageError(f"{option}{name}: {no_such(f'task in {path}', chosen, there)}")
    if not chosen and len(there) > 1:
        raise UsageError(
            f"{option}{name}: {path} has several tasks; name one: {', '.join(f'{path}@{n}' for n in there)}."
        )
    return create_task_of_file(file, chosen or there[0], args)
