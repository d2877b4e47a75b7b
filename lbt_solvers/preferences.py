"""Preference pairs from scored rationales: what teaches well, against what does not.

    >>> good, lucky = Candidate("Posts: 3+1=4. ...", 1.0, 0.83), Candidate("Posts: 3*1=3. ...", 1.0, 0.0)
    >>> preference_pairs([good, lucky], Pairing(weight=0.5, threshold=0.3))
    [Pair(chosen=0, rejected=1, margin=0.415)]

score = weight * correctness + (1 - weight) * LbT. A pair is two different texts of one problem whose scores differ by
more than the threshold. `weight=1` gives pairs from correctness alone, `weight=0` from exams alone.

Source: paper, section 4 and appendix B (method M2): weight 0.5, threshold 0.3, at most 8 pairs a problem. The paper
leaves open which 8 are taken; `choose` makes it explicit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import fsum
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.checks import at_least, one_of
from lbt_solvers.rules import DIGITS

Choose: TypeAlias = Literal["largest_gap", "uniform", "best_vs_worst"]


class Candidate(NamedTuple):
    """One rationale with its answer, as the teacher wrote it, and what it was worth."""

    text: str
    correctness: float
    """In [0, 1]: whether the answer is right, or the share of tests a program passes."""
    lbt: float | None
    """LbT score in [0, 1]; `None` where no student sat an exam with it."""


class Pair(NamedTuple):
    """Indexes of two candidates and by how much the first scores higher."""

    chosen: int
    rejected: int
    margin: float


@dataclass(frozen=True, slots=True)
class Pairing:
    """How pairs are made; the defaults are the paper's.

    Raises:
        ValueError: a value that cannot be.
    """

    weight: float = 0.5
    """Share of correctness in the score, in [0, 1]; the rest is LbT."""
    threshold: float = 0.3
    """Least difference of scores, exclusive."""
    max_pairs: int = 8
    """Per problem."""
    choose: Choose = "largest_gap"
    """Where there are more pairs than `max_pairs`: those with the `largest_gap` (ties at random), a `uniform` draw, or
    `best_vs_worst`: the best text with the worst, the second best with the second worst, each text once."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"weight: a number from 0 (LbT alone) to 1 (correctness alone), found {self.weight}.")
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold: a difference of scores in [0, 1) was needed, found {self.threshold}.")
        at_least(1, max_pairs=self.max_pairs)
        one_of("way to choose pairs", self.choose, get_args(Choose))


def preference_score(candidate: Candidate, weight: float = 0.5) -> float | None:
    """Weight * correctness + (1 - weight) * LbT, in [0, 1]; `None` where LbT counts and nobody sat an exam."""
    if weight == 1:
        return candidate.correctness
    return None if candidate.lbt is None else weight * candidate.correctness + (1 - weight) * candidate.lbt


def preference_pairs(candidates: Sequence[Candidate], pairing: Pairing, problem: str = "") -> list[Pair]:
    """The pairs of one problem, best margin first.

    Equal texts are one candidate with the mean of their scores (the index is that of the first). A candidate without a
    score is in no pair. The outcome depends on the texts and their scores, not on their order.

    Args:
        candidates: The rationales of one problem.
        pairing: How pairs are made.
        problem: Its id, so that problems draw independently of each other.
    """
    first: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        first.setdefault(candidate.text, index)
    scored = [
        (first[candidate.text], score)
        for candidate in sorted(distinct(candidates), key=lambda each: each.text)
        if (score := preference_score(candidate, pairing.weight)) is not None
    ]
    if len(scored) < 2:
        return []
    scores = np.array([score for _, score in scored])
    rng = np.random.default_rng([pairing.seed, int.from_bytes(blake2b(problem.encode(), digest_size=8).digest())])
    chosen = _mirrored(scores, rng) if pairing.choose == "best_vs_worst" else np.argwhere(scores[:, None] > scores)
    # A gap that equals the threshold on paper must not exceed it in the last bits.
    gaps = np.round(scores[chosen[:, 0]] - scores[chosen[:, 1]], DIGITS)
    wide = gaps > pairing.threshold
    chosen, gaps = chosen[wide], gaps[wide]
    order = rng.permutation(len(gaps))
    if pairing.choose == "uniform":
        order = order[: pairing.max_pairs]
    # A stable sort of a random order: ties are broken at random, not by position.
    order = order[np.argsort(-gaps[order], kind="stable")][: pairing.max_pairs]
    return [Pair(scored[a][0], scored[b][0], float(gaps[i])) for i in order for a, b in [chosen[i]]]


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """One candidate per text, in the order of first appearance, with the mean of what its copies were worth."""
    copies: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        copies.setdefault(candidate.text, []).append(candidate)
    return [_merged(same) if len(same) > 1 else same[0] for same in copies.values()]


def _merged(same: Sequence[Candidate]) -> Candidate:
    correctness = fsum(candidate.correctness for candidate in same) / len(same)
    examined = [candidate.lbt for candidate in same if candidate.lbt is not None]
    return Candidate(same[0].text, correctness, fsum(examined) / len(examined) if examined else None)


def _mirrored(scores: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the best and the worst, the second best and the second worst, and so on, shape (n // 2, 2)."""
    shuffled = rng.permutation(len(scores))
    ranked = shuffled[np.argsort(-scores[shuffled], kind="stable")]
    half = len(ranked) // 2
    return np.stack([ranked[:half], ranked[::-1][:half]], axis=1)
