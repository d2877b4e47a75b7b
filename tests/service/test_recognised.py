"""Programs that hold their tests: which are read as solution and tests, and that nothing else is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox import Kind, codec
from lbt_sandbox.service.livecodebench import accepted
from lbt_sandbox.service.recognised import Call, Checked, asserts, printed, recognise
from lbt_sandbox.types import Outcome

from .wrappers import verl_program

INCREASE = "def f(x):\n    return x + 1\n"


def test_verl_s_wrapper_is_a_call() -> None:
    found = recognise(verl_program(INCREASE, "f"), "3", {}, 5, 1 << 28)
    assert isinstance(found, Call)
    assert found.job.kind is Kind.CALL
    assert found.job.entry_point == "f"
    assert found.job.inputs == (codec.encode([[3], {}]),)
    assert found.job.source.startswith(INCREASE)
    assert "from typing import *" in found.job.preamble


def test_a_method_is_found_where_there_is_no_function() -> None:
    solution = "class Solution:\n    def f(self, x):\n        return x"
    found = recognise(verl_program(solution, "f"), "[1]\n2", {}, 5, 1 << 28)
    assert isinstance(found, Call)
    assert found.job.entry_point == "Solution().f"


@pytest.mark.parametrize(
    ("old", "new"), [("import json\n\n#", "import json \n\n#"), ("print(json", "print( json"), ("not found.", "")]
)
def test_a_wrapper_that_differs_anywhere_is_a_program(old: str, new: str) -> None:
    program = verl_program(INCREASE, "f")
    assert program.replace(old, new) != program
    assert recognise(program.replace(old, new), "3", {}, 5, 1 << 28) is None


@pytest.mark.parametrize("stdin", ["3\n", "{", "1\n\n2"])
def test_input_that_verl_s_main_cannot_read_is_left_to_it(stdin: str) -> None:
    assert recognise(verl_program(INCREASE, "f"), stdin, {}, 5, 1 << 28) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


@given(PLAIN)
def test_an_answer_is_printed_as_verl_s_main_prints_it(value: Any) -> None:
    found = printed(Outcome(None, codec.encode(value), stdout="before\n"))
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    assert found is not None
    assert found.stdout == f"before\n{value if plain else json.dumps(value)}\n"
    assert found.exit_code == 0


@pytest.mark.parametrize("value", [{1, 2}, b"x", [{1}], object()])
def test_an_answer_whose_text_is_not_sure_is_left_to_the_program(value: Any) -> None:
    assert printed(Outcome(None, codec.encode(value))) is None


def test_asserts_after_a_blank_line_are_tests_as_data() -> None:
    found = asserts(f"{INCREASE}\n\nassert f(1) == 2", 5, 1 << 28)
    assert isinstance(found, Checked)
    assert found.problem.kind is Kind.CALL
    assert found.problem.cases[0].expected == 2
    assert "assert" not in found.solution


def test_asserts_that_are_more_than_data_are_tests_as_code() -> None:
    found = asserts(f"{INCREASE}\n\nassert f(1) > 1\nassert f(2) == f(1) + 1", 5, 1 << 28)
    assert isinstance(found, Checked)
    assert found.problem.kind is Kind.ASSERT_CODE
    assert len(found.problem.cases) == 2


@pytest.mark.parametrize(
    "program",
    [
        INCREASE,
        f"{INCREASE}assert f(1) == 2",  # no blank line
        f"{INCREASE}\n\nassert f(1) == 2\nprint('done')",
        f"{INCREASE}\n\nassert g(1) == 2",
        f"{INCREASE}\n\nassert f(1) ==",
        f"{INCREASE}\n\nif True:\n\n\n    assert f(1) == 2",
        "print(input())\n\nassert True",
        "x = '''\n\nassert f(1) == 2'''",
    ],
)
def test_other_programs_are_programs(program: str) -> None:
    assert asserts(program, 5, 1 << 28) is None


@given(st.text("ab'\"\n()=:#\\ ", max_size=30))
def test_what_stands_before_the_asserts_does_not_move_them(beginning: str) -> None:
    """The solution is all that stands before; where it does not end, it is no program, as the whole is none."""
    found = asserts(f"{beginning}\ndef f(x): return x\n\nassert f(1) == 1", 5, 1 << 28)
    assert found is None or found.solution == f"{beginning}\ndef f(x): return x"


def test_a_program_with_input_or_files_is_not_read_as_asserts() -> None:
    program = f"{INCREASE}\n\nassert f(1) == 2"
    assert recognise(program, "x", {}, 5, 1 << 28) is None
    assert recognise(program, "", {"a": b""}, 5, 1 << 28) is None
    assert recognise(program, " \n", {}, 5, 1 << 28) is not None


@pytest.mark.parametrize(
    ("wanted", "answers", "others"),
    [
        (3, [3], [[3]]),
        ([3], [[3], (3,), 3], [4]),
        ([[1, 2]], [[[1, 2]], ([1, 2],), [1, 2]], [[2, 1]]),
        ([[[1, 2], [3]]], [[(1, 2), (3,)], [[1, 2], [3]]], [[(1, 2)]]),
        ({"1": 2}, [{1: 2}], [{"1": 2}]),
        ([{"1": 2}], [{1: 2}], []),
        ([], [[], ()], [None]),
    ],
)
def test_what_livecodebench_s_runner_accepts_is_accepted(wanted: Any, answers: list[Any], others: list[Any]) -> None:
    found = accepted(wanted)
    assert all(any(type(answer) is type(one) and answer == one for one in found) for answer in answers)
    assert not any(other in found for other in others)
