"""Strategies that need no randomness: the full exam, exact pruning, one item a rationale.

    seats = lossless(ledger, width=16)    # empty: the winner is certain

A strategy looks at the ledger and names the seats to take next, at least `width` where it can, so that calls run side
by side; no seats mean that it is done. Source of the bounds: an answer whose best case loses against the leader's worst
case cannot win the full exam; see `lbt_solvers.budget.ledger`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Protocol

from lbt_solvers.budget.ledger import Ledger, Seat

_PRIOR = 2.0
"""Sittings that the mean of the class counts for in what is expected of a rationale."""


class Strategy(Protocol):
    """Chooses open seats of the ledger; none means done. Asked again only when all results have been told."""

    def __call__(self, ledger: Ledger, width: int) -> Sequence[Seat]:
        """Seats to take next, `width` or more where more are needed in any case."""
        ...


def full(ledger: Ledger, width: int) -> Sequence[Seat]:
    """Every seat at once."""
    return list(chain.from_iterable(ledger.open_seats(number) for number in ledger.members))


def one_item(ledger: Ledger, width: int) -> Sequence[Seat]:
    """One seat a rationale; neighbouring rationales take different items and students."""
    if ledger.results:
        return []
    return [ledger.open_of(index)[0] for index in dict.fromkeys(chain.from_iterable(ledger.members.values()))]


def lossless(ledger: Ledger, width: int) -> Sequence[Seat]:
    """Seats of the leading answer and its strongest rival, until no rival can win the full exam any more."""
    leader = max(ledger.members, key=ledger.expected, default=None)
    if leader is None:
        return []
    floor = ledger.worst(leader)
    rivals = sorted((n for n in ledger.members if n != leader and ledger.best(n) > floor), key=ledger.best)
    if not rivals:
        return []
    others = (ledger.open_seats(number) for number in reversed(rivals[:-1]))
    seats = [*_best_first(ledger, leader, rivals), *chain.from_iterable(others)]
    return seats[: max(width, _needed(ledger, leader, rivals[-1]))]


def _needed(ledger: Ledger, leader: int, rival: int) -> int:
    """A quarter of the seats without which, even in the luckiest case, the leader cannot be certain under SUM."""
    if ledger.rule != "sum":
        return 0
    # A part of them at a time: results tell which of the others are worth asking for.
    gap = (ledger.best(rival).value - ledger.worst(leader).value) / 4
    weight = max(max(members.count(i) for i in members) for members in (ledger.members[leader], ledger.members[rival]))
    return int(gap * ledger.table.seats_of_one / weight)


def _best_first(ledger: Ledger, leader: int, rivals: Sequence[int]) -> list[Seat]:
    """Seats of the leader and its strongest rival, first those that are expected to close the gap."""
    rival = rivals[-1]
    if ledger.rule == "max":
        return _in_turn(_promising(ledger, leader), _threatening(ledger, rival))
    chance = _chances(ledger)
    closing = {seat: chance(seat) for seat in ledger.open_seats(leader)}
    # A success of the leader tells against every rival, a failure of a rival only against that one.
    closing |= {seat: (1 - chance(seat)) / len(rivals) for seat in ledger.open_seats(rival)}
    return sorted(closing, key=closing.__getitem__, reverse=True)


def _chances(ledger: Ledger) -> Callable[[Seat], float]:
    """How likely a seat's success is: what its rationale, and what that student on that item, did in its class."""
    sums: defaultdict[tuple[int | None, ...], float] = defaultdict(float)
    counts: Counter[tuple[int | None, ...]] = Counter()
    for seat, scores in ledger.results.items():
        for score in scores:
            for key in _effects(ledger, seat) if score is not None else ():
                sums[key] += score or 0.0
                counts[key] += 1

    def chance(seat: Seat) -> float:
        mean = ledger.mean(ledger.class_of(seat.rationale))
        deviations = ((sums[key] - counts[key] * mean) / (counts[key] + _PRIOR) for key in _effects(ledger, seat))
        return mean + sum(deviations)

    return chance


def _effects(ledger: Ledger, seat: Seat) -> tuple[tuple[int | None, ...], ...]:
    return (seat.rationale,), (ledger.table.classes[seat.rationale], seat.student, seat.item)


def _promising(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that raise the class's worst case under MAX: one complete rationale does."""
    indexes = sorted(dict.fromkeys(ledger.members[number]), key=lambda i: (-ledger.high[i], -ledger.low[i]))
    return list(chain.from_iterable(ledger.open_of(index) for index in indexes))


def _threatening(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that lower the class's best case under MAX: it is what the most promising rationales make it."""
    return sorted(ledger.open_seats(number), key=lambda seat: -ledger.high[seat.rationale])


def _in_turn(*lists: Iterable[Seat]) -> list[Seat]:
    return [seat for group in zip_longest(*lists) for seat in group if seat is not None]
