"""How many student replies a problem's exams will take on a budget: drawn from a few measured rationales and sittings.

    seen = Seen(texts=(0, 1, 2), classes=(0, 0, 1), visible=(False,) * 3, right=4, wrong=2)
    exam = ExamTable(classes=(), students=2, items=3)
    drawn_replies(seen, rationales=16, exam, Budget("lossless"), draws=8, seed=0)     # [61, 96, ...]

A draw makes as many rationales as the run will have, with answers as Pólya's urn gives them, and the budget itself asks
for the sittings, each right as often as the posterior of those measured has it. Full exams are drawn the same way: how
many rationales have an answer at all is as uncertain.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from lbt_solvers.budget import Budget, BudgetedExam, ExamTable


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured on a problem."""

    texts: tuple[int, ...]
    """Per rationale the first one with the same words."""
    classes: tuple[int | None, ...]
    visible: tuple[bool, ...]
    """Per rationale whether it passes every visible test."""
    right: float
    """Sum of the scores of the sittings."""
    wrong: float


class _Drawn(NamedTuple):
    text: int
    number: int | None
    visible: bool


def drawn_replies(
    seen: Seen, rationales: int, exam: ExamTable, budget: Budget | None, *, draws: int, seed: int
) -> list[int]:
    """Student replies of the problem in each draw, the control's not counted.

    Args:
        seen: What was measured.
        rationales: Of the run.
        exam: Students, items and repetitions of the run.
        budget: `None` sits all.
        draws: How often.
        seed: Of the draws.
    """
    rng = random.Random(seed)
    return [_replies(seen, _rationales(seen, rationales, rng), exam, budget, rng) for _ in range(draws)]


def _replies(seen: Seen, drawn: Sequence[_Drawn], exam: ExamTable, budget: Budget | None, rng: random.Random) -> int:
    first: dict[int, int] = {}
    same_as = tuple(first.setdefault(each.text, index) for index, each in enumerate(drawn))
    table = replace(exam, classes=tuple(each.number for each in drawn), same_as=same_as)
    if budget is None:
        return table.full_calls
    asked = BudgetedExam(table, budget, [each.visible for each in drawn])
    chance: dict[int | None, float] = {}
    while cells := asked.ask():
        for cell in cells:
            chance.setdefault(table.classes[cell.rationale], rng.betavariate(seen.right + 1, seen.wrong + 1))
        asked.tell(
            {
                cell: [float(rng.random() < chance[table.classes[cell.rationale]]) for _ in range(table.repetitions)]
                for cell in cells
            }
        )
    return asked.calls


def _rationales(seen: Seen, count: int, rng: random.Random) -> list[_Drawn]:
    """Those measured and more like them: other words as often as they had, a new answer ever more rarely."""
    found = [_Drawn(*each) for each in zip(seen.texts, seen.classes, seen.visible, strict=True)][:count]
    many = len(seen.texts)
    differ = (len(set(seen.texts)) - 1) / (many - 1) if many > 1 else 1.0
    answers = 1 + max((number for number in seen.classes if number is not None), default=-1)
    for index in range(len(found), count):
        like = rng.choice(found)
        if rng.random() < differ:
            like = like._replace(text=index)
            if rng.random() < 1 / (index + 1):
                like, answers = like._replace(number=answers), answers + 1
        found.append(like)
    return found
