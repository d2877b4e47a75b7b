"""Each exam maker's own rule, against a plain reading of its definition."""

import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_solvers import similarity
from lbt_solvers.exam_bank import ExamMaker, exam_without_models
from lbt_solvers.exams import (
    NoExamError,
    by_metadata,
    fixed,
    make_exam_maker,
    random_items,
    similar,
    variants,
)
from lbt_solvers.installation import install_command
from lbt_solvers.types import Exam, Problem
from tests.exams.worlds import BANKS, PROBLEMS

TAUGHT = Problem("p1", "Compute 2+3*4.", "14", {"subject": "Algebra", "level": 2, "tags": ["order", "sums"]})
DISTINCT = st.lists(PROBLEMS, max_size=10).map(
    lambda bank: [Problem(f"q{n}", f"Question {n}?", each.answer, each.metadata) for n, each in enumerate(bank)]
)
WHOLE_EXAM: dict[str, Any] = {"items": None, "pick": "first"}


def ids(exam: Exam) -> list[str]:
    return [item.id for item in exam.items]


def ids_or_nothing(maker: ExamMaker, taught: Problem) -> list[str]:
    try:
        return ids(exam_without_models(maker, taught))
    except NoExamError:
        return []


@given(bank=DISTINCT, taught=PROBLEMS)
def test_variants_are_those_of_the_taught_problem(bank: list[Problem], taught: Problem) -> None:
    found = ids_or_nothing(variants(bank, items=None), taught)
    assert found == [each.id for each in bank if each.metadata.get("variant_of") == taught.id]


def test_defaults_are_the_papers() -> None:
    bank = [Problem(f"p1#{n}", f"Compute {n}+3*4.", str(n + 12), {"variant_of": "p1"}) for n in (5, 6, 7)]
    assert exam_without_models(variants(bank), TAUGHT).sittings == 9
    assert exam_without_models(similar(bank), TAUGHT).sittings == 16
    assert exam_without_models(variants(bank), TAUGHT).note == ""


def test_the_note_says_which_copies_were_left_out() -> None:
    bank = [
        Problem("p1#a", "Compute 5+3*4.", "17", {"variant_of": "p1"}),
        Problem("p1#b", "compute  5+3*4.", "17", {"variant_of": "p1"}),
        Problem("p1#c", "Compute 2+3*4. ", "14", {"variant_of": "p1"}),
    ]
    note = exam_without_models(variants(bank), TAUGHT).note
    assert note.startswith("1 of 3 functional variants")
    assert note.endswith("copies left out: p1#b (of p1#a), p1#c (of p1)")


