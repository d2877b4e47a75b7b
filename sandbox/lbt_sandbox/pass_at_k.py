"""pass@k: the chance that one of k samples of a task is right, estimated without bias from n samples of it.

    >>> pass_at_k(samples=10, correct=3, k=1)
    0.3
    >>> estimate({"a": [True, False], "b": [True, True]}, k=1).value
    0.75

Source: Chen et al., "Evaluating Large Language Models Trained on Code", 2021, equation 1.
"""

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

RESAMPLES = 10_000


class PassAtK(NamedTuple):
    """An estimate over tasks, each with the same weight."""

    k: int
    value: float
    low: float
    """Lower end of the 95 % bootstrap interval over tasks."""
    high: float
    tasks: int


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k) for one task.

    Raises:
        ValueError: Fewer than `k` samples, or more correct ones than samples.
    """
    if not 0 <= correct <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} needs at least {k} samples of a task, found {samples} ({correct} correct).")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def estimate(outcomes: Mapping[str, Sequence[bool]], k: int, seed: int = 0) -> PassAtK:
    """pass@k over tasks, with a 95 % percentile bootstrap interval in which whole tasks are drawn.

    Args:
        outcomes: For each task, whether each of its samples was accepted.
        k: Samples that a user would draw.
        seed: Of the bootstrap.

    Raises:
        ValueError: No tasks, or one with fewer than `k` samples.
    """
    if not outcomes:
        raise ValueError(f"pass@{k} needs at least one task.")
    values = [pass_at_k(len(results), sum(results), k) for results in outcomes.values()]
    value = math.fsum(values) / len(values)
    if len(set(values)) == 1:  # every resample is the same
        return PassAtK(k, value, value, value, len(values))
    generator = random.Random(seed)
    means = [sum(generator.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)]
    fortieths = statistics.quantiles(means, n=40, method="inclusive")
    return PassAtK(k, value, fortieths[0], fortieths[-1], len(values))
