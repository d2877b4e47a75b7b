"""Choosing an answer: votes over classes of equivalent answers, plain or weighted by LbT scores.

    >>> best = select([scored_a, scored_b, scored_c], "sum")
    >>> best.answer_class, best.rationale
    (1, 2)

`lbt_solvers.rules` says what a class is worth and how ties fall. A rationale without an answer has no class and never
wins. `select_rows` does the same on arrays, for a million rationales at a time.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lbt_solvers.rules import DIGITS, Floats, Ints, RankKey, Rule, Value, best_of, rule_of
from lbt_solvers.types import Scored


class Choice(NamedTuple):
    """The outcome of a rule."""

    answer_class: int
    rationale: int
    """Index of the rationale that stands for the class: its best-scored one (MAJ, which must not look at scores: its
    first one); ties go to the first."""
    value: float
    """What the rule gave the class."""
    fell_back: bool = False
    """No rationale passes every visible test, so that a rule among those had to choose among all."""


def select(scored: Sequence[Scored], rule: str | Rule | Value) -> Choice | None:
    """The winning class and its rationale; `None` where no rationale has an answer.

    Args:
        scored: The rationales of one problem, in the order in which they were sampled.
        rule: A rule, its name, or a function from a class's scores to its value.

    Raises:
        ValueError: unknown rule name.
    """
    columns = [(each.answer_class, each.score, each.visible) for each in scored]
    classes, scores, visible = zip(*columns, strict=True) if columns else ((), (), ())
    return choose(classes, scores, rule, visible)


def choose(
    classes: Sequence[int | None],
    scores: Sequence[float],
    rule: str | Rule | Value,
    visible: Sequence[float | None] = (),
) -> Choice | None:
    """The same from columns.

    Args:
        classes: Answer class of each rationale; `None` where there is no answer.
        scores: LbT score of each.
        rule: As in `select`.
        visible: V-score of each; none by default.

    Raises:
        ValueError: unknown rule name.
    """
    rule = rule_of(rule)
    classes, fell_back = eligible(classes, rule, visible)
    stands = [0.0] * len(classes) if rule.ignores_scores else scores
    choice = choose_by(classes, stands, lambda indexes: rule.value([scores[i] for i in indexes]))
    return choice and choice._replace(fell_back=fell_back)


def eligible(
    classes: Sequence[int | None], rule: Rule, visible: Sequence[float | None] = ()
) -> tuple[Sequence[int | None], bool]:
    """The classes without the answers that the rule passes over; and whether these are all, so that none is."""
    if not rule.passing_only:
        return classes, False
    pairs = zip(classes, visible or [None] * len(classes), strict=True)
    passing = [number if passed == 1 else None for number, passed in pairs]
    fell_back = all(number is None for number in passing)
    return classes if fell_back else passing, fell_back


def choose_by(
    classes: Sequence[int | None], scores: Sequence[float | None], value: Callable[[Sequence[int]], float]
) -> Choice | None:
    """The class with the largest value, and the best-scored of its rationales; `None` where there is no class.

    Args:
        classes: As in `choose`.
        scores: By which a rationale stands for its class.
        value: Of a class, from the indexes of its rationales.
    """
    members = members_of(classes)
    ranks = {
        number: RankKey.of(value(indexes), len(indexes), seen_at)
        for seen_at, (number, indexes) in enumerate(members.items())
    }
    if not ranks:
        return None
    winner = max(ranks, key=ranks.__getitem__)
    return Choice(winner, best_of(scores, members[winner]), ranks[winner].value)


def passes_visible(candidate: Scored) -> bool:
    """Whether V = 1: the answer passes every visible test, and there are some."""
    return candidate.visible == 1


def members_of(classes: Sequence[int | None]) -> dict[int, list[int]]:
    """Indexes of the rationales in each answer class; classes in the order in which they were first seen."""
    members: dict[int, list[int]] = {}
    for index, number in enumerate(classes):
        if number is not None:
            members.setdefault(number, []).append(index)
    return members


def select_rows(
    problem: Ints, problems: int, answer_class: Ints, visible: Floats, scores: Floats, rule: str | Rule
) -> Ints:
    """Row of the chosen rationale of every problem; -1 where none has an answer.

    Args:
        problem: Number of each row's problem, from 0; rows of a problem in the order in which they were sampled.
        problems: How many there are.
        answer_class: Of each row; -1 where it has no answer.
        visible: V-score of each row; nan where there are no visible tests.
        scores: LbT score of each row.
        rule: A rule or its name.

    Raises:
        ValueError: unknown rule name.
    """
    rule, votes = rule_of(rule), answer_class >= 0
    if rule.passing_only:
        passing = votes & (visible == 1)
        some = np.bincount(problem[passing], minlength=problems) > 0
        votes &= passing | ~some[problem]
    rows = np.flatnonzero(votes)
    problem, scores = problem[rows], scores[rows]
    key = problem * (answer_class.max(initial=0) + 1) + answer_class[rows]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    size = np.bincount(group)
    value = _by_group(scores, group, size, rule)
    winner = _last_of_each(problem[first], np.lexsort((-first, size, value, problem[first])), problems)
    wins = group == winner[problem]
    best = np.zeros(len(rows)) if rule.ignores_scores else np.round(scores, DIGITS)
    chosen = _last_of_each(problem, np.lexsort((-np.arange(len(rows)), best, wins, problem)), problems)
    return np.where(chosen >= 0, rows[chosen], -1) if len(rows) else chosen


def _by_group(scores: Floats, group: Ints, size: Ints, rule: Rule) -> Floats:
    """The value of every group; those of one size at a time."""
    value = np.empty(len(size))
    by_group = scores[np.argsort(group, kind="stable")]
    starts = np.cumsum(size) - size
    for count in np.unique(size):
        same = np.flatnonzero(size == count)
        value[same] = rule.values(by_group[starts[same, None] + np.arange(count)])
    return value


def _last_of_each(problem: Ints, order: Ints, problems: int) -> Ints:
    """For every problem the entry that stands last in the order; -1 where it has none."""
    last = np.full(problems, -1)
    last[problem[order]] = order  # the last assignment stays
    return last
