"""Exam designs in replay: fewer items, the telling ones first; scores above the control; students by their merit.

    design = Design(items=1, ranked=True)
    part = design.applied(drawn, calibration)
    scores = design.scores(part, seed=0)

Items are ranked by the rationales that were not drawn; students are weighed by half of the problems and judged by the
other half.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.item_analysis import above_control, point_biserial, student_weights
from lbt_tasks.replay.matrix import Floats, Ints, Matrix, lbt_scores, student_accuracy


@dataclass(frozen=True, slots=True)
class Design:
    """How an exam is put together and scored; the default is the recorded one."""

    items: int | None = None
    """Items of every exam; all by default."""
    ranked: bool = False
    """The most telling items instead of the first ones."""
    relative: bool = False
    """LbT scores above the control."""
    weighted: bool = False
    """Students count by what they are worth on half of the problems; the other half is measured."""

    @property
    def plain(self) -> bool:
        """Whether scores are those of the recorded sittings, which budgets need."""
        return not (self.relative or self.weighted)

    def applied(self, part: Matrix, calibration: Matrix) -> Matrix:
        """The part with the design's items.

        Raises:
            ValueError: items are to be ranked and no rationale is left to rank them by.
        """
        if self.items is None or self.items >= part.scores.shape[2]:
            return part
        order = np.tile(np.arange(part.scores.shape[2]), (part.problems, 1))
        if self.ranked:
            if not len(calibration.problem):
                raise ValueError("Ranked items need rationales to learn from: draw fewer with --rationales.")
            order = ranked_items(calibration)
        index = order[:, : self.items][part.problem][:, None, :, None]
        shape = np.column_stack([part.shape[:, 0], np.minimum(part.shape[:, 1], self.items), part.shape[:, 2]])
        scores, control = (np.take_along_axis(each, index, axis=2) for each in (part.scores, part.control))
        return replace(part, scores=scores, control=control, shape=shape)

    def scores(self, part: Matrix, seed: int) -> Floats:
        """LbT score of every row."""
        if self.weighted:
            accuracy = student_accuracy(part.scores)
            learnt = ~self.measured(part.names, seed)[part.problem]
            weights = student_weights(accuracy[learnt], part.correct[learnt])
            counted = np.where(np.isnan(accuracy), 0.0, weights)
            total = counted.sum(axis=1)
            sums = (np.nan_to_num(accuracy) * counted).sum(axis=1)
            found = np.divide(sums, total, out=np.zeros(len(sums)), where=total > 0)
        else:
            found = lbt_scores(part)
        if self.relative:
            known = ~np.isnan(part.control).all(axis=(1, 2, 3))
            control = np.where(known, lbt_scores(replace(part, scores=part.control)), np.nan)
            found = above_control(found, control)
        return found

    def measured(self, names: Sequence[str], seed: int) -> NDArray[np.bool_]:
        """Which problems count: all, or the half that no weight was learnt from; epochs of a problem stay together."""
        if not self.weighted:
            return np.ones(len(names), dtype=bool)
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        half = np.random.default_rng([seed, 3]).permutation(len(numbers)) >= len(numbers) // 2
        return half[[numbers[name] for name in names]]


def ranked_items(matrix: Matrix) -> Ints:
    """Every problem's items, the most telling first, shape (problems, items)."""
    usable = ~np.isnan(matrix.scores)
    counts = usable.sum(axis=(1, 3))
    sums = np.where(usable, matrix.scores, 0.0).sum(axis=(1, 3))
    results = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    bounds = np.searchsorted(matrix.problem, np.arange(matrix.problems + 1))
    order = np.empty((matrix.problems, results.shape[1]), dtype=np.int64)
    for problem in range(matrix.problems):
        rows = results[bounds[problem] : bounds[problem + 1]]
        order[problem] = np.argsort(-point_biserial(rows), kind="stable")
    return order
