"""Strategies that need no randomness: the full exam, and exact pruning.

    seats = lossless(ledger, width=16)    # empty: the winner is certain

A strategy looks at the ledger and names the seats to take next, at least `width` where it can, so that calls run side
by side; no seats mean that it is done. Source of the bounds: an answer whose best case loses against the leader's worst
case cannot win the full exam; see `lbt_solvers.budget.ledger`. In which order exact pruning asks: `proofs`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Protocol

from lbt_solvers.budget.ledger import Ledger, Seat
from lbt_solvers.budget.proofs import cheapest_proof, first_look


class Strategy(Protocol):
    """Chooses open seats of the ledger; none means done. Asked again only when all results have been told."""

    def __call__(self, ledger: Ledger, width: int) -> Sequence[Seat]:
        """Seats to take next, `width` or more where more are needed in any case."""
        ...


def full(ledger: Ledger, width: int) -> Sequence[Seat]:
    """Every seat at once."""
    return list(chain.from_iterable(ledger.open_seats(number) for number in ledger.members))


def lossless(ledger: Ledger, width: int) -> Sequence[Seat]:
    """Seats that are expected to prove a winner soonest, until no rival can win the full exam any more."""
    safest = max(ledger.members, key=ledger.worst, default=None)
    if safest is None:
        return []
    floor = ledger.worst(safest)
    contenders = [number for number in ledger.members if number == safest or ledger.best(number) > floor]
    if len(contenders) < 2:
        return []
    if ledger.rule.best_alone:
        seats = _of_leader_and_rival(ledger, contenders)
        return seats[:width]
    if seats := first_look(ledger, contenders):
        return seats
    seats = cheapest_proof(ledger, contenders)
    # In a large exam a share of them at a time: results tell which of the others are worth asking for.
    return seats[: max(width, len(seats) // 16)]


def _of_leader_and_rival(ledger: Ledger, contenders: Sequence[int]) -> list[Seat]:
    """Under MAX: seats of the leader and its strongest rival in turn, then those of the other contenders."""
    leader = max(contenders, key=ledger.expected)
    rival, *others = sorted((number for number in contenders if number != leader), key=ledger.best, reverse=True)
    first = _in_turn(_promising(ledger, leader), _threatening(ledger, rival))
    return [*first, *chain.from_iterable(ledger.open_seats(number) for number in others)]


def _promising(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that raise the class's worst case under MAX: one complete rationale does."""
    indexes = sorted(dict.fromkeys(ledger.members[number]), key=lambda i: (-ledger.high[i], -ledger.low[i]))
    return list(chain.from_iterable(ledger.open_of(index) for index in indexes))


def _threatening(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that lower the class's best case under MAX: it is what the most promising rationales make it."""
    return sorted(ledger.open_seats(number), key=lambda seat: -ledger.high[seat.rationale])


def _in_turn(*lists: Iterable[Seat]) -> list[Seat]:
    return [seat for group in zip_longest(*lists) for seat in group if seat is not None]
