"""What one optimisation run leaves in Inspect's store: every set, every score, the predictions on the test rows.

    record = state.store_as(ExamplesRecord)
    record.rounds[-1].best

Scorers, curves and exports are made from it alone.
"""

from typing import Any

from inspect_ai.util import StoreModel
from pydantic import BaseModel, Field

from lbt_solvers.examples import ExampleSet, ExampleTask, Prediction, RoundReport
from lbt_solvers.examples.optimise import CandidateSet
from lbt_solvers.generation import RoleUsage


class ExampleItem(BaseModel):
    """One example."""

    text: str
    label: str
    rationale: str = ""


class CandidateRecord(BaseModel):
    """One set of a round."""

    examples: list[ExampleItem]
    parent: int | None = None
    """Place in the beam of the set it was written from; `None` for sets of the beam."""
    reasons: list[str] = Field(default_factory=list)
    value: float | None = None
    """The measure on training rows; `None` where it was not evaluated."""
    rows: int = 0
    kept: bool = False


class RoundRecord(BaseModel):
    """A round; round 0 is the first set."""

    number: int
    candidates: list[CandidateRecord] = Field(default_factory=list)
    errors: dict[str, int] = Field(default_factory=dict)
    """Wrong answers on the minibatch, by student."""
    answered: int = 0
    """Answers of each student on the minibatch."""
    faults: dict[str, int] = Field(default_factory=dict)
    best: list[ExampleItem] = Field(default_factory=list)
    predictions: list[str | None] = Field(default_factory=list)
    """Of the teacher on the test rows, with the best set; `None` where a reply names no label."""
    unusable: list[int] = Field(default_factory=list)
    """Test rows whose reply is empty or refused; they do not count."""

    def on_test(self) -> list[Prediction]:
        """The predictions on the test rows."""
        left_out = set(self.unusable)
        return [Prediction(label, index not in left_out) for index, label in enumerate(self.predictions)]


class ExamplesRecord(StoreModel):
    """One run: an arm and a seed."""

    arm: str = ""
    seed: int = 0
    task: dict[str, Any] = Field(default_factory=dict)
    students: list[str] = Field(default_factory=list)
    train_rows: int = 0
    test_labels: list[str] = Field(default_factory=list)
    """Gold labels of the test rows; the run itself never looks at them."""
    rounds: list[RoundRecord] = Field(default_factory=list)
    usage: dict[str, RoleUsage] = Field(default_factory=dict)
    """By role: `teacher`, `student: NAME`, and `test` for the teacher's answers on the test rows."""
    asked: dict[str, int] = Field(default_factory=dict)
    """Answers and texts that the algorithm asked for, by role; an answer that is known already is not paid again."""
    stopped: str = ""
    """Why the run ended before its last round; empty where it did not."""
    notes: list[str] = Field(default_factory=list)
    settings: dict[str, Any] = Field(default_factory=dict)

    def example_task(self) -> ExampleTask:
        """The task of the run."""
        given = self.task
        return ExampleTask(given["name"], given["description"], tuple(given["labels"]), given["positive"])


def items_of(examples: ExampleSet) -> list[ExampleItem]:
    """A set as it is stored."""
    return [ExampleItem(text=example.text, label=example.label, rationale=example.rationale) for example in examples]


def round_of(report: RoundReport) -> RoundRecord:
    """A round as it is stored, without the best set and its test."""
    return RoundRecord(
        number=report.number,
        candidates=[_candidate(each) for each in report.candidates],
        errors=dict(report.errors),
        answered=report.answered,
        faults=dict(+report.faults),
    )


def _candidate(candidate: CandidateSet) -> CandidateRecord:
    score = candidate.score
    return CandidateRecord(
        examples=items_of(candidate.examples),
        parent=candidate.parent,
        reasons=list(candidate.gradient.reasons),
        value=score.value if score and score.rows else None,
        rows=score.rows if score else 0,
        kept=candidate.kept,
    )
