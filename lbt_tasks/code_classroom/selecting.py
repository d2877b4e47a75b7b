"""Selection rules for the evaluation's table: votes over behaviour, LbT scores, and what they look at.

>>> chosen_score([Sample(Marks(True, 1.0, 1.0), behaviour=0, score=0.7)], "MAX")
1.0
"""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from lbt_solvers.selection import select
from lbt_solvers.types import Rationale, Scored
from lbt_tasks.code_classroom.grading import Marks

RULES_SHOWN = ("mean", "mean, V = 1", "MAJ", "MAJ, V = 1", "MAX", "SUM", "MAX, V = 1", "SUM, V = 1")


class Sample(NamedTuple):
    """A teacher's program: its marks, its class of behaviour (`None`: it never answers) and its LbT score."""

    marks: Marks
    behaviour: int | None
    score: float


def chosen_score(samples: Sequence[Sample], rule: str) -> float:
    """Share of chosen programs that pass every hidden test, 0 or 1 but for means.

    `V = 1` chooses among the programs that pass the visible tests, and among all where none does.
    """
    name, _, filtered = rule.partition(", ")
    among = [each for each in samples if each.marks.visible == 1] if filtered else samples
    among = among or samples
    if name == "mean":
        return fmean(each.marks.hidden == 1 for each in among)
    choice = select([_scored(each) for each in among], name.lower())
    return float(choice is not None and among[choice.rationale].marks.hidden == 1)


def _scored(sample: Sample) -> Scored:
    return Scored(Rationale("", ""), sample.behaviour, (), sample.score, sample.marks.visible)
