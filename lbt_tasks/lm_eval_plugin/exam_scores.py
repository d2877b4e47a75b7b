"""From the sittings of an exam to LbT scores and to what each selection rule is worth.

    >>> one = AnsweredRow("p1", rationale=0, answer_class=0, correct=True, score=1.0, rows=2)
    >>> control = AnsweredRow("p1", rationale=-1, answer_class=-1, correct=False, score=0.0, rows=2)
    >>> accuracy(examined([one, control]), "max")
    1.0

Each row of the exam leaves one `AnsweredRow`; lm-eval's aggregations get them all. Source: paper, section 3.1.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.selection import select
from lbt_solvers.statistics import mean
from lbt_solvers.types import ExamResult, Rationale, Scored
from lbt_tasks.lm_eval_plugin.exam_rows import CONTROL

_logger = logging.getLogger(__name__)


class AnsweredRow(NamedTuple):
    """One answered row."""

    problem: str
    rationale: int
    """Index of the teacher's sample; `CONTROL` where nobody was taught."""
    answer_class: int
    """Of the rationale's own answer."""
    correct: bool
    """Whether the rationale's own answer is right."""
    score: float | None
    """Of the student's answer, in [0, 1]; `None` where the reply was empty."""
    rows: int
    """Rows of this problem in the whole exam."""


class Examined(NamedTuple):
    """One problem with all of its sittings."""

    problem: str
    rationales: tuple[int, ...]
    """Which samples of the teacher were taught."""
    scored: tuple[Scored, ...]
    """One for each of them."""
    correct: tuple[bool, ...]
    control: float


def examined(sittings: Iterable[Sequence[object]]) -> list[Examined]:
    """The problems whose exams are complete; others are left out, with a warning that counts them."""
    by_problem: dict[str, list[AnsweredRow]] = defaultdict(list)
    for values in sittings:
        sitting = AnsweredRow(*values)  # pyright: ignore[reportArgumentType]
        by_problem[sitting.problem].append(sitting)
    whole = [group for group in by_problem.values() if len(group) == group[0].rows]
    found = [problem for group in whole if (problem := _examined(group))]
    _left_out("their exams are cut (by --limit?)", len(by_problem) - len(whole))
    _left_out("a whole exam of empty replies", len(whole) - len(found))
    return found


@cache
def _left_out(why: str, problems: int) -> None:
    """A warning, once: every metric of a run comes by."""
    if problems:
        _logger.warning("Problems left out, %s: %d", why, problems)


def accuracy(problems: Sequence[Examined], rule: str) -> float:
    """Share of problems whose chosen answer is right, in [0, 1]; one without any answer counts as wrong."""
    return mean([_right(problem, rule) for problem in problems])


def oracle(problems: Sequence[Examined]) -> float:
    """Share of problems with at least one right answer, in [0, 1]."""
    return mean([float(any(problem.correct)) for problem in problems])


def control(problems: Sequence[Examined]) -> float:
    """Mean exam accuracy of the untaught, in [0, 1]."""
    return mean([problem.control for problem in problems])


def mean_score(problems: Sequence[Examined]) -> float:
    """Mean LbT score of all rationales, problem by problem, in [0, 1]."""
    return mean([mean([each.score for each in problem.scored]) for problem in problems if problem.scored])


def _right(problem: Examined, rule: str) -> float:
    choice = select(problem.scored, rule)
    return float(choice is not None and problem.correct[choice.rationale])


def _examined(group: Sequence[AnsweredRow]) -> Examined | None:
    """That problem; `None` where some exam has no usable reply."""
    by_rationale: dict[int, list[AnsweredRow]] = defaultdict(list)
    for sitting in group:
        by_rationale[sitting.rationale].append(sitting)
    results = {index: _result(rows) for index, rows in sorted(by_rationale.items())}
    untaught = exam_accuracy(results.pop(CONTROL))
    if untaught is None or any(exam_accuracy(result) is None for result in results.values()):
        return None
    about = {index: by_rationale[index][0] for index in results}
    scored = [
        Scored(Rationale("", None), about[index].answer_class, (result,), lbt_score([result]))
        for index, result in results.items()
    ]
    correct = tuple(bool(sitting.correct) for sitting in about.values())
    return Examined(group[0].problem, tuple(results), tuple(scored), correct, untaught)


def _result(rows: Sequence[AnsweredRow]) -> ExamResult:
    return ExamResult("", (tuple(sitting.score for sitting in rows),))
