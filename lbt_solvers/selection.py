r"""Choosing an answer: votes over classes of equivalent answers, plain or weighted by LbT scores.

A rule maps the scores of one class's rationales to a number; the class with the largest number wins:

    MAJ = \|class\|      MAX = max score      SUM = sum of scores      AVG = mean score

    >>> best = select([scored_a, scored_b, scored_c], "sum")
    >>> best.answer_class, best.rationale
    (1, 2)

`max_v1` is MAX among the rationales whose answers pass every visible test (V = 1), and MAX where none does.

Ties: the larger class wins, then the class that was seen first. So SUM and MAX fall back to the majority vote when
no rationale helped anybody. A rationale without an answer has no class and never wins.
Source: paper, section 3.1, equations 2 and 3; MAJ is self-consistency (Wang et al., 2023).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import fsum
from typing import NamedTuple

from lbt_solvers.near_match import no_such
from lbt_solvers.types import Scored

Rule = Callable[[Sequence[float]], float]
"""LbT scores of one class's rationales, in the order of the rationales, to the class's value."""

RULES: Mapping[str, Rule] = {
    "maj": len,
    "max": max,
    "sum": fsum,
    "avg": lambda scores: fsum(scores) / len(scores),
}

AMONG_VISIBLE: Mapping[str, str] = {"max_v1": "max"}
"""Rules that choose as another rule does, but only among rationales that pass every visible test."""

# Scores are means of small fractions: sums that are equal on paper differ in the last bits, and a tie must be a tie.
_DIGITS = 9


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


def select(scored: Sequence[Scored], rule: str | Rule) -> Choice | None:
    """The winning class and its rationale; `None` where no rationale has an answer.

    Args:
        scored: The rationales of one problem, in the order in which they were sampled.
        rule: `maj`, `max`, `sum`, `avg`, `max_v1`, or a function from a class's scores to its value.

    Raises:
        ValueError: unknown rule name.
    """
    check_rule(rule)
    if isinstance(rule, str) and rule in AMONG_VISIBLE:
        return _among_visible(scored, AMONG_VISIBLE[rule])
    value_of = RULES[rule] if isinstance(rule, str) else rule
    classes = members_by_class(scored)
    if not classes:
        return None
    values = {
        number: round(float(value_of([scored[i].score for i in members])), _DIGITS)
        for number, members in classes.items()
    }
    # Classes are in the order in which they were first seen, and max() keeps the first of equals.
    winner = max(classes, key=lambda number: (values[number], len(classes[number])))
    members = classes[winner]
    chosen = members[0] if rule == "maj" else max(members, key=lambda i: round(scored[i].score, _DIGITS))
    return Choice(winner, chosen, values[winner])


def passes_visible(candidate: Scored) -> bool:
    """Whether V = 1: the answer passes every visible test, and there are some."""
    return candidate.visible == 1


def _among_visible(scored: Sequence[Scored], rule: str) -> Choice | None:
    passing = [each if passes_visible(each) else replace(each, answer_class=None) for each in scored]
    if choice := select(passing, rule):
        return choice
    choice = select(scored, rule)
    return choice._replace(fell_back=True) if choice else None


def members_by_class(scored: Sequence[Scored]) -> dict[int, list[int]]:
    """Indexes of the rationales in each answer class; classes in the order in which they were first seen."""
    classes: dict[int, list[int]] = {}
    for index, candidate in enumerate(scored):
        if candidate.answer_class is not None:
            classes.setdefault(candidate.answer_class, []).append(index)
    return classes


def check_rule(rule: str | Rule) -> None:
    """Refuses unknown names.

    Raises:
        ValueError: a name that no rule has.
    """
    names = [*RULES, *AMONG_VISIBLE]
    if isinstance(rule, str) and rule not in names:
        raise ValueError(no_such("selection rule", rule, names, ", or give a function"))
