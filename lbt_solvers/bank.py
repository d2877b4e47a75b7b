"""Exam questions from a JSONL file, one `{"id", "question", "answer", "metadata"}` per line.

problems = load_problems("problems.jsonl")
exam_maker("similar", bank="problems.jsonl", items=2)
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lbt_solvers.checks import at_least
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
        ValueError: a size among the options, or one that cannot be.
    """
    sizes = {"items": items, "repetitions": repetitions}
    if among := [name for name in sizes if name in (options or {})]:
        raise ValueError(f"exam_options: {among[0]} is an option of its own: {among[0]}={(options or {})[among[0]]}.")
    at_least(1, **sizes)
    return {name: size for name, size in sizes.items() if size is not None} | dict(options or {})


def load_problems(path: str | Path) -> list[Problem]:
    """Reads a JSONL file of problems.

    Raises:
        UsageError: no such file, or a line that is no problem; the line is named by its number.
    """
    found: dict[str, tuple[str, Problem]] = {}
    for where, row in read_jsonl(path, "A JSONL file of problems", ("id", "question", "answer")):
        problem = _problem(where, row)
        earlier, same = found.setdefault(problem.id, (where, problem))
        if same.question != problem.question:
            raise UsageError(f"{where}: the id {problem.id} is that of another question ({earlier}); ids are unique.")
    if not found:
        raise UsageError(f"{path}: a JSONL file of problems was needed, found no line in it.")
    return [problem for _, problem in found.values()]


def _problem(where: str, row: Mapping[str, Any]) -> Problem:
    """The problem of a row; of several answers, each is right."""
    answers: list[Any] = row["answer"] if isinstance(row["answer"], list) else [row["answer"]]
    first, *others = [_text(where, "answer", answer) for answer in answers] or [""]
    metadata: Any = row.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise UsageError(f"{where}: metadata: an object was needed, found {metadata!r}.")
    question = _text(where, "question", row["question"])
    return Problem(_text(where, "id", row["id"]), question, first, cast(Mapping[str, Any], metadata), tuple(others))


def _text(where: str, column: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{where}: {column}: a text or a number was needed, found {json.dumps(value)}.")
    return str(value)
