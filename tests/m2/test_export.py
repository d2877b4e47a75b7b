"""From logs that Inspect wrote, and from tables, to rows for TRL: prompts, columns, splits, limits, mistakes."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import read_eval_log, write_eval_log

from lbt_solvers.errors import UsageError
from lbt_solvers.preferences import Pairing
from lbt_solvers.record import TeachingRecord
from lbt_tasks.cli import main
from lbt_tasks.logs import top_level_values
from lbt_tasks.preferences.export import about_file, export
from lbt_tasks.preferences.sources import read_source
from tests.evaluating import evaluate
from tests.synthetic.running import scripted, toy_task
from tests.synthetic.world import RIGHT, WRONG


def training(task: Any, split: str = "train") -> Any:
    """The task with every sample marked as of that split."""
    for sample in task.dataset:
        sample.metadata = {**(sample.metadata or {}), "split": split}
    return task


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One run for all tests that only read it."""
    folder = tmp_path_factory.mktemp("run")
    roles: Any = {"student": [scripted("a"), scripted("b")]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSPECT_CACHE_DIR", str(folder / "cache"))
        task = training(toy_task(4, budget="full"))
        return evaluate(task, model=scripted("teacher"), model_roles=roles, log_dir=str(folder)).location


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def lbt(*arguments: str):
    return CliRunner().invoke(main, list(arguments))


def test_the_right_method_is_preferred_and_rows_say_where_they_are_from(log, tmp_path) -> None:
    out = tmp_path / "pairs.jsonl"
    tally = export([log], str(out), Pairing())
    found = rows(out)
    assert tally.pairs == len(found) == 4 and tally.problems == 4 and tally.rationales == 32
    row = found[0]
    assert row["chosen"][0]["content"].startswith(RIGHT) and row["rejected"][0]["content"].startswith(WRONG)
    assert row["margin"] == 1.0 == row["score_chosen"] and row["score_rejected"] == 0
    assert (row["correctness_chosen"], row["lbt_chosen"], row["lbt_rejected"]) == (1.0, 1.0, 0.0)
    assert row["teacher"] == "scripted/teacher" and row["students"] == ["scripted/a", "scripted/b"]
    about = json.loads(about_file(out).read_text())
    assert about["sources"][0]["sha256"] == row["log_sha256"] and about["counts"]["kinds"]["right over wrong"] == 4


@pytest.mark.parametrize("prompt", ["chat", "paper"])
def test_the_prompt_is_what_the_teacher_saw(run, tmp_path, prompt) -> None:
    log = read_eval_log(run(training(toy_task(2, prompt=prompt, budget="full"))).location, resolve_attachments=True)
    export([log.location], str(tmp_path / "pairs.jsonl"), Pairing())
    for row in rows(tmp_path / "pairs.jsonl"):
        sample = next(sample for sample in log.samples or [] if sample.id == row["problem"])
        first = next(event for event in sample.events if event.event == "model")
        asked = [{"role": m.role, "content": m.text} for m in first.input if m.role != "assistant"]
        assert row["prompt"] == asked


def test_plain_text_begins_the_reply_as_the_format_does(run, tmp_path) -> None:
    log = run(training(toy_task(2, prompt="paper", budget="full"))).location
    export([log], str(tmp_path / "plain.jsonl"), Pairing(), form="preference")
    row = rows(tmp_path / "plain.jsonl")[0]
    assert row["prompt"].endswith("[[Solution]]:\nLet's think step by step.\n\n")
    assert row["chosen"].startswith(RIGHT)


def test_a_sample_is_read_as_inspect_reads_it(log) -> None:
    by_inspect = {str(sample.id): sample for sample in read_eval_log(log).samples or []}
    for taught in read_source(log):
        scored = by_inspect[taught.problem].store_as(TeachingRecord).scored()
        scores = by_inspect[taught.problem].scores or {}
        correct = (scores["selection_accuracy"].metadata or {})["correct"]
        assert [rationale.lbt for rationale in taught.rationales] == [each.score for each in scored]
        assert [rationale.correctness for rationale in taught.rationales] == [float(right) for right in correct]


def test_inspects_json_format_gives_the_same_rows(log, tmp_path) -> None:
    write_eval_log(read_eval_log(log), str(tmp_path / "log.json"))
    for source, out in ((log, "a.jsonl"), (str(tmp_path / "log.json"), "b.jsonl")):
        export([source], str(tmp_path / out), Pairing())
    without = [[{**row, "log_sha256": ""} for row in rows(tmp_path / out)] for out in ("a.jsonl", "b.jsonl")]
    assert sorted(map(str, without[0])) == sorted(map(str, without[1]))


def test_rows_do_not_depend_on_which_sample_was_finished_first(log, tmp_path) -> None:
    other = tmp_path / "other.eval"
    with zipfile.ZipFile(log) as archive, zipfile.ZipFile(other, "w") as turned:
        for name in reversed(archive.namelist()):
            turned.writestr(name, archive.read(name))
    for source, out in ((log, "a.jsonl"), (str(other), "b.jsonl")):
        export([source], str(tmp_path / out), Pairing())
    assert [row["chosen"] for row in rows(tmp_path / "a.jsonl")] == [
        row["chosen"] for row in rows(tmp_path / "b.jsonl")
    ]


def test_reading_stops_after_the_last_value_needed() -> None:
    text = '{"id": "a \\" b", "store": {"x": [1, {"id": 2}]} , "events": [this is not JSON'
    assert top_level_values(text, ("id", "store")) == {"id": 'a " b', "store": {"x": [1, {"id": 2}]}}
    assert top_level_values('{"a": 1}', ("id",)) == {} == top_level_values("{}", ("id",))


def test_parquet_kto_and_reward_forms(log, tmp_path) -> None:
    from datasets import load_dataset

    columns = {}
    for form in ("conversational", "preference", "kto", "reward"):
        out = str(tmp_path / f"{form}.parquet")
        export([log], out, Pairing(), form=form)
        data = load_dataset("parquet", data_files=out, split="train", cache_dir=str(tmp_path / "cache"))
        columns[form] = set(data.column_names)
        if form == "kto":
            assert {row["label"]: row["completion"][0]["content"].startswith(RIGHT) for row in data.to_list()} == {
                True: True,
                False: False,
            }
    assert columns["reward"] == {"prompt", "chosen", "rejected", "margin", "problem"}
    assert {"prompt", "completion", "label"} <= columns["kto"]
    assert columns["conversational"] == columns["preference"]


def test_pairs_by_another_column_than_lbt_scores(run, tmp_path) -> None:
    """Of a teacher that is surer of right rationales, ranked where the column is no share."""
    found = run(training(toy_task(2, budget="full", confidence=True)), teacher=scripted("sure teacher"))
    for column, best in (("logprob", 1.0), ("generative", 1.0), ("tail", 0.0)):
        out = tmp_path / f"{column}.jsonl"
        export([found.location], str(out), Pairing(weight=0.0, threshold=0.1), column=column)
        assert {row["correctness_chosen"] for row in rows(out)} == {best}
        assert all(0 <= row["lbt_rejected"] < row["lbt_chosen"] <= 1 for row in rows(out))
        assert json.loads(about_file(out).read_text())["column"] == column
    said = lbt("export-preferences", found.location, "--out", str(tmp_path / "x.jsonl"), "--column", "logprop")
    assert said.exit_code == 1 and "Did you mean 'logprob'" in said.output


def test_the_best_rationale_as_privileged_context(log, tmp_path) -> None:
    out = tmp_path / "sdft.jsonl"
    export([log], str(out), Pairing(), "sdft")
    found = rows(out)
    assert len(found) == 4 and all(row["privileged_context"].startswith(RIGHT) for row in found)
    assert all(row["prompt"][-1]["role"] == "user" and row["score"] == 1 for row in found)


def test_problems_to_measure_with_are_refused_unless_forced(run, tmp_path) -> None:
    for task, found in (
        (training(toy_task(2, budget="full"), "held_out"), "split 'held_out'"),
        (toy_task(2, budget="full"), "does not say"),
    ):
        log = run(task).location
        refused = lbt("export-preferences", log, "--out", str(tmp_path / "pairs.jsonl"))
        assert refused.exit_code == 1 and found in refused.output and "--any-split" in refused.output
        assert list(tmp_path.glob("pairs.jsonl*")) == []
    forced = lbt("export-preferences", log, "--out", str(tmp_path / "pairs.jsonl"), "--any-split")
    assert forced.exit_code == 0 and json.loads(about_file(tmp_path / "pairs.jsonl").read_text())["forced"]


def test_a_problem_in_several_logs_keeps_its_limit_and_no_pair_comes_twice(run, log, tmp_path) -> None:
    again = run(training(toy_task(4, seed=1, budget="full"))).location
    export([log, again, log], str(tmp_path / "pairs.jsonl"), Pairing(max_pairs=1))
    assert len(rows(tmp_path / "pairs.jsonl")) == 4
    export([log, log], str(tmp_path / "pairs.jsonl"), Pairing())
    assert len(rows(tmp_path / "pairs.jsonl")) == 4


def test_one_id_with_two_prompts_is_refused(run, log, tmp_path) -> None:
    other = run(training(toy_task(4, prompt="paper", budget="full"))).location
    with pytest.raises(UsageError, match="another prompt than in an earlier source"):
        export([log, other], str(tmp_path / "pairs.jsonl"), Pairing())


def test_stats_count_pairs_and_margins(log, tmp_path) -> None:
    shown = lbt("export-preferences", log, "--out", str(tmp_path / "pairs.jsonl"), "--stats")
    lines = {line.rsplit(maxsplit=1)[0].strip(): line.rsplit(maxsplit=1)[1] for line in shown.output.splitlines()}
    assert (lines["rationales"], lines["pairs"], lines["right over wrong"]) == ("32", "4", "4")
    assert "margin 0.9 to 1.0" in shown.output


def table_row(**changes: Any) -> dict[str, Any]:
    row = {"problem": "p", "prompt": "Q?", "split": "train", "rationales": ["a", "b", "c"]}
    return {**row, "correctness": [True, True, False], "scores": [1.0, 0.25, None], **changes}


def write(path: Path, *lines: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def test_a_table_of_scores_from_elsewhere(tmp_path) -> None:
    table = write(tmp_path / "scores.jsonl", table_row(), table_row(problem="q", scores=[0.5, 0.5, 0.5]))
    out = tmp_path / "pairs.jsonl"
    tally = export([table], str(out), Pairing())
    assert tally.without_exam == 1
    assert [(r["problem"], r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in rows(out)] == [
        ("p", "a", "b"),
        *[("q", right, "c") for right in sorted("ab", key=lambda text: rows(out)[1]["chosen"][0]["content"] != text)],
    ]
    assert rows(out)[0]["prompt"] == [{"role": "user", "content": "Q?"}]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"problem": "p"}, "prompt, rationales, correctness, scores missing"),
        (table_row(scores=[1.0]), "found 3 rationales, 3 correctness, 1 scores"),
        (table_row(scores=[0.5, 0.5, 0.5], correctness=[1, 1, 1]), "Not one pair in 3 rationales of 1 problems"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, row, message) -> None:
    with pytest.raises(UsageError, match=message):
        export([write(tmp_path / "scores.jsonl", row)], str(tmp_path / "pairs.jsonl"), Pairing())
    assert list(tmp_path.glob("pairs*")) == []


def test_a_log_without_exams_and_an_unknown_destination(run, log, tmp_path) -> None:
    from lbt_solvers.solvers import teach

    untaught = training(toy_task(2, budget="full"))
    untaught.solver = teach(rationales=4)
    with pytest.raises(UsageError, match="no exams"):
        export([run(untaught).location], str(tmp_path / "pairs.jsonl"), Pairing())
    with pytest.raises(UsageError, match=r"\.jsonl or \.parquet file, or hub:OWNER/NAME"):
        export([log], str(tmp_path / "pairs.csv"), Pairing())


def test_errored_samples_are_left_out(log, tmp_path) -> None:
    broken = tmp_path / "broken.eval"
    with zipfile.ZipFile(log) as before, zipfile.ZipFile(broken, "w") as after:
        names = [name for name in before.namelist() if name.startswith("samples/")]
        for name in before.namelist():
            text = before.read(name)
            if name == names[0]:
                sample = {**json.loads(text), "error": {"message": "failed", "traceback": "", "traceback_ansi": ""}}
                text = json.dumps(sample).encode()
            after.writestr(name, text)
    assert len(list(read_source(str(broken)))) == 3


def test_logs_of_a_budget_are_refused_with_what_to_do(run, tmp_path: Path) -> None:
    refused = lbt("export-preferences", run(training(toy_task(2))).location, "--out", str(tmp_path / "pairs.jsonl"))
    assert refused.exit_code == 1 and "budget lossless" in refused.output and "-T budget=full" in refused.output
    assert list(tmp_path.glob("pairs.jsonl*")) == []
