"""Comparison of answers: each checker against a brute-force statement of its rule, and the rules written down."""

import itertools
import math
import random
from array import array
from collections import Counter, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.compare import Checker, CheckerName, accepts

scalars = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 0.5]) | st.sampled_from(["", "a", "1"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "b", 1]), inner, max_size=2)
        | st.frozensets(scalars, max_size=2)
    ),
    max_leaves=6,
)
floats = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5)


@given(expected=values, got=values)
def test_exact_is_equality(expected: Any, got: Any) -> None:
    assert accepts(Checker(), expected, got) == (expected == got)


@given(expected=st.lists(values, max_size=4), got=st.lists(values, max_size=4))
def test_unordered_is_equality_with_some_permutation(expected: list[Any], got: list[Any]) -> None:
    brute = any(expected == list(order) for order in itertools.permutations(got))
    assert accepts(Checker("unordered"), expected, got) == brute


@given(items=st.lists(values, max_size=8), seed=st.integers())
def test_unordered_accepts_every_shuffle(items: list[Any], seed: int) -> None:
    assert accepts(Checker("unordered"), items, tuple(random.Random(seed).sample(items, len(items))))


@given(expected=st.lists(values, max_size=4), got=st.lists(values, max_size=5))
def test_set_is_mutual_containment(expected: list[Any], got: list[Any]) -> None:
    brute = all(item in got for item in expected) and all(item in expected for item in got)
    assert accepts(Checker("set"), expected, got) == brute


@given(expected=values, got=values, spare=st.lists(values, max_size=2))
def test_any_of_is_membership(expected: Any, got: Any, spare: list[Any]) -> None:
    assert accepts(Checker("any_of"), [*spare, expected], got) == (got in [*spare, expected])


@given(expected=st.lists(floats, min_size=1, max_size=3), got=st.lists(floats, min_size=1, max_size=3))
def test_float_is_isclose_item_by_item(expected: list[float], got: list[float]) -> None:
    pairs = list(zip(expected, got, strict=False))
    brute = len(expected) == len(got) and all(
        math.isclose(e, g, rel_tol=1e-6, abs_tol=1e-3) or (math.isnan(e) and math.isnan(g)) for e, g in pairs
    )
    assert accepts(Checker("float", rel_tol=1e-6, abs_tol=1e-3), expected, got) == brute


@given(value=values)
def test_everything_is_close_to_itself(value: Any) -> None:
    assert accepts(Checker("float"), value, value)


blank = st.sampled_from([" ", "\t", "  ", " \r", "\x0b", "\x0c"])
words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4)
pages = st.lists(st.lists(words, max_size=4), max_size=4)


def printed(page: list[list[str]], data: st.DataObject) -> str:
    """The words, line by line, with white space around them as a program might print it."""
    lines = [data.draw(blank).join(["", *line, ""]) for line in page]
    return "\n".join(lines) + "\n" * data.draw(st.integers(0, 2))


@given(page=pages, data=st.data())
def test_lines_and_tokens_ignore_white_space_around_words(page: list[list[str]], data: st.DataObject) -> None:
    one, other = printed(page, data), printed(page, data)
    assert accepts(Checker("lines"), one, other)
    assert accepts(Checker("tokens"), one, other.replace("\n", " "))


@given(page=pages, other=pages, data=st.data())
def test_lines_are_the_words_of_every_line_and_tokens_those_of_the_text(
    page: list[list[str]], other: list[list[str]], data: st.DataObject
) -> None:
    def cut(lines: list[list[str]]) -> list[list[str]]:
        return cut(lines[:-1]) if lines and not lines[-1] else lines

    texts = printed(page, data), printed(other, data)
    assert accepts(Checker("lines"), *texts) == (cut(page) == cut(other))
    assert accepts(Checker("tokens"), *texts) == (sum(page, []) == sum(other, []))


