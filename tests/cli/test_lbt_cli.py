"""`lbt` on logs that Inspect wrote: tables, JSON, CSV, several logs, mistakes, and a help that comes at once."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbt_tasks.cli import main
from tests.cli.conftest import said
from tests.evaluating import evaluate
from tests.synthetic.running import scripted, toy_task

RULES = ["greedy", "maj", "max", "sum", "avg", "oracle", "control"]


@pytest.fixture(scope="module")
def two_logs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder, students = tmp_path_factory.mktemp("logs"), [scripted("a"), scripted("b")]
    options: dict[str, Any] = {"model": scripted("teacher"), "model_roles": {"student": students}}
    tasks = [toy_task(count, budget="full", cache=False) for count in (4, 3)]
    return [evaluate(task, **options, log_dir=str(folder)).location for task in tasks]


def lbt(*arguments: str):
    return CliRunner().invoke(main, list(arguments))


def test_table_of_two_logs(two_logs) -> None:
    result = lbt("report", *two_logs)
    assert result.exit_code == 0, result.output
    assert result.output.count("toy") >= 4
    assert "MAJ: majority vote" in result.output and "100.0 [" in result.output and "toy, n = 4" in result.output
    assert "student: scripted/a: 108 calls" in result.output


def test_a_folder_stands_for_its_logs(two_logs) -> None:
    assert lbt("report", str(Path(two_logs[0]).parent)).output.count("status success") == 2


def test_json_of_one_log(two_logs) -> None:
    table = json.loads(lbt("report", two_logs[0], "--json").output)[0]
    assert [name for name in table if name in RULES] == RULES
    for rule in RULES:
        assert 0 <= table[rule]["accuracy"] <= 1 and table[rule]["n"] == 4
        low, high = table[rule]["interval"]
        assert low <= table[rule]["accuracy"] <= high and high - low > 0.3  # four problems alike are not certainty
    against = table["sum"]["against_maj"]
    low, high = against.pop("interval")
    wider = against.pop("interval_at_once")
    assert wider[0] < low < 1 == high == wider[1]
    assert against == {"difference": 1.0, "won": 4, "lost": 0, "p": 0.125, "p_holm": 0.5}
    assert "against_maj" not in table["oracle"]  # it knows the solution
    assert table["cost"]["teacher"]["calls"] == 8


def test_json_of_several_logs_is_a_list(two_logs) -> None:
    assert [table["sum"]["n"] for table in json.loads(lbt("report", *two_logs, "--json").output)] == [4, 3]


def test_what_a_run_can_show_is_known_before_it() -> None:
    printed = lbt("power", "10", "181").output
    assert "10 problems:" in printed and printed.splitlines()[-2].split() == ["20", "%", "none", "9.3"], printed


def test_csv(two_logs) -> None:
    rows = list(csv.DictReader(io.StringIO(lbt("report", *two_logs, "--csv").output)))
    assert [row["rule"] for row in rows] == RULES * 2
    assert rows[1]["minus_maj"] == "" and rows[3]["minus_maj"] == "1.0"


def test_errored_samples_are_counted_and_named(run) -> None:
    log = run(toy_task(3), students=(scripted("frail", fail_after=60),), fail_on_error=False, max_samples=1)
    table = json.loads(lbt("report", log.location, "--json").output)[0]
    assert table["sum"]["n"] < 3 and len(table["errors"]) == 3 - table["sum"]["n"]
    assert "errored samples are not in the table" in lbt("report", log.location).output


def test_a_run_that_ended_early_is_reported_as_far_as_it_came(run) -> None:
    log = run(toy_task(3), students=(scripted("frail", fail_after=60),), max_samples=1)
    assert log.status == "error"
    result = lbt("report", log.location)
    assert result.exit_code == 0 and "status error" in result.output and "errored samples" in result.output


def test_a_part_that_was_left_out_is_absent(run) -> None:
    log = run(toy_task(2, greedy=False, control=False))
    table = json.loads(lbt("report", log.location, "--json").output)[0]
    assert "greedy" not in table and "control" not in table and table["sum"]["n"] == 2


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.eval").write_text("no log")
    (tmp_path / "empty").mkdir()
    for path, message in [("gone", "found nothing at"), ("no.eval", "cannot be read"), ("empty", "No Inspect log in")]:
        result = lbt("report", str(tmp_path / path))
        assert result.exit_code == 1 and message in result.output and "Traceback" not in result.output


def test_configs_by_name() -> None:
    names = lbt("configs").output.split()
    assert "classroom" in names and sum(name.startswith("paper_table2/") for name in names) == 11
    assert Path(lbt("configs", "classroom").output.strip()).is_file()
    wrong = lbt("configs", "clasroom")
    assert wrong.exit_code == 1 and "Did you mean 'classroom'?" in wrong.output


@pytest.mark.parametrize("arguments", [[], ["report"], ["configs"]])
def test_help_has_examples_and_imports_nothing_heavy(arguments) -> None:
    code = "import sys; from lbt_tasks.cli import main\ntry: main(sys.argv[1:] + ['--help'])\nexcept SystemExit: pass\n"
    code += "print('HEAVY', sorted({'torch', 'transformers', 'inspect_ai', 'datasets', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, said(done)
    assert "Examples:" in done.stdout and "HEAVY []" in done.stdout


def test_a_mistake_of_any_command_is_one_line_with_its_brackets() -> None:
    for command in (["report", "[local]/x"], ["replay", "[local]/x"], ["examples", "[local]/x"]):
        result = lbt(*command)
        assert (
            result.exit_code == 1 and "found nothing at [local]/x" in result.output and "Traceback" not in result.output
        )
    assert "Did you mean 'report'?" in lbt("reprot").output
    assert "Did you mean 'classroom'?" in lbt("configs", "clasroom").output


def test_inspect_prints_a_mistake_with_its_brackets() -> None:
    from rich.markup import render

    from lbt_solvers.errors import UsageError, one_line

    error = UsageError("pip install 'lbt-tasks[local]' [red]")
    assert str(error) == one_line(error) == render(str(error.message)).plain == "pip install 'lbt-tasks[local]' [red]"


def test_near_matches_and_escapes_stand_in_one_place_each() -> None:
    root = Path(__file__).parents[2]
    sources = {path.name: path.read_text() for path in [*root.glob("lbt_*/**/*.py")]}
    assert [name for name, text in sources.items() if "get_close_matches(" in text] == ["near_match.py"]
    assert {name for name, text in sources.items() if "rich.markup" in text} == {"errors.py", "tables.py"}
