"""`lbt-tasks` where `lbt-sandbox` is not installed: everything but programs works, and programs say what to install."""

import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest

from .conftest import REPOSITORY, said

LINE = 'pip install "lbt-tasks[sandbox]"'
WITHOUT = "import sys; sys.modules['lbt_sandbox'] = None\n"  # as importlib finds it where it is not installed


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, *arguments], capture_output=True, text=True, timeout=120
    )


def lbt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("from lbt_tasks.cli import main; main(prog_name='lbt')", *arguments)


@pytest.mark.parametrize("command", ["grade", "sandbox", "prepare", "fetch", "submit"])
def test_a_command_about_programs_says_what_to_install(command: str) -> None:
    done = lbt(command, "--help")
    assert done.returncode == 1
    assert said(done).count("\n") == 1 and LINE in said(done)


def test_only_commands_that_can_run_are_offered() -> None:
    offered = {line.split()[0] for line in lbt("--help").stdout.partition("Commands:")[2].splitlines() if line}
    assert {"report", "replay", "doctor", "configs"} <= offered
    assert not offered & {"grade", "sandbox", "prepare", "fetch", "submit"}


def test_inspect_finds_every_task_and_the_ones_about_programs_say_what_to_install() -> None:
    done = python(
        "from lbt_tasks import _registry as found\n"
        "from lbt_solvers.errors import UsageError\n"
        "assert found.classroom and found.math and found.wrap and found.examples and found.teaching\n"
        "for make in (found.code, found.code_accuracy, found.code_verdict):\n"
        "    try:\n"
        "        make(engine='docker', data='x.jsonl')\n"
        "        print('made')\n"
        "    except UsageError as error:\n"
        "        print(error.message.replace(chr(92), ''))\n"
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3 and all(LINE in line for line in lines), said(done)


@pytest.mark.parametrize("package", ["code", "code.data", "classroom.programs", "classroom.programs.world", "metrics"])
def test_a_package_about_programs_says_what_to_install(package: str) -> None:
    done = python(f"import lbt_tasks.{package}")
    assert done.returncode == 1 and LINE in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", ["report.summary", "report.layouts", "replay.cli", "doctor.checks", "examples.task"])
def test_other_modules_need_no_sandbox(module: str) -> None:
    done = python(f"import lbt_tasks.{module}")
    assert done.returncode == 0, said(done)


def test_doctor_notes_what_is_missing() -> None:
    done = python("from lbt_tasks.doctor.checks import engine\nprint(engine())")
    assert "'note'" in done.stdout and "lbt-tasks[sandbox]" in done.stdout, said(done)


def test_the_tasks_need_the_sandbox_of_the_same_version() -> None:
    tasks, sandbox = (
        tomllib.loads((REPOSITORY / path).read_text())["project"]
        for path in ("pyproject.toml", "sandbox/pyproject.toml")
    )
    assert tasks["version"] == sandbox["version"] == version("lbt-tasks")
    assert tasks["optional-dependencies"]["sandbox"] == [f"lbt-sandbox=={sandbox['version']}"]
    assert len(sandbox["dependencies"]) <= 5
    for name in ("license", "requires-python"):
        assert tasks[name] == sandbox[name]
    assert (REPOSITORY / "LICENSE").read_text() == (REPOSITORY / "sandbox" / "LICENSE").read_text()
