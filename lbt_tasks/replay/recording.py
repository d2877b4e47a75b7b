"""Recorded exams as an Arrow table, one row a rationale: read from Inspect logs, kept in Parquet.

    table = read_recordings(["logs/full", "earlier.parquet"])
    write_parquet(table, "recorded.parquet")

A row holds the rationale's answer class, whether its answer is right, and the scores of all its sittings, flattened
from `[student][item][repetition]`. Texts stay in the log; `same_as` says which rationales are equal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.families import families
from lbt_solvers.generation import RoleUsage
from lbt_solvers.near_match import no_such
from lbt_solvers.record import TeachingRecord, insist_on_full_exam
from lbt_solvers.sittings import Sitting
from lbt_tasks.logs import find_logs, open_log

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
        ("family", pa.string()),
        ("epoch", pa.int32()),
        ("subject", pa.string()),
        ("level", pa.string()),
        ("rationale", pa.int32()),
        ("answer_class", pa.int32()),
        ("same_as", pa.int32()),
        ("correct", pa.float64()),
        ("visible", pa.float64()),
        ("student_names", pa.list_(pa.string())),
        ("students", pa.int32()),
        ("items", pa.int32()),
        ("repetitions", pa.int32()),
        ("scores", pa.list_(pa.float64())),
        ("control", pa.list_(pa.float64())),
        ("teacher_tokens", pa.float64()),
        ("student_tokens", pa.list_(pa.float64())),
    ]
)
"""A rationale that nobody was taught has no `scores`; it votes, and scores 0. `scores` and `control` are null where a
sitting gave no usable reply; `control` is that of the problem. Tokens are read plus written: `teacher_tokens` of this
sample, `student_tokens` of one reply of each student, means of the problem. `student_names` is null in files that were
written before students were named.
"""


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


def chosen_students(table: Table, wanted: Sequence[str]) -> list[int]:
    """Numbers of these students, ascending; a model's name stands for it, or the name's last part.

    Raises:
        UsageError: a student that these logs do not have, or logs with different students.
    """
    named: set[tuple[str, ...]] = {tuple(names or ()) for names in table["student_names"].to_pylist()}
    if len(named) != 1 or not (names := list(named.pop())):
        raise UsageError("Students can be chosen by name where all logs have the same, and name them.")
    last = [name.rsplit("/", 1)[-1] for name in names]
    for each in wanted:
        if each not in (*names, *last):
            raise UsageError(no_such("student", each, names))
    return [at for at, name in enumerate(names) if {name, last[at]} & set(wanted)]


def write_parquet(table: Table, path: str) -> None:
    """Keeps the recording; reading it again takes a fraction of the time that logs take."""
    pq.write_table(table, path, compression="zstd")


def _read_parquet(path: str) -> Table:
    try:
        table = pq.read_table(path)
        if "family" not in table.column_names:  # written before families were kept
            table = table.append_column("family", table["problem"])
        if "student_names" not in table.column_names:
            table = table.append_column("student_names", pa.nulls(len(table), pa.list_(pa.string())))
        return table.select(SCHEMA.names).cast(SCHEMA)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: a file written by `lbt replay --save` was needed: {error}") from None


def _read_log(path: str) -> Table:
    rows = list(_rows(path))
    if not rows:
        raise UsageError(
            f"{path} holds no scored sample in which an exam was sat; replay needs a log of lbt_solvers/examine, with "
            "rationales that have answers."
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(path: str) -> Iterator[dict[str, Any]]:
    samples = [sample for sample in open_log(path).samples() if not sample.error]
    alike = families([sample.metadata for sample in samples], [sample.id for sample in samples])
    for sample, family in zip(samples, alike.of, strict=True):
        record = sample.record(TeachingRecord)
        if not record.plans:
            continue
        about = {"log": Path(path).name, "problem": sample.id, "family": family, "epoch": sample.epoch}
        about |= {"subject": sample.subject, "level": sample.level}
        for row in rows_of_record(record, sample.correctness(len(record.rationales)), path):
            yield {**about, **row}


def rows_of_record(record: TeachingRecord, correct: Sequence[float], path: str) -> Iterator[dict[str, Any]]:
    """The rows of one record.

    Args:
        record: Of a full exam.
        correct: Whether each rationale is right, in [0, 1].
        path: Of its log.

    Raises:
        UsageError: a budget left exams out.
    """
    insist_on_full_exam(record.budget, path, "replays")
    rows_by_rationale, usage, students = record.sittings_of(), record.usage, record.students
    replies = Counter(row.student for rows in rows_by_rationale.values() for row in rows)
    examined_as, first = record.examined_as(), record.first_of_equals()
    for index, (rationale, number) in enumerate(zip(record.rationales, record.classes, strict=True)):
        rows = rows_by_rationale.get(examined_as[index])
        # A rationale that several plans teach is sat more often than others.
        repetitions = max(Counter(row[1:3] for row in rows or ()).values(), default=record.repetitions)
        shape = (len(students), len(record.items), repetitions)
        yield {
            "rationale": index,
            "answer_class": number,
            "same_as": first[index],
            "correct": correct[index],
            "visible": rationale.visible,
            "student_names": students,
            "students": len(students),
            "items": len(record.items),
            "repetitions": repetitions,
            "scores": _block(rows or [], shape),
            "control": _block(rows_by_rationale.get(None, []), shape),
            "teacher_tokens": _tokens(usage.get("teacher")) / len(record.rationales),
            "student_tokens": [
                _tokens(usage.get(f"student: {name}")) / max(1, replies[at]) for at, name in enumerate(students)
            ],
        }


def _block(rows: Sequence[Sitting], shape: tuple[int, int, int]) -> list[float | None]:
    """Scores by student, item and repetition, flattened; `None` where there is none; empty where nobody sat."""
    students, items, repetitions = shape
    by_place: dict[tuple[int, int], list[float | None]] = defaultdict(list)
    for row in rows:
        by_place[row.student, row.item].append(row.score)
    places = [by_place[student, item] for student in range(students) for item in range(items)]
    padded = [[*place, *[None] * repetitions][:repetitions] for place in places]
    return [score for place in padded for score in place] if rows else []


def _tokens(usage: RoleUsage | None) -> float:
    return float(usage.input_tokens + usage.output_tokens) if usage else 0.0
