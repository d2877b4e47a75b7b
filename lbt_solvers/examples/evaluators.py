"""Which sets to keep: five ways to spend a budget of answers, as generators that ask and are told.

    evaluation = evaluator(options)(sets=3, rows=100, keep=2, rng=random.Random(0), value=accuracy)
    pulls = next(evaluation)                 # (set, row) pairs to be answered
    pulls = evaluation.send(outcomes)        # one outcome each; at the end StopIteration holds the scores

`planned_answers` says how many answers an evaluation asks for. `value` is the measure of a set's outcomes so far, so
F1 works wherever accuracy does. Sources: ProTeGi (Pryzant et al. 2023); UCB1 (Auer et al. 2002); UCB-E and successive
rejects (Audibert et al. 2010); successive halving (Karnin et al. 2013).
"""

import math
import random
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias

from lbt_solvers.examples.options import Options


class Pull(NamedTuple):
    """A question to ask: the answer of the teacher to a row after a set."""

    candidate: int
    row: int


class SetScore(NamedTuple):
    """How a set did; the larger, the better."""

    survived: int
    """Phases that it was not rejected in; 0 for evaluators that reject none."""
    value: float
    """The measure over its answered rows; minus infinity where it has none."""
    rows: int
    """How many."""


Outcomes: TypeAlias = Sequence[Any]
"""What came of the pulls, in their order; only `value` looks into them."""
Value: TypeAlias = Callable[[Outcomes], float]
Evaluation: TypeAlias = Generator[list[Pull], Outcomes, list[SetScore]]


class Scoreboard:
    """What every set has answered so far."""

    def __init__(self, candidates: int, value: Value) -> None:
        self.outcomes: list[list[Any]] = [[] for _ in range(candidates)]
        self.survived = [0] * candidates
        self._value = value

    def ask(self, candidates: Sequence[int], rows: Sequence[int]) -> Generator[list[Pull], Outcomes]:
        """Every one of the sets answers every one of the rows."""
        pulls = [Pull(candidate, row) for candidate in candidates for row in rows]
        if not pulls:
            return
        for pull, outcome in zip(pulls, (yield pulls), strict=True):
            self.outcomes[pull.candidate].append(outcome)

    def value(self, candidate: int) -> float:
        """The measure of a set's outcomes so far."""
        return self._value(self.outcomes[candidate]) if self.outcomes[candidate] else -math.inf

    def answers(self) -> int:
        """Answers of all sets so far."""
        return sum(map(len, self.outcomes))

    def scores(self) -> list[SetScore]:
        """How all sets did."""
        return [
            SetScore(survived, self.value(index), len(outcomes))
            for index, (survived, outcomes) in enumerate(zip(self.survived, self.outcomes, strict=True))
        ]

    def reject_all_but(self, active: Sequence[int], keep: int) -> list[int]:
        """The best of the active sets, in their order; of equal ones the earlier. They have survived a phase."""
        kept = sorted(sorted(active, key=lambda index: -self.value(index))[:keep])
        for index in kept:
            self.survived[index] += 1
        return kept


def evaluate(options: Options, sets: int, rows: int, rng: random.Random, value: Value) -> Evaluation:
    """The evaluation that the options name, of so many sets on so many training rows."""
    return _EVALUATORS[options.evaluator](options, Scoreboard(sets, value), sets, rows, rng)


def planned_answers(options: Options, sets: int, rows: int) -> int:
    """How many answers `evaluate` asks for: depends on the numbers alone, never on the outcomes."""
    evaluation, count = evaluate(options, sets, rows, random.Random(0), lambda outcomes: 0.0), 0
    try:
        pulls = next(evaluation)
        while True:
            count += len(pulls)
            pulls = evaluation.send([None] * len(pulls))
    except StopIteration:
        return count


def brute_force(options: Options, board: Scoreboard, sets: int, rows: int, rng: random.Random) -> Evaluation:
    """Every set answers the same rows: min(rows, budget / sets) of them, drawn at random."""
    yield from board.ask(range(sets), rng.sample(range(rows), min(rows, options.evaluation_budget // sets)))
    return board.scores()


def upper_confidence_bound(
    options: Options, board: Scoreboard, sets: int, rows: int, rng: random.Random, fixed: bool = False
) -> Evaluation:
    """In each round the sets with the highest bound answer some rows; sets without an answer come first.

    The bound is value + c sqrt(ln t / n) with t answers in all and n of this set; with `fixed` (UCB-E) it is
    value + c sqrt(c / n).
    """
    for _ in range(options.bandit_rounds):
        counts = [len(outcomes) for outcomes in board.outcomes]
        total = sum(counts)

        def bound(index: int, counts: list[int] = counts, total: int = total) -> float:
            if not counts[index]:
                return math.inf
            uncertain = options.exploration if fixed else math.log(total)
            return board.value(index) + options.exploration * math.sqrt(uncertain / counts[index])

        order = rng.sample(range(sets), sets)  # ties in random order
        chosen = sorted(order, key=lambda index: -bound(index))[: options.bandit_sets]
        yield from board.ask(chosen, rng.sample(range(rows), min(rows, options.bandit_rows)))
    return board.scores()


def ucb_e(options: Options, board: Scoreboard, sets: int, rows: int, rng: random.Random) -> Evaluation:
    """UCB-E."""
    return upper_confidence_bound(options, board, sets, rows, rng, fixed=True)


def successive_rejects(options: Options, board: Scoreboard, sets: int, rows: int, rng: random.Random) -> Evaluation:
    """One set is rejected a phase until the beam is left; phase k brings every set to n_k answers.

    n_k = (budget - K) / (log_K (K + 1 - k)), log_K = 1/2 + sum of 1/i for i = 2..K, with K sets; all see the same rows.
    """
    drawn, active, seen = rng.sample(range(rows), rows), list(range(sets)), 0
    log_k = max(1.0, 0.5 + sum(1 / i for i in range(2, sets + 1)))  # a single set has no phase to share with
    for phase in range(1, max(1, sets - options.beam_size) + 1):
        share = (options.evaluation_budget - sets) / (log_k * (sets + 1 - phase))
        upto = min(rows, max(seen, 1, math.floor(share)))
        yield from board.ask(active, drawn[seen:upto])
        seen = upto
        active = board.reject_all_but(active, max(options.beam_size, len(active) - 1))
    return board.scores()


def successive_halving(options: Options, board: Scoreboard, sets: int, rows: int, rng: random.Random) -> Evaluation:
    """Each phase spends an equal part of the budget on new rows and keeps the better half, never less than the beam.

    The original keeps every set that is not below the mean instead of a half.
    """
    active, phases, left = list(range(sets)), 1, sets
    while left > 2 * options.beam_size:
        left, phases = max(options.beam_size, math.ceil(left / 2)), phases + 1
    for _ in range(phases):
        count = min(rows, max(1, options.evaluation_budget // (len(active) * phases)))
        if board.answers() + len(active) * count > options.evaluation_budget:
            break
        yield from board.ask(active, rng.sample(range(rows), count))
        active = board.reject_all_but(active, max(options.beam_size, math.ceil(len(active) / 2)))
    return board.scores()


_EVALUATORS: dict[str, Callable[[Options, Scoreboard, int, int, random.Random], Evaluation]] = {
    "brute_force": brute_force,
    "ucb": upper_confidence_bound,
    "ucb_e": ucb_e,
    "successive_rejects": successive_rejects,
    "successive_halving": successive_halving,
}
