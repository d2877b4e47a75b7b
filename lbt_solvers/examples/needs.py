"""How much a run of the optimisation asks of whom, before it begins: bounds from the options alone. No I/O.

    needs = run_needs(Options(), train_rows=3681, test_rows=893)
    needs.answers          # Range(low=64, high=1088): of each student

The least is a run in which the first set can be used and stays: requests that were made before are not made again. The
most is one in which every round finds as many new sets as it may.
"""

from typing import NamedTuple

from lbt_solvers.estimate.ranges import NOTHING, Range
from lbt_solvers.examples.evaluators import planned_answers
from lbt_solvers.examples.options import Options


class RunNeeds(NamedTuple):
    """Requests of one run."""

    writes: Range
    """First sets that the teacher is asked for."""
    answers: Range
    """Rows of minibatches, of each student."""
    reflections: Range
    rewritings: Range
    evaluations: Range
    """Training rows that the teacher answers to compare sets."""
    tests: Range
    """Test rows, for the curve."""


def run_needs(options: Options, train_rows: int, test_rows: int) -> RunNeeds:
    """Of a run with so many rows."""
    rounds, rows = options.rounds, min(options.minibatch, train_rows)
    beams = min(1, rounds) + options.beam_size * max(0, rounds - 1)  # the first round has one set
    new = options.reasons_per_reflection * options.rewrites_per_reason
    first, later = (_most_answers(options, sets, train_rows) for sets in _candidates(options))
    return RunNeeds(
        writes=Range(1, options.write_attempts) if options.init == "written" else NOTHING,
        answers=Range(rows * min(1, rounds), rows * beams),
        reflections=Range(0, options.reflections * beams),
        rewritings=Range(0, options.reflections * new * beams),
        evaluations=Range(0, first * min(1, rounds) + later * max(0, rounds - 1)),
        tests=Range(test_rows, test_rows * (rounds + 1)),
    )


def within_calls(needs: dict[str, Range], max_calls: int | None) -> dict[str, Range]:
    """The same of a run that ends before it exceeds `max_calls`, whoever takes them."""
    if max_calls is None or sum(each.high for each in needs.values()) <= max_calls:
        return needs
    return {role: Range(0, min(each.high, max_calls)) for role, each in needs.items()}


def _candidates(options: Options) -> tuple[int, int]:
    """Sets that the first round, and that every later one compares, at most."""
    return 1 + options.new_sets_of_one, options.most_candidates


def _most_answers(options: Options, sets: int, rows: int) -> int:
    return max(planned_answers(options, each, rows) for each in range(1, sets + 1))
