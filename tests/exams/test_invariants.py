"""What holds for every exam maker, whatever the bank.

1 no self-exam: neither the taught problem nor a copy of it; 2 no copies among the items; 3 items are from the bank, and
as many as asked for or a note says why; 4 earlier calls do not matter; 5 the order of the bank does not matter where
the choice is random or by similarity; 6 no item is an error that names the problem.
"""

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_solvers.exam_bank import ExamMaker, exam_without_models, question_key
from lbt_solvers.exams import NoExamError, by_metadata, fixed, random_items, similar, variants
from lbt_solvers.types import Exam, Problem
from tests.exams.worlds import BANKS, PROBLEMS

Factory = Callable[[Sequence[Problem], int | None, int], ExamMaker]


def letters(texts: list[str]) -> list[list[float]]:
    """Counts of letters: an embedding that needs no model."""
    return [[float(text.casefold().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]


MAKERS: dict[str, Factory] = {
    "variants": lambda bank, items, seed: variants(bank, items=items, pick="random", seed=seed),
    "similar": lambda bank, items, seed: similar(bank, items=items, embed=letters),
    "metadata": lambda bank, items, seed: by_metadata(bank, where={}, items=items, seed=seed),
    "fixed": lambda bank, items, seed: fixed(bank, items=items),
    "random": lambda bank, items, seed: random_items(bank, items=items, seed=seed),
}
ITEMS = st.one_of(st.none(), st.integers(1, 4))
every_maker = pytest.mark.parametrize("name", MAKERS)


def exam_or_none(maker: ExamMaker, taught: Problem) -> Exam | None:
    try:
        return exam_without_models(maker, taught)
    except NoExamError as error:
        assert f"'{taught.id}'" in str(error)
        assert "needed" in str(error)
        return None


@every_maker
@given(bank=BANKS, taught=PROBLEMS, items=ITEMS, seed=st.integers(0, 3))
@settings(deadline=None, max_examples=50)
def test_an_exam_holds_distinct_questions_other_than_the_taught_one(
    name: str, bank: list[Problem], taught: Problem, items: int | None, seed: int
) -> None:
    exam = exam_or_none(MAKERS[name](bank, items, seed), taught)
    if exam is None:
        return
    keys = [question_key(item.question) for item in exam.items]
    assert question_key(taught.question) not in keys
    assert taught.id not in [item.id for item in exam.items]
    assert len(set(keys)) == len({item.id for item in exam.items}) == len(exam.items) > 0
    assert all(item in bank for item in exam.items)
    if items is not None:
        assert len(exam.items) <= items
        assert bool(exam.note) == (len(exam.items) < items)


@every_maker
@given(bank=BANKS, taught=PROBLEMS, others=st.lists(PROBLEMS, max_size=3), seed=st.integers(0, 3))
@settings(deadline=None, max_examples=50)
def test_earlier_calls_do_not_matter(
    name: str, bank: list[Problem], taught: Problem, others: list[Problem], seed: int
) -> None:
    used, fresh = MAKERS[name](bank, 2, seed), MAKERS[name](bank, 2, seed)
    for other in others:
        exam_or_none(used, other)
    assert exam_or_none(used, taught) == exam_or_none(fresh, taught)


@pytest.mark.parametrize("name", ["metadata", "random", "similar", "variants"])
@given(bank=st.lists(PROBLEMS, max_size=8, unique_by=lambda problem: problem.id), taught=PROBLEMS, seed=st.integers())
@settings(deadline=None, max_examples=50)
def test_the_order_of_the_bank_does_not_matter(name: str, bank: list[Problem], taught: Problem, seed: int) -> None:
    shuffled = random.Random(seed).sample(bank, len(bank))
    one, other = (exam_or_none(MAKERS[name](order, 2, 0), taught) for order in (bank, shuffled))
    assert (one and one.items) == (other and other.items)


@every_maker
@given(bank=BANKS, taught=PROBLEMS)
@settings(deadline=None, max_examples=50)
def test_all_items_are_all_distinct_questions(name: str, bank: list[Problem], taught: Problem) -> None:
    """Brute force: with items=None every class of copies that is allowed is there, once."""
    exam = exam_or_none(MAKERS[name](bank, None, 0), taught)
    allowed = [each for each in bank if name != "variants" or each.metadata.get("variant_of") == taught.id]
    found = {question_key(item.question) for item in exam.items} if exam else set[str]()
    taken = {item.id for item in exam.items} if exam else set[str]()
    for each in allowed:
        is_taught = each.id == taught.id or question_key(each.question) == question_key(taught.question)
        assert is_taught or question_key(each.question) in found or each.id in taken


def test_random_choices_are_those_of_every_process_and_version() -> None:
    """Pinned: a change here changes every exam that anybody has logged."""
    bank = [Problem(f"q{number}", f"Compute {number}+1.", str(number + 1)) for number in range(50)]
    taught = Problem("p", "Compute 70+1.", "71")
    first, second = (exam_without_models(random_items(bank, items=4, seed=seed), taught) for seed in (0, 1))
    assert [item.id for item in first.items] == ["q24", "q15", "q39", "q37"]
    assert first != second


def test_other_problems_get_other_random_items() -> None:
    bank = [Problem(f"q{number}", f"Compute {number}+1.", str(number + 1)) for number in range(50)]
    exams = {
        exam_without_models(random_items(bank, items=2), Problem(f"p{n}", f"Compute {n}-1.", "")).items
        for n in range(20)
    }
    assert len(exams) >= 18
