"""Ranges, draws and the whole run from a few measured calls: plain arithmetic."""

from dataclasses import dataclass, field
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.budget import Budget, ExamTable
from lbt_solvers.estimate.drawing import Seen, drawn_replies
from lbt_solvers.estimate.projection import FASTER, projected
from lbt_solvers.estimate.ranges import Range, mean_range, rounded, shown
from lbt_solvers.measured_calls import MeasuredCall


@dataclass
class Need:
    replies: Range
    per_prompt: int = 0
    alone: int = 0


@dataclass
class Problem:
    calls: list[MeasuredCall]
    needs: dict[str, dict[str, Need]]
    choices_per_call: int = 16
    connections: dict[str, int] = field(default_factory=lambda: {"m": 100, "n": 100})


def call(role: str, started: float = 0, model: str = "m", **given: Any) -> MeasuredCall:
    values: dict[str, Any] = {
        "asked": 1,
        "replies": 1,
        "input_tokens": 100,
        "output_tokens": 50,
        "seconds": 2.0,
        **given,
    }
    return MeasuredCall.model_validate({"role": role, "model": model, "started": started, **values})


def one(value: float) -> Range:
    return Range(value, value)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_a_range_holds_the_mean_and_is_never_precise(values: list[float]) -> None:
    found, mean = mean_range(values), sum(values) / len(values)
    assert found.low <= mean * (1 - 0.0999) + 1e-9 and found.high >= mean * (1 + 0.0999) - 1e-9
    assert 0 <= found.low


def test_more_measurements_say_more() -> None:
    few, many = mean_range([10, 30]), mean_range([10, 30] * 20)
    assert few == (10, 30) and 15 < many.low < many.high < 25


def test_numbers_are_shown_as_they_are_known() -> None:
    assert shown(Range(12345, 26789)) == "12,000 to 27,000" and shown(Range(12345, 12345)) == "12,345"
    assert shown(Range(101, 103)) == "100" and shown(Range(0, 0)) == "0" and rounded(0.01234) == "0.012"


def test_one_completion_a_request_makes_as_many_requests_as_replies() -> None:
    problem = Problem([call("teacher", asked=4)] * 4, {"full": {"teacher": Need(one(17), 16)}})
    share = projected([problem], 100).budgets["full"]["teacher"]
    assert share.calls == share.replies == (1700, 1700)
    assert share.read == pytest.approx((153000, 187000)) and share.written == pytest.approx((76500, 93500))


def test_several_completions_a_request_are_read_once() -> None:
    problem = Problem(
        [call("teacher", asked=4, replies=4, output_tokens=200)] * 2, {"full": {"teacher": Need(one(32), 32)}}
    )
    share = projected([problem], 10).budgets["full"]["teacher"]
    assert share.calls == (20, 20)  # 32 completions, 16 a call
    assert isclose(share.read.low, 0.9 * 2000) and isclose(share.written.high, 1.1 * 320 * 50)


def test_a_reply_at_another_temperature_is_a_request_of_its_own() -> None:
    calls = [call("teacher", asked=4, replies=4, output_tokens=200), call("teacher")]
    problem = Problem(calls, {"full": {"teacher": Need(one(32), 32, alone=1)}})
    share = projected([problem], 10).budgets["full"]["teacher"]
    assert share.calls == (30, 30) and share.replies == (330, 330)


def test_roles_that_set_the_exam_are_taken_as_they_were_measured() -> None:
    problem = Problem([call("writer", asked=8, replies=8)], {"full": {"writer": Need(one(8))}})
    assert projected([problem], 3).budgets["full"]["writer"].calls == (3, 3)


def test_time_is_from_as_many_calls_at_a_time_as_may_be_to_as_many_as_were_measured() -> None:
    calls = [call("teacher", started) for started in (0, 0, 0, 0)]
    needs = {"full": {"teacher": Need(one(10), 1)}}
    slow = projected([Problem(calls, needs, connections={"m": 1})], 10)
    assert slow.at_a_time == 4 and slow.seconds == 2 and slow.per_call == 2
    assert slow.budgets["full"]["all"].seconds == pytest.approx((0.9 * 50, 1.1 * 50))
    fast = projected([Problem(calls, needs)], 10).budgets["full"]["all"].seconds
    assert fast == pytest.approx((0.9 * 50 / FASTER, 1.1 * 50))


