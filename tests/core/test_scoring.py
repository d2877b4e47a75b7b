"""The LbT score: equal weight per student, unusable sittings left out, never an invented number."""

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.types import Exam, ExamResult, Problem

sitting = st.one_of(st.none(), st.floats(0, 1))
sittings = st.lists(st.lists(sitting, min_size=1, max_size=4).map(tuple), min_size=1, max_size=4).map(tuple)
results = st.lists(st.builds(ExamResult, st.text(max_size=3), sittings), min_size=1, max_size=4)


def by_hand(result: ExamResult) -> list[float]:
    return [score for item in result.scores for score in item if score is not None]


@given(results)
def test_score_is_the_mean_of_the_students_means(given_results: list[ExamResult]) -> None:
    means = [fsum(scores) / len(scores) for scores in map(by_hand, given_results) if scores]
    if not means:
        with pytest.raises(ValueError, match="usable sitting"):
            lbt_score(given_results)
        return
    assert lbt_score(given_results) == pytest.approx(fsum(means) / len(means))
    assert 0 <= lbt_score(given_results) <= 1


@given(results)
def test_the_order_of_students_does_not_matter(given_results: list[ExamResult]) -> None:
    if any(by_hand(result) for result in given_results):
        assert lbt_score(given_results) == pytest.approx(lbt_score(given_results[::-1]))


def test_a_student_with_more_sittings_does_not_count_more() -> None:
    diligent = ExamResult("a", ((1.0,) * 9,))
    absent = ExamResult("b", ((0.0, None, None),))
    assert lbt_score([diligent, absent]) == 0.5


def test_no_usable_sitting_has_no_accuracy() -> None:
    assert exam_accuracy(ExamResult("a", ((None, None),))) is None
    with pytest.raises(ValueError, match="students: a"):
        lbt_score([ExamResult("a", ((None, None),))])


def test_sittings_of_an_exam() -> None:
    assert Exam((Problem("p", "q", "1"), Problem("r", "s", "2")), repetitions=3).sittings == 6
