"""The exams of one sample as arrays, for what a report says beyond accuracy.

    sample = examined_sample(logged, record)
    sample.cells.shape                  # (rationales, students, items); nan where nobody sat
    sample.of_student("openai/gpt-4o-mini")

A cell is the mean over a student's repetitions of an item: they are answers of one student to one question, and no
further evidence of how good the rationale is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.leakage import Leak, leaks
from lbt_solvers.record import TeachingRecord, is_full_exam
from lbt_solvers.selection import select
from lbt_solvers.types import Problem
from lbt_tasks.logs import LoggedSample
from lbt_tasks.report.layouts import Layout

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExaminedSample:
    """One scored sample."""

    problem: str
    items: Sequence[str]
    students: Sequence[str]
    classes: Sequence[int | None]
    visible: Sequence[float | None]
    correct: Floats
    """Whether each rationale is right, in [0, 1], shape (rationales,)."""
    cells: Floats | None
    """`None` where a budget left sittings out."""
    fresh: tuple[float, float] | None
    """LbT score of the chosen rationale in the exam that chose it, and in a fresh one, where it was sat."""
    without: Mapping[str, float]
    """By column: how right the rule's choice is when the items that leak are left out; nan where none is left."""

    @property
    def right(self) -> list[float]:
        """Right sittings of each rationale, repetitions of one item by one student being one."""
        return [] if self.cells is None else np.nansum(self.cells, axis=(1, 2)).tolist()

    @property
    def sittings(self) -> list[int]:
        """Sittings of each, counted so."""
        return [] if self.cells is None else (~np.isnan(self.cells)).sum(axis=(1, 2)).tolist()

    def of_student(self, name: str) -> Floats:
        """Shape (rationales, items)."""
        assert self.cells is not None
        return self.cells[:, self.students.index(name)]


def leaks_of(samples: Sequence[tuple[LoggedSample, TeachingRecord]]) -> list[Leak]:
    """Those of a log; several epochs of a problem have one exam, and those with another one count, too."""
    exams: dict[tuple[str, tuple[str, ...]], tuple[Problem, list[Problem]]] = {}
    for sample, record in samples:
        items = [Problem(item.id, item.question, item.answer) for item in record.items]
        taught = Problem(sample.id, sample.question, sample.target)
        exams.setdefault((sample.id, tuple(item.id for item in items)), (taught, items))
    return list(dict.fromkeys(leaks(exams.values())))


def examined_sample(
    sample: LoggedSample, record: TeachingRecord, layout: Layout, leaking: Collection[str]
) -> ExaminedSample:
    """The arrays of a sample.

    Args:
        sample: As it was logged.
        record: Its record.
        layout: Of its scorer.
        leaking: Ids of the items of its exam that leak.

    Raises:
        UsageError: no score says which rationales are right.
    """
    correct = sample.correctness(len(record.rationales)) if record.rationales else []
    whole = is_full_exam(record.budget)
    out = [at for at, item in enumerate(record.items) if item.id in leaking]
    return ExaminedSample(
        problem=sample.id,
        items=[item.id for item in record.items],
        students=record.students,
        classes=record.classes,
        visible=[rationale.visible for rationale in record.rationales],
        correct=np.nan_to_num(np.array(correct)),  # an answer that nobody could grade is not known to be right
        cells=_cells(record) if whole else None,
        fresh=_fresh(record),
        without=_without(record, layout, correct, out) if whole else {},
    )


def _fresh(record: TeachingRecord) -> tuple[float, float] | None:
    first, again = record.controls.chosen_score, record.controls.fresh_score
    return None if first is None or again is None else (first, again)


def _cells(record: TeachingRecord) -> Floats:
    shape = (len(record.rationales), len(record.students), len(record.items))
    total, count = np.zeros(shape), np.zeros(shape)
    sittings = record.sittings_of()
    for index, examined_as in enumerate(record.examined_as()):
        for row in sittings.get(examined_as, ()):
            if row.score is not None:
                total[index, row.student, row.item] += row.score
                count[index, row.student, row.item] += 1
    return np.divide(total, count, out=np.full(shape, nan), where=count > 0)


def _without(
    record: TeachingRecord, layout: Layout, correct: Sequence[float], out: Collection[int]
) -> dict[str, float]:
    if len(out) == len(record.items):
        return dict.fromkeys(layout.gains, nan)
    scored, found = record.scored(out), dict[str, float]()
    for column in layout.gains:
        choice = select(scored, layout.rule_of(column))
        found[column] = correct[choice.rationale] if choice else 0.0
    return found
