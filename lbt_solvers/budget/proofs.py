"""In which order exact pruning asks: those sittings with which a winner should be proved soonest.

    cells = first_look(state, contenders) or cheapest_proof(state, contenders)

An answer has won when its worst case beats the best case of every rival. A success of its own rationales closes its
distance to all rivals at once, a failure of a rival's only the distance to that one. Likely winners are tried: how many
of their likeliest successes, and then how many of each rival's likeliest failures, should close every distance?
The shortest such list is asked first. Nothing here touches the proof: chances that are wrong cost calls, never the
winner.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil, exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.budget.state import ExamCell, ExamState

_LOOK = 4
"""One sitting for every so many rationales of an answer comes before anybody relies on how it does."""
_SMALL = 2
"""Answers with no more rationales get no first look: they seldom win, and their own cells are soon asked."""
_PRIOR = 2.0
"""Sittings that a wider mean counts for in what is expected of a narrower one: an answer's of its students, theirs of
one student on one item."""
_RATIONALE = 8.0
"""Sittings before a rationale is taken to differ from its answer half as much as it was seen to."""
_BETA = 0.2
"""Both parameters of an answer's prior: rather near 0 or near 1, as answers are mostly good or bad teachers."""
_SHORTFALL = 5.0
"""Calls that a missing success counts for, where even all cells are not expected to prove a winner."""
_LEADERS = 2
"""Contenders that are tried as the winner: those with the highest expected values."""


_Group = tuple[int | None, int | None, int | None]
"""Class, student and item of sittings, `None` for all: those of one student, on one item, or both."""


class _Steps(NamedTuple):
    """Cells in the order of what they are expected to contribute, and the sums of that; one longer than the cells."""

    cells: list[ExamCell]
    progress: NDArray[np.float64]


class _Proof(NamedTuple):
    calls: float
    """Expected."""
    cells: list[ExamCell]


def first_look(state: ExamState, contenders: Sequence[int]) -> list[ExamCell]:
    """Cells of answers that are known too little to plan with; those of one answer spread over students and items."""
    cells: list[ExamCell] = []
    for number in contenders:
        rationales, open_cells = len(set(state.members[number])), state.open_cells(number)
        taken = rationales * state.table.cells_of_one - len(open_cells)
        if rationales > _SMALL:
            cells += open_cells[: max(0, ceil(rationales / _LOOK) - taken)]
    return cells


def cheapest_proof(state: ExamState, contenders: Sequence[int]) -> list[ExamCell]:
    """The shortest list of cells that is expected to prove one of at least two contenders the winner, surest first."""
    chance = _chances(state, contenders)
    failure = {cell: 1 - success for cell, success in chance.items()}
    likely = sorted(contenders, key=state.expected)[-_LEADERS:]
    failures = {number: _steps(state, number, failure) for number in contenders}
    proofs = {leader: _proof(state, leader, _steps(state, leader, chance), failures) for leader in likely}
    leader = min(proofs, key=lambda number: proofs[number].calls)
    cells = proofs[leader].cells
    surest = {cell: chance[cell] if state.class_of(cell.rationale) == leader else failure[cell] for cell in cells}
    return sorted(cells, key=surest.__getitem__, reverse=True) or list(chance)


def _proof(state: ExamState, leader: int, successes: _Steps, failures: Mapping[int, _Steps]) -> _Proof:
    """The shortest proof of one winner: successes of its own up to some number, and the failures then still needed."""
    own, worst = successes.progress, state.worst(leader)
    calls = np.arange(len(own), dtype=np.float64)
    needed: list[tuple[_Steps, NDArray[np.intp]]] = []
    for rival in (number for number in failures if number != leader):
        steps, best, unit = failures[rival], state.best(rival), _unit(state, rival)
        # Of equal values the larger class wins, then the first: one more step may be needed.
        ahead = best.value - worst.value + (unit / 2 if best[1:] > worst[1:] else 0)
        left = np.maximum(ahead - own, 0.0)
        count = np.minimum(steps.progress.searchsorted(left), len(steps.cells))
        calls += count + np.maximum(left - steps.progress[-1], 0.0) * (_SHORTFALL / unit)
        needed.append((steps, count))
    best = int(calls.argmin())
    cells = [*successes.cells[:best], *(cell for steps, count in needed for cell in steps.cells[: count[best]])]
    return _Proof(float(calls[best]), cells)


def _steps(state: ExamState, number: int, chance: Mapping[ExamCell, float]) -> _Steps:
    copies, unit = Counter(state.members[number]), _unit(state, number)
    gains = {cell: copies[cell.rationale] * unit * chance[cell] for cell in state.open_cells(number)}
    cells = sorted(gains, key=gains.__getitem__, reverse=True)
    return _Steps(cells, np.array([0.0, *accumulate(map(gains.__getitem__, cells))]))


def _unit(state: ExamState, number: int) -> float:
    """What one sitting after one rationale is worth in the value of its class, all of them being worth the same."""
    size = len(state.members[number])
    least, most = (state.rule.value([score] * size) for score in (0.0, 1.0))
    return (most - least) / (state.table.cells_of_one * size)


def _chances(state: ExamState, contenders: Sequence[int]) -> dict[ExamCell, float]:
    """How likely each open cell's success is."""
    right: defaultdict[_Group, float] = defaultdict(float)
    sittings: Counter[_Group] = Counter()
    for (rationale, student, item), scores in state.results.items():
        number, usable = state.table.classes[rationale], [score for score in scores if score is not None]
        for group in ((number, student, item), (number, student, None), (number, None, item)):
            right[group] += sum(usable)
            sittings[group] += len(usable)
    chances: dict[ExamCell, float] = {}
    for number in contenders:
        chance_of = _chances_of_class(state, number, right, sittings)
        for rationale in dict.fromkeys(state.members[number]):
            ahead = _ahead(state, rationale, chance_of)
            for cell in state.open_of(rationale):
                chances[cell] = min(1.0, max(0.0, chance_of[cell.student, cell.item] + ahead))
    return chances


def _ahead(state: ExamState, rationale: int, chance_of: Mapping[tuple[int, int], float]) -> float:
    """By how much a rationale's results are better than those of its class, shrunk as they are few."""
    surplus, sittings = 0.0, 0
    for (student, item), chance in chance_of.items():
        for score in state.results.get(ExamCell(rationale, student, item), ()):
            if score is not None:
                surplus, sittings = surplus + score - chance, sittings + 1
    return surplus / (sittings + _RATIONALE)


def _chances_of_class(
    state: ExamState, number: int, right: Mapping[_Group, float], sittings: Mapping[_Group, int]
) -> dict[tuple[int, int], float]:
    """How likely each student succeeds on each item after a class: its mean, moved by student and item, then itself."""
    rate = (state.right[number] + _BETA) / (state.sittings[number] + 2 * _BETA)

    def mean(group: _Group, expected: float) -> float:
        return (right.get(group, 0.0) + _PRIOR * expected) / (sittings.get(group, 0) + _PRIOR)

    students = [_logit(mean((number, student, None), rate)) for student in range(state.table.students)]
    items = [_logit(mean((number, None, item), rate)) for item in range(state.table.items)]
    return {
        (student, item): mean((number, student, item), 1 / (1 + exp(_logit(rate) - by_student - by_item)))
        for student, by_student in enumerate(students)
        for item, by_item in enumerate(items)
    }


def _logit(chance: float) -> float:
    return log(chance / (1 - chance))
