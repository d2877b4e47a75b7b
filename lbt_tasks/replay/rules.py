"""The selection rules on arrays: a million rationales in a second, the same choices as `lbt_solvers.selection.select`.

chosen = choose(matrix, lbt_scores(matrix), "sum")
matrix.correct[chosen[chosen >= 0]].mean()
"""

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.selection import AMONG_VISIBLE, check_rule
from lbt_tasks.replay.matrix import Floats, Ints, Matrix

_DIGITS = 9  # those of `select`: sums that are equal on paper differ in the last bits


def lbt_scores(matrix: Matrix) -> Floats:
    """LbT score of every row: the mean over students of their mean over usable sittings; 0 where there is none."""
    usable = ~np.isnan(matrix.scores)
    counts = usable.sum(axis=(2, 3))
    sums = np.where(usable, matrix.scores, 0.0).sum(axis=(2, 3))
    accuracy = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    students = (counts > 0).sum(axis=1)
    return np.divide(accuracy.sum(axis=1), students, out=np.zeros(len(sums)), where=students > 0)


def choose(matrix: Matrix, scores: Floats, rule: str) -> Ints:
    """Row of the chosen rationale of every problem; -1 where none has an answer.

    Args:
        matrix: The rationales.
        scores: LbT score of each row.
        rule: `maj`, `max`, `sum`, `avg` or `max_v1`.

    Raises:
        ValueError: unknown rule name.
    """
    check_rule(rule)
    votes = matrix.answer_class >= 0
    if rule in AMONG_VISIBLE:
        passing = votes & (matrix.visible == 1)
        some = np.bincount(matrix.problem[passing], minlength=matrix.problems) > 0
        votes &= passing | ~some[matrix.problem]
        rule = AMONG_VISIBLE[rule]
    rows = np.flatnonzero(votes)
    problem, rounded = matrix.problem[rows], np.round(scores[rows], _DIGITS)
    key = problem * (matrix.answer_class.max(initial=0) + 1) + matrix.answer_class[rows]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    size = np.bincount(group)
    value = np.round(_values(scores[rows], group, size, rule), _DIGITS)
    winner = _last_of_each(problem[first], np.lexsort((-first, size, value, problem[first])), matrix.problems)
    wins = group == winner[problem]
    best = np.zeros(len(rows)) if rule == "maj" else rounded
    standing = np.lexsort((-np.arange(len(rows)), best, wins, problem))
    chosen = _last_of_each(problem, standing, matrix.problems)
    return np.where(chosen >= 0, rows[chosen], -1) if len(rows) else chosen


def _values(scores: Floats, group: NDArray[np.intp], size: Ints, rule: str) -> Floats:
    if rule == "maj":
        return size.astype(np.float64)
    if rule == "max":
        value = np.full(len(size), -np.inf)
        np.maximum.at(value, group, scores)
        return value
    total = np.bincount(group, weights=scores, minlength=len(size)).astype(np.float64)
    return total / size if rule == "avg" else total


def _last_of_each(problem: Ints, order: NDArray[np.intp], problems: int) -> Ints:
    """For every problem the entry that stands last in the order; -1 where it has none."""
    last = np.full(problems, -1)
    last[problem[order]] = order  # the last assignment stays
    return last
