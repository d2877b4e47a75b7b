"""Exam questions from a JSONL file, one `{"id", "question", "answer", "metadata"}` per line.

problems = load_problems("problems.jsonl")
exam_maker("similar", bank="problems.jsonl", items=2)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import make_exam_maker, needs_bank
from lbt_solvers.jsonl import read_jsonl
from lbt_solvers.types import Problem

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
        if options:
            raise UsageError(f"{', '.join(options)}: only an exam maker that is given by its name takes options.")
        return exam
    with usage_errors():
        if bank is None and needs_bank(exam, options):
            raise ValueError(
                f"exam={exam} needs exam questions: give bank=FILE.jsonl, or run a task that brings its own."
            )
        return make_exam_maker(exam, load_problems(bank) if bank else [], **options)


def sized(options: Mapping[str, Any] | None, items: int | None, repetitions: int | None) -> dict[str, Any]:
    """The options of an exam maker with its size, as far as that is given.

    Raises:
        ValueError: a size among the options.
    """
    sizes = {"items": items, "repetitions": repetitions}
    if among := [name for name in sizes if name in (options or {})]:
        raise ValueError(f"exam_options: {among[0]} is an option of its own: {among[0]}={(options or {})[among[0]]}.")
    return {name: size for name, size in sizes.items() if size is not None} | dict(options or {})


def load_problems(path: str | Path) -> list[Problem]:
    """Reads a JSONL file of problems.

    Raises:
        UsageError: no such file, or a line that is no problem; the line is named by its number.
    """
    rows = read_jsonl(path, "A JSONL file of problems", ("id", "question", "answer"))
    return [
        Problem(str(row["id"]), str(row["question"]), str(row["answer"]), row.get("metadata") or {}) for _, row in rows
    ]
