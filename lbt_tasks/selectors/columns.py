"""What a log knows of each rationale: columns of scores, and what each of them cost.

    candidates = read_candidates(["logs/full"], Prices())
    candidates[0].columns["likelihood"].scores

Columns: `vote` (each rationale counts one), `random`, `length` (words), `logprob`, `self_certainty` and `tail` (how
sure the teacher was, where a run asked with confidence=true), `lbt` (the exam that chooses, also under the name of its
kind), one for each exam that was sat beside it, and with `.raw` what the scores of an exam were made of.
Costs are in tokens read: what a model writes counts `written` times as much, what a provider found in its own prompt
cache `cached` times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import fsum
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_kinds import EXAM_KINDS, exam_kind
from lbt_solvers.families import families
from lbt_solvers.generation import RoleUsage
from lbt_solvers.record import FurtherExam, TeachingRecord, insist_on_full_exam
from lbt_solvers.selectors import LBT, VOTE
from lbt_solvers.sittings import Sitting
from lbt_tasks.logs import LoggedSample, find_logs, open_log

NO_GOLD = "none"
RELATIVE_KINDS = ("likelihood",)
"""Kinds whose scores are made of the control, which is then part of their cost."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a token costs, in tokens read."""

    cached: float = 0.1
    written: float = 5.0

    def of(self, tokens: float, written: float, cached: float) -> float:
        """The cost of a call.

        Args:
            tokens: Read and written.
            written: Those of them that were written.
            cached: Those of the read ones that a provider found in its own prompt cache.
        """
        return tokens - written - cached + self.cached * cached + self.written * written


@dataclass(frozen=True, slots=True)
class Column:
    """Scores of one problem's rationales."""

    scores: Sequence[float | None]
    gold: str = NO_GOLD
    """Which gold answers they saw."""
    costs: Sequence[float] = ()
    """Of each rationale's exam; empty where nothing was asked."""
    examined_as: Sequence[int] = ()
    """Per rationale the one whose exam counts for it, and is paid once."""
    once: float = 0.0
    """What the problem costs besides."""
    parts: "Sequence[Column]" = ()
    """The columns that it is made of, all of which are paid."""
    whole: bool = False
    """Whether the scores are of all rationales together, so that they say nothing of fewer."""

    def cost(self, indexes: Iterable[int]) -> float:
        """Of scoring those rationales."""
        if self.parts:
            chosen = list(indexes)
            return fsum(part.cost(chosen) for part in self.parts)
        if not self.costs:
            return 0.0
        return self.once + fsum(self.costs[index] for index in {self.examined_as[index] for index in indexes})


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """The rationales of one sample."""

    problem: str
    family: str
    classes: Sequence[int | None]
    correct: Sequence[float]
    sample_cost: float
    """Of one rationale of the teacher."""
    columns: Mapping[str, Column]

    def cost(self, column: str, indexes: Sequence[int]) -> float:
        """Of sampling those rationales and scoring them by that column."""
        return self.sample_cost * len(indexes) + self.columns[column].cost(indexes)


def read_candidates(paths: Sequence[str], prices: Prices) -> list[ScoredSample]:
    """Every scored sample of these logs, in their order.

    Raises:
        UsageError: nothing there, no log of whole exams, or samples that do not have the same columns.
    """
    found = [each for path in find_logs(paths) for each in _of_log(path, prices)]
    if not found:
        raise UsageError(f"{', '.join(paths)}: no scored sample with rationales was found.")
    shared = set.intersection(*(set(each.columns) for each in found))
    if dropped := {name for each in found for name in each.columns} - shared:
        raise UsageError(
            f"Every sample needs the same columns; {', '.join(sorted(dropped))} is in some of them only. Compare logs "
            "of runs with the same exam_kind and also_examine."
        )
    return found


def _of_log(path: str, prices: Prices) -> list[ScoredSample]:
    samples = [sample for sample in open_log(path).samples() if not sample.error]
    alike = families([sample.metadata for sample in samples], [sample.id for sample in samples])
    return [
        _candidates(sample, family, record, prices)
        for sample, family in zip(samples, alike.of, strict=True)
        if (record := sample.record(TeachingRecord)).rationales
    ]


def _candidates(sample: LoggedSample, family: str, record: TeachingRecord, prices: Prices) -> ScoredSample:
    insist_on_full_exam(record.budget, sample.log, "comparisons of selectors")
    usage = record.usage.get("teacher", RoleUsage())
    sampled = len(record.rationales) + (record.greedy is not None)
    spent = usage.input_tokens + usage.output_tokens
    return ScoredSample(
        problem=sample.id,
        family=family,
        classes=record.classes,
        correct=sample.correctness(len(record.rationales)),
        sample_cost=prices.of(spent, usage.output_tokens, usage.cached_tokens) / sampled,
        columns=columns_of(sample.id, record, prices),
    )


