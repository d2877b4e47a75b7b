"""The answers of one problem as the page shows them: votes, LbT scores, and the best rationale that leads to each.

groups = answer_groups(problem.rationales)
groups[0].votes, groups[0].best.text
"""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from lbt_tasks.report.details import TaughtRationale


class AnswerGroup(NamedTuple):
    """Rationales whose answers are equal."""

    answer: str
    votes: int
    total: float | None
    """Sum of their LbT scores, by which SUM chooses; `None` where nobody sat."""
    best: TaughtRationale
    """The one with the largest LbT score."""

    @property
    def right(self) -> float:
        """As that of its best rationale."""
        return self.best.right


def answer_groups(rationales: Sequence[TaughtRationale], shown: int | None = None) -> list[AnswerGroup]:
    """The groups, the largest sum of scores first, then the most votes; those without an answer are one each.

    Args:
        rationales: Of one problem.
        shown: At most so many; a right one is among them where there is any.
    """
    found: dict[tuple[int, int], list[TaughtRationale]] = {}
    for at, each in enumerate(rationales):
        key = (0, each.answer_class) if each.answer_class is not None else (1, at)
        found.setdefault(key, []).append(each)
    groups = sorted(map(_group, found.values()), key=lambda group: (-(group.total or 0.0), -group.votes))
    if shown is None or len(groups) <= shown:
        return groups
    kept = groups[:shown]
    right = next((group for group in groups if group.right == 1), None)
    return kept if right is None or right in kept else [*kept[:-1], right]


def _group(members: Sequence[TaughtRationale]) -> AnswerGroup:
    scores = [each.score for each in members if each.score is not None]
    best = max(members, key=lambda each: -1.0 if each.score is None else each.score)
    return AnswerGroup(best.answer, len(members), fsum(scores) if scores else None, best)
