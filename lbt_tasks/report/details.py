"""What the page shows beyond the table: every rationale with its text, score and correctness, read from the log.

problems = read_details("logs/demo/x.eval")
problems[0].rationales[0].score
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.log import read_eval_log, read_eval_log_sample

from lbt_solvers.record import is_full_exam
from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.types import ExamResult

_STORE = "TeachingRecord:"
_HEAVY = {"messages", "events", "events_data", "attachments", "output"}


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
    header = read_eval_log(path, header_only=True)
    found: list[TaughtProblem] = []
    for id in header.eval.dataset.sample_ids or []:
        for epoch in range(1, (header.eval.config.epochs or 1) + 1):
            try:
                sample = read_eval_log_sample(path, id=id, epoch=epoch, exclude_fields=_HEAVY)
            except IndexError:
                continue  # the run ended before it
            score = next((s for name, s in (sample.scores or {}).items() if name.split("/")[-1] == scorer), None)
            record = {name.removeprefix(_STORE): value for name, value in sample.store.items()}
            if score and not sample.error and record.get("rationales"):
                found.append(_problem(sample, record, score))
    return found


def _problem(sample: Any, record: Mapping[str, Any], score: Any) -> TaughtProblem:
    metadata = sample.metadata or {}
    level = metadata.get("level", metadata.get("difficulty"))
    subject = metadata.get("subject") or ", ".join(metadata.get("tags") or [])
    control = dict(zip(record["students"], record["control_scores"], strict=False))
    question = sample.input if isinstance(sample.input, str) else sample.input[-1].text
    return TaughtProblem(
        id=str(sample.id),
        question=question,
        target=sample.target if isinstance(sample.target, str) else " or ".join(sample.target),
        subject=str(subject),
        level="" if level is None else str(level),
        rationales=_rationales(record, score.metadata or {}),
        taught=_taught(record) if is_full_exam(record.get("budget")) else {},
        sittings=len(record["students"]) * len(record["items"]) * record["repetitions"],
        control={name: value for name, sat in control.items() if (value := _accuracy(name, sat)) is not None},
        notes=record.get("notes") or [],
        values=score.value if isinstance(score.value, dict) else {},
    )


def _rationales(record: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[TaughtRationale]:
    right: Sequence[float] = metadata.get("correct") or metadata.get("s_scores") or []
    sat = {plan[-1]: by_student for plan, by_student in zip(record["plans"], record["scores"], strict=True) if plan}
    return [
        TaughtRationale(
            text=rationale["text"],
            answer=rationale["answer"] or "",
            answer_class=number,
            score=_score(record["students"], sat.get(index)),
            sittings=sum(len(item) for student in sat.get(index, []) for item in student),
            right=float(right[index]) if index < len(right) else 0.0,
        )
        for index, (rationale, number) in enumerate(zip(record["rationales"], record["classes"], strict=True))
    ]


def _score(students: Sequence[str], by_student: Any) -> float | None:
    results = [ExamResult(name, sat) for name, sat in zip(students, by_student or [], strict=False)]
    return lbt_score(results) if any(exam_accuracy(result) is not None for result in results) else None


def _taught(record: Mapping[str, Any]) -> dict[str, float]:
    means: dict[str, float] = {}
    for at, name in enumerate(record["students"]):
        found = [_accuracy(name, by_student[at]) for by_student in record["scores"]]
        usable = [value for value in found if value is not None]
        if usable:
            means[name] = sum(usable) / len(usable)
    return means


def _accuracy(name: str, sat: Any) -> float | None:
    return exam_accuracy(ExamResult(name, sat))
