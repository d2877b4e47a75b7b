"""Teaching plans: every rationale by itself, none, or explicit lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.plans import QUESTION_ONLY, TeachingPlan, teaching_plans


@given(st.integers(0, 20))
def test_every_teaches_each_rationale_once(count: int) -> None:
    assert [plan.taught for plan in teaching_plans("every", count)] == list(range(count))


def test_no_demo_is_the_control() -> None:
    assert teaching_plans("no demo", 5) == [QUESTION_ONLY]
    assert QUESTION_ONLY.taught is None


def test_the_last_demonstration_is_the_one_that_is_scored() -> None:
    assert teaching_plans([[2, 0], []], 3) == [TeachingPlan((2, 0)), QUESTION_ONLY]
    assert teaching_plans([[2, 0]], 3)[0].taught == 0


@pytest.mark.parametrize(
    ("plans", "message"),
    [([[3]], "rationales 0 to 2"), ([[0, 0]], "twice"), ("evry", "plans are 'every'"), ([[-1]], "rationales 0 to 2")],
)
def test_impossible_plans_say_why(plans, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        teaching_plans(plans, 3)
