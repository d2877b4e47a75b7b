"""Selection rules: each is one object that everybody asks, from the solver to the report.

    >>> rule_of("sum").rank([0.5, 1.0], seen_at=0)
    RankKey(value=1.5, size=2, minus_seen_at=0)

A rule maps the LbT scores of one answer class's rationales to a number; the class with the largest number wins:

    MAJ = |class|      MAX = max score      SUM = sum of scores      AVG = mean score

MAX_V1 is MAX among the rationales whose answers pass every visible test (V = 1), and MAX where none does. Ties: the
larger class wins, then the class that was seen first. So SUM and MAX fall back to the majority vote when no rationale
helped anybody. To add a rule, add a `Rule` to `RULES`, or name one in another package's entry points of the group
`lbt.rules`: selection, scorers, budgets, replay, report and lm-eval ask here.

Source: paper, section 3.1, equations 2 and 3; MAJ is self-consistency (Wang et al., 2023).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from math import fsum, inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.near_match import no_such

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Value = Callable[[Sequence[float]], float]
"""LbT scores of one class's rationales, in the order of the rationales, to the class's value."""

DIGITS = 9
"""Scores are means of small fractions: those that are equal on paper differ in the last bits, and a tie must be one."""


def rounded(score: float) -> float:
    """A score as it is compared with others."""
    return round(float(score), DIGITS)


class RankKey(NamedTuple):
    """How classes compare: by value, then the larger, then the one seen first. Larger tuples win."""

    value: float
    size: int
    minus_seen_at: int

    @classmethod
    def of(cls, value: float, size: int, seen_at: int) -> "RankKey":
        """That of a class with so many rationales, before which `seen_at` classes were seen."""
        return cls(rounded(value), size, -seen_at)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a class of equivalent answers is valued."""

    name: str
    label: str
    """What reports call it: `SUM: vote weighted by LbT scores`."""
    value: Value
    arrays: Callable[[Floats], Floats] | None = None
    """`value` along the last axis of an array, where that can be said faster than row by row."""
    grows: bool = False
    """Whether a better score of any rationale never makes its class's value smaller: what `lossless` reasons by."""
    best_alone: bool = False
    """Whether the best score alone counts, so that a proof needs whole rationales rather than many."""
    ignores_scores: bool = False
    """Whether it is a plain vote: it needs no exam, and its class is represented by the first rationale."""
    passing_only: bool = False
    """Whether it chooses among the answers that pass every visible test, where there are any."""

    def rank(self, scores: Sequence[float], seen_at: int) -> RankKey:
        """How a class with these scores compares with the others.

        Args:
            scores: LbT scores of its rationales, in their order; at least one.
            seen_at: How many classes were seen before it.
        """
        return RankKey.of(self.value(scores), len(scores), seen_at)

    def values(self, scores: Floats) -> Floats:
        """The value of many classes of one size: shape (..., rationales) in, (...) out, rounded as `rank` rounds."""
        if not scores.size:
            return np.zeros(scores.shape[:-1])
        by_row = self.arrays or (lambda each: np.apply_along_axis(lambda row: self.value(row.tolist()), -1, each))
        return np.round(np.asarray(by_row(scores), dtype=np.float64), DIGITS)


def best_first(values: Floats, sizes: Sequence[int]) -> Ints:
    """Classes by rank, the winner first: shape (..., classes) of values, in the order in which they were seen."""
    order = np.lexsort((np.broadcast_to(-np.asarray(sizes), values.shape), -values), axis=-1)
    return order.astype(np.int64)


def best_of(scores: Sequence[float | None], indexes: Sequence[int]) -> int:
    """The index with the largest score, the first of equals; no score is less than any."""
    return max(indexes, key=lambda index: -inf if (score := scores[index]) is None else rounded(score))


RULES: tuple[Rule, ...] = (
    Rule(
        "maj",
        "MAJ: majority vote (self-consistency)",
        value=len,
        arrays=lambda scores: np.full(scores.shape[:-1], float(scores.shape[-1])),
        grows=True,
        ignores_scores=True,
    ),
    Rule(
        "max",
        "MAX: best LbT score",
        value=max,
        arrays=lambda scores: scores.max(axis=-1),
        grows=True,
        best_alone=True,
    ),
    Rule(
        "sum",
        "SUM: vote weighted by LbT scores",
        value=fsum,
        arrays=lambda scores: scores.sum(axis=-1),
        grows=True,
    ),
    Rule(
        "avg",
        "AVG: best mean LbT score",
        value=lambda scores: fsum(scores) / len(scores),
        arrays=lambda scores: scores.mean(axis=-1),
        grows=True,
    ),
    Rule(
        "max_v1",
        "MAX among samples with V = 1",
        value=max,
        arrays=lambda scores: scores.max(axis=-1),
        grows=True,
        best_alone=True,
        passing_only=True,
    ),
)
"""The rules of this package, in the order in which tables show them."""


@cache
def known_rules() -> Mapping[str, Rule]:
    """Every rule by its name: `RULES`, then those of installed packages (entry points of the group `lbt.rules`).

    Raises:
        ValueError: an entry point that is no rule, or a rule with the name of another.
    """
    found = {rule.name: rule for rule in RULES}
    for entry in entry_points(group="lbt.rules"):
        rule = entry.load()
        if not isinstance(rule, Rule) or rule.name in found:
            raise ValueError(
                f"Entry point {entry.value} of lbt.rules: a Rule with a new name was needed, found {rule}."
            )
        found[rule.name] = rule
    return found


def answer_rules() -> list[str]:
    """Names of the rules that need no visible tests: those that every task has."""
    return [name for name, rule in known_rules().items() if not rule.passing_only]


def rule_of(rule: str | Rule | Value) -> Rule:
    """The rule of that name; a function from a class's scores to its value becomes a rule.

    Raises:
        ValueError: a name that no rule has.
    """
    if isinstance(rule, Rule):
        return rule
    if not isinstance(rule, str):
        name = getattr(rule, "__name__", "rule")
        return Rule(name, name, rule)
    known = known_rules()
    if rule not in known:
        raise ValueError(no_such("selection rule", rule, known, ", or give a function"))
    return known[rule]
