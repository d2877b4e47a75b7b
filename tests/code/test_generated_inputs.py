"""Inputs made from visible ones: a pure function, plausible inputs, none of them twice."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox import Case
from lbt_sandbox.codec import encode

from lbt_tasks.code.generated_inputs import generated_cases

scalars = st.none() | st.booleans() | st.integers(-50, 50) | st.floats(-9, 9) | st.text("abc", max_size=5)
values = (
    scalars | st.lists(st.integers(-9, 9), max_size=5) | st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=3)
)
cases = st.lists(
    st.builds(lambda args, n: Case(args=tuple(args), kwargs={"n": n}), st.lists(values, max_size=3), values), max_size=3
)


def inputs(case: Case) -> bytes:
    return encode([list(case.args), dict(case.kwargs)])


@given(cases, st.integers(0, 12), st.text(max_size=5))
def test_a_pure_function_whose_cases_are_new_and_distinct(given_cases: list[Case], count: int, seed: str) -> None:
    before = copy.deepcopy(given_cases)
    made = generated_cases(given_cases, count, seed)
    assert given_cases == before
    assert [inputs(case) for case in made] == [inputs(case) for case in generated_cases(given_cases, count, seed)]
    keys = {inputs(case) for case in made}
    assert len(keys) == len(made) <= count
    assert keys.isdisjoint(map(inputs, given_cases))


@given(cases.filter(bool), st.text(max_size=5))
def test_arguments_keep_their_types_and_names(given_cases: list[Case], seed: str) -> None:
    known = {_shape(case) for case in given_cases}
    assert {_shape(case) for case in generated_cases(given_cases, 8, seed)} <= known


@given(st.integers(1, 10**6), st.text(max_size=5))
def test_whole_numbers_keep_their_sign_and_size(number: int, seed: str) -> None:
    for made in generated_cases([Case(args=(number, -number))], 6, seed):
        assert number / 3 <= made.args[0] <= number + 3 and -number - 3 <= made.args[1] <= -number / 3


@given(st.lists(st.integers(0, 99), min_size=2, max_size=8, unique=True), st.text(max_size=5))
def test_order_and_distinctness_are_kept(numbers: list[int], seed: str) -> None:
    for made in generated_cases([Case(args=(sorted(numbers),))], 6, seed):
        assert made.args[0] == sorted(set(made.args[0])) and made.args[0]


@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=1, max_size=4), st.text(max_size=5))
def test_tables_keep_their_shape(table: list[list[int]], seed: str) -> None:
    for made in generated_cases([Case(args=(table,))], 6, seed):
        assert [len(row) for row in made.args[0]] == [len(row) for row in table]


def test_texts_keep_to_their_letters() -> None:
    for made in generated_cases([Case(args=("abcab",))], 20, "texts"):
        assert set(made.args[0]) <= set("abc") and made.args[0]


def _shape(case: Case) -> tuple[Any, ...]:
    return (*map(type, case.args), *sorted((name, type(value).__name__) for name, value in case.kwargs.items()))