def test_calls_after_one_another_are_not_at_a_time() -> None:
    calls = [call("teacher", started) for started in (0, 2, 4, 100)]
    assert projected([Problem(calls, {"full": {"teacher": Need(one(1), 1)}})], 1).at_a_time == pytest.approx(1)


def test_models_side_by_side_take_as_long_as_the_slower_at_best() -> None:
    calls = [call("teacher"), call("teacher"), call("student: n", model="n", seconds=10.0)] * 2
    needs = {"full": {"teacher": Need(one(10), 1), "student: n": Need(one(10), 1)}}
    shares = projected([Problem(calls, needs)], 1).budgets["full"]
    assert shares["all"].seconds.low == shares["student: n"].seconds.low
    assert shares["all"].seconds.high == shares["teacher"].seconds.high + shares["student: n"].seconds.high


def test_a_price_that_one_model_lacks_is_no_price_of_the_whole() -> None:
    calls = [call("teacher", price=(1.0, 10.0)), call("teacher", price=(1.0, 10.0)), call("student: n", model="n")]
    needs = {"full": {"teacher": Need(one(1), 1), "student: n": Need(one(1), 1)}}
    shares = projected([Problem(calls, needs)], 1000).budgets["full"]
    assert shares["teacher"].cost == pytest.approx((0.9 * 0.6, 1.1 * 0.6))  # 100k read, 50k written
    assert shares["student: n"].cost is None and shares["all"].cost is None


def test_a_problem_that_needs_more_widens_the_range() -> None:
    few, many = ({"full": {"student: a": Need(one(count), 1)}} for count in (10, 30))
    found = projected([Problem([call("student: a")], needs) for needs in (few, many)], 10)
    assert found.budgets["full"]["student: a"].replies == (100, 300)


def test_no_budget_takes_more_than_its_problems_may() -> None:
    problem = Problem([call("student: a")], {"full": {"student: a": Need(Range(10, 30), 1)}})
    assert projected([problem] * 2, 10).budgets["full"]["student: a"].replies == (100, 300)
    assert projected([problem], 10).budgets["full"]["student: a"].replies == (100, 300)


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="At least one measured problem"):
        projected([], 3)


SEEN = Seen(texts=(0, 1, 2, 3), classes=(0, 0, 1, None), visible=(False,) * 4, right=4, wrong=2)
TABLE = ExamTable((), students=2, items=3, repetitions=2)


@given(st.integers(1, 40), st.sampled_from(["lossless", "thompson"]), st.integers(0, 99))
def test_a_budget_takes_no_more_than_the_full_exam(rationales: int, budget: str, seed: int) -> None:
    full = drawn_replies(SEEN, rationales, TABLE, None, draws=2, seed=seed)
    assert all(0 <= replies <= rationales * 12 for replies in full)
    cut = drawn_replies(SEEN, rationales, TABLE, Budget(budget, "sum", seed=seed), draws=2, seed=seed)
    assert all(0 <= replies <= rationales * 12 for replies in cut)


def test_budgets_are_told_apart() -> None:
    def drawn(budget: Budget | None) -> list[int]:
        return drawn_replies(SEEN, 24, TABLE, budget, draws=8, seed=0)

    assert sum(drawn(Budget("thompson", "sum"))) < sum(drawn(Budget("lossless", "sum", width=16))) < sum(drawn(None))


def test_equal_rationales_that_sit_once_cost_less() -> None:
    same = Seen(texts=(0, 0, 0, 3), classes=(0, 0, 0, 1), visible=(False,) * 4, right=4, wrong=2)
    often, once = (
        sum(drawn_replies(same, 32, TABLE, Budget("full", examine_once=each), draws=8, seed=0))
        for each in (False, True)
    )
    assert once < often / 2


def test_where_no_rationale_has_an_answer_nobody_is_examined() -> None:
    none = Seen((0, 1), (None, None), (False, False), 0, 0)
    assert max(drawn_replies(none, 2, TABLE, None, draws=4, seed=0)) == 0
