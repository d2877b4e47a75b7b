"""`lbt grade` as users type it: results, resuming after kill -9, bad input, exit codes; and pass@k behind it."""

import itertools
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import lbt_sandbox
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.__main__ import main
from lbt_sandbox.loaders import load_problems
from lbt_sandbox.pass_at_k import estimate, pass_at_k
from lbt_sandbox.results import ResultFile, ResultFileError

SAMPLES = Path(lbt_sandbox.__file__).parent / "samples" / "problems.jsonl"
REFERENCES = {name: problem.reference or "" for name, problem in load_problems(SAMPLES).problems.items()}


def write(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    return path


def solutions(path: Path, *pairs: tuple[str, str]) -> Path:
    return write(path, *({"task_id": task, "completion": completion} for task, completion in pairs))


def grade(engine: str, given: Path, out: Path, *options: str, problems: Path = SAMPLES) -> Result:
    files = ["--problems", str(problems), "--solutions", str(given), "--out", str(out)]
    return CliRunner().invoke(main, ["grade", *files, "--engine", engine, "--workers", "1", *options])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_reference_of_the_samples_is_accepted(engine: str, tmp_path: Path) -> None:
    given = solutions(tmp_path / "s.jsonl", *REFERENCES.items())
    result = grade(engine, given, tmp_path / "r.jsonl")
    assert result.exit_code == 0, result.output
    assert "pass@1 1.000" in result.stdout
    written = rows(tmp_path / "r.jsonl")
    assert [row["task_id"] for row in written] == list(REFERENCES)
    assert {row["verdict"] for row in written} == {"AC"}
    assert all(row["passed"] == row["total"] == len(row["tests"]) > 0 for row in written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.jsonl", "s.jsonl"]


def test_continuations_programs_and_replies(engine: str, tmp_path: Path) -> None:
    given = solutions(
        tmp_path / "s.jsonl",
        ("add", "    return a + b\n"),
        ("add", "add = lambda a, b: a + b"),
        ("add", ""),
        ("add", "Here:\n```python\ndef add(a, b):\n    return b + a\n```\n"),
        ("add", "def add(a, b):\n    return a - b"),
    )
    plain = grade(engine, given, tmp_path / "plain.jsonl", "--k", "1,5,6")
    assert [row["verdict"] for row in rows(tmp_path / "plain.jsonl")] == ["AC", "AC", "WA", "CE", "WA"]
    assert "pass@1 0.400" in plain.stdout
    assert "pass@5 1.000" in plain.stdout
    assert "pass@6 needs 6 solutions of every task" in plain.stdout
    grade(engine, given, tmp_path / "extracted.jsonl", "--extract")
    assert [row["verdict"] for row in rows(tmp_path / "extracted.jsonl")] == ["AC", "AC", "WA", "AC", "WA"]


def test_details_of_what_failed(engine: str, tmp_path: Path) -> None:
    given = solutions(
        tmp_path / "s.jsonl",
        ("add", "def add(a, b):\n    print('here')\n    return [][a] if a < 0 else 3\n"),
    )
    grade(engine, given, tmp_path / "r.jsonl", "--timings")
    [row] = rows(tmp_path / "r.jsonl")
    assert (row["verdict"], row["passed"], row["total"]) == ("RTE", 1, 3)
    right, raised, wrong = row["tests"]
    assert (right["verdict"], set(right)) == ("AC", {"verdict", "cpu", "wall", "memory"})
    assert (raised["verdict"], raised["error"]["type"], raised["error"]["line"]) == ("RTE", "IndexError", 3)
    assert (wrong["verdict"], wrong["expected"], wrong["got"]) == ("WA", "1111111111111111110", "3")
    assert (wrong["stdout"], wrong["input"]) == ("here\n", "123456789123456789, 987654321987654321")


def test_hostile_completions_are_graded_and_nothing_is_lost(engine: str, tmp_path: Path) -> None:
    hostile = [
        "\0",
        "\ud800",
        "(" * 10_000,
        "x" * 2_000_000,
        "def add(a, b):\n    return a + b\n\0",
        "-" * 150_000 + "1",
    ]
    given = solutions(tmp_path / "s.jsonl", *(("add", code) for code in hostile), ("add", REFERENCES["add"]))
    result = grade(engine, given, tmp_path / "r.jsonl")
    assert result.exit_code == 0, result.output
    verdicts = [row["verdict"] for row in rows(tmp_path / "r.jsonl")]
    assert set(verdicts[:-1]) <= {"CE", "RTE", "MLE"}
    assert verdicts[-1] == "AC"


def test_broken_lines_are_named_and_the_rest_is_graded(engine: str, tmp_path: Path) -> None:
    add = {"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}
    problems = write(tmp_path / "p.jsonl", add, b"{", add, {**add, "task_id": "none", "tests": []}, b"\xff")
    good = {"task_id": "add", "completion": "def add(a, b): return a + b"}
    given = write(tmp_path / "s.jsonl", good, b"[1", {"task_id": "unknown", "completion": ""}, good)
    result = grade(engine, given, tmp_path / "r.jsonl", problems=problems)
    assert result.exit_code == 1
    for part in (
        "p.jsonl, line 2: not JSON",
        "line 3: the task_id 'add' stands on line 1",
        "line 4: the problem 'none'",
        "line 5: not UTF-8",
        "s.jsonl, line 2: not JSON",
        "has no task 'unknown'",
    ):
        assert part in result.stderr
    assert [row["verdict"] for row in rows(tmp_path / "r.jsonl")] == ["AC", "AC"]


def test_a_problem_whose_own_tests_fail_to_load_is_told_apart(engine: str, tmp_path: Path) -> None:
    broken = {"task_id": "a", "entry_point": "f", "tests": ["assert f(1)"], "tests_source": "raise ValueError('mine')"}
    fine = {"task_id": "b", "entry_point": "f", "tests": [{"args": [1], "expected": 1}]}
    given = solutions(tmp_path / "s.jsonl", ("a", "def f(x): return x"), ("b", "def f(x): return x"))
    result = grade(engine, given, tmp_path / "r.jsonl", problems=write(tmp_path / "p.jsonl", broken, fine))
    assert result.exit_code == 1
    first, second = rows(tmp_path / "r.jsonl")
    assert first["verdict"] is None
    assert "mine" in first["message"]
    assert second["verdict"] == "AC"
    assert "pass@1 1.000" in result.stdout


def test_time_limits_from_the_reference(engine: str, tmp_path: Path) -> None:
    given = solutions(tmp_path / "s.jsonl", ("add", REFERENCES["add"]), ("add", "def add(a, b):\n    while True: pass"))
    assert grade(engine, given, tmp_path / "r.jsonl", "--time-factor", "5").exit_code == 0
    assert [row["verdict"] for row in rows(tmp_path / "r.jsonl")] == ["AC", "TLE"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--k", "0"], 2, "whole numbers above 0"),
        (["--k", "a"], 2, "whole numbers above 0"),
        (["--problems", "missing.jsonl"], 2, "Cannot read missing.jsonl"),
        (["--solutions", "missing.jsonl"], 2, "Cannot read missing.jsonl"),
        (["--out", "/no/such/folder/r.jsonl"], 2, "Cannot write"),
        (["--format", "other"], 2, "'other' is not one of"),
        (["--format", "mbpp"], 2, "no problem that can be graded"),
        (["--image", "scientific"], 2, "the process engine has no image 'scientific'"),
        (["--python", "3.13"], 2, "path of an interpreter"),
    ],
)
def test_wrong_use_is_one_clear_message(tmp_path: Path, options: list[str], code: int, message: str) -> None:
    given = solutions(tmp_path / "s.jsonl", ("add", ""))
    result = grade("process", given, tmp_path / "r.jsonl", *options)
    assert result.exit_code == code
    assert message in result.output
    assert "Traceback" not in result.output


def test_without_a_daemon_one_line_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    for command in (["attack"], ["clean"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 3
        assert len(result.stderr.splitlines()) == 1
        assert "engine='process'" in result.stderr
    given = solutions(tmp_path / "s.jsonl", ("add", ""))
    assert grade("docker", given, tmp_path / "r.jsonl").exit_code == 3
    assert not (tmp_path / "r.jsonl").exists()


def test_a_finished_file_is_never_overwritten(tmp_path: Path) -> None:
    given = solutions(tmp_path / "s.jsonl", ("add", ""))
    (tmp_path / "r.jsonl").write_text("mine")
    result = grade("process", given, tmp_path / "r.jsonl")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert (tmp_path / "r.jsonl").read_text() == "mine"


def test_a_run_that_was_killed_goes_on_and_gives_the_same_file(engine: str, tmp_path: Path) -> None:
    slow = "import time\ntime.sleep(0.05)\n"
    pairs = [("add", f"{slow}def add(a, b):\n    return a + b + {number % 3}\n") for number in range(40)]
    given = solutions(tmp_path / "s.jsonl", *pairs)
    command = [sys.executable, "-m", "lbt_sandbox", "grade", "--problems", str(SAMPLES), "--solutions", str(given)]
    options = ["--out", str(tmp_path / "killed.jsonl"), "--engine", engine, "--workers", "1"]
    part = tmp_path / "killed.jsonl.part"
    process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while process.poll() is None and not (part.exists() and part.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = part.read_bytes().count(b"\n")
    assert 3 <= done < len(pairs)
    with part.open("ab") as file:
        file.write(b'{"task_id": "add", "verd')
    again = grade(engine, given, tmp_path / "killed.jsonl")
    assert again.exit_code == 0, again.output
    assert f"Going on after {done} of {len(pairs)} solutions" in again.stderr
    assert grade(engine, given, tmp_path / "whole.jsonl").exit_code == 0
    assert (tmp_path / "killed.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not part.exists()


def test_ctrl_c_says_how_to_go_on(engine: str, tmp_path: Path) -> None:
    slow = "import time\ntime.sleep(0.05)\ndef add(a, b):\n    return a + b\n"
    given = solutions(tmp_path / "s.jsonl", *[("add", slow)] * 200)
    out = tmp_path / "r.jsonl"
    command = [sys.executable, "-m", "lbt_sandbox", "grade", "--problems", str(SAMPLES), "--solutions", str(given)]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--engine", engine, "--workers", "1"], stderr=subprocess.PIPE, text=True
    )
    part = tmp_path / "r.jsonl.part"
    while process.poll() is None and not (part.exists() and part.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=50)[1]
    assert process.returncode == 130
    assert message.splitlines()[-1] == "Stopped. The same command goes on from here."
    assert "Traceback" not in message
    assert not out.exists()
    assert part.exists()


def test_a_file_begun_with_other_input_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with ResultFile.open(path, "one") as results:
        results.append({"task_id": "a", "verdict": "AC"})
    with pytest.raises(ResultFileError, match="begun with other problems"):
        ResultFile.open(path, "two")
    with ResultFile.open(path, "one") as results:
        assert results.done == 1
        with pytest.raises(ResultFileError, match="being written by another run"):
            ResultFile.open(path, "one")
        results.finish()
    assert rows(path) == [{"task_id": "a", "verdict": "AC"}]


def test_help_of_every_command_has_examples() -> None:
    for command in ("grade", "attack", "clean"):
        result = CliRunner().invoke(main, [command, "--help"])
        assert result.exit_code == 0
        assert f"lbt-sandbox {command}" in result.output.split("Example")[1]


@given(outcomes=st.lists(st.booleans(), min_size=1, max_size=7), data=st.data())
def test_pass_at_k_is_the_share_of_draws_with_a_right_one(outcomes: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(outcomes)))
    draws = list(itertools.combinations(outcomes, k))
    share = sum(any(draw) for draw in draws) / len(draws)
    assert math.isclose(pass_at_k(len(outcomes), sum(outcomes), k), share)


def test_pass_at_k_over_tasks_has_an_interval_around_it() -> None:
    rate = estimate({"a": [True, False], "b": [True, True], "c": [False, False]}, k=1)
    assert (rate.value, rate.tasks) == (0.5, 3)
    assert 0.0 <= rate.low < 0.5 < rate.high <= 1.0
    assert rate == estimate({"a": [True, False], "b": [True, True], "c": [False, False]}, k=1)
    assert estimate({"a": [True]}, k=1)[1:4] == (1.0, 1.0, 1.0)
    for outcomes in ({}, {"a": [True]}):
        with pytest.raises(ValueError, match="pass@2 needs"):
            estimate(outcomes, k=2)
