"""How sure the choice among a problem's rationales is, and how much of the winner's score is luck.

    >>> found = certainty([0, 0, 1], right=[6, 5, 1], sittings=[6, 6, 6], rule="sum", strength=2.0)
    >>> found.share > 0.95, found.seen > found.shrunk
    (True, True)

An exam of a few items is a sample, and the best of N scores is high for two reasons: the rationale is good, and it was
lucky. Each rationale's true score has the posterior Beta(k m + right, k (1 - m) + wrong), where m is the mean of the
problem's rationales and the strength k says how alike rationales of one problem are; it is estimated from the run. In
how many draws of all scores the same answer wins is how sure the choice is. Being sure which answer an endless exam
would choose is not being sure that the answer is right: the report shows both.

Source: beta-binomial shrinkage (Efron and Morris, 1975; Kleinman, 1973, for the moments of k).
"""

from collections.abc import Iterable, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.rules import Rule, best_first, rule_of
from lbt_solvers.selection import choose, eligible, members_of
from lbt_solvers.statistics import Interval

Floats = NDArray[np.float64]

DRAWS = 1000
_LEAST, _MOST = 0.01, 0.99
"""Bounds of the share of the scores' spread that is not sampling."""


class Certainty(NamedTuple):
    """Of one problem's choice."""

    share: float
    """In how many draws the chosen answer wins, in [0, 1]; 1 where all rationales have one answer."""
    margin: Interval
    """The chosen answer's value under the rule minus the best other one's; nan where there is no other."""
    seen: float
    """LbT score of the best-scored rationale, in [0, 1]."""
    shrunk: float
    """The same without the luck of being the best: its posterior mean."""


def strength(exams: Iterable[tuple[Sequence[float], Sequence[float]]]) -> float:
    """How alike the rationales of one problem are, as sittings that their mean counts for (k above).

    Args:
        exams: For each problem the right sittings and all sittings of every rationale, shape (rationales,) each.
    """
    spread, chance, sampling = 0.0, 0.0, 0.0
    for right, sittings in exams:
        counts = np.asarray(sittings, dtype=np.float64)
        kept = counts > 0
        if kept.sum() < 2:
            continue
        share, counts = np.asarray(right, dtype=np.float64)[kept] / counts[kept], counts[kept]
        mean, degrees = share.mean(), len(share) - 1
        spread += float(((share - mean) ** 2).sum())
        chance += float(mean * (1 - mean) * degrees)
        sampling += float(mean * (1 - mean) * degrees * (1 / counts).mean())
    # Of a beta-binomial share: variance = chance x (1 / n + (1 - 1 / n) x shared), shared = 1 / (k + 1).
    shared = (spread - sampling) / (chance - sampling) if chance > sampling else 0.5
    shared = min(_MOST, max(_LEAST, shared))
    return 1 / shared - 1


def certainty(
    classes: Sequence[int | None],
    right: Sequence[float],
    sittings: Sequence[float],
    rule: str | Rule,
    strength: float,
    visible: Sequence[float | None] = (),
    seed: int = 0,
) -> Certainty | None:
    """How sure a rule's choice is; `None` where no rationale has an answer.

    Args:
        classes: Answer class of each rationale, shape (rationales,).
        right: Sittings in which its students were right; repetitions of one item by one student count as one.
        sittings: Of each; 0 for a rationale that nobody was taught, which scores 0.
        rule: A rule or its name.
        strength: From `strength`.
        visible: V-score of each, for rules among answers that pass every visible test.
        seed: Of the draws.

    Raises:
        ValueError: unknown rule name.
    """
    rule, counts, good = rule_of(rule), np.asarray(sittings, dtype=np.float64), np.asarray(right, dtype=np.float64)
    scores = np.divide(good, counts, out=np.zeros(len(counts)), where=counts > 0)
    choice = choose(classes, scores.tolist(), rule, visible)
    if choice is None:
        return None
    mean = (good.sum() + 0.5) / (counts.sum() + 1)
    a, b = strength * mean + good, strength * (1 - mean) + counts - good
    drawn = np.random.default_rng(seed).beta(a, b, (DRAWS, len(counts))) * (counts > 0)
    best = int(np.argmax(np.where(counts > 0, scores, -1.0)))
    luckless = float(a[best] / (a[best] + b[best])) if counts[best] else 0.0
    share, margin = _margin(eligible(classes, rule, visible)[0], drawn, scores, rule, choice.answer_class)
    return Certainty(share, margin, float(scores[best]), luckless)


def _margin(
    classes: Sequence[int | None], drawn: Floats, scores: Floats, rule: Rule, chosen: int
) -> tuple[float, Interval]:
    """In how many draws the chosen class wins, and by how much."""
    members = members_of(classes)
    if len(members) < 2:
        return 1.0, Interval(nan, nan, nan)
    values = np.stack([rule.values(drawn[:, rows]) for rows in members.values()], axis=1)
    at = list(members).index(chosen)
    share = float((best_first(values, [len(rows) for rows in members.values()])[:, 0] == at).mean())
    seen = np.array([float(rule.values(scores[rows])) for rows in members.values()])
    ahead = values[:, at] - np.delete(values, at, axis=1).max(axis=1)
    low, high = np.quantile(ahead, (0.025, 0.975)).tolist()
    return share, Interval(float(seen[at] - np.delete(seen, at).max()), low, high)