def columns_of(problem: str, record: TeachingRecord, prices: Prices) -> dict[str, Column]:
    """Every column that a record of whole exams has, by its name."""
    free = _free(problem, record) | _confidences(record)
    return free | _main(record, prices) | _further(record, prices)


def _free(problem: str, record: TeachingRecord) -> dict[str, Column]:
    """Columns for which nobody was asked."""
    number = range(len(record.rationales))
    return {
        VOTE: Column([1.0 for _ in number]),
        "random": Column([_luck(problem, index) for index in number]),
        "length": Column([float(len(each.text.split())) for each in record.rationales]),
    }


def _confidences(record: TeachingRecord) -> dict[str, Column]:
    """How sure the teacher was, as far as its provider told."""
    known = {name for each in record.rationales for name in each.confidence}
    return {name: Column([each.confidence.get(name) for each in record.rationales]) for name in sorted(known)}


def _luck(problem: str, index: int) -> float:
    """A number in [0, 1) that is the same in every process."""
    return int.from_bytes(blake2b(f"{problem}/{index}".encode(), digest_size=6).digest()) / 2**48


def _main(record: TeachingRecord, prices: Prices) -> dict[str, Column]:
    kind = str(record.settings.get("exam_kind", "generative"))
    gold = str(record.settings.get("exam_gold") or _gold_of(kind))
    usage = [used for role, used in record.usage.items() if role.startswith("student: ")]
    column, raw = exam_columns(kind, gold, record.sittings_of(), record.examined_as(), usage, prices)
    scores = [each.score if each.answer_class is not None else None for each in record.scored()]
    column = Column(scores, column.gold, column.costs, column.examined_as, column.once)
    return {LBT: column, kind: column} | ({f"{LBT}.raw": raw, f"{kind}.raw": raw} if raw else {})


def _further(record: TeachingRecord, prices: Prices) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for kind, exam in record.further.items():
        if kind == "usc":
            found[kind] = _chosen_among_all(exam, len(record.rationales), prices)
            continue
        usage = list(exam.usage.values())
        column, raw = exam_columns(kind, exam.gold, exam.sittings_of(), exam.examined_as, usage, prices)
        found |= {kind: column} | ({f"{kind}.raw": raw} if raw else {})
    return found


def _chosen_among_all(exam: FurtherExam, rationales: int, prices: Prices) -> Column:
    """How often each was named of all; no score at all where none was, so that the majority wins."""
    rows = exam.sitting_columns.rows()
    named = [exam.plans[row.plan][int(row.answer)] for row in rows if row.plan is not None and row.answer is not None]
    scores = [named.count(index) / len(named) if named else None for index in range(rationales)]
    once = fsum(prices.of(row.tokens, row.written, row.cached) for row in rows)
    return Column(scores, exam.gold, [0.0] * rationales, range(rationales), once, whole=True)


def _gold_of(kind: str) -> str:
    return exam_kind(kind).gold if kind in EXAM_KINDS else "unknown"


def exam_columns(
    kind: str,
    gold: str,
    rows: Mapping[int | None, Sequence[Sitting]],
    examined_as: Sequence[int],
    usage: Sequence[RoleUsage],
    prices: Prices,
) -> tuple[Column, Column | None]:
    """The column of an exam's scores, and that of what they were made of."""
    share = _written_share(rows, usage)

    def cost(of: Sequence[Sitting]) -> float:
        return fsum(prices.of(row.tokens, row.written or share * row.tokens, row.cached) for row in of)

    costs = [cost(rows.get(index, [])) for index in range(len(examined_as))]
    once = cost(rows.get(None, [])) if kind in RELATIVE_KINDS else 0.0
    of: dict[str, Any] = {"gold": gold, "costs": costs, "examined_as": examined_as, "once": once}
    scores = [_mean_of_students(rows.get(index, []), "score") for index in examined_as]
    raws = [_mean_of_students(rows.get(index, []), "raw") for index in examined_as]
    return Column(scores, **of), Column(raws, **of) if any(raw is not None for raw in raws) else None


def _written_share(rows: Mapping[int | None, Sequence[Sitting]], usage: Sequence[RoleUsage]) -> float:
    """Of older logs, whose sittings do not say it: how much of all tokens was written. 0 where sittings say it."""
    if any(row.written for of in rows.values() for row in of):
        return 0.0
    written = sum(used.output_tokens for used in usage)
    spent = written + sum(used.input_tokens for used in usage)
    return written / spent if spent else 0.0


def _mean_of_students(rows: Sequence[Sitting], name: str) -> float | None:
    """Mean over students of the mean of their sittings, as an LbT score; `None` where there is none."""
    by_student: dict[int, list[float]] = {}
    for row in rows:
        if (value := getattr(row, name)) is not None:
            by_student.setdefault(row.student, []).append(value)
    means = [fsum(values) / len(values) for values in by_student.values()]
    return fsum(means) / len(means) if means else None