@given(page=pages, extra=words, data=st.data())
def test_a_word_more_is_wrong(page: list[list[str]], extra: str, data: st.DataObject) -> None:
    for name in ("lines", "tokens"):
        assert not accepts(Checker(name), printed(page, data), printed([*page, [extra]], data))


@given(one=st.integers(), other=st.integers(), tolerance=st.floats(0, 1e-3))
def test_whole_numbers_are_compared_by_value_under_a_tolerance(one: int, other: int, tolerance: float) -> None:
    checker = Checker("tokens", rel_tol=tolerance, abs_tol=1e-9)
    assert accepts(checker, f"{one:+05d}", str(other)) == (one == other)
    assert accepts(checker, f"{one:+05d}", str(one))


@given(one=st.integers(), other=st.integers() | st.floats(allow_nan=False))
def test_a_float_checker_without_tolerance_is_equality(one: int, other: float) -> None:
    assert accepts(Checker("float"), one, other) == (one == other)


@pytest.mark.parametrize(
    ("name", "expected", "got", "right"),
    [
        ("exact", True, 1, True),
        ("exact", 1, 1.0, True),
        ("exact", (1, 2), [1, 2], False),
        ("exact", float("nan"), float("nan"), False),
        ("exact", "1", 1, False),
        ("exact", {1, 2}, [1, 2], False),
        ("exact", None, False, False),
        ("unordered", [1, 1, 2], [1, 2, 2], False),
        ("unordered", [1, 2], {1, 2}, False),
        ("unordered", [[1, 2]], [[2, 1]], False),
        ("unordered", [[1]], [(1,)], False),
        ("unordered", [{"a": [1]}, {"b": 2}], [{"b": 2}, {"a": [1]}], True),
        ("unordered", "ab", "ba", False),
        ("set", [1, 2], {2, 1}, True),
        ("set", [1, 1, 2], [2, 1], True),
        ("set", [1, 2], [1], False),
        ("set", [1], [1, 2], False),
        ("float", 1.0, 1, True),
        ("float", 1.0, True, False),
        ("float", [1.0], (1.0,), False),
        ("float", 1.0, "1.0", False),
        ("float", float("inf"), float("inf"), True),
        ("float", float("inf"), -float("inf"), False),
        ("float", float("inf"), 1e308, False),
        ("float", 1.0, float("nan"), False),
        ("float", 10**400, 10**400, True),
        ("float", 1.0, 10**400, False),
        ("float", {"a": 1.0}, {"a": 1.0 + 1e-9}, True),
        ("float", {"a": 1.0}, {"b": 1.0}, False),
        ("float", None, None, True),
        ("any_of", [[1, 2], [2, 1]], [2, 1], True),
        ("any_of", [], None, False),
        ("any_of", [0.3], 0.1 + 0.2, True),
        ("any_of", [10**17], 10**17 + 3, True),
        ("float", 10**400, 10**400 + 1, True),
        ("float", 10**400, float("inf"), False),
        ("float", 0.5, Decimal("0.5000001"), True),
        ("float", Decimal("0.1"), Fraction(1, 10), True),
        ("float", Decimal("1e999999999"), 1.0, False),
        ("float", Decimal("NaN"), float("nan"), True),
        ("float", 1 + 1j, 1.0000001 + 1j, True),
        ("float", [1.0, "a"], [1.0, "b"], False),
        ("float", deque([1.0]), deque([1.0000001]), True),
        ("float", array("d", [1.0]), array("f", [1.0]), True),
        ("float", Counter({"a": 1.0}), {"a": 1.0000001}, True),
        ("float", {1.0}, {True}, True),
        ("exact", deque([1]), [1], False),
        ("unordered", [bytearray(b"a"), 2], [2, b"a"], True),
        ("unordered", [Counter(a=1, b=0)], [Counter(a=1)], True),
        ("unordered", [{1: [2]}.items()], [{1: [2]}.items()], True),
        ("unordered", [deque([1]), array("i", [2])], [array("d", [2.0]), deque([1])], True),
        ("set", {1: 2}.keys(), [1], True),
        ("tokens", "3", "3.0", True),
        ("tokens", "3", "3.0000000001", True),
        ("tokens", "3", "03", True),
        ("tokens", "-0", "0", True),
        ("tokens", "100000000000000000", "100000000000000001", False),
        ("tokens", "0.5", "0.50000001", True),
        ("tokens", "0.5", "0.51", False),
        ("tokens", "0.5", "nan", False),
        ("tokens", "nan", "nan", True),
        ("tokens", "Yes", "yes", False),
        ("tokens", "1", "1e999999", False),
        ("tokens", "2e999999", "1e999999", False),
        ("tokens", "1", "1e99999999999999", False),
        ("tokens", "0.5", "0_1", False),
        ("tokens", "1", "\u0661", False),
        ("tokens", "1 2", b"1\n2\n", True),
        ("tokens", "1", b"\xff", False),
        ("tokens", "", " \n", True),
        ("tokens", "1", 1, False),
        ("lines", "1 2", "1\n2", False),
        ("lines", "0.5\n1", "0.50000001  \r\n1\r\n\r\n", True),
        ("lines", "1\n\n2", "1\n2", False),
        ("lines", "1", "\n1", False),
        ("lines", "a b", "a\xa0b", False),
    ],
)
def test_table_of_rules(name: CheckerName, expected: Any, got: Any, right: bool) -> None:
    tolerance = 1e-6 if name in ("float", "any_of", "tokens", "lines") else 0.0
    assert accepts(Checker(name, rel_tol=tolerance, abs_tol=tolerance), expected, got) is right


