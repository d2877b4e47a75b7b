"""Budgets and proofs with the scores of every kind of exam, as hypothesis draws them: fractions, near ties, extremes.

Invariants, for each kind that chooses:
 1. `lossless` has the full exam's winner under every rule that it proves, and its rationale where that matters; with
    duplicates that share an exam, too.
 2. What `max_replies` cuts short decides only what the full exam decides.
 3. Bounds hold after every result and end at the full exam's score; estimates stay within them.
 4. `thompson` sits no cell twice, asks the same after the same results, and with the whole exam sat chooses as it does.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, nextafter
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamState, ExamTable, with_scores
from lbt_solvers.exam_kinds import EXAM_KINDS, exam_kind
from lbt_solvers.exam_kinds.blank import chosen
from lbt_solvers.exam_kinds.likelihood import score_of_gain
from lbt_solvers.exam_kinds.surprisal import ratio
from lbt_solvers.selection import select
from lbt_solvers.types import Scored
from tests.budget.exams import Matrix, examined, full_scores, sit

RULES = ("sum", "max", "avg", "maj", "max_v1")
LOGS = st.floats(-1e4, 0.0) | st.sampled_from([-inf, -1e-12, -0.1, -0.2, -0.3])
GAINS = st.floats(-1e4, 1e4) | st.sampled_from([0.0, 1e-10, -1e-10, 1e-9, 0.1, 0.2, 0.3, 40.0, -40.0])
SHARES = st.fractions(0, 1, max_denominator=12).map(float)


def _rsr(clipped: float, log_probability: float) -> float:
    return 1 / (1 + ratio(clipped, log_probability))


KINDS: Mapping[str, st.SearchStrategy[float]] = {
    "generative": SHARES | st.floats(0, 1) | st.sampled_from([nextafter(0.5, 0), nextafter(0.5, 1), 5e-324]),
    "likelihood": GAINS.map(score_of_gain),
    "ptrue": st.tuples(LOGS, LOGS)
    .filter(lambda told: told != (-inf, -inf))
    .map(lambda told: score_of_gain(told[0] - told[1])),
    "judge": st.sampled_from([0.0, 1.0]),
    "rsr": st.builds(_rsr, st.floats(1, 1e5), st.floats(-1e5, 0.0)),
    "dialogue": st.builds(lambda right, penalty: max(0.0, right - penalty), SHARES, st.floats(0, 2)),
    "blank": st.fixed_dictionaries({letter: GAINS for letter in "ABC"}).map(lambda values: chosen(values, "B")[1]),
}
"""Scores as each kind that chooses makes them of what its students say."""


class Drawn(NamedTuple):
    """A problem's full exam."""

    table: ExamTable
    matrix: Matrix
    visible: list[bool]

    @property
    def scored(self) -> list[Scored]:
        """What the whole exam makes of it."""
        pairs = zip(full_scores(self.table, self.matrix), self.visible, strict=True)
        return [replace(each, visible=float(passes)) for each, passes in pairs]


@st.composite
def exams(draw: st.DrawFn, kind: str) -> Drawn:
    """A table, results from a few scores, so that there are ties, and some sittings without a usable reply."""
    classes = tuple(draw(st.lists(st.sampled_from([None, 0, 0, 1, 2]), min_size=1, max_size=6)))
    first = {number: at for at, number in reversed(list(enumerate(classes)))}
    same = tuple(first[number] if draw(st.booleans()) else at for at, number in enumerate(classes))
    table = ExamTable(
        classes,
        students=draw(st.integers(1, 2)),
        items=draw(st.integers(1, 3)),
        repetitions=draw(st.integers(1, 2)) if _repeats(kind) else 1,
        same_as=draw(st.sampled_from([(), same])),
        alike=draw(st.booleans()),
    )
    palette = draw(st.lists(KINDS[kind], min_size=1, max_size=4))
    # A seed and not a draw a cell: what matters is which scores meet, and an exam has up to 72 cells.
    rng = draw(st.randoms(use_true_random=False))
    unusable = draw(st.sampled_from([0.0, 0.2]))
    matrix: Matrix = {
        ExamCell(rationale, student, item): tuple(
            None if item + student > 0 and rng.random() < unusable else rng.choice(palette)
            for _ in range(table.repetitions)
        )
        for rationale in range(len(classes))
        for student in range(table.students)
        for item in range(table.items)
    }
    passes = [draw(st.booleans()) for _ in classes]
    return Drawn(table, matrix, [passes[table.examined_as(at)] for at in range(len(classes))])


