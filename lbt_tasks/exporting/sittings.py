"""One row a sitting: who answered what after which rationale, with the texts.

    import pandas
    sittings = pandas.read_parquet("sittings.parquet")          # lbt export-sittings logs/ --out sittings.parquet
    taught = sittings[~sittings.control]
    taught.groupby(["problem", "rationale"]).score.mean()       # the LbT scores, of students with equal sittings

Logs on a budget give the sittings that were sat; `exam_kind` tells those of exams that were sat beside the one that
chooses, whose `raw` is what a score was made of.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from math import isnan, nan
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_session import plan_name
from lbt_solvers.installation import install_command
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.record import TeachingRecord
from lbt_solvers.tables import write_csv
from lbt_tasks.logs import LoggedSample, find_logs, open_log

COLUMNS: dict[str, type] = {
    "log": str,
    "task": str,
    "teacher": str,
    "problem": str,
    "epoch": int,
    "subject": str,
    "question": str,
    "gold": str,
    "control": bool,
    "plan": str,
    "rationale": int,
    "rationale_text": str,
    "rationale_answer": str,
    "rationale_right": float,
    "answer_class": int,
    "student": str,
    "exam_kind": str,
    "item": str,
    "item_question": str,
    "item_gold": str,
    "repetition": int,
    "answer": str,
    "score": float,
    "raw": float,
    "tokens": float,
    "written": float,
    "truncated": bool,
    "undecided": bool,
}
"""The columns with their types; what a row does not have is empty: the rationale of the control, a missing answer."""
_ROWS_AT_ONCE = 20_000


def sitting_rows(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The sittings of these logs and folders.

    Raises:
        UsageError: a log that cannot be read.
    """
    for path in find_logs(paths):
        log = open_log(path)
        about = {"log": path, "task": log.task}
        for sample in log.samples():
            if not sample.error:
                yield from _of_sample(sample, about | {"teacher": log.models["teacher"]})


def _of_sample(sample: LoggedSample, about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    record = sample.record(TeachingRecord)
    kind = str(record.settings.get("exam_kind", "generative"))
    exams = [(kind, record.sittings, record.plans, record.items)]
    exams += [(each.kind, each.sitting_columns.rows(), each.plans, each.items) for each in record.further.values()]
    rows = [(name, row, plans, items) for name, of, plans, items in exams for row in of]
    try:
        right = sample.correctness(len(record.rationales)) if rows else []
    except UsageError:  # no score says it
        right = [nan] * len(record.rationales)
    about |= {"problem": sample.id, "epoch": sample.epoch, "subject": sample.subject, "question": sample.question}
    for name, row, plans, items in rows:
        at = None if row.plan is None else plans[row.plan][-1]
        item = items[row.item]
        rationale = None if at is None else record.rationales[at]
        yield {
            **about,
            "gold": sample.target,
            "control": at is None,
            "plan": None if row.plan is None else plan_name(TeachingPlan(tuple(plans[row.plan]))),
            "rationale": at,
            "rationale_text": rationale and rationale.text,
            "rationale_answer": rationale and rationale.answer,
            "rationale_right": None if at is None or isnan(right[at]) else right[at],  # a judge may give no grade
            "answer_class": None if at is None else record.classes[at],
            "student": record.students[row.student],
            "exam_kind": name,
            "item": item.id,
            "item_question": item.question,
            "item_gold": item.answer,
            "repetition": row.repetition,
            "answer": row.answer,
            "score": row.score,
            "raw": row.raw,
            "tokens": row.tokens,
            "written": row.written,
            "truncated": row.truncated,
            "undecided": row.undecided,
        }


def write_sittings(paths: Sequence[str], out: str) -> int:
    """Writes them to `.parquet`, `.csv` or `.jsonl`, and says how many there are.

    Raises:
        UsageError: another ending, no sitting in the logs, or pyarrow is not installed.
    """
    ending = Path(out).suffix.lower()
    writer = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}.get(ending)
    if writer is None:
        raise UsageError(f"--out: a file .parquet, .csv or .jsonl was needed, found {out}.")
    rows = sitting_rows(paths)
    first = next(rows, None)
    if first is None:
        raise UsageError(f"No sitting in {', '.join(paths)}: these are no logs of Learning by Teaching.")
    Path(out).absolute().parent.mkdir(parents=True, exist_ok=True)
    return writer(chain([first], rows), out)


def _parquet(rows: Iterator[dict[str, Any]], out: str) -> int:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(f"Parquet needs pyarrow: {install_command('report')}. Or write .csv or .jsonl.") from None
    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    count = 0
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while part := list(islice(rows, _ROWS_AT_ONCE)):
            writer.write_table(pyarrow.Table.from_pylist(part, schema=schema))
            count += len(part)
    return count


def _csv(rows: Iterator[dict[str, Any]], out: str) -> int:
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        return write_csv(file, rows, list(COLUMNS))


def _jsonl(rows: Iterator[dict[str, Any]], out: str) -> int:
    count = 0
    with Path(out).open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
