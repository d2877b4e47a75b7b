"""Budgets in live runs of the toy world: the full exam's winner for fewer calls, the same record as in replay.

Invariants:
 1. Lossless, the default, chooses what the full exam chooses under every rule, with fewer student calls, and says what
    it spared.
 2. Rules that a budget does not decide are absent, not guessed.
 3. Wrong budgets are one line before the first call.
 4. Replay of the full run spends exactly the calls that the live run spent.
"""

from typing import Any

import pytest

from lbt_solvers.errors import UsageError
from lbt_solvers.exams import fixed
from lbt_solvers.solvers import learn_by_teaching
from lbt_solvers.types import Problem
from lbt_tasks.replay.recording import read_recordings
from tests.synthetic.running import record, scores, toy_task, values


def student_calls(log: Any, sample: int = 0) -> int:
    usage = record(log, sample)["usage"]
    return sum(used["calls"] for role, used in usage.items() if role.startswith("student"))


def test_lossless_chooses_as_the_full_exam_for_fewer_calls(run) -> None:
    full = run(toy_task(3, budget="full"))
    budgeted = run(toy_task(3))
    assert values(budgeted) == values(full) and values(full)["sum"] == 1.0
    assert record(budgeted)["budget"]["name"] == "lossless" and not record(full)["budget"]
    spent = record(budgeted)
    assert spent["budget"]["calls"] < spent["budget"]["full_calls"] == 8 * 2 * 3 * 2
    assert student_calls(budgeted) < student_calls(full)
    [note] = [note for note in spent["notes"] if "Exams on the budget lossless" in note]
    assert note.endswith("LbT scores are estimates that select by SUM, MAX, AVG and no other rule")
    assert set(scores(budgeted)) == {None, *range(len(spent["plans"]))} and len(spent["plans"]) <= 8


def test_what_was_sat_is_what_the_full_exam_sat(run) -> None:
    full, budgeted = run(toy_task(1, budget="full")), run(toy_task(1, budget="lossless"))
    of_full, spent = scores(full), scores(budgeted)
    for number, [rationale] in enumerate(record(budgeted)["plans"]):
        for student, whole in zip(spent[number], of_full[rationale], strict=True):
            assert all(item in ([], expected) for item, expected in zip(student, whole, strict=True))


def test_rules_that_a_budget_leaves_open_are_absent(run) -> None:
    for options in ({"budget": "thompson"}, {"budget_options": {"proves": []}}, {"max_replies": 12}):
        log = run(toy_task(2, rule="max", **options))
        score = log.samples[0].scores["selection_accuracy"].value
        assert score["max"] == 1.0 and score["maj"] == 0.0
        assert score["sum"] != score["sum"] and score["avg"] != score["avg"]


def test_one_rule_costs_less_than_all(run) -> None:
    options: tuple[dict[str, Any], ...] = ({"width": 4}, {"width": 4, "proves": ["max"]})
    every, alone = (record(run(toy_task(1, rule="max", budget_options=each))) for each in options)
    assert alone["budget"]["calls"] < every["budget"]["calls"]
    assert alone["budget"]["decides"] == ["max"]


def test_where_lossless_cannot_reason_everything_is_sat(run) -> None:
    for options in ({"plans": [[0], [1]]}, {"rule": len}):
        stored = record(run(toy_task(1, rationales=2, **options)))
        assert not stored["budget"] and len(stored["plans"]) == 2


def test_a_budget_that_may_err_runs_and_spends_no_more_than_allowed(run) -> None:
    log = run(toy_task(1, budget="thompson", max_replies=10))
    spent = record(log)
    assert 0 < spent["budget"]["calls"] <= 10
    assert len(spent["budget"]["estimates"]) == 8


def test_equal_rationales_are_examined_once(run) -> None:
    spent = record(run(toy_task(1, budget_options={"examine_once": True})))
    # The toy teacher knows two texts, so two rationales stand for all eight.
    assert len(spent["plans"]) == 2 and spent["budget"]["calls"] <= 2 * 2 * 3 * 2


def test_equal_rationales_share_an_exam_where_students_are_deterministic(run) -> None:
    sampling, greedy = (
        record(run(toy_task(1, budget="lossless", student_config=config))) for config in (None, {"temperature": 0})
    )
    assert greedy["budget"]["examine_once"] and not sampling["budget"]["examine_once"]
    assert greedy["budget"]["full_calls"] == sampling["budget"]["full_calls"] == 8 * 2 * 3 * 2
    assert len(greedy["plans"]) <= 2


def test_full_exams_of_distinct_rationales_decide_every_rule_and_can_be_replayed(run) -> None:
    log = run(toy_task(2, budget="full", budget_options={"examine_once": True}))
    assert not any(value != value for value in log.samples[0].scores["selection_accuracy"].value.values())
    rows = read_recordings([log.location]).to_pylist()
    assert len(rows) == 2 * 8
    for problem in (rows[:8], rows[8:]):
        assert all(row["scores"] and row["scores"] == problem[row["same_as"]]["scores"] for row in problem)


def test_a_teacher_stops_when_its_vote_is_certain(run) -> None:
    everything = record(run(toy_task(1, rationales=32)))
    hasty = record(run(toy_task(1, rationales=32, stop_sampling=0.6)))
    assert len(hasty["rationales"]) < 32 == len(everything["rationales"])
    assert any("The vote was certain after" in note for note in hasty["notes"])
    whole = record(run(toy_task(1, rationales=6, stop_sampling=1.0)))
    assert len(whole["rationales"]) <= 6 and len(whole["rationales"]) == len(whole["classes"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": "losless"}, "Did you mean 'lossless'"),
        ({"budget": "none"}, "Did you mean 'full'"),
        ({"max_calls": 3}, "Did you mean 'max_replies'"),
        ({"exam_options": {"items": 2}}, "items is an option of its own: items=2"),
        ({"items": 2}, "only an exam maker that is given by its name"),
        ({"budget": "thompson", "rule": len}, "needs a rule by name"),
        ({"budget": "thompson", "plans": [[0]]}, "plans=every"),
        ({"budget_options": {"proves": "max"}}, "proves is a list"),
        ({"budget_options": {"proves": ["maximum"]}}, "Did you mean 'max'"),
        ({"budget": "thompson", "budget_options": {"proves": ["max"]}}, "only the budget lossless"),
        ({"budget": "thompson", "budget_options": {"certainty": 2}}, "certainty"),
        ({"budget": "thompson", "budget_options": {"certain": 0.9}}, "no option 'certain'"),
        ({"stop_sampling": 0.3}, "stop_sampling: a certainty"),
        ({"max_replies": 0, "budget": "lossless"}, "max_replies"),
        ({"budget": "thompson", "debug_rounds": 1, "debug": "after"}, "debug before the exams"),
    ],
)
def test_wrong_budgets_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        learn_by_teaching(fixed([Problem("p", "q", "1")]), **options)
