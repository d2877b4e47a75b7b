"""How sure a teacher was: from its provider to the record, against the formulas."""

import math
from math import fsum, isclose

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.confidence import TAIL, confidence_of
from lbt_tasks.selectors.columns import Prices, read_candidates
from tests.exams.test_likelihood import toy
from tests.synthetic.running import record, scripted

TOKENS = st.lists(st.tuples(st.floats(-9, 0), st.lists(st.floats(-9, 0), min_size=1, max_size=5)), min_size=1)


@given(TOKENS, st.none() | st.floats(0, 9))
def test_the_formulas(tokens: list[tuple[float, list[float]]], certainty: float | None) -> None:
    found = confidence_of(tokens, certainty)
    assert isclose(found["logprob"], sum(own for own, _ in tokens) / len(tokens), abs_tol=1e-5)
    tail = [-fsum(top) / len(top) for _, top in tokens]
    assert isclose(found["tail"], sum(tail) / len(tail), abs_tol=1e-5)
    assert ("self_certainty" in found) == (certainty is not None)


def test_the_tail_is_the_end_alone_and_nothing_comes_of_nothing() -> None:
    long = [(-1.0, [-9.0])] * 10 + [(-1.0, [-2.0])] * TAIL
    assert confidence_of(long)["tail"] == 2
    assert confidence_of([]) == {} and "tail" not in confidence_of([(-1.0, [])])


def test_what_a_teacher_tells_is_a_column_and_changes_nothing(run) -> None:
    """The scripted teacher is twice as sure of a right rationale."""
    teacher = scripted("sure teacher")
    log = run(toy(budget="full", confidence=True), teacher=teacher)
    plain = run(toy(budget="full"), teacher=teacher)
    assert [each["text"] for each in record(log)["rationales"]] == [
        each["text"] for each in record(plain)["rationales"]
    ]
    first = read_candidates([log.location], Prices())[0]
    for right, logprob in zip(first.correct, first.columns["logprob"].scores, strict=True):
        assert logprob == (-0.25 if right else -0.5)
    assert first.columns["tail"].scores[0] in (0.25, 0.5) and not math.isnan(first.sample_cost)
    untold = run(toy(budget="full", confidence=True))
    assert any("told no log-probabilities" in note for note in record(untold)["notes"])