@pytest.mark.parametrize(
    ("expected", "got"),
    [("101", "00101"), ("49", "0049"), ("1000", "1e3"), ("0", "0e1"), ("3", "3.00"), ("0.50", "0.5"), ("1", "+1"),
     ("1 2", "1 2 3"), ("a", "A")],
)  # fmt: skip
def test_words_are_their_characters_where_no_tolerance_is_asked_for(expected: str, got: str) -> None:
    for name in ("lines", "tokens"):
        assert not accepts(Checker(name), expected, got)
        assert accepts(Checker(name), got, got)


@pytest.mark.parametrize(
    ("tolerance", "expected", "got", "right"),
    [
        ({"abs_tol": 1e-6}, 10**17, 10**17 + 3, False),
        ({"abs_tol": 1e-6}, 10**17, float(10**17), True),
        ({"abs_tol": 1e-6}, 10**17 + 1, float(10**17), False),
        ({"abs_tol": 5}, 10**17, 10**17 + 3, True),
        ({"rel_tol": 1e-9}, 10**17, 10**17 + 3, True),
        ({"rel_tol": 1e-9}, 10**400, 10**400 + 10**390, True),
        ({"rel_tol": 1e-9}, 10**400, 10**400 + 10**392, False),
        ({"abs_tol": 2}, 10, 11, True),
        ({"abs_tol": 0.1}, Fraction(1, 3), Decimal("0.3"), True),
        ({"abs_tol": 0.01}, Fraction(1, 3), Decimal("0.3"), False),
    ],
)
def test_large_numbers_are_compared_exactly(tolerance: dict[str, Any], expected: Any, got: Any, right: bool) -> None:
    assert accepts(Checker("float", **tolerance), expected, got) is right
    assert accepts(Checker("float", **tolerance), [expected], [got]) is right


def test_items_with_colliding_hashes_are_not_stored() -> None:
    modulus = 2**61 - 1  # ints are hashed modulo this prime
    hostile = [modulus * factor for factor in range(1, 100_001)]
    assert not accepts(Checker("unordered"), list(range(100_000)), hostile)
    assert not accepts(Checker("set"), list(range(100_000)), hostile)


def test_a_checker_that_is_a_program_is_refused() -> None:
    with pytest.raises(ValueError, match="the engine runs it"):
        accepts(Checker("code", source="def check(*a): return True"), 1, 1)
