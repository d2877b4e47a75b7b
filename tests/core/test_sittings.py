"""Rows and columns of sittings, and the nested lists of older logs.

Invariants:
 1. Columns give back the rows, whatever they are.
 2. A rationale is scored by all sittings of all plans that teach it, each student counting once.
 3. Nested lists of an older log are the rows that they stand for; what is neither is refused.
"""

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.util import Store
from pydantic import ValidationError

from lbt_solvers.record import ExamItem, SampledRationale, TeachingRecord
from lbt_solvers.sittings import Sitting, SittingColumns

SCORES = st.none() | st.floats(0, 1)
ROWS = st.lists(
    st.builds(
        Sitting,
        plan=st.sampled_from([None, 0, 1, 2]),
        student=st.integers(0, 1),
        item=st.integers(0, 2),
        repetition=st.integers(0, 3),
        answer=st.none() | st.text(),
        score=SCORES,
        tokens=st.integers(0, 10**6).map(float),
        truncated=st.booleans(),
        undecided=st.booleans(),
        raw=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        written=st.integers(0, 10**6).map(float),
        cached=st.sampled_from([0.0, 5.0]),
    )
)
TEXTS = ("first", "second", "third")


def a_record(rows: list[Sitting], plans: list[list[int]]) -> TeachingRecord:
    record = TeachingRecord(store=Store())
    record.rationales = [SampledRationale(text=text, answer=text) for text in TEXTS]
    record.classes = [0, 0, 1]
    record.items = [ExamItem(id=str(number), question="q", answer="a") for number in range(3)]
    record.students, record.plans = ["a", "b"], plans
    record.keep(rows)
    return record


@given(ROWS)
def test_columns_give_back_the_rows(rows: list[Sitting]) -> None:
    columns = SittingColumns.of(rows)
    assert SittingColumns.model_validate_json(columns.model_dump_json()).rows() == columns.rows() == rows


def test_a_log_without_what_was_added_later_is_read() -> None:
    older = SittingColumns.of([Sitting(0, 0, 0, 0, "7", 1.0, 12.0)]).model_dump(exclude={"raw", "written", "cached"})
    assert SittingColumns.model_validate(older).rows() == [Sitting(0, 0, 0, 0, "7", 1.0, 12.0)]
    with pytest.raises(ValidationError):
        SittingColumns.model_validate({**older, "raw": [1.0, 2.0]})


@given(ROWS)
def test_every_sitting_counts_once_for_what_it_teaches(rows: list[Sitting]) -> None:
    plans = [[0], [1, 0], [2]]  # the first two teach rationale 0

    def mean(values: list[float]) -> float | None:
        return fsum(values) / len(values) if values else None

    def expected(taught: set[int | None]) -> float | None:
        by_student = [
            mean([row.score for row in rows if row.plan in taught and row.student == student and row.score is not None])
            for student in range(2)
        ]
        return mean([accuracy for accuracy in by_student if accuracy is not None])

    record = a_record(rows, plans)
    assert record.control_accuracy() == expected({None})
    if all(expected({row.plan, *({0, 1} if row.plan in (0, 1) else ())}) is not None for row in rows):
        assert [each.score for each in record.scored()] == [expected({0, 1}) or 0, 0, expected({2}) or 0]


def test_lists_of_an_older_log_are_rows() -> None:
    former = {
        "TeachingRecord:students": ["a", "b"],
        "TeachingRecord:plans": [[0]],
        "TeachingRecord:scores": [[[[1.0, None], []], [[0.5], [0.0]]]],
        "TeachingRecord:answers": [[[["7", None], []], [["8"], ["9"]]]],
        "TeachingRecord:control_scores": [[[0.0]]],
        "TeachingRecord:control_answers": [[["6"]]],
    }
    rows = [
        Sitting(0, 0, 0, 0, "7", 1.0),
        Sitting(0, 0, 0, 1, None, None),
        Sitting(0, 1, 0, 0, "8", 0.5),
        Sitting(0, 1, 1, 0, "9", 0.0),
        Sitting(None, 0, 0, 0, "6", 0.0),
    ]
    assert TeachingRecord(store=Store(former)).sittings == rows
    unprefixed = {name.removeprefix("TeachingRecord:"): value for name, value in former.items()}
    assert TeachingRecord.model_validate({**unprefixed, "store": Store()}).sittings == rows


@pytest.mark.parametrize(
    "wrong", [{"scores": 7}, {"scores": [[[[1.0]]]], "answers": [[[]]]}, {"sitting_columns": {"plan": [0]}}]
)
def test_what_is_neither_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TeachingRecord.model_validate({**wrong, "store": Store()})
