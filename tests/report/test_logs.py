"""Logs are read in one module, through the record's own type, in the order of the data set.

Invariants:
 1. What a reader gets of a sample is what Inspect's own reader gives.
 2. A log in which rationales have no answer opens in every command.
 3. The nested lists of older logs are read as the rows that they stand for.
 4. Where two plans teach one rationale, the sittings of both count, whoever reads them.
 5. What cannot be read is one line that names the log, and the sample where there is one.
"""

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zipfile_zstd  # type: ignore[import-untyped]  # noqa: F401
from click.testing import CliRunner
from inspect_ai import score
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

from lbt_solvers.errors import UsageError
from lbt_solvers.record import TeachingRecord
from lbt_solvers.scorer import selection_accuracy
from lbt_solvers.sittings import SittingColumns
from lbt_tasks.cli import main
from lbt_tasks.logs import find_logs, open_log
from lbt_tasks.preferences.inspect_logs import read_log
from lbt_tasks.replay.matrix import lbt_scores, matrix_of
from lbt_tasks.replay.recording import read_recordings
from lbt_tasks.report.details import read_details
from tests.synthetic.running import scripted, toy_task

ROOT = Path(__file__).parents[2]
FIELD = '"TeachingRecord:sitting_columns":'


def lbt(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def taught_by(run) -> Callable[[str], EvalLog]:
    def log(teacher: str) -> EvalLog:
        task = toy_task(6, budget="full")
        for sample in task.dataset:
            sample.metadata = {**(sample.metadata or {}), "split": "train"}
        return run(task, teacher=scripted(teacher))

    return log


@pytest.fixture
def vague(taught_by: Callable[[str], EvalLog]) -> str:
    """A log in which every sample has a rationale without an answer."""
    return taught_by("vague-teacher").location


def opened_by_every_command(log: EvalLog, unanswered: int, out: Path) -> dict[str, tuple[int, str]]:
    """Exit code and output of each command on a log with so many rationales without an answer in each sample."""
    for sample in log.samples or []:
        rationales = sample.store["TeachingRecord:rationales"]
        assert sum(each.get("answer") is None for each in rationales) == unanswered
    commands = {
        **{as_: ["report", log.location, as_] for as_ in ("--json", "--csv", "--latex")},
        "--html": ["report", log.location, "--html", f"{out}.html"],
        "replay": ["replay", log.location, "--budget", "lossless"],
        "export": ["export-preferences", log.location, "--out", f"{out}.jsonl"],
    }
    results = {name: CliRunner().invoke(main, arguments) for name, arguments in commands.items()}
    return {name: (result.exit_code, result.output) for name, result in results.items()}


def test_rationales_without_answers_open_everywhere(taught_by: Callable[[str], EvalLog], tmp_path: Path) -> None:
    found = opened_by_every_command(taught_by("vague-teacher"), 1, tmp_path / "out")
    assert {name: code for name, (code, _) in found.items()} == dict.fromkeys(found, 0)


def test_where_no_rationale_has_an_answer_nothing_is_replayed_or_exported_and_all_else_opens(
    taught_by: Callable[[str], EvalLog], tmp_path: Path
) -> None:
    log = taught_by("aimless-teacher")
    found = opened_by_every_command(log, 8, tmp_path / "out")
    for name in ("replay", "export"):
        code, output = found.pop(name)
        assert code == 1 and output.startswith("Error: ") and output.count("\n") == 1, output
        assert log.location in output
    assert {name: code for name, (code, _) in found.items()} == dict.fromkeys(found, 0)
    assert not re.search(r"\bnan\b", (tmp_path / "out.html").read_text(encoding="utf-8"), re.IGNORECASE)
    assert log.results and log.results.scores[0].metrics["mean"].value == 0


def test_samples_are_those_that_inspect_reads(vague: str) -> None:
    expected = read_eval_log(vague).samples or []
    found = list(open_log(vague).samples())
    assert [(sample.id, sample.epoch) for sample in found] == [(str(sample.id), sample.epoch) for sample in expected]
    for sample, known in zip(found, expected, strict=True):
        assert sample.question == known.input and sample.target == known.target and not sample.error
        assert sample.record(TeachingRecord).scored() == known.store_as(TeachingRecord).scored()
        found_score = sample.score("selection_accuracy")
        assert found_score and known.scores and found_score.metadata == known.scores["selection_accuracy"].metadata
        assert sample.subject == "sums" and len(sample.correctness(8)) == 8
    assert set(open_log(vague).seconds()) == {(sample.id, 1) for sample in found}


def test_the_order_is_that_of_the_data_set_and_not_of_the_files(run) -> None:
    log = open_log(run(toy_task(12), epochs=2).location)
    ids = [f"{10 + i}-{3 + i}" for i in range(12)]
    assert [(each.id, each.epoch) for each in log.samples()] == [(id, epoch) for id in ids for epoch in (1, 2)]
    by_file = [f"{each.id}_epoch_{each.epoch}.json" for each in log.samples(by_file=True)]
    assert by_file == sorted(by_file) and len(by_file) == 24


def test_both_formats_of_inspect_hold_the_same(vague: str, tmp_path: Path) -> None:
    other = tmp_path / "same.json"
    write_eval_log(read_eval_log(vague), str(other), format="json")
    found = [
        [(s.id, s.record(TeachingRecord).scored()) for s in open_log(log).samples()] for log in (vague, str(other))
    ]
    assert found[0] == found[1]


def test_a_log_with_the_lists_of_older_logs_reads_the_same(vague: str, tmp_path: Path) -> None:
    older = tmp_path / "older.eval"
    with zipfile.ZipFile(vague) as source, zipfile.ZipFile(older, "w") as archive:
        for name in source.namelist():
            text = source.read(name).decode()
            archive.writestr(name, _with_lists(text) if name.startswith("samples/") else text)
    by_log = [list(open_log(log).samples()) for log in (vague, str(older))]
    for new, old in zip(*by_log, strict=True):
        assert "TeachingRecord:sitting_columns" not in old.values["store"]
        expected = [row._replace(tokens=0.0, written=0.0) for row in new.record(TeachingRecord).sittings]
        assert old.record(TeachingRecord).sittings == expected
        assert old.record(TeachingRecord).scored() == new.record(TeachingRecord).scored()
    as_rows = [read_recordings([log]).drop_columns(["log"]).to_pylist() for log in (vague, str(older))]
    assert as_rows[0] == as_rows[1]
    again = score(read_eval_log(str(older)), selection_accuracy(), action="overwrite", display="none")
    results = [log.results for log in (again, read_eval_log(vague))]
    tables = [{each.name: each.metrics for each in found.scores} for found in results if found]
    assert len(tables) == 2 and tables[0] == tables[1]


def _with_lists(text: str) -> str:
    """A sample as it was written before there were rows."""
    sample = json.loads(text)
    store, prefix = sample["store"], "TeachingRecord:"
    rows = SittingColumns.model_validate(store.pop(f"{prefix}sitting_columns")).rows()
    plans = [*range(len(store[f"{prefix}plans"])), None]

    def nested(column: str) -> list[list[list[list[object]]]]:
        return [
            [[[getattr(row, column) for row in rows if row[:3] == (plan, s, i)] for i in range(3)] for s in range(2)]
            for plan in plans
        ]

    for column, name in (("score", "scores"), ("answer", "answers")):
        *taught, control = nested(column)
        store |= {f"{prefix}{name}": taught, f"{prefix}control_{name}": control}
    return json.dumps(sample)


def test_every_plan_that_teaches_a_rationale_counts_everywhere(run) -> None:
    task = toy_task(2, rationales=3, plans=[[0], [1], [2, 0], [2]])
    for sample in task.dataset:
        sample.metadata = {**(sample.metadata or {}), "split": "train"}
    log = run(task, students=("fickle-a", "fickle-b")).location  # so that two exams of one rationale differ
    records = [sample.record(TeachingRecord) for sample in open_log(log).samples()]
    expected = [[each.score for each in record.scored()] for record in records]
    twice = [row.score for row in records[0].sittings if row.plan in (0, 2)]
    assert twice[: len(twice) // 2] != twice[len(twice) // 2 :]
    matrix = matrix_of(read_recordings([log]))
    assert lbt_scores(matrix).reshape(2, 3).tolist() == pytest.approx(np.array(expected))
    details = read_details(log, "selection_accuracy")
    assert [[each.score for each in problem.rationales] for problem in details] == expected
    assert details[0].rationales[0].sittings == len(twice)
    pairs = [[each.lbt for each in taught.rationales] for taught in read_log(log)]
    assert sorted(pairs) == sorted(expected)


def test_errored_samples_have_their_reason(run) -> None:
    log = open_log(run(toy_task(3), students=(scripted("frail", fail_after=5),), max_samples=1).location)
    assert any("the scripted model fails now" in sample.error for sample in log.samples())


def test_a_record_of_another_version_is_one_line(vague: str, tmp_path: Path) -> None:
    other = _changed(
        vague, tmp_path / "other.eval", '"TeachingRecord:sitting_columns":', '"TeachingRecord:sitting_columns":7,"x":'
    )
    for command in (["report"], ["replay"], ["export-preferences", "--out", str(tmp_path / "x.jsonl")]):
        result = CliRunner().invoke(main, [*command, other])
        assert (
            result.exit_code == 1 and "no TeachingRecord of this version of lbt-tasks (sitting_columns" in result.output
        )


def test_a_log_that_breaks_off_is_one_line(vague: str, tmp_path: Path) -> None:
    broken = _changed(
        vague, tmp_path / "broken.eval", '"TeachingRecord:sitting_columns":', '"TeachingRecord:sitting_columns"!'
    )
    with pytest.raises(UsageError, match=r"broken\.eval cannot be read to its end"):
        list(open_log(broken).samples())
    assert "cannot be read to its end" in CliRunner().invoke(main, ["report", broken]).output


def _changed(log: str, target: Path, old: str, new: str) -> str:
    with zipfile.ZipFile(log) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name).decode()
            archive.writestr(name, text.replace(old, new) if name.startswith("samples/") else text)
    return str(target)


def test_without_a_score_the_targets_say_which_are_right(run) -> None:
    task = toy_task(1)
    task.scorer = None
    (sample,) = open_log(run(task).location).samples()
    (scored,) = open_log(run(toy_task(1)).location).samples()
    assert sample.correctness(8) == scored.correctness(8)
    sample = replace(sample, values={**sample.values, "scores": {}})
    with pytest.raises(UsageError, match="inspect score .* --scorer lbt_solvers/selection_accuracy"):
        sample.correctness(8)


def test_what_is_no_log_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No Inspect log in"):
        find_logs([str(tmp_path)])
    with pytest.raises(UsageError, match="found nothing at"):
        find_logs([str(tmp_path / "none.eval")])
    text = tmp_path / "text.eval"
    text.write_text(json.dumps({"no": "log"}))
    with pytest.raises(UsageError, match="cannot be read as an Inspect log"):
        open_log(str(text))


def test_nothing_else_opens_logs() -> None:
    sources = [*ROOT.glob("lbt_tasks/**/*.py"), *ROOT.glob("lbt_solvers/**/*.py")]
    reading = [path.relative_to(ROOT).as_posix() for path in sources if "read_eval_log" in path.read_text()]
    assert reading == ["lbt_tasks/logs.py"]


def test_ids_that_are_paths(run: Callable[..., EvalLog]) -> None:
    """As MATH's are: of two problems with the same last part each is its own."""
    task = toy_task(2, budget="full")
    ids = ["test/algebra/1.json", "test/geometry/1.json"]
    for sample, name in zip(task.dataset, ids, strict=True):
        sample.id = name
    log = open_log(run(task).location)
    assert sorted(log.sample_keys()) == [(name, 1) for name in ids]
