"""Selectors: a column of scores and a way to add them up, such as `likelihood.raw:softmax(0.5)`.

    >>> selector = selector_of("likelihood:borda(0.5)")
    >>> selector.column, selector.aggregator, selector.parameter
    ('likelihood', 'borda', 0.5)
    >>> selector.choose([0, 0, 1], [0.1, 0.2, 0.9]).answer_class
    1

With c_i the score of rationale i, N their number and C an answer class, the class with the largest value wins:

    max          max_{i in C} c_i                                best of N: judges, reward models
    sum          sum_{i in C} c_i                                the paper's equation 3; weighted vote
    mean         mean_{i in C} c_i                               AVG
    softmax(T)   sum_{i in C} exp(c_i / T)                       CISC (Taubenfeld et al., 2025, arXiv 2502.06233)
    borda(p)     sum_{i in C} (N - rank_i + 1)^p                 self-certainty (Kang et al., 2025, arXiv 2502.18581)
    filter(eta)  sum_{i in C, c_i in the top share eta} c_i      DeepConf (Fu et al., 2025, arXiv 2508.15260)

Equal scores have their mean rank, and stay in a filter together, so that the order of the rationales counts only where
the rules of `lbt_solvers.rules` let it. `maj`, `max`, `sum`, `avg` and every further rule are those on LbT scores.
T, p and eta are to be fitted on other problems than those that are compared: `softmax(fit)` has that done by whoever
compares (`lbt_tasks.selectors.fitting`). `usc` is `usc:max`, what models that read all rationales chose. Pure: numbers
in, an index out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, fsum, inf, isfinite

from lbt_solvers.near_match import no_such
from lbt_solvers.rules import known_rules, rounded
from lbt_solvers.selection import Choice, choose_by
from lbt_solvers.statistics import mean

LBT = "lbt"
"""The column of the exam that chooses."""
VOTE = "vote"
"""The column in which every rationale counts one."""
OLD_NAMES: Mapping[str, str] = {
    "maj": f"{VOTE}:sum",
    "max": f"{LBT}:max",
    "sum": f"{LBT}:sum",
    "avg": f"{LBT}:mean",
}
SHORT_NAMES: Mapping[str, str] = {**OLD_NAMES, "usc": "usc:max"}
FIT = "fit"
"""Written in place of a parameter that is fitted on other problems."""
_WRITTEN = re.compile(r"(?P<column>[\w.]+):(?P<aggregator>\w+)(?:\((?P<parameter>[^()]*)\))?")

Scores = Sequence[float | None]
"""One a rationale; `None` where it has none, so that it is no vote and no best."""
Weights = Callable[[Scores, float], list[float | None]]
"""What each rationale adds to its class, from all scores of the problem and the parameter."""


@dataclass(frozen=True, slots=True)
class Aggregator:
    """How a class of equivalent answers is valued by its rationales' scores."""

    weights: Weights
    combine: Callable[[Sequence[float]], float]
    parameter: tuple[float, float] | None = None
    """The range of its parameter, both ends included but an end of 0; `None` where it takes none."""
    adds: bool = False
    """Whether it adds scores up, so that negative ones would count against the answers with most rationales."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One way to choose among the answers of a problem."""

    column: str
    aggregator: str
    parameter: float | None = None
    fit: bool = False
    """Whether the parameter is still to be fitted, on other problems."""

    @property
    def name(self) -> str:
        """As it is written."""
        given = FIT if self.fit else None if self.parameter is None else f"{self.parameter:g}"
        return f"{self.column}:{self.aggregator}" + (f"({given})" if given else "")

    def choose(self, classes: Sequence[int | None], scores: Scores) -> Choice | None:
        """The winning class and its rationale, the best-scored one; `None` where no rationale has an answer.

        Args:
            classes: Answer class of each rationale; `None` where there is no answer.
            scores: The column.

        Raises:
            ValueError: negative scores are to be added up, or the parameter is not fitted yet.
        """
        if self.fit:
            raise ValueError(f"{self.name}: a number was needed in brackets; `fit` is for comparisons of whole logs.")
        how = aggregators()[self.aggregator]
        voting = [score if number is not None else None for number, score in zip(classes, scores, strict=True)]
        if how.adds and any(score is not None and score < 0 for score in voting):
            raise ValueError(
                f"{self.name}: {self.aggregator} adds scores up, and the column {self.column} has negative ones; take "
                "max, mean, softmax(T) or borda(p)."
            )
        weights = how.weights(voting, self.parameter or 0.0)

        def value(indexes: Sequence[int]) -> float:
            known = [weight for index in indexes if (weight := weights[index]) is not None]
            return how.combine(known) if known else -inf

        return choose_by(classes, scores, value)


