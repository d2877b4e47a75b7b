"""Which items and students tell good rationales from bad ones, learnt from recorded sittings.

    point_biserial(results)            # one number an item: its correlation with the rest of the exam
    above_control(scores, control)     # LbT scores beyond what untaught students reach
    student_weights(scores, right)     # students that follow good rationales count more
    reliability([sittings_of_a_problem])  # how far one student's scores repeat themselves

Arrays hold one row a rationale; nan is a sitting without a usable reply. Learn on other rationales or problems than
those on which the effect is measured. Sources: point-biserial discrimination, split halves (Spearman, 1910; Brown,
1910) and the noise ceiling are classical test theory's; the paper (section 3.1) weighs students equally and has no
control in the score.
"""

from collections.abc import Iterable, Sequence

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
        rest = usable_means(others)
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


def follows(scores: Floats, right: Floats) -> float:
    """How much better a student does after right rationales of a problem than after wrong ones; nan without both.

    Args:
        scores: shape (rationales,): its exam accuracy after each; nan where it sat none.
        right: shape (rationales,): whether the rationale's answer is right.

    Returns:
        The difference of the two means, in [-1, 1]. A student that ignores its demonstration has 0.
    """
    known = ~np.isnan(scores)
    good, bad = scores[known & (right == 1)], scores[known & (right != 1)]
    return float(good.mean() - bad.mean()) if len(good) and len(bad) else float("nan")


def agreement(pairs: Iterable[tuple[Floats, Floats]]) -> float:
    """Correlation of two scores of the same rationales within problems, in [-1, 1]; nan where either never varies.

    Args:
        pairs: Of each problem, both scores of every rationale, shape (rationales,) each; nan is left out.
    """
    together, first, second = 0.0, 0.0, 0.0
    for a, b in pairs:
        known = ~np.isnan(a) & ~np.isnan(b)
        if known.sum() < 2:
            continue
        x, y = a[known] - a[known].mean(), b[known] - b[known].mean()
        together, first, second = together + float(x @ y), first + float(x @ x), second + float(y @ y)
    return together / float(np.sqrt(first * second)) if first > 0 and second > 0 else float("nan")


def reliability(problems: Sequence[Floats], splits: int = 10, seed: int = 0) -> float:
    """How far a student's scores of rationales would repeat themselves in another exam of that length, at most 1.

    The mean correlation of two random halves of the exam, within problems, stepped up to the whole exam's length. Its
    root is the noise ceiling: no score, however good, correlates better with the student's.

    Args:
        problems: Of each problem the student's results, shape (rationales, items); exams of one item have no halves.
        splits: Random splits to average over.
        seed: Of the splits.

    Returns:
        nan where no exam has two items, or no score varies.
    """
    rng = np.random.default_rng(seed)
    found: list[float] = []
    exams = [results for results in problems if results.ndim == 2 and results.shape[1] > 1]
    for _ in range(splits):
        orders = [rng.permutation(results.shape[1]) for results in exams]
        half = agreement(
            (usable_means(results[:, order[::2]]), usable_means(results[:, order[1::2]]))
            for results, order in zip(exams, orders, strict=True)
        )
        found.append(2 * half / (1 + half) if half > -1 else float("nan"))
    return float(np.mean(found)) if found else float("nan")


def usable_means(results: Floats) -> Floats:
    """Mean of each row over its usable results, shape (rationales,); nan where there is none."""
    counts = (~np.isnan(results)).sum(axis=1)
    return np.divide(np.nansum(results, axis=1), counts, out=np.full(len(counts), np.nan), where=counts > 0)


def _auc(scores: Floats, right: Floats) -> float:
    """Probability that a right rationale scores higher than a wrong one, ties half; 0.5 where one kind is missing."""
    known = ~np.isnan(scores)
    good, bad = np.sort(scores[known & (right == 1)]), np.sort(scores[known & (right != 1)])
    if not len(good) or not len(bad):
        return 0.5
    below = np.searchsorted(bad, good, side="left").sum()
    equal = np.searchsorted(bad, good, side="right").sum() - below
    return float((below + equal / 2) / (len(good) * len(bad)))
