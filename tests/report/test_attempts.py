"""One problem of one run counts once, whatever lies in the folder.

Invariants:
 1. Report, replay and export of a folder with copies of a log, scored copies, attempts that broke off and left-overs
    without a sample are those of the finished log alone.
 2. Two finished runs are two; so are runs that were asked for something else. Nothing is passed over in silence.
"""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

from lbt_tasks.attempts import Attempt, furthest
from lbt_tasks.cli import main
from lbt_tasks.logs import find_logs
from tests.synthetic.running import toy_task

SAMPLES = frozenset({("a", 1), ("b", 1)})
FINISHED = Attempt("e", "t", "asked", True, SAMPLES, 3)


@pytest.fixture
def folder(run, tmp_path: Path) -> Path:
    """A finished run of six problems, and what a day of trouble leaves beside it."""
    task = toy_task(6, budget="full")
    for sample in task.dataset:
        sample.metadata = {**(sample.metadata or {}), "split": "train"}
    finished = run(task).location
    folder = tmp_path / "day"
    folder.mkdir()
    (tmp_path / "alone").mkdir()
    shutil.copy(finished, tmp_path / "alone" / "finished.eval")
    shutil.copy(finished, folder / "2026-01-03_finished.eval")
    shutil.copy(finished, folder / "2026-01-04_copy.eval")
    _cut(read_eval_log(finished), folder / "2026-01-01_killed.eval", 4)
    _cut(read_eval_log(finished), folder / "2026-01-02_killed-at-once.eval", 0)
    (folder / "2026-01-05_half-written.eval").write_bytes(b"PK\x03\x04")
    return folder


def _cut(log: EvalLog, path: Path, samples: int) -> None:
    log.status, log.results, log.samples = "started", None, (log.samples or [])[:samples]
    log.eval.eval_id, log.eval.task_id, log.eval.run_id = path.name, path.name, path.name
    write_eval_log(log, str(path))


def json_of(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    return found[0] if arguments[0] == "report" else found


def test_a_folder_counts_every_problem_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = folder.parent / "alone"
    reports = [json_of("report", str(where), "--json") for where in (folder, alone)]
    assert all(report["problems"] == report["samples"] == 6 for report in reports)
    assert [report.pop("log") for report in reports] and reports[0] == reports[1]
    replays = [json_of("replay", str(where), "--budget", "full", "--json") for where in (folder, alone)]
    assert replays[0] == replays[1] and replays[0]["problems"] == replays[0]["played"] == 6
    for where in (folder, alone):
        result = CliRunner().invoke(main, ["export-preferences", str(where), "--out", f"{where}.jsonl"])
        assert result.exit_code == 0 and "of 6 problems" in result.stdout
    assert Path(f"{folder}.jsonl").read_text().count("\n") == Path(f"{alone}.jsonl").read_text().count("\n")
    once = CliRunner().invoke(main, ["report", str(folder)])
    assert once.stderr.count("half-written.eval is passed over: it cannot be read as a log") == 1
    assert len(find_logs([str(folder), str(folder)])) == 1
    said = capsys.readouterr().err
    assert all(name in said for name in ("killed.eval", "killed-at-once.eval", "half-written.eval"))


def test_an_attempt_by_itself_is_shown(folder: Path) -> None:
    killed = str(folder / "2026-01-01_killed.eval")
    assert find_logs([killed]) == [killed] and json_of("report", killed, "--json")["problems"] == 4
    (only := folder.parent / "only").mkdir()
    shutil.copy(folder / "2026-01-02_killed-at-once.eval", only)
    assert (
        "holds no sample: the run ended before one was finished"
        in CliRunner().invoke(main, ["report", str(only)]).output
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (FINISHED._replace(task_id="x"), True),  # a copy, or what was scored again
        (FINISHED._replace(eval_id="x", finished=False), True),  # what was retried
        (FINISHED._replace(eval_id="x", task_id="x", finished=False), True),  # what was started anew
        (FINISHED._replace(eval_id="x", task_id="x"), False),  # a repetition
        (FINISHED._replace(eval_id="x", task_id="x", asked="other", finished=False), False),
    ],
)
def test_what_is_the_same_run(other: Attempt, same: bool) -> None:
    assert FINISHED.is_same_run(other) == other.is_same_run(FINISHED) == same
    assert furthest({"other": other, "finished": FINISHED})["other"] == ("finished" if same else "other")


@given(st.lists(st.tuples(*[st.sampled_from("ab")] * 3, st.booleans(), st.integers(0, 3)), max_size=6))
def test_exactly_one_of_every_run_counts(drawn: list[tuple[str, str, str, bool, int]]) -> None:
    logs = {
        str(at): Attempt(e, t, asked, done, frozenset((str(i), 1) for i in range(n)), 1)
        for at, (e, t, asked, done, n) in enumerate(drawn)
    }
    found = furthest(logs)
    counted = [path for path, better in found.items() if path == better]
    assert all(logs[path].progress <= logs[better].progress for path, better in found.items())
    assert not any(logs[a].is_same_run(logs[b]) for a in counted for b in counted if a != b)
