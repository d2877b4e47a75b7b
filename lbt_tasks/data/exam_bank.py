"""The exam option of a task: a maker by its name, over the user's bank or the task's own.

make = exam_over("similar", own_bank=lambda: load_gsm8k("train"), items=2)
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lbt_solvers.bank import load_problems, sized
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import make_exam_maker, needs_bank
from lbt_solvers.types import Problem


def exam_over(
    exam: str,
    own_bank: Callable[[], Sequence[Problem]],
    bank: str | None = None,
    items: int | None = None,
    repetitions: int | None = None,
    exam_options: Mapping[str, Any] | None = None,
) -> ExamMaker:
    """The exam maker of that name.

    Args:
        exam: a name in `lbt_solvers.exams.EXAM_MAKERS`.
        own_bank: loads the task's exam questions; not called where `bank` is given.
        bank: a JSONL file with other exam questions.
        items: questions an exam; None leaves it to the maker, whose default is the paper's.
        repetitions: sittings of each, likewise.
        exam_options: the maker's other options.

    Raises:
        UsageError: an unknown name or option, or a bank that cannot be read.
    """
    with usage_errors():
        given = sized(exam_options, items, repetitions)
        questions = (load_problems(bank) if bank else own_bank()) if needs_bank(exam, given) else []
        return make_exam_maker(exam, questions, **given)
