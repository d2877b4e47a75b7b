"""Learning by Teaching for code on the toy world, end to end: choices, scores, what is hidden, what is reported."""

import json
import math
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog, read_eval_log

from lbt_solvers.exams import make_exam_maker
from lbt_tasks.cli import main
from lbt_tasks.code_columns import columns, raw_columns
from tests.synthetic import code_world
from tests.synthetic.code_world import FIRST, LAST, RIGHT
from tests.synthetic.running import record, scores, values


def score(log: EvalLog, sample: int = 0) -> Any:
    assert log.samples
    return (log.samples[sample].scores or {})["code_accuracy"]


def test_teaching_finds_what_visible_tests_and_the_vote_do_not(run_code, each_engine: Any) -> None:
    log = run_code(engine=each_engine)
    got = values(log)
    assert sorted(got) == sorted(columns()) and list(got)[:3] == ["s_max", "s_mean", "s_maj"]
    assert (got["s_greedy"], got["s_first"], got["s_mean"]) == (0.5, 0.5, 5.5 / 8)
    assert (got["s_mean_v1"], got["v_mean_v1"], got["v_mean"]) == (5 / 7, 1, 7 / 8)
    assert (got["s_maj"], got["s_oracle"], got["control"]) == (0.5, 1, 0)
    assert {got[f"s_{rule}"] for rule in ("max", "sum", "avg", "max_v1")} == {1}
    stored = record(log)
    assert stored["classes"] == [0, 1, 0, 1, 2, 0, 1, 0]
    assert [rationale["visible"] for rationale in stored["rationales"]] == [1, 1, 1, 1, 0, 1, 1, 1]
    assert log.samples[0].output.completion == code_world.reply(RIGHT, 10)
    assert "| 1 | 1 | 1.00 | 1.00 | 1.00 | MAX, SUM, AVG, MAX_V1 |" in score(log).explanation


def test_hidden_tests_are_nowhere_but_in_the_scorer(run_code, engine: Any) -> None:
    log = read_eval_log(run_code(engine=engine, budget="full", debug_rounds=1).location, resolve_attachments="full")
    assert log.samples
    read = [str(event.input) for sample in log.samples for event in sample.events if event.event == "model"]
    assert len(read) > 25
    everything = log.model_dump_json()
    assert "plus 10" in everything
    assert str(code_world.HIDDEN_FROM)[:8] not in everything
    assert "max(a, b)" not in "".join(str(sample.metadata) for sample in log.samples)  # nor is the reference


def test_hidden_tests_have_no_part_in_any_choice(run_code, engine: Any) -> None:
    first, second = (run_code(code_world.code_task(shift=shift, answers={"engine": engine})) for shift in (0, 11))
    assert record(first) == record(second)
    chosen = [score(log).metadata["chosen"] for log in (first, second)]
    assert chosen[0] == chosen[1]
    assert first.samples[0].output.completion == second.samples[0].output.completion


def test_lossless_exams_choose_the_same_programs(run_code, engine: Any) -> None:
    whole, budgeted = (run_code(engine=engine, budget=budget) for budget in ("full", "lossless"))
    assert str(values(budgeted)) == str(values(whole))  # nan equals nan
    assert score(budgeted).metadata["chosen"] == score(whole).metadata["chosen"]
    assert record(budgeted)["budget"]["calls"] < record(budgeted)["budget"]["full_calls"]


def test_a_budget_for_one_rule_leaves_the_others_open(run_code, engine: Any) -> None:
    log = run_code(engine=engine, budget="thompson", rule="sum")
    assert values(log)["s_sum"] == 1 and math.isnan(values(log)["s_max"])
    assert "Chosen (LbT score" in score(log).explanation


def test_max_among_v1_falls_back_and_says_so(run_code, engine: Any) -> None:
    only_first = code_world.coder_that(FIRST)
    log = run_code(engine=engine, teacher=only_first, rule="max_v1")
    assert "No answer passes every visible test: max_v1 chose among all of them" in record(log)["notes"]
    assert score(log).metadata["fell_back"] == ["max_v1"]
    assert score(log).value["s_max_v1"] == 0.5
    assert "s_mean_v1" not in values(log) or math.isnan(values(log)["s_mean_v1"])