def as_they_are(scores: Scores, _: float) -> list[float | None]:
    """c_i."""
    return list(scores)


def softmax(scores: Scores, temperature: float) -> list[float | None]:
    """exp(c_i / T), over that of the best score, which changes no comparison and cannot overflow."""
    best = max((score for score in scores if score is not None), default=0.0)
    return [None if score is None else exp((score - best) / temperature) for score in scores]


def borda(scores: Scores, power: float) -> list[float | None]:
    """(N - rank_i + 1)^p; equal scores have their mean rank."""
    known = [rounded(score) for score in scores if score is not None]
    return [None if score is None else _from_below(rounded(score), known) ** power for score in scores]


def _from_below(score: float, known: Sequence[float]) -> float:
    """N - rank + 1: 1 for the lowest score, N for the best."""
    lower, equal = sum(other < score for other in known), known.count(score)
    return lower + (equal + 1) / 2


def top_share(scores: Scores, share: float) -> list[float | None]:
    """c_i where it is among the best share of all, at least one, those that equal the last of them included; else 0."""
    known = sorted((rounded(score) for score in scores if score is not None), reverse=True)
    least = known[max(1, ceil(share * len(known))) - 1] if known else inf
    return [None if score is None else (score if rounded(score) >= least else 0.0) for score in scores]


def as_shares(scores: Scores) -> list[float | None]:
    """Scores in [0, 1]: as they are, or, where some are not, by their rank, 0 for the lowest and 1 for the best.

    >>> as_shares([-3.0, None, -1.0, -1.0])
    [0.0, None, 0.75, 0.75]
    """
    known = [rounded(score) for score in scores if score is not None]
    if all(0 <= score <= 1 for score in scores if score is not None):
        return list(scores)
    most = max(1, len(known) - 1)
    return [None if score is None else (_from_below(rounded(score), known) - 1) / most for score in scores]


AGGREGATORS: Mapping[str, Aggregator] = {
    "max": Aggregator(as_they_are, max),
    "sum": Aggregator(as_they_are, fsum, adds=True),
    "mean": Aggregator(as_they_are, mean),
    "softmax": Aggregator(softmax, fsum, parameter=(0.0, inf)),
    "borda": Aggregator(borda, fsum, parameter=(0.0, 10.0)),
    "filter": Aggregator(top_share, fsum, parameter=(0.0, 1.0), adds=True),
}
"""By name."""


def aggregators() -> Mapping[str, Aggregator]:
    """These, and every further rule on scores that is known: `lbt:median` where a package brings the rule `median`."""
    rules = [rule for rule in known_rules().values() if not rule.ignores_scores and not rule.passing_only]
    return {rule.name: Aggregator(as_they_are, rule.value) for rule in rules} | dict(AGGREGATORS)


def selector_of(written: str) -> Selector:
    """The selector that is written so: `COLUMN:AGGREGATOR`, with a parameter in brackets, or an old name.

    Raises:
        ValueError: it is none; says what is known.
    """
    known = aggregators()
    short = {name: f"{LBT}:{name}" for name in known if name in known_rules()} | dict(SHORT_NAMES)
    found = _WRITTEN.fullmatch("".join(short.get(written.strip().lower(), written).split()))
    if found is None:
        raise ValueError(
            f"A selector is COLUMN:AGGREGATOR such as lbt:sum or likelihood.raw:softmax(0.5), or one of "
            f"{', '.join(short)}; found '{written}'."
        )
    name, given = found["aggregator"], found["parameter"]
    if name not in known:
        raise ValueError(no_such("aggregator", name, known))
    if given == FIT and known[name].parameter:
        return Selector(found["column"], name, fit=True)
    return Selector(found["column"], name, _parameter(name, given))


def _parameter(name: str, given: str | None) -> float | None:
    bounds = aggregators()[name].parameter
    if bounds is None:
        if given:
            raise ValueError(f"{name} takes no parameter, found {given}.")
        return None
    try:
        value = float(given or "")
    except ValueError:
        value = inf
    low, high = bounds
    if not isfinite(value) or not low < value <= high:
        most = f" and up to {high:g}" if isfinite(high) else ""
        raise ValueError(
            f"{name}: a number above {low:g}{most} was needed in brackets, or fit, found {given or 'none'}."
        )
    return value
