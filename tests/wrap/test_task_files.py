"""Tasks of a file: found by the names that `inspect eval` takes, and never mistaken for a package.

Invariants:
 1. The task of a file is wrapped as that of a package is, whatever the folder it is named from.
 2. No message about a path says to install a package.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.errors import UsageError
from lbt_tasks.wrap.base_task import load_base
from lbt_tasks.wrap.task import wrap
from lbt_tasks.wrap.task_files import is_file, short_name

TASKS = '''
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate

@task
def sums(file: str = "sums.jsonl"):
    """Its data stand beside it."""
    questions = json_dataset(file, FieldSpec(input="question", target="answer"))
    return Task(dataset=questions, solver=generate(), scorer=match(numeric=True))

@task
def other():
    return sums()
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    below = tmp_path / "tasks"
    below.mkdir()
    (below / "mine.py").write_text(TASKS)
    (below / "one.py").write_text(TASKS.split("@task\ndef other")[0].replace("sums(", "single("))
    (below / "plain.py").write_text("x = 1\n")
    (below / "sums.jsonl").write_text("".join(f'{{"question": "1+{n}?", "answer": "{n + 1}"}}\n' for n in range(5)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "base", ["tasks/mine.py@sums", "./tasks/mine.py@sums", "tasks/one.py", "{}/tasks/mine.py@sums"]
)
def test_1_a_task_of_a_file_is_wrapped(base: str, folder: Path) -> None:
    task = wrap(base=base.format(folder), items=2)
    assert task.name == ("lbt_one" if "one" in base else "lbt_sums")
    assert [sample.input for sample in task.dataset] == [f"1+{n}?" for n in range(5)]


def test_1_its_own_arguments_reach_it(folder: Path) -> None:
    shutil.copy("tasks/sums.jsonl", "tasks/others.jsonl")
    assert len(wrap(base="tasks/mine.py@sums", base_args={"file": "others.jsonl"}).dataset) == 5
    with pytest.raises(UsageError, match="does not take these base_args: .* 'fiel'"):
        load_base("tasks/mine.py@sums", {"fiel": "others.jsonl"})


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("tasks/mine.py@sum", "No task in tasks/mine.py 'sum': there are other, sums. Did you mean 'sums'"),
        ("tasks/mine.py", "has several tasks; name one: tasks/mine.py@other, tasks/mine.py@sums"),
        ("tasks/plain.py", "no function under @task"),
        ("tasks/nine.py@sums", "found nothing at tasks/nine.py"),
        ("tasks", "found a folder at tasks"),
        ("./mine", "found nothing at ./mine"),
        ("tasks/mine", "base=my_task.py@name"),
    ],
)
def test_2_a_path_is_no_package(base: str, said: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=said) as found:
        load_base(base)
    assert "pip" not in str(found.value) and "\n" not in str(found.value)


_NAMES = st.from_regex(r"[a-z./~_]{1,12}(\.py)?(@[a-z]+)?", fullmatch=True)


@given(_NAMES.filter(lambda name: "inspect" not in name and "pip" not in name))  # messages repeat the name
def test_2_whatever_the_name(name: str) -> None:
    with pytest.raises(UsageError) as found:
        load_base(name)
    assert "pip" not in str(found.value)


def test_names_of_tasks() -> None:
    names: dict[str, Any] = {"a/b.py@c": "c", "b.py": "b", "inspect_evals/gsm8k": "gsm8k"}
    assert {name: short_name(name) for name in names} == names
    assert [is_file(name) for name in names] == [True, True, False]


def test_a_folder_of_the_same_name_hides_no_installed_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lbt_tasks/classroom").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert load_base("lbt_tasks/classroom", {"problems": 2}).name == "classroom"