@pytest.mark.parametrize(
    ("sign", "compare"),
    [("=", operator.eq), ("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge)],
)
@given(bank=DISTINCT, level=st.integers(1, 3))
@settings(deadline=None)
def test_level_operators(sign: str, compare: Callable[[int, int], bool], bank: list[Problem], level: int) -> None:
    assume_known = [*bank, Problem("known", "Known?", "", {"level": 2})]
    taught = Problem("p", "Taught?", "", {"level": level})
    expected = [each.id for each in assume_known if "level" in each.metadata and compare(each.metadata["level"], level)]
    assert ids_or_nothing(by_metadata(assume_known, where={"level": sign}, **WHOLE_EXAM), taught) == expected


@given(bank=DISTINCT, level=st.integers(1, 3), tags=st.lists(st.sampled_from(["dp", "greedy", "bits"]), max_size=2))
@settings(deadline=None)
def test_rules_hold_together(bank: list[Problem], level: int, tags: list[str]) -> None:
    known = [*bank, Problem("known", "Known?", "", {"level": 2, "tags": ["dp"], "subject": "Algebra"})]
    taught = Problem("p", "Taught?", "", {"tags": tags})
    where = {"level": level, "tags": "shares", "subject": "Algebra"}
    expected = [
        each.id
        for each in known
        if each.metadata.get("level") == level
        and set(each.metadata.get("tags", [])) & set(tags)
        and each.metadata.get("subject") == "Algebra"
    ]
    assert ids_or_nothing(by_metadata(known, where=where, **WHOLE_EXAM), taught) == expected


@given(bank=DISTINCT)
@settings(deadline=None)
def test_a_value_for_a_list_means_membership(bank: list[Problem]) -> None:
    known = [*bank, Problem("known", "Known?", "", {"tags": ["bits"]})]
    expected = [each.id for each in known if "dp" in each.metadata.get("tags", [])]
    assert ids_or_nothing(by_metadata(known, where={"tags": "dp"}, **WHOLE_EXAM), TAUGHT) == expected


def test_a_key_that_nothing_has_fails_at_once_with_the_near_match() -> None:
    with pytest.raises(ValueError, match=r"has metadata 'levle': there are level, .*Did you mean 'level'\?"):
        by_metadata([TAUGHT], where={"levle": "="})


def test_a_taught_problem_without_the_compared_key() -> None:
    with pytest.raises(NoExamError, match=r"problem 'p'.*'level: <' needs its metadata 'level', found \[\]"):
        exam_without_models(by_metadata([TAUGHT], where={"level": "<"}), Problem("p", "Taught?", ""))


@given(bank=BANKS, taught=PROBLEMS, top=st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_similar_takes_the_largest_direct_cosines(bank: list[Problem], taught: Problem, top: int) -> None:
    """Against sums and square roots in plain Python, on an embedding of letter counts."""

    def vector(text: str) -> list[int]:
        return [text.casefold().count(letter) for letter in "aegmnopt+2"]

    def cosine(one: list[int], other: list[int]) -> float:
        lengths = math.sqrt(sum(x * x for x in one)) * math.sqrt(sum(x * x for x in other))
        return sum(x * y for x, y in zip(one, other, strict=True)) / lengths if lengths else 0.0

    found = ids_or_nothing(similar(bank, items=top, embed=lambda texts: [vector(text) for text in texts]), taught)
    by_id = {each.id: each.question for each in reversed(bank)}
    scores = [cosine(vector(by_id[each]), vector(taught.question)) for each in found]
    whole = ids_or_nothing(similar(bank, items=None, embed=lambda texts: [vector(text) for text in texts]), taught)
    rest = [cosine(vector(by_id[each]), vector(taught.question)) for each in whole[len(found) :]]
    if len({each.id for each in bank}) == len(bank):
        assert scores == pytest.approx(sorted(scores, reverse=True))
        assert not rest or max(rest) <= min(scores) + 1e-12
    assert found == whole[:top]


def test_tfidf_against_its_formula() -> None:
    """tf = 1 + ln count, idf = 1 + ln((1 + n) / (1 + document frequency)), then the cosine."""
    bank = ["a cat a dog", "a bird", r"\frac a dog ^ 2"]
    tokens = [["a", "a", "cat", "dog"], ["a", "bird"], [r"\frac", "a", "dog", "^", "2"]]
    asked = [r"\frac", "dog", "dog", "2"]
    vocabulary = sorted({token for each in tokens for token in each})

    def vector(words: list[str]) -> np.ndarray:
        df = [sum(token in each for each in tokens) for token in vocabulary]
        tf = [1 + math.log(words.count(token)) if token in words else 0.0 for token in vocabulary]
        weights = np.array([t * (1 + math.log((1 + len(bank)) / (1 + d))) for t, d in zip(tf, df, strict=True)])
        return weights / np.linalg.norm(weights)

    expected = [float(vector(each) @ vector(asked)) for each in tokens]
    assert similarity.tfidf_similarity(bank)(r"\frac dog dog 2").tolist() == pytest.approx(expected)


def test_a_bank_is_embedded_once() -> None:
    calls: list[int] = []

    def embed(texts: list[str]) -> list[list[float]]:
        calls.append(len(texts))
        return [[1.0, float(len(text))] for text in texts]

    maker = similar([Problem(f"q{n}", "?" * n, "") for n in range(1, 6)], embed=embed)
    assert calls == []
    for n in range(3):
        exam_without_models(maker, Problem(f"p{n}", "!" * n, ""))
    assert calls == [5, 1, 1, 1]


def test_below_the_minimum_nothing_is_similar() -> None:
    bank = [Problem("near", "Compute 2+3*5.", "17"), Problem("far", "How many eggs are left?", "3")]
    assert ids(exam_without_models(similar(bank, minimum=0.2), TAUGHT)) == ["near"]
    with pytest.raises(NoExamError, match=r"a cosine of at least 0\.99, found none among 2"):
        exam_without_models(similar(bank, minimum=0.99), TAUGHT)


def test_a_missing_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(similarity, "import_module", missing)
    with pytest.raises(ValueError, match=re.escape(install_command("retrieval"))):
        exam_without_models(similar([TAUGHT], embed="all-mpnet-base-v2"), Problem("p", "Taught?", ""))


def test_fixed_keeps_the_order_of_the_selection() -> None:
    bank = [Problem(f"q{n}", f"Question {n}?", "") for n in range(5)]
    assert ids(exam_without_models(fixed(bank, which=["q3", 0, "q1"]), TAUGHT)) == ["q3", "q0", "q1"]
    assert ids(exam_without_models(fixed(bank), TAUGHT)) == ["q0", "q1", "q2", "q3", "q4"]
    assert ids(exam_without_models(fixed(bank), bank[2])) == ["q0", "q1", "q3", "q4"]
    assert exam_without_models(fixed(bank), bank[2]).note == ""


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (["q22"], "No question 'q22' in the bank of 3. Did you mean 'q2'?"),
        ([3], "indexes are 0 to 2"),
        ([-1], "0 to 2"),
    ],
)
def test_fixed_refuses_what_is_not_there(which: list[str | int], message: str) -> None:
    with pytest.raises(ValueError) as error:
        fixed([Problem(f"q{n}", f"Question {n}?", "") for n in range(3)], which=which)
    assert message in str(error.value)


def test_no_item_says_what_was_needed_and_found() -> None:
    copy = Problem("p2", "compute 2+3*4.", "14")
    with pytest.raises(
        NoExamError, match=r"'p1': needed functional variants .* 'p1'\), found none among 1 questions\."
    ):
        exam_without_models(variants([copy]), TAUGHT)
    with pytest.raises(NoExamError, match=r"found none among 2 questions; copies left out: p2 \(of p1\)\. Give a bank"):
        exam_without_models(random_items([TAUGHT, copy]), TAUGHT)
    with pytest.raises(NoExamError, match="found none among 0"):
        exam_without_models(similar([]), TAUGHT)


@pytest.mark.parametrize("options", [{"items": 0}, {"repetitions": 0}, {"items": -1}])
@pytest.mark.parametrize("name", ["variants", "similar", "metadata", "fixed", "random"])
def test_sizes_are_checked_at_once(name: str, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="items >= 1"):
        make_exam_maker(name, [TAUGHT], **options)


def test_names_and_options_are_checked_at_once() -> None:
    with pytest.raises(ValueError, match=r"No exam maker 'similiar': there are .*\. Did you mean 'similar'\?"):
        make_exam_maker("similiar", [])
    with pytest.raises(ValueError, match=r"'similar' has no option 'item'\. Did you mean 'items'\?"):
        make_exam_maker("similar", [], item=3)
    with pytest.raises(ValueError, match="No pick 'last': there are first, random"):
        make_exam_maker("variants", [], pick="last")


def test_a_maker_by_name_is_the_maker() -> None:
    bank = [Problem(f"q{n}", f"Question {n}?", "") for n in range(9)]
    assert exam_without_models(
        make_exam_maker("random", bank, items=3, repetitions=2, seed=4), TAUGHT
    ) == exam_without_models(random_items(bank, items=3, repetitions=2, seed=4), TAUGHT)