def test_an_estimate_counts_debugging(run_code, engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    log = run_code(engine=engine, count=3, debug_rounds=1, estimate=True)
    assert log.status == "success", log.error
    assert not (log.results and log.results.scores)
    said = capsys.readouterr().out
    assert "3 problems, 8 rationales, exams of 3 questions x 1 sitting by 1 student, 1 round of debugging" in said
    assert "lossless (this run)" in said


@pytest.mark.parametrize("debug", ["before", "after"])
def test_self_debugging_is_reported_beside_what_it_came_from(run_code, engine: Any, debug: str) -> None:
    log = run_code(engine=engine, budget="full", debug_rounds=1, debug=debug)
    got, stored = values(log), record(log)
    assert set(got) <= {*columns(), *raw_columns()}
    assert (got["raw_s_mean"], got["s_mean"], got["raw_v_mean"], got["v_mean"]) == (5.5 / 8, 6 / 8, 7 / 8, 1)
    assert stored["debug"] == debug
    assert [FIRST in rationale["text"] for rationale in stored["undebugged"]].count(True) == 1
    assert not any(FIRST in rationale["text"] for rationale in stored["rationales"])
    assert stored["usage"]["teacher, debugging"]["calls"] == 1
    assert ("raw_s_max" in got and got["raw_s_max"] == 1) == (debug == "after")
    fourth = [max(score or 0.0 for item in student for score in item) for student in scores(log)[4]]
    assert fourth == ([1] if debug == "before" else [0])  # taught as debugged, or as it was sampled
    assert any(note.startswith(f"Self-debugging {debug} the exams changed 1 of 8") for note in stored["notes"])


def test_fraction_of_visible_tests(run_code, engine: Any) -> None:
    log = run_code(engine=engine, answers={"v_score": "fraction"})
    assert values(log)["control"] == 0.5  # FIRST passes one of an exam problem's two visible tests
    assert scores(log)[None][0] == [[0.5], [0.5], [0.5]]


def test_exams_by_tag_never_ask_what_was_taught(run_code, engine: Any) -> None:
    taught = code_world.problems(3)
    exam = make_exam_maker("metadata", [code_world.as_problem(each) for each in taught], where={"tags": "shares"})
    log = run_code(engine=engine, count=3, asked=taught, exam=exam)
    for index, sample in enumerate(log.samples or []):
        asked = [item["id"] for item in record(log, index)["items"]]
        assert len(asked) == 2 and sample.id not in asked
        assert record(log, index)["exam_note"].startswith("2 of 16 questions with metadata")


def test_the_report_shows_both_scores_and_the_gain(run_code, engine: Any) -> None:
    location = run_code(engine=engine, count=3).location
    text = CliRunner().invoke(main, ["report", location]).output
    for part in ("S-score %", "V-score %", "MAX - MEAN, S-score: +31.2 points [", "oracle", "grading: "):
        assert part in text
    assert "without debugging" not in text
    table = json.loads(CliRunner().invoke(main, ["report", location, "--json"]).output)[0]
    assert table["s_max"]["accuracy"] == 1 and table["v_maj"]["accuracy"] == 1
    gain = table["s_max"]["against_mean"]
    low, high = gain["interval"]
    assert gain["difference"] == 0.3125 and low < 0 < 0.3125 < high  # three problems alike prove nothing
    assert table["grading"]["graded"] < table["grading"]["asked"] and table["grading"]["waited"] >= 0
    rows = CliRunner().invoke(main, ["report", location, "--csv"]).output.splitlines()
    assert rows[0].endswith("minus_mean,minus_mean_low,minus_mean_high")
    assert [row.split(",")[2] for row in rows[1:]] == [name for name in table if name in columns()]


def test_debugging_has_its_own_columns_in_the_report(run_code, engine: Any) -> None:
    text = CliRunner().invoke(main, ["report", run_code(engine=engine, budget="full", debug_rounds=1).location]).output
    assert "S-score % without debugging" in text


def test_a_mixed_report_has_one_table_of_each_kind(run_code, run, engine: Any) -> None:
    text = CliRunner().invoke(main, ["report", run_code(engine=engine).location, run().location]).output
    assert "S-score %" in text and "accuracy %" in text and text.count("status success") == 2


def test_majority_is_of_behaviour_and_not_of_spelling(run_code, engine: Any) -> None:
    log = run_code(engine=engine, rule="maj")
    assert log.samples[0].output.completion == code_world.reply(LAST, 10)
