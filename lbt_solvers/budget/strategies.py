"""Strategies that need no randomness: the full exam, exact pruning, one item a rationale.

    seats = lossless(ledger, width=16)    # empty: the winner is certain

A strategy looks at the ledger and names the seats to take next, at least `width` where it can, so that calls run side
by side; no seats mean that it is done. Source of the bounds: an answer whose best case loses against the leader's worst
case cannot win the full exam; see `lbt_solvers.budget.ledger`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Protocol

from lbt_solvers.budget.ledger import Ledger, Seat


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
    """Seats without which, even in the luckiest case, the leader cannot be certain under SUM."""
    if ledger.rule != "sum":
        return 0
    gap = ledger.best(rival).value - ledger.worst(leader).value
    weight = max(max(members.count(i) for i in members) for members in (ledger.members[leader], ledger.members[rival]))
    return int(gap * ledger.table.seats_of_one / weight)


def _best_first(ledger: Ledger, leader: int, rivals: Sequence[int]) -> list[Seat]:
    """Seats of the leader and its strongest rival, first those that are expected to close the gap."""
    rival = rivals[-1]
    if ledger.rule == "max":
        return _in_turn(_promising(ledger, leader), _threatening(ledger, rival))
    # A success of the leader tells against every rival, a failure of a rival only against that one.
    leads = ledger.mean(leader) >= (1 - ledger.mean(rival)) / len(rivals)
    numbers = (leader, rival) if leads else (rival, leader)
    return [seat for number in numbers for seat in ledger.open_seats(number)]


def _promising(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that raise the class's worst case under MAX: one complete rationale does."""
    indexes = sorted(dict.fromkeys(ledger.members[number]), key=lambda i: (-ledger.high[i], -ledger.low[i]))
    return list(chain.from_iterable(ledger.open_of(index) for index in indexes))


def _threatening(ledger: Ledger, number: int) -> list[Seat]:
    """Seats that lower the class's best case under MAX: it is what the most promising rationales make it."""
    return sorted(ledger.open_seats(number), key=lambda seat: -ledger.high[seat.rationale])


def _in_turn(*lists: Iterable[Seat]) -> list[Seat]:
    return [seat for group in zip_longest(*lists) for seat in group if seat is not None]
