"""Comparison of answers: each checker against a brute-force statement of its rule, and the rules written down."""

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.compare import accepts
from lbt_sandbox.types import Checker, CheckerName

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


@given(words=st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), max_size=5), seed=st.integers())
def test_tokens_ignore_white_space_and_nothing_else(words: list[str], seed: int) -> None:
    random_source = random.Random(seed)
    spaced = "".join(word + random_source.choice([" ", "\n", "\r\n", "\t", "  \n"]) for word in words)
    assert accepts(Checker("tokens"), " ".join(words), "\n" + spaced)
    assert not accepts(Checker("tokens"), " ".join(words), spaced + "more")


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
        ("tokens", "3", "3.0", True),
        ("tokens", "3", "3.0000000001", False),
        ("tokens", "100000000000000000", "100000000000000001", False),
        ("tokens", "0.5", "0.50000001", True),
        ("tokens", "0.5", "0.51", False),
        ("tokens", "0.5", "nan", False),
        ("tokens", "nan", "nan", True),
        ("tokens", "Yes", "yes", False),
        ("tokens", "1", "1e999999", False),
        ("tokens", "1", "1e99999999999999", False),
        ("tokens", "0.5", "0_1", False),
        ("tokens", "1", "١", False),
        ("tokens", "1 2", b"1\n2\n", True),
        ("tokens", "1", b"\xff", False),
        ("tokens", "", " \n", True),
    ],
)
def test_table_of_rules(name: CheckerName, expected: Any, got: Any, right: bool) -> None:
    tolerance = 1e-6 if name in ("float", "any_of", "tokens") else 0.0
    assert accepts(Checker(name, rel_tol=tolerance, abs_tol=tolerance), expected, got) is right


def test_tokens_without_tolerance_compare_values() -> None:
    assert accepts(Checker("tokens"), "0.50", "0.5")
    assert not accepts(Checker("tokens"), "0.5", "0.5000001")


def test_items_with_colliding_hashes_are_not_stored() -> None:
    modulus = 2**61 - 1  # ints are hashed modulo this prime
    hostile = [modulus * factor for factor in range(1, 100_001)]
    assert not accepts(Checker("unordered"), list(range(100_000)), hostile)
    assert not accepts(Checker("set"), list(range(100_000)), hostile)


def test_a_checker_that_is_a_program_is_refused() -> None:
    with pytest.raises(ValueError, match="the engine runs it"):
        accepts(Checker("code", source="def check(*a): return True"), 1, 1)
