"""What one Learning-by-Teaching sample leaves in Inspect's store, written once and read by scorers and reports.

    record = state.store_as(TeachingRecord)
    select(record.scored(), "sum")

Everything that any selection rule, pairing or replay needs is here, so none of them calls a model again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from inspect_ai.util import StoreModel
from pydantic import BaseModel, Field

from lbt_solvers.errors import UsageError
from lbt_solvers.generation import RoleUsage
from lbt_solvers.rules import rule_of
from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.types import Draft, ExamResult, Rationale, Scored

Sittings = list[list[float | None]]
"""Scores of one student after one demonstration, `[item][repetition]`."""
SittingAnswers = list[list[str | None]]
"""The extracted answers of the same sittings."""


class SampledRationale(BaseModel):
    """One teacher sample."""

    text: str
    answer: str | None = None
    truncated: bool = False
    visible: float | None = None
    """Share of the visible tests that the answer passes (V-score), in [0, 1]; `None` where there are none."""


class ExamItem(BaseModel):
    """One exam question with its gold answer."""

    id: str
    question: str
    answer: str


class GradingTime(StoreModel):
    """Seconds of one sample. Apart from the record, which is the same in every run."""

    waited: float = 0.0
    """With a grade awaited and no model call under way: what faster grading would have saved."""
    graded: float = 0.0
    """With a grade awaited, whatever else was under way."""

    def add(self, watch: Stopwatch) -> None:
        """Adds what a stage of the sample took."""
        self.waited, self.graded = self.waited + watch.waited, self.graded + watch.graded


class TeachingRecord(StoreModel):
    """Rationales, answer classes, the exam, and the full matrix of sittings."""

    rationales: list[SampledRationale] = Field(default_factory=list)
    classes: list[int | None] = Field(default_factory=list)
    """Answer class of each rationale; `None` where it has no answer."""
    debug: str = ""
    """Whether the teacher debugged its answers `before` or `after` the exams; empty where it did not."""
    undebugged: list[SampledRationale] = Field(default_factory=list)
    """The rationales as they were sampled, where the teacher debugged them; `rationales` holds what came of it."""
    undebugged_classes: list[int | None] = Field(default_factory=list)
    """Their answer classes."""
    greedy: SampledRationale | None = None
    """The teacher's answer at temperature 0, the baseline of one call."""
    items: list[ExamItem] = Field(default_factory=list)
    repetitions: int = 1
    exam_note: str = ""
    drafts: list[Draft] = Field(default_factory=list)
    """Of a label-free exam, every variant and what became of it; empty where the exam has gold answers."""
    students: list[str] = Field(default_factory=list)
    plans: list[list[int]] = Field(default_factory=list)
    """Rationales shown in each exam, the last of which it scores."""
    scores: list[list[Sittings]] = Field(default_factory=list)
    """`[plan][student][item][repetition]` in [0, 1]; `None` is a sitting without a usable reply. An item that a budget
    spared has no repetitions, and a rationale of which it spared all has no plan."""
    answers: list[list[SittingAnswers]] = Field(default_factory=list)
    """The answers behind `scores`, in the same shape."""
    control_scores: list[Sittings] = Field(default_factory=list)
    """`[student][item][repetition]` of the question-only control; empty where it was not sat."""
    control_answers: list[SittingAnswers] = Field(default_factory=list)
    budget: dict[str, Any] = Field(default_factory=dict)
    """Name and options of the budget on which the exams were sat, its `calls` (student replies), the `full_calls` of
    the full exam, the rules that it `decides`, and `estimates`, the LbT score of each rationale. Empty after a full
    exam."""
    usage: dict[str, RoleUsage] = Field(default_factory=dict)
    """By role: `teacher`, and `student: NAME` for each student."""
    notes: list[str] = Field(default_factory=list)
    """What a reader of the numbers should know: truncated or unusable replies, undecided comparisons."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Prompts, seeds, sampling and versions that made this record."""

    def scored(self) -> list[Scored]:
        """Each rationale with its LbT score.

        A rationale that is taught in several plans is scored by all their sittings; one that no plan teaches scores 0.
        After exams on a budget the scores are its estimates, which select by the rules that it decides and no other.
        """
        return self._scored(self.rationales, self.classes)

    def decides(self, rule: str) -> bool:
        """Whether the recorded scores choose by that rule: after a full exam by every one, on a budget by its own."""
        return is_full_exam(self.budget) or rule in self.budget["decides"] or rule_of(rule).ignores_scores

    def scored_undebugged(self) -> list[Scored]:
        """The rationales as they were sampled; their LbT scores are their own where debugging came after the exams."""
        return self._scored(self.undebugged, self.undebugged_classes)

    def _scored(self, rationales: Sequence[SampledRationale], classes: Sequence[int | None]) -> list[Scored]:
        results: list[list[ExamResult]] = [[] for _ in rationales]
        estimates: Sequence[float | None] = self.budget.get("estimates") or [None] * len(rationales)
        for plan, by_student in zip(self.plans, self.scores, strict=True):
            if plan:
                results[plan[-1]] += [
                    _result(student, sat) for student, sat in zip(self.students, by_student, strict=True)
                ]
        return [
            Scored(
                Rationale(sampled.text, sampled.answer, sampled.truncated),
                answer_class,
                tuple(sat),
                lbt_score(sat) if sat and estimate is None else estimate or 0.0,
                sampled.visible,
            )
            for sampled, answer_class, sat, estimate in zip(rationales, classes, results, estimates, strict=True)
        ]

    def control_accuracy(self) -> float | None:
        """Mean exam accuracy in [0, 1] of the students without any demonstration; `None` where they did not sit."""
        if not self.control_scores:
            return None
        results = [_result(student, sat) for student, sat in zip(self.students, self.control_scores, strict=True)]
        return lbt_score(results) if any(exam_accuracy(result) is not None for result in results) else None


def is_full_exam(budget: Mapping[str, Any] | None) -> bool:
    """Whether the budget of a record spared nothing, or no more than the exams of rationales equal to another."""
    if not budget:
        return True
    # In older logs the budget is called none, and its limit max_calls.
    return budget["name"] in ("full", "none") and budget.get("max_replies", budget.get("max_calls")) is None


def insist_on_full_exam(budget: Mapping[str, Any] | None, log: str, needed_by: str) -> None:
    """Refuses a record whose LbT scores a budget left unfinished.

    Args:
        budget: The record's.
        log: Where it was read.
        needed_by: What needs every sitting, in the plural.

    Raises:
        UsageError: says how to sit the rest.
    """
    if budget and not is_full_exam(budget):
        raise UsageError(
            f"{log} was run on the budget {budget['name']}, which leaves LbT scores unfinished; {needed_by} need the "
            "full exams. Run it again with -T budget=full: replies that are in Inspect's cache are not paid twice."
        )


def _result(student: str, sittings: Sittings) -> ExamResult:
    return ExamResult(student, tuple(tuple(item) for item in sittings))
