"""The world: splits, variants, ids, and how often a misconception is right by luck."""

import random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_tasks.classroom import (
    LUCKY_TYPES,
    PROBLEM_TYPES,
    UNSEEN_TYPES,
    classroom_model_path,
    method_of,
    numbers_of,
    problems,
    variants,
)
from lbt_tasks.classroom.arithmetic.methods import render, work
from lbt_tasks.classroom.arithmetic.problem_types import ProblemType, Split, number_pool
from lbt_tasks.classroom.arithmetic.world import kind_of, problem_by_id, right_by_luck

splits = st.sampled_from(["train", "held_out"])


def luck(kind: ProblemType) -> float:
    """Share of problems in which a misconception gives the right answer."""
    pool = number_pool(kind, "held_out") + number_pool(kind, "train")
    return fmean(
        share * (work(wrong, numbers)[-1].result == work(kind.right, numbers)[-1].result)
        for values in pool
        for numbers in [dict(zip(kind.numbers, values, strict=True))]
        for wrong, share in kind.wrong
    ) * len(kind.wrong)


@settings(max_examples=40, deadline=None)
@given(splits, st.integers(0, 1000))
def test_problems_are_balanced_distinct_and_stable(split: Split, seed: int) -> None:
    drawn = problems(split, 2 * len(PROBLEM_TYPES), seed)
    assert drawn == problems(split, 2 * len(PROBLEM_TYPES), seed)
    assert len({problem.id for problem in drawn}) == len(drawn)
    assert all(sum(p.metadata["type"] == name for p in drawn) == 2 for name in PROBLEM_TYPES)


@settings(max_examples=40, deadline=None)
@given(splits, st.integers(0, 1000))
def test_the_gold_answer_is_the_right_methods(split: Split, seed: int) -> None:
    for problem in problems(split, 20, seed):
        lines = work(PROBLEM_TYPES[problem.metadata["type"]].right, numbers_of(problem))
        assert problem.answer == str(lines[-1].result)
        reading = method_of(problem, render(lines))
        assert reading is not None and reading.method.name == "right"


@settings(max_examples=40, deadline=None)
@given(splits, st.integers(0, 1000))
def test_variants_have_the_type_and_split_but_other_numbers(split: Split, seed: int) -> None:
    taught = problems(split, 1, seed)[0]
    exam = variants(taught, 5, seed)
    assert exam == variants(taught, 5, seed)
    assert len({taught.metadata["numbers"], *(each.metadata["numbers"] for each in exam)}) == 6
    for each in exam:
        assert (each.metadata["type"], each.metadata["split"]) == (taught.metadata["type"], split)
        assert each.metadata["variant_of"] == taught.id


def test_splits_are_disjoint_and_about_one_in_eight() -> None:
    for kind in PROBLEM_TYPES.values():
        held_out, train = number_pool(kind, "held_out"), number_pool(kind, "train")
        assert not set(held_out) & set(train)
        assert len(held_out) >= 20 and 0.05 < len(held_out) / len(train) < 0.25, kind.name


def test_ids_are_readable_and_independent_of_the_process() -> None:
    pages = problems("held_out", 195, seed=0, types=["pages"])
    assert any(problem.id.startswith("pages-2-") for problem in pages)
    kind = PROBLEM_TYPES["posts"]
    assert (18, 6, 5) in number_pool(kind, "train") and (12, 2, 5) in number_pool(kind, "train")


def test_questions_name_all_numbers_in_the_same_order() -> None:
    for kind in PROBLEM_TYPES.values():
        orders = {tuple(sorted(kind.numbers, key=lambda slot: text.index(f"{{{slot}}}"))) for text in kind.phrasings}
        assert len(orders) == 1 and len(kind.phrasings) >= 2, kind.name


def test_a_misconception_is_right_by_luck_now_and_then() -> None:
    lucky = {name: luck(kind) for name, kind in PROBLEM_TYPES.items()}
    assert 0.03 < fmean(lucky.values()) < 0.10
    assert all(0.1 < lucky[name] < 0.45 for name in LUCKY_TYPES)
    assert all(lucky[name] < 0.1 for name in PROBLEM_TYPES if name not in LUCKY_TYPES)


def test_wrong_shares_and_labels_are_sound() -> None:
    for kind in PROBLEM_TYPES.values():
        assert sum(share for _, share in kind.wrong) == pytest.approx(1)
        assert 0.25 <= kind.right_share <= 0.7
        assert len({method.steps for method in kind.methods}) == len(kind.methods)
    assert 4 <= len(UNSEEN_TYPES) <= 6
    assert 28 <= len(PROBLEM_TYPES) <= 40


def test_two_methods_of_a_type_never_write_the_same_text() -> None:
    rng = random.Random(0)
    for kind in PROBLEM_TYPES.values():
        for values in rng.sample(number_pool(kind, "train"), 40):
            numbers = dict(zip(kind.numbers, values, strict=True))
            assert len({render(work(method, numbers)) for method in kind.methods}) == len(kind.methods)


def test_errors_say_what_is_there() -> None:
    with pytest.raises(ValueError, match="the split held_out of these types has"):
        problems("held_out", 10_000, seed=0, types=["posts"])
    with pytest.raises(ValueError, match="known are lucky, unseen, precedence"):
        problems("held_out", 1, seed=0, types=["post"])
    with pytest.raises(ValueError, match="there are"):
        variants(problems("held_out", 1, seed=0, types=["posts"])[0], 5000, seed=0)
    with pytest.raises(ValueError, match="Did you mean 'student_a'"):
        classroom_model_path("student-a")


def test_a_group_of_types_goes_by_its_name() -> None:
    drawn = problems("train", 40, seed=0, types=["lucky", "mean"])
    assert {problem.metadata["type"] for problem in drawn} == set(LUCKY_TYPES)
    with pytest.raises(ValueError, match=r"known are lucky, unseen, "):
        problems("train", 1, seed=0, types=["luck"])


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.8])
def test_luck_is_as_asked_for(luck) -> None:
    drawn = problems("train", 200, seed=0, types=["lucky"], luck=luck)
    lucky = [right_by_luck(kind_of(problem), problem.metadata["numbers"]) for problem in drawn]
    assert fmean(lucky) == pytest.approx(luck, abs=0.1)
    with pytest.raises(ValueError, match="luck: a share"):
        problems("train", 10, seed=0, types=["weeks"], luck=0.5)


def test_a_problem_is_found_again_by_its_id() -> None:
    for problem in problems("train", 74, seed=3):
        assert problem_by_id(problem.id) == problem
    for wrong in ("mean", "mean-1-p0", "mean-1-2-3-p9"):
        with pytest.raises(ValueError, match="id"):
            problem_by_id(wrong)
