"""One row a sitting: who answered which exam question after which teaching plan, and what that came to.

    >>> rows = [Sitting(0, 0, 0, 0, "14", 1.0, 331.0), Sitting(None, 0, 0, 0, "20", 0.0, 120.0)]
    >>> SittingColumns.of(rows).rows() == rows
    True

A log keeps the rows as columns: a third of the text of a list of objects, and Inspect, which validates and compares a
sample's store many times, does so in a tenth of the time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, model_validator

from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.types import ExamResult, GradedReply


class Sitting(NamedTuple):
    """One student's answer to one exam question after one teaching plan."""

    plan: int | None
    """Index into the record's plans; `None` for the control, in which nobody was taught."""
    student: int
    """Index into the record's students."""
    item: int
    """Index into the exam's items."""
    repetition: int
    answer: str | None
    """As it was extracted; `None` where there is none."""
    score: float | None
    """In [0, 1]; `None` is a sitting without a usable reply."""
    tokens: float = 0.0
    """Read and written; a share of the call's where it gave several completions. 0 in older logs."""
    truncated: bool = False
    undecided: bool = False
    """The answer could not be compared in time and counts as wrong."""
    raw: float | None = None
    """What the score was made of, where an exam measures something else than right and wrong."""
    written: float = 0.0
    """Of the tokens, those that the student wrote; 0 in older logs."""
    cached: float = 0.0
    """Of the tokens, those that a provider found in its own prompt cache; 0 in older logs."""


_RARE = ("truncated", "undecided")
_ADDED: dict[str, Any] = {"raw": None, "written": 0.0, "cached": 0.0}
"""What older logs do not have; a column of nothing but these values is left out."""


class SittingColumns(BaseModel):
    """Sittings as a log keeps them, one list a field of `Sitting`; what is rarely true, by the numbers of its rows."""

    plan: list[int | None] = Field(default_factory=list[int | None])
    student: list[int] = Field(default_factory=list[int])
    item: list[int] = Field(default_factory=list[int])
    repetition: list[int] = Field(default_factory=list[int])
    answer: list[str | None] = Field(default_factory=list[str | None])
    score: list[float | None] = Field(default_factory=list[float | None])
    tokens: list[float] = Field(default_factory=list[float])
    truncated: list[int] = Field(default_factory=list[int])
    undecided: list[int] = Field(default_factory=list[int])
    raw: list[float | None] = Field(default_factory=list[float | None])
    written: list[float] = Field(default_factory=list[float])
    cached: list[float] = Field(default_factory=list[float])

    @classmethod
    def of(cls, rows: Iterable[Sitting]) -> "SittingColumns":
        """The columns of these rows."""
        columns: dict[str, Any] = dict(zip(Sitting._fields, map(list, zip(*rows, strict=True)), strict=False))
        for name in _RARE:
            columns[name] = [number for number, flag in enumerate(columns.get(name, [])) if flag]
        for name in ("tokens", "written", "cached"):
            columns[name] = [round(tokens, 2) for tokens in columns.get(name, [])]
        for name, nothing in _ADDED.items():
            columns[name] = columns.get(name, []) if set(columns.get(name, [])) - {nothing} else []
        return cls(**columns)

    def rows(self) -> list[Sitting]:
        """The rows of these columns."""
        truncated, undecided = set(self.truncated), set(self.undecided)
        added = zip(
            *(getattr(self, name) or [nothing] * len(self.plan) for name, nothing in _ADDED.items()), strict=True
        )
        rows = zip(zip(*self._columns(), strict=True), added, strict=True)
        return [
            Sitting._make((*row, number in truncated, number in undecided, *more))
            for number, (row, more) in enumerate(rows)
        ]

    def _columns(self) -> tuple[list[Any], ...]:
        return self.plan, self.student, self.item, self.repetition, self.answer, self.score, self.tokens

    @model_validator(mode="after")
    def _of_one_length(self) -> "SittingColumns":
        added = [column for name in _ADDED if (column := getattr(self, name))]
        if len(lengths := set(map(len, [*self._columns(), *added]))) > 1:
            raise ValueError(f"columns of one length were needed, found {sorted(lengths)}")
        return self


def rows_of_replies(plan: int | None, student: int, item: int, replies: Sequence[GradedReply]) -> Iterator[Sitting]:
    """What one student's replies to one item came to."""
    return (Sitting(plan, student, item, number, *reply) for number, reply in enumerate(replies))


def exam_results(rows: Iterable[Sitting], students: Sequence[str], items: int) -> tuple[ExamResult, ...]:
    """One result a student, whatever plans the rows are of; no scores for an item that it did not sit."""
    scores: Mapping[tuple[int, int], list[float | None]] = defaultdict(list)
    for row in rows:
        scores[row.student, row.item].append(row.score)
    return tuple(
        ExamResult(name, tuple(tuple(scores.get((student, item), ())) for item in range(items)))
        for student, name in enumerate(students)
    )


def score_of_rows(rows: Sequence[Sitting]) -> float | None:
    """LbT score of the rationale that these sittings were taught, in [0, 1]; `None` where none of them is usable."""
    students = 1 + max((row.student for row in rows), default=-1)
    items = 1 + max((row.item for row in rows), default=-1)
    return lbt_score_or_none(exam_results(rows, [str(student) for student in range(students)], items))


def nested_rows(plan: int | None, scores: Any, answers: Any = None) -> Iterator[Sitting]:
    """Rows of lists `[student][item][repetition]`, which logs held before they held rows."""
    for student, of_student in enumerate(scores):
        for item, of_item in enumerate(of_student):
            for number, score in enumerate(of_item):
                answer = answers[student][item][number] if answers else None
                yield Sitting(plan, student, item, number, answer, score)
