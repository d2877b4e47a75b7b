"""Strategies that need no randomness: the full exam, and exact pruning.

    cells = lossless(state, width=16)    # empty: the winner is certain

A strategy looks at the state and names the cells to take next, at least `width` where it can, so that calls run side
by side; no cells mean that it is done. Source of the bounds: an answer whose best case loses against the leader's worst
case cannot win the full exam; see `lbt_solvers.budget.state`. In which order exact pruning asks: `proofs`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Protocol

from lbt_solvers.budget.proofs import cheapest_proof, first_look
from lbt_solvers.budget.state import ExamCell, ExamState


class Strategy(Protocol):
    """Chooses open cells of the state; none means done. Asked again only when all results have been told."""

    def __call__(self, state: ExamState, width: int) -> Sequence[ExamCell]:
        """Cells to take next, `width` or more where more are needed in any case."""
        ...


def full(state: ExamState, width: int) -> Sequence[ExamCell]:
    """Every cell at once."""
    return list(chain.from_iterable(state.open_cells(number) for number in state.members))


def lossless(state: ExamState, width: int) -> Sequence[ExamCell]:
    """Cells that are expected to prove a winner soonest, until no rival can win the full exam any more."""
    safest = max(state.members, key=state.worst, default=None)
    if safest is None:
        return []
    floor = state.worst(safest)
    contenders = [number for number in state.members if number == safest or state.best(number) > floor]
    if len(contenders) < 2:
        return []
    if state.rule.best_alone:
        cells = _of_leader_and_rival(state, contenders)
        return cells[:width]
    if cells := first_look(state, contenders):
        return cells
    cells = cheapest_proof(state, contenders)
    # In a large exam a share of them at a time: results tell which of the others are worth asking for.
    return cells[: max(width, len(cells) // 16)]


def _of_leader_and_rival(state: ExamState, contenders: Sequence[int]) -> list[ExamCell]:
    """Under MAX: cells of the leader and its strongest rival in turn, then those of the other contenders."""
    leader = max(contenders, key=state.expected)
    rival, *others = sorted((number for number in contenders if number != leader), key=state.best, reverse=True)
    first = _in_turn(_promising(state, leader), _threatening(state, rival))
    return [*first, *chain.from_iterable(state.open_cells(number) for number in others)]


def _promising(state: ExamState, number: int) -> list[ExamCell]:
    """Cells that raise the class's worst case under MAX: one complete rationale does."""
    indexes = sorted(dict.fromkeys(state.members[number]), key=lambda i: (-state.high[i], -state.low[i]))
    return list(chain.from_iterable(state.open_of(index) for index in indexes))


def _threatening(state: ExamState, number: int) -> list[ExamCell]:
    """Cells that lower the class's best case under MAX: it is what the most promising rationales make it."""
    return sorted(state.open_cells(number), key=lambda cell: -state.high[cell.rationale])


def _in_turn(*lists: Iterable[ExamCell]) -> list[ExamCell]:
    return [cell for group in zip_longest(*lists) for cell in group if cell is not None]
