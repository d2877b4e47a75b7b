"""In which order exact pruning asks: those sittings with which a winner should be proved soonest.

    seats = first_look(ledger, contenders) or cheapest_proof(ledger, contenders)

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

from lbt_solvers.budget.ledger import Ledger, Seat

_LOOK = 4
"""One sitting for every so many rationales of an answer comes before anybody relies on how it does."""
_SMALL = 2
"""Answers with no more rationales get no first look: they seldom win, and their own seats are soon asked."""
_PRIOR = 2.0
"""Sittings that a wider mean counts for in what is expected of a narrower one: an answer's of its students, theirs of
one student on one item."""
_RATIONALE = 8.0
"""Sittings before a rationale is taken to differ from its answer half as much as it was seen to."""
_BETA = 0.2
"""Both parameters of an answer's prior: rather near 0 or near 1, as answers are mostly good or bad teachers."""
_SHORTFALL = 5.0
"""Calls that a missing success counts for, where even all seats are not expected to prove a winner."""
_LEADERS = 2
"""Contenders that are tried as the winner: those with the highest expected values."""


_Group = tuple[int | None, int | None, int | None]
"""Class, student and item of sittings, `None` for all: those of one student, on one item, or both."""


class _Steps(NamedTuple):
    """Seats in the order of what they are expected to contribute, and the sums of that; one longer than the seats."""

    seats: list[Seat]
    progress: NDArray[np.float64]


class _Proof(NamedTuple):
    calls: float
    """Expected."""
    seats: list[Seat]


def first_look(ledger: Ledger, contenders: Sequence[int]) -> list[Seat]:
    """Seats of answers that are known too little to plan with; those of one answer spread over students and items."""
    seats: list[Seat] = []
    for number in contenders:
        rationales, open_seats = len(set(ledger.members[number])), ledger.open_seats(number)
        taken = rationales * ledger.table.seats_of_one - len(open_seats)
        if rationales > _SMALL:
            seats += open_seats[: max(0, ceil(rationales / _LOOK) - taken)]
    return seats


def cheapest_proof(ledger: Ledger, contenders: Sequence[int]) -> list[Seat]:
    """The shortest list of seats that is expected to prove one of at least two contenders the winner, surest first."""
    chance = _chances(ledger, contenders)
    failure = {seat: 1 - success for seat, success in chance.items()}
    likely = sorted(contenders, key=ledger.expected)[-_LEADERS:]
    failures = {number: _steps(ledger, number, failure) for number in contenders}
    proofs = {leader: _proof(ledger, leader, _steps(ledger, leader, chance), failures) for leader in likely}
    leader = min(proofs, key=lambda number: proofs[number].calls)
    seats = proofs[leader].seats
    surest = {seat: chance[seat] if ledger.class_of(seat.rationale) == leader else failure[seat] for seat in seats}
    return sorted(seats, key=surest.__getitem__, reverse=True) or list(chance)


def _proof(ledger: Ledger, leader: int, successes: _Steps, failures: Mapping[int, _Steps]) -> _Proof:
    """The shortest proof of one winner: successes of its own up to some number, and the failures then still needed."""
    own, worst = successes.progress, ledger.worst(leader)
    calls = np.arange(len(own), dtype=np.float64)
    needed: list[tuple[_Steps, NDArray[np.intp]]] = []
    for rival in (number for number in failures if number != leader):
        steps, best, unit = failures[rival], ledger.best(rival), _unit(ledger, rival)
        # Of equal values the larger class wins, then the first: one more step may be needed.
        ahead = best.value - worst.value + (unit / 2 if best[1:] > worst[1:] else 0)
        left = np.maximum(ahead - own, 0.0)
        count = np.minimum(steps.progress.searchsorted(left), len(steps.seats))
        calls += count + np.maximum(left - steps.progress[-1], 0.0) * (_SHORTFALL / unit)
        needed.append((steps, count))
    best = int(calls.argmin())
    seats = [*successes.seats[:best], *(seat for steps, count in needed for seat in steps.seats[: count[best]])]
    return _Proof(float(calls[best]), seats)


def _steps(ledger: Ledger, number: int, chance: Mapping[Seat, float]) -> _Steps:
    copies, unit = Counter(ledger.members[number]), _unit(ledger, number)
    gains = {seat: copies[seat.rationale] * unit * chance[seat] for seat in ledger.open_seats(number)}
    seats = sorted(gains, key=gains.__getitem__, reverse=True)
    return _Steps(seats, np.array([0.0, *accumulate(map(gains.__getitem__, seats))]))


def _unit(ledger: Ledger, number: int) -> float:
    """What one sitting after one rationale is worth in the value of its class, all of them being worth the same."""
    size = len(ledger.members[number])
    least, most = (ledger.rule.value([score] * size) for score in (0.0, 1.0))
    return (most - least) / (ledger.table.seats_of_one * size)


def _chances(ledger: Ledger, contenders: Sequence[int]) -> dict[Seat, float]:
    """How likely each open seat's success is."""
    right: defaultdict[_Group, float] = defaultdict(float)
    sat: Counter[_Group] = Counter()
    for (rationale, student, item), scores in ledger.results.items():
        number, usable = ledger.table.classes[rationale], [score for score in scores if score is not None]
        for group in ((number, student, item), (number, student, None), (number, None, item)):
            right[group] += sum(usable)
            sat[group] += len(usable)
    chances: dict[Seat, float] = {}
    for number in contenders:
        cells = _cells(ledger, number, right, sat)
        for rationale in dict.fromkeys(ledger.members[number]):
            ahead = _ahead(ledger, rationale, cells)
            for seat in ledger.open_of(rationale):
                chances[seat] = min(1.0, max(0.0, cells[seat.student, seat.item] + ahead))
    return chances


def _ahead(ledger: Ledger, rationale: int, cells: Mapping[tuple[int, int], float]) -> float:
    """By how much a rationale's results are better than those of its class, shrunk as they are few."""
    surplus, sat = 0.0, 0
    for (student, item), chance in cells.items():
        for score in ledger.results.get(Seat(rationale, student, item), ()):
            if score is not None:
                surplus, sat = surplus + score - chance, sat + 1
    return surplus / (sat + _RATIONALE)


def _cells(
    ledger: Ledger, number: int, right: Mapping[_Group, float], sat: Mapping[_Group, int]
) -> dict[tuple[int, int], float]:
    """How likely each student succeeds on each item after a class: its mean, moved by student and item, then itself."""
    rate = (ledger.right[number] + _BETA) / (ledger.sat[number] + 2 * _BETA)

    def mean(group: _Group, expected: float) -> float:
        return (right.get(group, 0.0) + _PRIOR * expected) / (sat.get(group, 0) + _PRIOR)

    students = [_logit(mean((number, student, None), rate)) for student in range(ledger.table.students)]
    items = [_logit(mean((number, None, item), rate)) for item in range(ledger.table.items)]
    return {
        (student, item): mean((number, student, item), 1 / (1 + exp(_logit(rate) - by_student - by_item)))
        for student, by_student in enumerate(students)
        for item, by_item in enumerate(items)
    }


def _logit(chance: float) -> float:
    return log(chance / (1 - chance))
