"""Problems of a file, with the columns `question` and `answer`, and perhaps `id` and `metadata`.

problems = load_problems("problems.jsonl")
load_problems("mine.csv", Columns(question="prompt", answer="gold"))
exam_maker("similar", bank="problems.jsonl", items=2)
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lbt_solvers.checks import at_least
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import make_exam_maker, needs_bank
from lbt_solvers.row_files import read_rows
from lbt_solvers.types import Problem, golds_of

ExamOption = ExamMaker | str


def exam_maker(
    exam: ExamOption,
    bank: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    items: int | None = None,
    repetitions: int | None = None,
) -> ExamMaker:
    """The exam maker itself, or the one of that name over the questions of a bank.

    Raises:
        UsageError: a name without a bank, an unknown name or option, or a bank that cannot be read.
    """
    with usage_errors():
        options = sized(options, items, repetitions)
    if not isinstance(exam, str):
        if given := [*options, *(["bank"] if bank else [])]:
            raise UsageError(f"{', '.join(given)}: only an exam maker that is given by its name takes options.")
        return exam
    with usage_errors():
        if bank is None and needs_bank(exam, options):
            raise ValueError(
                f"exam={exam} needs exam questions: give bank=FILE.jsonl (or .csv, .parquet), or run a task that "
                "brings its own."
            )
        return make_exam_maker(exam, load_problems(bank) if bank else [], **options)


def sized(options: Mapping[str, Any] | None, items: int | None, repetitions: int | None) -> dict[str, Any]:
    """The options of an exam maker with its size, as far as that is given.

    Raises:
        ValueError: a size among the options, or one that cannot be.
    """
    sizes = {"items": items, "repetitions": repetitions}
    if among := [name for name in sizes if name in (options or {})]:
        raise ValueError(f"exam_options: {among[0]} is an option of its own: {among[0]}={(options or {})[among[0]]}.")
    at_least(1, **sizes)
    return {name: size for name, size in sizes.items() if size is not None} | dict(options or {})


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file are a problem's parts; every other column goes into its metadata."""

    question: str = "question"
    answer: str = "answer"
    id: str = "id"
    hint: str = ""
    """The end of the message where one is missing: how another is named."""


def load_problems(path: str | Path, columns: Columns | None = None, prefix: str = "") -> list[Problem]:
    """Reads a file of problems: JSONL, JSON, CSV, TSV, Parquet, or a data set on the hub.

    A row without an id gets its number from 1. Rows that are equal in id, question and answer are one problem.

    Args:
        path: The file, or `hub:OWNER/NAME`.
        columns: What its columns are called; as above by default.
        prefix: Of the ids that are made.

    Raises:
        UsageError: no such file, or a row that is no problem; it is named by its place.
    """
    columns = columns or Columns()
    found: dict[str, tuple[str, Problem]] = {}
    for number, (where, row) in enumerate(read_rows(path), 1):
        problem = _problem(where, row, columns, f"{prefix}{number}")
        earlier, same = found.setdefault(problem.id, (where, problem))
        if (same.question, golds_of(same)) != (problem.question, golds_of(problem)):
            what = "question" if same.question != problem.question else "answer"
            raise UsageError(f"{where}: the id {problem.id} is that of another {what} ({earlier}); ids are unique.")
    if not found:
        raise UsageError(f"{path}: a file of problems was needed, found no line in it.")
    return [problem for _, problem in found.values()]


def _problem(where: str, row: Mapping[str, Any], columns: Columns, made_id: str) -> Problem:
    """The problem of a row; of several answers, each is right."""
    for name in (columns.question, columns.answer):
        if name not in row:
            raise UsageError(
                f"{where}: the column '{name}' was needed, found {', '.join(row) or 'none'}.{columns.hint}"
            )
    answers: list[Any] = row[columns.answer] if isinstance(row[columns.answer], list) else [row[columns.answer]]
    first, *others = [_text(where, columns.answer, answer) for answer in answers] or [""]
    question = _text(where, columns.question, row[columns.question])
    identifier = _text(where, columns.id, row[columns.id]) if row.get(columns.id) is not None else made_id
    return Problem(identifier, question, first, _metadata(where, row, columns), tuple(others))


def _metadata(where: str, row: Mapping[str, Any], columns: Columns) -> Mapping[str, Any]:
    """What exams choose by: the column `metadata`, and every column that has no other meaning."""
    given: Any = row.get("metadata") or {}
    with suppress(json.JSONDecodeError):
        given = json.loads(given) if isinstance(given, str) else given
    if not isinstance(given, Mapping):
        raise UsageError(f"{where}: metadata: an object was needed, found {given!r}.")
    known = {columns.question, columns.answer, columns.id, "metadata"}
    others = {name: value for name, value in row.items() if name not in known and value is not None}
    return {**others, **cast(Mapping[str, Any], given)}


def _text(where: str, column: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{where}: {column}: a text or a number was needed, found {json.dumps(value, default=str)}.")
    if not str(value).strip():
        raise UsageError(f"{where}: {column}: a text or a number was needed, found an empty one.")
    return str(value)