def _repeats(kind: str) -> bool:
    return "prompt_logprobs" not in exam_kind(kind).needs and kind != "ptrue"


def of_every_kind(test: Callable[[str, st.DataObject], None]) -> Callable[..., None]:
    settled = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
    return pytest.mark.parametrize("kind", KINDS)(settled(given(data=st.data())(test)))


def agree(exam: BudgetedExam, drawn: Drawn, rule: str) -> bool:
    """Whether the budget's choice is the full exam's."""
    found, expected = select(with_scores(drawn.scored, exam.scores()), rule), select(drawn.scored, rule)
    same = (found and found.answer_class) == (expected and expected.answer_class)
    return same and (drawn.table.alike or (found and found.rationale) == (expected and expected.rationale))


@of_every_kind
def test_lossless_proves_what_the_full_exam_chooses(kind: str, data: st.DataObject) -> None:
    drawn, width = data.draw(exams(kind)), data.draw(st.sampled_from([1, 4, 50]))
    shared = bool(drawn.table.same_as)
    exam = BudgetedExam(drawn.table, Budget("lossless", "max", RULES, width=width, examine_once=shared), drawn.visible)
    sit(exam, drawn.matrix)
    assert set(exam.decides) == set(RULES) and exam.calls <= exam.full_calls
    assert all(agree(exam, drawn, rule) for rule in RULES)


@of_every_kind
def test_a_limited_exam_decides_only_what_the_full_exam_decides(kind: str, data: st.DataObject) -> None:
    drawn, limit = data.draw(exams(kind)), data.draw(st.integers(1, 30))
    name = data.draw(st.sampled_from(["lossless", "full"]))
    proves = RULES if name == "lossless" else ()
    shared = bool(drawn.table.same_as)
    exam = BudgetedExam(drawn.table, Budget(name, "sum", proves, limit, examine_once=shared), drawn.visible)
    sit(exam, drawn.matrix)
    assert exam.calls <= limit
    assert all(agree(exam, drawn, rule) for rule in exam.decides)


@of_every_kind
def test_bounds_hold_for_whatever_is_still_to_come(kind: str, data: st.DataObject) -> None:
    drawn = data.draw(exams(kind))
    scored, state = drawn.scored, ExamState(drawn.table, "sum")
    cells = data.draw(st.permutations([cell for number in state.members for cell in state.open_cells(number)]))
    state.ask(cells)
    for cell in cells:
        state.tell(cell, drawn.matrix[cell])
        score, low, high = scored[cell.rationale].score, state.low[cell.rationale], state.high[cell.rationale]
        assert low <= score <= high and low <= state.estimate(cell.rationale) <= high
    for index in {index for members in state.members.values() for index in members}:
        assert state.low[index] == state.high[index] == scored[index].score


@of_every_kind
def test_thompson_asks_the_same_and_never_twice(kind: str, data: st.DataObject) -> None:
    drawn, certainty = data.draw(exams(kind)), data.draw(st.sampled_from([0.6, 0.99]))
    budget, shared = Budget("thompson", "sum", certainty=certainty), bool(drawn.table.same_as)
    budget = replace(budget, examine_once=shared)
    one, other = (examined(drawn.table, drawn.matrix, budget) for _ in range(2))
    assert one.state.results == other.state.results and one.calls <= one.full_calls
    if one.calls == one.full_calls:
        assert agree(one, drawn, "sum") or not drawn.table.alike


def test_every_kind_that_chooses_is_drawn() -> None:
    kinds = [make() for make in EXAM_KINDS.values()]
    assert set(KINDS) == {kind.name for kind in kinds if not kind.among and "gold_of_taught" not in kind.needs}
