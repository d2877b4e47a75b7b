"""What is known of a problem's exams so far: results, and the bounds they leave for every score and every answer.

    state = ExamState(ExamTable(classes=(0, 0, 1), students=1, items=2), "sum")
    state.tell(ExamCell(rationale=0, student=0, item=1), [1.0])
    state.low[0], state.high[0]       # 0.5, 1.0: one of two sittings was right
    state.worst(0) > state.best(1)    # whether class 0 is sure to beat class 1

A rule that grows with every score, applied to all lower (upper) bounds of a class's rationales, bounds the class's
value in the full exam. Bounds are sums and quotients in the order in which `lbt_score` forms them, ranked as `select`
ranks, so that a comparison which holds here holds in the full exam to the last bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, lcm
from typing import NamedTuple

from lbt_solvers.rules import RankKey, Rule, rule_of


class ExamCell(NamedTuple):
    """One student in front of one exam item after one rationale; sat `repetitions` times."""

    rationale: int
    student: int
    item: int


@dataclass(frozen=True, slots=True)
class ExamTable:
    """The full exam of one problem: every rationale with a class, every student, every item.

    Raises:
        ValueError: no student or item, or a duplicate that is not one of its own class.
    """

    classes: tuple[int | None, ...]
    """Answer class of each rationale; `None` is never examined."""
    students: int
    items: int
    repetitions: int = 1
    same_as: tuple[int, ...] = ()
    """For each rationale the first one with the same text, whose exams count for it too; empty where all differ."""
    alike: bool = True
    """Whether answers of one class are right together, so that it does not matter which of them is chosen."""

    def __post_init__(self) -> None:
        if min(self.students, self.items, self.repetitions) < 1:
            raise ValueError("An exam needs at least one student, one item and one repetition.")
        if self.same_as and any(self.classes[i] != self.classes[first] for i, first in enumerate(self.same_as)):
            raise ValueError("Duplicate rationales must have the same answer class.")

    def examined_as(self, rationale: int) -> int:
        """The rationale whose exams count for this one."""
        return self.same_as[rationale] if self.same_as else rationale

    @property
    def cells_of_one(self) -> int:
        """Cells of one rationale."""
        return self.students * self.items

    @property
    def full_calls(self) -> int:
        """Student replies in the full exam, in which duplicates sit too."""
        return sum(number is not None for number in self.classes) * self.cells_of_one * self.repetitions


class ExamState:
    """The plain state of a problem's exams: results so far, bounds of scores, ranks of classes."""

    def __init__(self, table: ExamTable, rule: str | Rule) -> None:
        self.table = table
        self.rule = rule_of(rule)
        self.members: dict[int, list[int]] = {}
        """Per class, in the order of first sight: the rationales examined for its members, duplicates repeated."""
        for index, number in enumerate(table.classes):
            if number is not None:
                self.members.setdefault(number, []).append(table.examined_as(index))
        self.order = {number: at for at, number in enumerate(self.members)}
        rationales = range(len(table.classes))
        self.low, self.high = [0.0 for _ in rationales], [1.0 for _ in rationales]
        self.results: dict[ExamCell, tuple[float | None, ...]] = {}
        self.calls = 0
        """Student replies told so far."""
        self._usable: list[list[list[float]]] = [[[] for _ in range(table.students)] for _ in rationales]
        self._left = [[table.items * table.repetitions] * table.students for _ in rationales]
        self._open = {
            index: _cells(index, place, table)
            for indexes in self.members.values()
            for place, index in enumerate(dict.fromkeys(indexes))
        }
        self._asked: set[ExamCell] = set()
        self.right = dict.fromkeys(self.members, 0.0)
        """Per class: sum of its usable results."""
        self.sittings = dict.fromkeys(self.members, 0)
        """Per class: number of its usable results."""

    def examines(self, cell: ExamCell) -> bool:
        """Whether the cell's rationale has a class here."""
        return self.table.classes[cell.rationale] is not None

    def ask(self, cells: Iterable[ExamCell]) -> None:
        """Takes cells out of the open ones."""
        for cell in cells:
            self._open[cell.rationale].remove(cell)
            self._asked.add(cell)

    def tell(self, cell: ExamCell, scores: Sequence[float | None]) -> None:
        """Enters a result.

        Raises:
            ValueError: a cell that was not asked for, another number of repetitions, or a score outside [0, 1].
        """
        if cell not in self._asked:
            raise ValueError(f"{cell} was not asked for, or was told before.")
        if len(scores) != self.table.repetitions or any(s is not None and not 0 <= s <= 1 for s in scores):
            raise ValueError(f"{cell}: {self.table.repetitions} scores in [0, 1] were needed, found {list(scores)}.")
        self._asked.remove(cell)
        self.results[cell] = tuple(scores)
        self.calls += len(scores)
        usable = [score for score in scores if score is not None]
        self._usable[cell.rationale][cell.student] += usable
        self._left[cell.rationale][cell.student] -= len(scores)
        number = self.class_of(cell.rationale)
        self.right[number] += fsum(usable)
        self.sittings[number] += len(usable)
        self.low[cell.rationale], self.high[cell.rationale] = self._bounds(cell.rationale)

    def open_cells(self, number: int) -> list[ExamCell]:
        """The class's cells that nobody was asked to take, one of every rationale before the second of any."""
        lists = [self._open[index] for index in dict.fromkeys(self.members[number])]
        deepest = max((len(cells) for cells in lists), default=0)
        # The fullest list first: a rationale that was sat less is further behind.
        return [cells[-left] for left in range(deepest, 0, -1) for cells in lists if left <= len(cells)]

    def class_of(self, rationale: int) -> int:
        """The class of a rationale that has cells."""
        number = self.table.classes[rationale]
        assert number is not None, "only rationales with a class have cells"
        return number

    def open_of(self, rationale: int) -> list[ExamCell]:
        """The rationale's cells that nobody was asked to take."""
        return list(self._open[rationale])

    def mean(self, number: int) -> float:
        """Expected result of one more sitting of the class: Laplace's rule on what was seen."""
        return (self.right[number] + 1) / (self.sittings[number] + 2)

    def estimate(self, rationale: int) -> float:
        """The rationale's LbT score, with what it did not sit filled in by its class; always within the bounds."""
        number = self.table.classes[rationale]
        if number is None:
            return 0.0
        index = self.table.examined_as(rationale)
        return self.low[index] + (self.high[index] - self.low[index]) * self.mean(number)

    def worst(self, number: int) -> RankKey:
        """The class's rank in the full exam if everything still to come went wrong."""
        return self._rank(number, [self.low[index] for index in self.members[number]])

    def best(self, number: int) -> RankKey:
        """The class's rank in the full exam if everything still to come went right."""
        return self._rank(number, [self.high[index] for index in self.members[number]])

    def expected(self, number: int) -> RankKey:
        """The class's rank with estimated scores."""
        return self._rank(number, [self.estimate(index) for index in self.members[number]])

    def _rank(self, number: int, scores: Sequence[float]) -> RankKey:
        return self.rule.rank(scores, self.order[number])

    def _bounds(self, rationale: int) -> tuple[float, float]:
        """Least and largest LbT score that the full exam could give.

        A result still to come may also turn out unusable and then does not count; (s + j) / (u + j) and s / (u + j)
        say that this never leads beyond the bounds. A student without a usable result leaves the mean to the others.
        """
        lows: list[float] = []
        highs: list[float] = []
        for usable, left in zip(self._usable[rationale], self._left[rationale], strict=True):
            if total := len(usable) + left:
                lows.append(fsum(usable) / total)
                highs.append(fsum([*usable, left]) / total)
        return (fsum(lows) / len(lows), fsum(highs) / len(highs)) if lows else (0.0, 0.0)


def _cells(rationale: int, place: int, table: ExamTable) -> list[ExamCell]:
    """The rationale's cells; neighbours in a class begin with another student and another item: few cells see all."""
    around = lcm(table.students, table.items)  # places after which a student would begin with the same item again
    return [
        ExamCell(rationale, (student + place) % table.students, (item + place + place // around) % table.items)
        for item in range(table.items)
        for student in range(table.students)
    ]
