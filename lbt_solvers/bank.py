"""Exam questions from a JSONL file, one `{"id", "question", "answer", "metadata"}` per line.

problems = load_problems("problems.jsonl")
exam_maker("similar", bank="problems.jsonl", options={"items": 2})
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exams import ExamMaker, make_exam_maker
from lbt_solvers.types import Problem

ExamOption = ExamMaker | str


def exam_maker(exam: ExamOption, bank: str | None = None, options: Mapping[str, Any] | None = None) -> ExamMaker:
    """The exam maker itself, or the one of that name over the questions of a bank.

    Raises:
        UsageError: a name without a bank, an unknown name or option, or a bank that cannot be read.
    """
    if not isinstance(exam, str):
        return exam
    if bank is None and not brings_questions(exam, options):
        raise UsageError(f"exam={exam} needs exam questions: give bank=FILE.jsonl, or run a task that brings its own.")
    problems = load_problems(bank) if bank else []
    with usage_errors():
        return make_exam_maker(exam, problems, **(options or {}))


def brings_questions(exam: str, options: Mapping[str, Any] | None = None) -> bool:
    """Whether that exam maker needs no bank: the teacher writes its questions."""
    return exam == "label_free" and not (options or {}).get("questions")


def load_problems(path: str | Path) -> list[Problem]:
    """Reads a JSONL file of problems.

    Raises:
        UsageError: no such file, or a line that is no problem; the line is named by its number.
    """
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"A JSONL file of problems was needed, found nothing at {file}.")
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_problem(line, f"{file}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _problem(line: str, where: str) -> Problem:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{where}: no valid JSON ({error.msg}).") from None
    missing = [key for key in ("id", "question", "answer") if not isinstance(row, dict) or key not in row]
    if missing:
        raise UsageError(f"{where}: an object with id, question and answer was needed; {', '.join(missing)} missing.")
    return Problem(str(row["id"]), str(row["question"]), str(row["answer"]), row.get("metadata") or {})
