"""What the page shows beyond the table: every rationale with its text, score and correctness, read from the log.

problems = read_details("logs/demo/x.eval")
problems[0].rationales[0].score
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspect_ai.scorer import Score

from lbt_solvers.record import TeachingRecord, is_full_exam
from lbt_solvers.scoring import lbt_score_or_none
from lbt_tasks.logs import LoggedSample, open_log


@dataclass(frozen=True, slots=True)
class TaughtRationale:
    """One rationale as a reader of the page sees it."""

    text: str
    answer: str
    answer_class: int | None
    score: float | None
    """LbT score in [0, 1]; `None` where it was not examined."""
    right: float
    """1 or 0 for mathematics, the S-score in [0, 1] for code."""
    sittings: int
    """On which the score rests; a budget leaves some of the exam out."""


@dataclass(frozen=True, slots=True)
class TaughtProblem:
    """One scored sample."""

    id: str
    question: str
    target: str
    subject: str
    level: str
    rationales: Sequence[TaughtRationale]
    taught: Mapping[str, float]
    """Mean exam accuracy of each student after a demonstration; empty where a budget chose what was sat."""
    sittings: int
    """Of the whole exam of one rationale."""
    control: Mapping[str, float]
    """The same without one."""
    notes: Sequence[str]
    values: Mapping[str, float | None]
    """The score's columns."""

    def best_first(self) -> list[TaughtRationale]:
        """Rationales by LbT score, those without one last."""
        return sorted(self.rationales, key=lambda each: -1.0 if each.score is None else each.score, reverse=True)


def read_details(path: str, scorer: str) -> list[TaughtProblem]:
    """Every sample of a log that this scorer scored, without its transcript."""
    found: list[TaughtProblem] = []
    for sample in open_log(path).samples():
        score, record = sample.score(scorer), sample.record(TeachingRecord)
        if score and not sample.error and record.rationales:
            found.append(_problem(sample, record, score))
    return found


def _problem(sample: LoggedSample, record: TeachingRecord, score: Score) -> TaughtProblem:
    return TaughtProblem(
        id=sample.id,
        question=sample.question,
        target=sample.target,
        subject=sample.subject or ", ".join(sample.metadata.get("tags") or []),
        level=sample.level,
        rationales=_rationales(record, sample.correctness(len(record.rationales))),
        taught=record.taught_accuracies() if is_full_exam(record.budget) else {},
        sittings=len(record.students) * len(record.items) * record.repetitions,
        control=record.control_accuracies(),
        notes=record.notes,
        values=score.value if isinstance(score.value, dict) else {},  # pyright: ignore[reportArgumentType]
    )


def _rationales(record: TeachingRecord, right: Sequence[float]) -> list[TaughtRationale]:
    return [
        TaughtRationale(
            text=scored.rationale.text,
            answer=scored.rationale.answer or "",
            answer_class=scored.answer_class,
            score=lbt_score_or_none(scored.results),  # of what was sat, though a budget may have estimated more
            sittings=sum(len(item) for result in scored.results for item in result.scores),
            right=value,
        )
        for scored, value in zip(record.scored(), right, strict=True)
    ]
