"""The five tables of a run, one Parquet file of each a shard, and the way from a sample to rows and back.

    tables = tables_of(samples)            # {"problems": ..., "rationales": ..., "exams": ..., "sittings": ..., ...}
    samples_of(tables)                     # the samples again, as a log has them

What a record holds besides rationales, exams and sittings (usage, notes, settings, budgets) stands as JSON in
`problems.rest`, so that nothing is lost. docs/scale.md describes the columns.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from io import BytesIO
from math import isnan
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_session import plan_name
from lbt_solvers.plans import QUESTION_ONLY, TeachingPlan
from lbt_solvers.record import TeachingRecord
from lbt_solvers.sittings import Sitting, SittingColumns
from lbt_tasks.logs import LoggedSample

pa: Any = import_module("pyarrow")
pq: Any = import_module("pyarrow.parquet")
Rows = dict[str, list[dict[str, Any]]]

_TEXT, _INT, _FLOAT, _BOOL = pa.string(), pa.int32(), pa.float64(), pa.bool_()
_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "problems": {
        "problem": _TEXT, "question": _TEXT, "gold": pa.list_(_TEXT), "metadata": _TEXT, "error": _TEXT, "rest": _TEXT,
    },
    "rationales": {
        "problem": _TEXT, "rationale": _INT, "text": _TEXT, "answer": _TEXT, "answer_class": _INT, "correct": _FLOAT,
        "score": _FLOAT, "visible": _FLOAT, "truncated": _BOOL, "around": pa.list_(_TEXT), "confidence": _TEXT,
    },
    "exams": {"problem": _TEXT, "item": _INT, "id": _TEXT, "question": _TEXT, "gold": _TEXT},
    "sittings": {
        "problem": _TEXT, "plan": _INT, "rationale": _INT, "student": _INT, "item": _INT, "repetition": _INT,
        "answer": _TEXT, "score": _FLOAT, "error": _TEXT, "tokens": _FLOAT, "truncated": _BOOL, "undecided": _BOOL,
        "raw": _FLOAT, "written": _FLOAT, "cached": _FLOAT,
    },
    "choices": {"problem": _TEXT, "scorer": _TEXT, "rule": _TEXT, "rationale": _INT, "answer": _TEXT, "right": _FLOAT},
}  # fmt: skip
SCHEMAS: Mapping[str, Any] = {name: pa.schema(list(columns.items())) for name, columns in _COLUMNS.items()}
TABLES = tuple(SCHEMAS)
"""In the order in which they are written: a shard with its `choices` is done."""
_RECORD = f"{TeachingRecord.__name__}:"
_APART = ("rationales", "classes", "items", "sitting_columns")
_RATIONALE = ("text", "answer", "visible", "truncated", "around")


def tables_of(samples: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The five tables of these samples, as Parquet."""
    rows: Rows = {name: [] for name in TABLES}
    for sample in samples:
        for name, found in _rows_of(sample).items():
            rows[name] += found
    return {name: written(pa.Table.from_pylist(rows[name], schema=SCHEMAS[name])) for name in TABLES}


def written(table: Any) -> bytes:
    """The bytes of a Parquet file: the same for the same table."""
    file = BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def read_table(data: bytes, where: str) -> list[dict[str, Any]]:
    """The rows of a Parquet file.

    Raises:
        UsageError: it was cut, or is none.
    """
    try:
        return pq.read_table(BytesIO(data)).to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(
            f"{where} cannot be read as Parquet ({error}): remove the shard's files in all tables, and give the "
            "command again."
        ) from None


