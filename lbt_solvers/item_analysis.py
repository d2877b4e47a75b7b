"""Which items and students tell good rationales from bad ones, learnt from recorded sittings.

    point_biserial(results)            # one number an item: its correlation with the rest of the exam
    above_control(scores, control)     # LbT scores beyond what untaught students reach
    student_weights(scores, right)     # students that follow good rationales count more

Arrays hold one row a rationale; nan is a sitting without a usable reply. Learn on other rationales or problems than
those on which the effect is measured. Sources: point-biserial discrimination is classical test theory's; the paper
(section 3.1) weighs students equally and has no control in the score.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def point_biserial(results: Floats) -> Floats:
    """How well each item separates rationales: the correlation of its results with the mean of the other items.

    Args:
        results: shape (rationales, items), in [0, 1].

    Returns:
        Shape (items,), in [-1, 1]; 0 for an item that all or none solve, which separates nothing.
    """
    found = np.zeros(results.shape[1])
    for item in range(results.shape[1]):
        others = np.delete(results, item, axis=1)
        counts = (~np.isnan(others)).sum(axis=1)
        rest = np.divide(np.nansum(others, axis=1), counts, out=np.full(len(counts), np.nan), where=counts > 0)
        known = ~np.isnan(results[:, item]) & ~np.isnan(rest)
        a, b = results[known, item], rest[known]
        if len(a) > 1 and a.std() > 0 and b.std() > 0:
            found[item] = float(np.corrcoef(a, b)[0, 1])
    return found


def above_control(scores: Floats, control: Floats) -> Floats:
    """LbT score minus the exam accuracy without a demonstration, at least 0; unchanged where no control was sat.

    Args:
        scores: shape (rationales,), in [0, 1].
        control: the same shape: accuracy of untaught students on the same exam; nan where it is not known.
    """
    return np.where(np.isnan(control), scores, np.maximum(0.0, scores - np.nan_to_num(control)))


def student_weights(scores: Floats, right: Floats) -> Floats:
    """Weights that sum to 1: each student's chance-corrected AUC, 2 AUC - 1, of its scores for right rationales.

    Args:
        scores: shape (rationales, students): exam accuracy of each student after each rationale; nan where unusable.
        right: shape (rationales,): whether the rationale's answer is right.

    Returns:
        Shape (students,); equal weights where no student tells right from wrong.
    """
    gains = np.array([max(0.0, 2 * _auc(column, right) - 1) for column in scores.T])
    return gains / gains.sum() if gains.sum() > 0 else np.full(len(gains), 1 / len(gains))


def _auc(scores: Floats, right: Floats) -> float:
    """Probability that a right rationale scores higher than a wrong one, ties half; 0.5 where one kind is missing."""
    known = ~np.isnan(scores)
    good, bad = np.sort(scores[known & (right == 1)]), np.sort(scores[known & (right != 1)])
    if not len(good) or not len(bad):
        return 0.5
    below = np.searchsorted(bad, good, side="left").sum()
    equal = np.searchsorted(bad, good, side="right").sum() - below
    return float((below + equal / 2) / (len(good) * len(bad)))
