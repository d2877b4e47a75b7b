"""Questions of your own: a file with a column of questions and one of answers is all that is needed.

    inspect eval lbt_tasks/qa -T data=mine.jsonl --model openai/gpt-4o-mini
    inspect eval lbt_tasks/qa -T data=mine.csv -T question=prompt -T answer=gold -T exam_data=others.csv ...
    inspect eval lbt_tasks/qa -T data=hub:org/name:train --limit 20 ...

Exams are set from the same questions, without the taught one and its copies, or from those of `exam_data`. The columns
of a file that are neither question, answer nor id become metadata, by which exams can choose and reports can group.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, task

from lbt_solvers.bank import Columns, load_problems, sized
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exams import make_exam_maker, needs_bank
from lbt_solvers.hub import HUB
from lbt_solvers.types import Problem
from lbt_tasks._task import check_options, lbt_task

_log = logging.getLogger(__name__)
_EXAMPLE = "inspect eval lbt_tasks/qa -T data=mine.jsonl --model MODEL"


@task
def qa(
    data: str | None = None,
    question: str = "question",
    answer: str = "answer",
    id: str = "id",
    exam: str = "similar",
    exam_data: str | None = None,
    items: int | None = 3,
    repetitions: int | None = 1,
    exam_options: dict[str, Any] | None = None,
    **options: Any,
) -> Task:
    """Teach questions of a file.

    Args:
        data: The file: `.jsonl`, `.json`, `.csv`, `.tsv`, `.parquet`, or `hub:OWNER/NAME[/CONFIG][@REVISION][:SPLIT]`.
        question: Its column with the questions.
        answer: Its column with the answers; of a list, each is right.
        id: Its column with ids; a row without one is called by its number.
        exam: `similar`, `random`, `fixed`, `metadata`, `variants` (with a column `variant_of`); or `label_free`, where
            the teacher writes the questions.
        exam_data: A file with the exam questions, whose columns have the same names; `data` itself by default.
        items: Questions an exam.
        repetitions: Sittings of each question by each student.
        exam_options: Further options of the exam maker, such as `{minimum: 0.3}`.
        **options: Options of `lbt_solvers/learn_by_teaching`, such as `rationales`.

    Raises:
        UsageError: a file that cannot be read, or an option that cannot work.
    """
    check_options(qa, options)
    if not data:
        raise UsageError(f"lbt_tasks/qa needs a file of questions with answers: {_EXAMPLE}")
    hint = " Name other columns with -T question=COLUMN and -T answer=COLUMN."
    columns = Columns(question, answer, id, hint)
    taught = load_problems(data, columns)
    with usage_errors():
        given = sized(exam_options, items, repetitions)
        asked = _bank(data, exam_data, columns, taught, items) if needs_bank(exam, given) else []
        maker = make_exam_maker(exam, asked, **given)
    return lbt_task(taught, maker, name=_name(data), **options)


def _bank(
    data: str, exam_data: str | None, columns: Columns, taught: Sequence[Problem], items: int | None
) -> Sequence[Problem]:
    """The questions that exams may ask.

    Raises:
        ValueError: there is none besides the taught one.
    """
    bank = load_problems(exam_data, columns, prefix="exam/") if exam_data else taught
    others = len(bank) - (bank is taught)
    if not others:
        raise ValueError(
            f"{data}: one question leaves none for its exam; add more, or give others with exam_data=FILE."
        )
    if items and others < items:
        _log.warning(f"{exam_data or data}: exams of {items} questions have only {others} others to ask.")
    return bank


def _name(data: str) -> str:
    """What logs and reports call the task: the file without its ending."""
    last = data.removeprefix(HUB).split(":")[0].split("@")[0].rstrip("/")
    return Path(last).name.split(".")[0] or "qa"