def _rows_of(sample: Mapping[str, Any]) -> Rows:
    problem, store = str(sample["id"]), dict(sample["store"])
    apart = {name: store.pop(_RECORD + name, None) for name in _APART}
    about = {name: value for name, value in sample.items() if name not in ("store", "failures", "error")}
    target = sample["target"]
    problems = {
        "problem": problem,
        "question": _text(sample["input"]),
        "gold": [target] if isinstance(target, str) else target,
        "metadata": json.dumps(sample["metadata"]),
        "error": sample["error"] or None,
        "rest": json.dumps({**about, "store": store}),
    }
    found: Rows = {"problems": [problems], "rationales": [], "exams": [], "sittings": [], "choices": []}
    if not apart["rationales"]:
        return found
    logged = LoggedSample("", sample)
    record = logged.record(TeachingRecord)
    found["rationales"] = list(_rationales(problem, record, _correct(logged, record), apart))
    found["exams"] = [
        {"problem": problem, "item": at, "id": item["id"], "question": item["question"], "gold": item["answer"]}
        for at, item in enumerate(apart["items"] or [])
    ]
    found["sittings"] = [{"problem": problem, **row} for row in _sittings(record, problem, sample["failures"])]
    found["choices"] = list(_choices(problem, record, sample["scores"]))
    return found


def _rationales(
    problem: str, record: TeachingRecord, correct: Sequence[float], apart: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    scored = record.scored() if record.plans else []
    for at, given in enumerate(apart["rationales"]):
        yield {
            "problem": problem,
            "rationale": at,
            **{name: given[name] for name in _RATIONALE},
            "confidence": json.dumps(given["confidence"]),
            "answer_class": apart["classes"][at],
            "correct": correct[at],
            "score": scored[at].score if scored and scored[at].results else None,
        }


def _correct(sample: LoggedSample, record: TeachingRecord) -> Sequence[Any]:
    try:
        return sample.correctness(len(record.rationales))
    except UsageError:  # no score says it
        return [None] * len(record.rationales)


def _sittings(record: TeachingRecord, problem: str, failures: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    plans, students, items = [TeachingPlan(tuple(plan)) for plan in record.plans], record.students, record.items

    def reason(row: Sitting, plan: TeachingPlan) -> str:
        call = f"{problem}/student: {students[row.student]}/exam/{plan_name(plan)}/{items[row.item].id}/"
        return next((why for name, why in failures.items() if name.startswith(call)), "no usable reply")

    for row in record.sittings:
        plan = QUESTION_ONLY if row.plan is None else plans[row.plan]
        yield {
            **row._asdict(),
            "rationale": -1 if row.plan is None else plan.demonstrations[-1],
            "error": reason(row, plan) if row.score is None else None,
        }


def _choices(problem: str, record: TeachingRecord, scores: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row a rule and baseline; `right` is null where a budget left a rule open."""
    for scorer, score in scores.items():
        chosen: Mapping[str, Any] = (score.get("metadata") or {}).get("chosen") or {}
        values: Any = score["value"]
        for rule, right in (values if isinstance(values, dict) else {scorer: values}).items():
            at = chosen.get(rule)
            yield {
                "problem": problem,
                "scorer": scorer,
                "rule": rule,
                "rationale": at,
                "answer": None if at is None else record.rationales[at].answer,
                "right": None if not isinstance(right, int | float) or isnan(right) else float(right),
            }


def _text(given: Any) -> str:
    return given if isinstance(given, str) else json.dumps(given)


def samples_of(tables: Rows) -> Iterator[dict[str, Any]]:
    """The samples of a shard, as a log has them."""
    of: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for name in ("rationales", "exams", "sittings"):
        for row in tables[name]:
            of[row["problem"]][name].append(row)
    for row in tables["problems"]:
        sample = json.loads(row["rest"])
        rationales, items, sat = (of[row["problem"]][name] for name in ("rationales", "exams", "sittings"))
        if rationales:
            parts: dict[str, Any] = {
                "rationales": [
                    {**{name: each[name] for name in _RATIONALE}, "confidence": json.loads(each["confidence"])}
                    for each in rationales
                ],
                "classes": [each["answer_class"] for each in rationales],
                "items": [{"id": each["id"], "question": each["question"], "answer": each["gold"]} for each in items],
            }
            if sat:
                rows = [Sitting(**{name: each[name] for name in Sitting._fields}) for each in sat]
                parts["sitting_columns"] = SittingColumns.of(rows).model_dump()
            sample["store"] |= {_RECORD + name: value for name, value in parts.items()}
        yield {**sample, "error": row["error"] or ""}
