"""Recorded exams as an Arrow table, one row a rationale: read from Inspect logs, kept in Parquet.

    table = read_recordings(["logs/full", "earlier.parquet"])
    write_parquet(table, "recorded.parquet")

A row holds the rationale's answer class, whether its answer is right, and the scores of all its sittings, flattened
from `[student][item][repetition]`. Texts stay in the log; `same_as` says which rationales are equal.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, read_eval_log, read_eval_log_sample

from lbt_solvers.errors import UsageError
from lbt_solvers.record import insist_on_full_exam
from lbt_tasks.report.summary import find_logs

# pyarrow has no types; imported so, it is Any and not an error on every line.
pa: Any = import_module("pyarrow")
pc: Any = import_module("pyarrow.compute")
pq: Any = import_module("pyarrow.parquet")
Table = Any
"""A pyarrow.Table."""

SCHEMA = pa.schema(
    [
        ("log", pa.dictionary(pa.int32(), pa.string())),
        ("problem", pa.string()),
        ("epoch", pa.int32()),
        ("subject", pa.string()),
        ("level", pa.string()),
        ("rationale", pa.int32()),
        ("answer_class", pa.int32()),
        ("same_as", pa.int32()),
        ("correct", pa.float64()),
        ("visible", pa.float64()),
        ("students", pa.int32()),
        ("items", pa.int32()),
        ("repetitions", pa.int32()),
        ("scores", pa.list_(pa.float64())),
        ("control", pa.list_(pa.float64())),
        ("teacher_tokens", pa.float64()),
        ("student_tokens", pa.list_(pa.float64())),
    ]
)
"""`scores` and `control` are null where a sitting gave no usable reply; `control` is that of the problem. Tokens are
read plus written: `teacher_tokens` of this sample, `student_tokens` of one reply of each student, means of the problem.
"""

_STORE = "TeachingRecord:"
_HEAVY = {"messages", "events", "events_data", "attachments", "output"}


def read_recordings(paths: Sequence[str]) -> Table:
    """Every recorded rationale of these logs and Parquet files; folders stand for the logs in them.

    Raises:
        UsageError: nothing there, a file that is none of these, or a log without complete exams.
    """
    files = [path for path in paths if path.endswith(".parquet")]
    tables = [_read_parquet(path) for path in files]
    if logs := [path for path in paths if path not in files]:
        tables += [_read_log(path) for path in find_logs(logs)]
    return pa.concat_tables(tables).unify_dictionaries()


def write_parquet(table: Table, path: str) -> None:
    """Keeps the recording; reading it again takes a fraction of the time that logs take."""
    pq.write_table(table, path, compression="zstd")


def _read_parquet(path: str) -> Table:
    try:
        return pq.read_table(path).select(SCHEMA.names).cast(SCHEMA)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: a file written by `lbt replay --save` was needed: {error}") from None


def _read_log(path: str) -> Table:
    try:
        header = read_eval_log(path, header_only=True)
    except Exception as error:
        raise UsageError(f"{path} cannot be read as an Inspect log: {error}") from None
    rows = list(_rows(path, header))
    if not rows:
        raise UsageError(f"{path} holds no scored sample with exams; replay needs a log of lbt_solvers/examine.")
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(path: str, header: EvalLog) -> Iterator[dict[str, Any]]:
    for id in header.eval.dataset.sample_ids or []:
        for epoch in range(1, (header.eval.config.epochs or 1) + 1):
            try:
                sample = read_eval_log_sample(path, id=id, epoch=epoch, exclude_fields=_HEAVY)
            except IndexError:
                continue  # the run ended before it
            record = {name.removeprefix(_STORE): value for name, value in sample.store.items()}
            if sample.error or not record.get("scores"):
                continue
            about = {"log": Path(path).name, "problem": str(sample.id), "epoch": epoch, **_described(sample.metadata)}
            for row in _rationales(record, _correctness(sample.scores or {}, record, path), path):
                yield {**about, **row}


def _rationales(record: Mapping[str, Any], correct: Sequence[float], path: str) -> Iterator[dict[str, Any]]:
    insist_on_full_exam(record.get("budget"), path, "replays")
    sat = {plan[-1]: scores for plan, scores in zip(record["plans"], record["scores"], strict=True) if plan}
    seen: dict[tuple[str, str | None], int] = {}
    usage, students = record["usage"], record["students"]
    control = _flat(record["control_scores"])
    for index, (rationale, number) in enumerate(zip(record["rationales"], record["classes"], strict=True)):
        first = seen.setdefault((" ".join(rationale["text"].split()), rationale["answer"]), index)
        scores = sat.get(index) or sat.get(first)  # that of its equal, where equals sat once
        yield {
            "rationale": index,
            "answer_class": number if scores else None,
            "same_as": first,
            "correct": float(correct[index]),
            "visible": rationale.get("visible"),
            "students": len(students),
            "items": len(record["items"]),
            "repetitions": record["repetitions"],
            "scores": _flat(scores or []),
            "control": control,
            "teacher_tokens": _tokens(usage.get("teacher")) / len(record["rationales"]),
            "student_tokens": [_reply_tokens(usage.get(f"student: {name}"), record) for name in students],
        }


def _flat(scores: Sequence[Sequence[Sequence[float | None]]]) -> list[float | None]:
    return [score for student in scores for item in student for score in item]


def _tokens(usage: Mapping[str, int] | None) -> float:
    return float(usage["input_tokens"] + usage["output_tokens"]) if usage else 0.0


def _reply_tokens(usage: Mapping[str, int] | None, record: Mapping[str, Any]) -> float:
    replies = (len(record["plans"]) + bool(record["control_scores"])) * len(record["items"]) * record["repetitions"]
    return _tokens(usage) / replies


def _described(metadata: Mapping[str, Any] | None) -> dict[str, str]:
    given = metadata or {}
    level = given.get("level", given.get("difficulty"))
    return {"subject": str(given.get("subject") or ""), "level": "" if level is None else str(level)}


def _correctness(scores: Mapping[str, Any], record: Mapping[str, Any], path: str) -> Sequence[float]:
    for score in scores.values():
        for key in ("correct", "s_scores"):
            values = (score.metadata or {}).get(key)
            if isinstance(values, list) and len(values) == len(record["rationales"]):
                return values
    raise UsageError(
        f"{path}: no score says which rationales are right. Score the log with: "
        f"inspect score {path} --scorer lbt_solvers/selection_accuracy --action append"
    )
