"""What an exam gives away.

Invariants:
 1. Equal answers leak however they are spelt, a copy leaks whatever its punctuation, other numbers are no copy.
 2. An item that is another taught problem is found, and the exam of that problem itself is not said to be taught.
 3. Items that share nothing are not named.
"""

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.leakage import Leak, leaks
from lbt_solvers.types import Problem

TAUGHT = Problem("p1", "Ann has 12 apples and buys 30 more. How many has she?", "42")


def found(*items: Problem) -> list[tuple[str, str, str]]:
    return [(leak.item, leak.kind, leak.other) for leak in leaks([(TAUGHT, items)])]


def test_the_taught_answer_in_other_words() -> None:
    items = [
        Problem(str(i), f"Another question {i}", answer) for i, answer in enumerate(["42", "$42$", "\\text{42}", "43"])
    ]
    assert found(*items) == [("0", "same answer", "42"), ("1", "same answer", "42"), ("2", "same answer", "42")]


def test_copies_of_the_taught_question() -> None:
    copy = Problem("copy", "Ann has 12 apples, and buys 30 more: how many has she?", "7")
    name = Problem("name", "Eve has 12 apples and buys 30 more. How many has she?", "7")
    other = Problem("other", "Ann has 12 apples and buys 31 more. How many has she?", "7")
    swapped = Problem("swapped", "Ann has 30 apples and buys 12 more. How many has she?", "7")
    assert found(copy, name, other, swapped) == [("copy", "copy", "p1"), ("name", "copy", "p1")]


def test_items_that_are_taught_themselves() -> None:
    second = Problem("p2", "Bo reads 5 pages a day. How many in 9 days?", "45")
    item = Problem("e", "Bo reads 5 pages a day; how many in 9 days?", "45")
    assert leaks([(TAUGHT, [item]), (second, [])]) == [Leak("p1", "e", "taught", "p2")]


def test_an_item_that_copies_several_taught_problems_leaks_once() -> None:
    second, third = (Problem(name, "Bo reads 5 pages a day. How many in 9 days?", "45") for name in ("p2", "p3"))
    item = Problem("e", "Bo reads 5 pages a day; how many in 9 days?", "45")
    found = leaks([(second, [item]), (third, []), (TAUGHT, [])])
    assert [(leak.item, leak.kind) for leak in found] == [("e", "same answer"), ("e", "copy"), ("e", "taught")]
    assert len(leaks([(TAUGHT, [item]), (second, []), (third, [])])) == 1


def test_without_gold_answers_nothing_is_the_same_answer() -> None:
    programs = Problem("p", "Write a function.", "")
    assert leaks([(programs, [Problem("e", "Write another program.", "")])]) == []


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True))
def test_variants_with_other_numbers_do_not_leak(numbers: list[int]) -> None:
    items = [
        Problem(f"e{n}", f"Ann has {n + 100} apples and buys {n} more. How many has she?", f"{2 * n + 101}")
        for n in numbers
    ]
    assert leaks([(TAUGHT, items)]) == []
