"""A strategy that may err: best-arm identification over answer classes.

    strategy = TopTwoThompson(certainty=0.8, seed=0)
    cells = strategy(state, width=4)

An arm is an answer class, a pull one sitting of one of its rationales. The posterior of a class's success rate is
Beta(0.75 + right, 0.75 + wrong); what its rationales did not sit is filled in with a draw of that rate, so that a class
which sat everything has no spread left. Classes get a first look before the posterior is asked: of answers that nobody
sat it says only that the one with most votes is ahead. Source: top-two Thompson sampling (Russo, 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.budget.proofs import first_look
from lbt_solvers.budget.state import ExamCell, ExamState
from lbt_solvers.rules import best_first

_DRAWS = 400
_PRIOR = 0.75
"""Of both parameters of Beta: between the flat prior and Jeffreys', as answers are mostly good or bad teachers."""


@dataclass(slots=True)
class TopTwoThompson:
    """Pulls the class that a draw of the posterior puts first, half of the time the second; stops when one is sure."""

    certainty: float = 0.8
    """Stop when this share of the posterior has the same winner; in (0.5, 1)."""
    seed: int = 0

    def __call__(self, state: ExamState, width: int) -> Sequence[ExamCell]:
        """Pulls of the next round; none once the posterior is certain of a winner."""
        classes = list(state.members)
        if len(classes) < 2 or state.rule.ignores_scores:
            return []
        if cells := first_look(state, classes):
            return cells
        # Seeded by what is known, so that the same results lead to the same questions.
        rng = np.random.default_rng([self.seed, state.calls, len(state.results)])
        ranks = best_first(_values(state, rng), [len(state.members[number]) for number in classes])
        share = np.bincount(ranks[:, 0], minlength=len(classes)).max() / _DRAWS
        if share >= self.certainty:
            return []
        open_cells = [state.open_cells(number) for number in classes]
        cells: list[ExamCell] = []
        for at in range(_DRAWS):
            # Every second draw asks for the runner-up: a leader alone would never be told apart from it.
            wanted = ranks[at, 1] if at % 2 else ranks[at, 0]
            arm = wanted if open_cells[wanted] else next((a for a in ranks[at] if open_cells[a]), None)
            if arm is None or len(cells) == width:
                break
            cells.append(open_cells[arm].pop(0))
        return cells


def _values(state: ExamState, rng: np.random.Generator) -> NDArray[np.float64]:
    """Posterior draws of every class's value, shape (draws, classes); classes in the order in which they were seen."""
    columns: list[NDArray[np.float64]] = []
    for number, members in state.members.items():
        right, sittings = state.right[number], state.sittings[number]
        rate = rng.beta(_PRIOR + right, _PRIOR + sittings - right, (_DRAWS, 1))
        low, high = np.array([state.low[i] for i in members]), np.array([state.high[i] for i in members])
        columns.append(state.rule.values(low + (high - low) * rate))
    return np.stack(columns, axis=1)
