"""`lbt-tasks` where `lbt-sandbox` is not installed: everything but programs works, and programs say what to install."""

import subprocess
import sys
import tomllib
from importlib.metadata import version

from .conftest import REPOSITORY, said

LINE = 'pip install ./sandbox ".[sandbox]"'
PROGRAMS = ("grade", "sandbox", "prepare", "fetch", "submit")
WITHOUT = "import sys; sys.modules['lbt_sandbox'] = None\n"  # as importlib finds it where it is not installed


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, *arguments], capture_output=True, text=True, timeout=120
    )


def lbt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("from lbt_tasks.cli import main; main(prog_name='lbt')", *arguments)


def test_a_command_about_programs_says_what_to_install() -> None:
    done = python(
        "from click.testing import CliRunner\n"
        "from lbt_tasks.cli import main\n"
        "for command in sys.argv[1:]:\n"
        "    done = CliRunner().invoke(main, [command, '--help'])\n"
        "    print(done.exit_code, done.output, end='')\n",
        *PROGRAMS,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(PROGRAMS) and all(line.startswith("1 ") and LINE in line for line in lines), said(done)


def test_only_commands_that_can_run_are_offered() -> None:
    offered = {line.split()[0] for line in lbt("--help").stdout.partition("Run:")[2].splitlines() if line}
    assert "Look:" in offered and "Grade:" not in offered and "Data:" not in offered
    assert {"report", "replay", "doctor", "configs"} <= offered
    assert not offered.intersection(PROGRAMS)


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


def test_a_package_about_programs_says_what_to_install() -> None:
    packages = ("code", "code.data", "classroom.programs", "classroom.programs.world", "metrics")
    done = python(
        "from importlib import import_module\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        print('imported', import_module(f'lbt_tasks.{name}'))\n"
        "    except ImportError as error:\n"
        "        print(error)\n",
        *packages,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(packages) and all(LINE in line for line in lines), said(done)


def test_other_modules_need_no_sandbox() -> None:
    modules = ("report.summary", "report.layouts", "replay.cli", "doctor.checks", "examples.task")
    done = python("\n".join(f"import lbt_tasks.{module}" for module in modules))
    assert done.returncode == 0, said(done)


def test_doctor_notes_what_is_missing() -> None:
    done = python("from lbt_tasks.doctor.checks import engine\nprint(engine())")
    assert "'note'" in done.stdout and ".[sandbox]" in done.stdout, said(done)


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
