"""Methods: steps state true results, texts can be read back, slips are seen."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_tasks.classroom.arithmetic.methods import OPERATIONS, method, read, render, work
from lbt_tasks.classroom.arithmetic.problem_types import ProblemType, number_pool
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES

types = st.sampled_from(list(PROBLEM_TYPES.values()))
POSTS = method("right", "Gaps: a/b", "Posts: Gaps+1", "Weight: Posts*c")


def numbers_for(kind: ProblemType, seed: int) -> dict[str, int]:
    return dict(zip(kind.numbers, random.Random(seed).choice(number_pool(kind, "held_out")), strict=True))


@settings(max_examples=40, deadline=None)
@given(types, st.integers(0, 10_000))
def test_steps_evaluate_to_the_stated_results(kind: ProblemType, seed: int) -> None:
    for candidate in kind.methods:
        for line in work(candidate, numbers_for(kind, seed)):
            assert line.result == OPERATIONS[line.operation](line.left, line.right)
            assert 0 <= line.result < 1000


@settings(max_examples=40, deadline=None)
@given(types, st.integers(0, 10_000), st.data())
def test_reading_inverts_rendering(kind: ProblemType, seed: int, data: st.DataObject) -> None:
    numbers = numbers_for(kind, seed)
    followed = data.draw(st.sampled_from(kind.methods))
    reading = read(render(work(followed, numbers)), kind.methods, numbers)
    assert reading is not None and reading.method == followed and reading.slips == 0


@settings(max_examples=40, deadline=None)
@given(types, st.integers(0, 10_000), st.data())
def test_a_slip_that_is_carried_on_is_counted_once(kind: ProblemType, seed: int, data: st.DataObject) -> None:
    numbers = numbers_for(kind, seed)
    followed = data.draw(st.sampled_from(kind.methods))
    at = data.draw(st.integers(0, len(followed.steps) - 1))
    step = iter(range(len(followed.steps)))
    try:
        lines = work(followed, numbers, lambda result: result + (next(step) == at))
    except ArithmeticError:  # the slip leads out of the domain's numbers
        return
    reading = read(render(lines), kind.methods, numbers)
    assert reading is not None and reading.method == followed and reading.slips == 1


def test_a_worked_example() -> None:
    assert render(work(POSTS, {"a": 18, "b": 6, "c": 5})) == "Gaps: 18/6=3. Posts: 3+1=4. Weight: 4*5=20."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The answer is 20.",
        "Gaps: 18/6=3. Posts: 3+1=4.",
        "Gaps: 18/6=3. Posts: 3+1=4. Weight: 3*5=15.",
        "Gaps: 12/6=2. Posts: 2+1=3. Weight: 3*5=15.",
        "Gaps: 18/6=3. Trees: 3+1=4. Weight: 4*5=20.",
    ],
)
def test_other_texts_follow_no_method(text: str) -> None:
    assert read(text, [POSTS], {"a": 18, "b": 6, "c": 5}) is None


def test_a_malformed_step_is_refused() -> None:
    with pytest.raises(ValueError, match="'Posts: Gaps\\+1' was needed"):
        method("right", "Gaps = a/b")


def test_an_inexact_division_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="not a whole number"):
        work(POSTS, {"a": 19, "b": 6, "c": 5})
