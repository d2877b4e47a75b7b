"""What the page shows beyond the table: every rationale with its text, score and correctness, read from the log.

problems = read_details("logs/demo/x.eval")
problems[0].rationales[0].score
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspect_ai.scorer import Score

from lbt_solvers.record import TeachingRecord, is_full_exam
from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.sittings import Sitting
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
class ExamReply:
    """What one student answered to the shown exam question."""

    after: str
    """The answer of the rationale that it was taught; `no explanation` in the control."""
    student: str
    answers: str
    """Of every repetition."""
    score: float | None
    """Mean, in [0, 1]; `None` where no reply could be graded."""


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """One question of the exam, and what the students made of it."""

    question: str
    answer: str
    replies: Sequence[ExamReply]


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
    exam: ExamQuestion | None = None
    """The question on which the best rationales of the answers differ most; `None` where nobody sat."""

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
        exam=exam_question(record),
        values=score.value if isinstance(score.value, dict) else {},  # pyright: ignore[reportArgumentType]
    )


def exam_question(record: TeachingRecord) -> ExamQuestion | None:
    """The most telling question with every student's reply after the best rationale of each answer, and without any."""
    best: dict[int | None, int] = {}
    scored = record.scored()
    for index in sorted(range(len(scored)), key=lambda at: -scored[at].score):
        if scored[index].results and scored[index].answer_class is not None:
            best.setdefault(scored[index].answer_class, index)
    rows = [row for row in record.sittings if row.plan is None or record.plans[row.plan][-1] in best.values()]
    taught = [row for row in rows if row.plan is not None]
    if not taught or not record.items:
        return None

    def spread(item: int) -> float:
        scores = [row.score for row in taught if row.item == item and row.score is not None]
        return max(scores) - min(scores) + len(scores) / 1000 if scores else -1.0

    shown = max(range(len(record.items)), key=spread)
    replies: dict[tuple[int | None, int], list[Sitting]] = {}
    for row in sorted(rows, key=lambda row: (row.plan is None, row.plan or 0, row.student, row.repetition)):
        if row.item == shown:
            replies.setdefault((row.plan, row.student), []).append(row)
    item = record.items[shown]
    return ExamQuestion(item.question, item.answer, [_reply(record, *key, rows) for key, rows in replies.items()])


def _reply(record: TeachingRecord, plan: int | None, student: int, rows: Sequence[Sitting]) -> ExamReply:
    scores = [row.score for row in rows if row.score is not None]
    after = "no explanation" if plan is None else record.rationales[record.plans[plan][-1]].answer or "none"
    answers = ", ".join("none" if row.answer is None else row.answer for row in rows)
    return ExamReply(after, record.students[student], answers, sum(scores) / len(scores) if scores else None)


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
