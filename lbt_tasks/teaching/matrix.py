"""The matrix of teachers and students: what each teacher's explanations were worth to each student.

    cells = gain_matrix(read_results(["logs/teaching"]))
    cells["openai/gpt-4o", "openai/gpt-4o-mini", ""].gain

A cell is a teacher, a student and a subject ("" for all of them). Intervals are those of
`lbt_solvers.statistics`, over problems.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.statistics import Interval, by_problem, mean, mean_interval, paired_difference
from lbt_solvers.tables import Table, as_percent, points, say
from lbt_tasks.logs import find_logs, open_log
from lbt_tasks.teaching.scorer import ExamAccuracies

SCORER = "teaching_gain"
Key = tuple[str, str, str]
"""Teacher, student, subject."""


@dataclass(frozen=True, slots=True)
class StudentResult:
    """One student on one problem."""

    teacher: str
    student: str
    subject: str
    problem: str
    accuracies: ExamAccuracies


@dataclass(frozen=True, slots=True)
class Cell:
    """What a teacher was worth to a student."""

    problems: int
    gain: Interval
    """Taught minus untaught exam accuracy, in [-1, 1]."""
    below_gold: Interval | None
    """Accuracy after the worked solution minus after the teacher's explanations; `None` without worked solutions."""
    taught: float
    control: float


def read_results(paths: Sequence[str]) -> list[StudentResult]:
    """Every result in the logs.

    Raises:
        UsageError: a path without a log, or no log of the task `teaching`.
    """
    found = [result for path in find_logs(paths) for result in _results(path)]
    if not found:
        raise UsageError(f"No sample scored by {SCORER} in {', '.join(paths)}. Run: inspect eval lbt_tasks/teaching")
    return found


def _results(path: str) -> Iterable[StudentResult]:
    log = open_log(path)
    for sample in log.samples() if log.task == "teaching" else ():
        score = sample.score(SCORER)
        about: dict[str, Any] = (score.metadata or {}) if score else {}
        for student, accuracies in about.get("students", {}).items():
            yield StudentResult(
                about["teacher"], student, about["subject"], f"{path}/{sample.id}", ExamAccuracies(**accuracies)
            )


def gain_matrix(results: Iterable[StudentResult], by_subject: bool = False) -> dict[Key, Cell]:
    """The cells, in the order of first appearance; per subject as well where asked for."""
    groups: dict[Key, list[StudentResult]] = defaultdict(list)
    for each in results:
        if not isnan(each.accuracies.taught) and not isnan(each.accuracies.control):
            groups[each.teacher, each.student, ""].append(each)
            if by_subject:
                groups[each.teacher, each.student, each.subject].append(each)
    return {key: _cell(group) for key, group in groups.items()}


def _cell(group: Sequence[StudentResult]) -> Cell:
    problems = [each.problem for each in group]
    columns = ([getattr(each.accuracies, name) for each in group] for name in ("taught", "control"))
    _, [taught, control] = by_problem(problems, *columns)
    known = [each for each in group if not isnan(each.accuracies.gold)]
    below = [each.accuracies.gold - each.accuracies.taught for each in known]
    _, [gold] = by_problem([each.problem for each in known], below)
    return Cell(
        problems=len(set(problems)),
        gain=paired_difference(taught, control),
        below_gold=mean_interval(gold) if known else None,
        taught=mean(taught),
        control=mean(control),
    )


def print_matrix(cells: Mapping[Key, Cell]) -> None:
    """Teachers by students: gain in points with its 95 % interval, and how far below the worked solution."""
    students = list(dict.fromkeys(student for _, student, _ in cells))
    titles = ["teacher", *(f"{student}\ngain [95 % interval], below gold" for student in students)]
    rows = [
        [f"  {subject}" if subject else teacher, *(_text(cells.get((teacher, each, subject))) for each in students)]
        for teacher, subject in dict.fromkeys((teacher, subject) for teacher, _, subject in cells)
    ]
    Table(titles, rows).show()
    say("gain: exam accuracy after the teacher's explanation minus without one, in points; below gold:")
    say("after the problem's worked solution minus after the teacher's explanation.")


def _text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return points(cell.gain) + (f", {as_percent(cell.below_gold.mean)}" if cell.below_gold else "")


def as_rows(cells: Mapping[Key, Cell]) -> list[dict[str, Any]]:
    """One object a cell, accuracies in [0, 1]."""
    return [
        {
            "teacher": teacher,
            "student": student,
            "subject": subject or None,
            "problems": cell.problems,
            "gain": cell.gain.mean,
            "interval": cell.gain[1:],
            "taught": cell.taught,
            "control": cell.control,
            "below_gold": cell.below_gold.mean if cell.below_gold else None,
        }
        for (teacher, student, subject), cell in cells.items()
    ]
