"""What exams tell: do students do better after a right rationale, and do scores tell right rationales from wrong ones?

    python -m benchmarks.exam_signal logs/real                    # parts of one run are pooled
    python -m benchmarks.exam_signal logs/real --by steps --by level

Prints a Markdown table: a row for all sittings, for every student alone, for one exam question instead of all, for
problems that the teacher mostly solves or mostly does not, and for the values of the metadata named by `--by`. The
gain is within problems that have rationales of both kinds, as is the AUC: the share of pairs, a right and a wrong
rationale of one problem, of which the right one has the higher score, ties counting half; 50 % is chance. A second
table has that share for every column of `lbt report --selectors`, such as other kinds of exams and the length.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

from lbt_solvers.errors import UsageError
from lbt_solvers.record import TeachingRecord
from lbt_solvers.sittings import Sitting
from lbt_solvers.statistics import paired_difference, ratio_interval
from lbt_solvers.tables import Table, as_percent, percent, points
from lbt_tasks.logs import LoggedSample, open_log
from lbt_tasks.pooling import pooled
from lbt_tasks.report.sections import ordered_pairs
from lbt_tasks.selectors.columns import Prices, ScoredSample, read_candidates


class Examined(NamedTuple):
    """A problem: whether each rationale is right, and the sittings after it."""

    sample: LoggedSample
    record: TeachingRecord
    right: list[bool]

    def scores(self, counts: Callable[[Sitting], bool]) -> list[tuple[bool, float]]:
        """Of each rationale with sittings that count: whether it is right, and their mean."""
        rows = self.record.sittings_of()
        kept = [
            [row.score for row in rows.get(at, []) if row.score is not None and counts(row)]
            for at in range(len(self.right))
        ]
        return [(right, fmean(scores)) for right, scores in zip(self.right, kept, strict=True) if scores]


AUC = "AUC within problems % [95 %]"


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="+", help="of one run, or of its parts")
    parser.add_argument("--by", action="append", default=[], help="a key of the problems' metadata")
    options = parser.parse_args()
    try:
        path = pooled(options.logs)
    except UsageError as error:
        parser.error(str(error))
    problems = list(examined(path))
    titles = ("sittings", "problems", "after right %", "after wrong %", "gain, points [95 %]", AUC)
    rows = [
        row(name, [problem.scores(counts) for problem in chosen])
        for name, chosen, counts in views(problems, options.by)
    ]
    print(Table(titles, rows).markdown() + "\n")
    candidates = read_candidates([path], Prices())
    columns = [(name, auc([_column(each, name) for each in candidates])) for name in candidates[0].columns]
    print(Table(("column", AUC), columns).markdown())


def examined(path: str) -> Iterable[Examined]:
    """The problems of a log that were examined."""
    for sample in open_log(path).samples():
        record = sample.record(TeachingRecord)
        if not sample.error and record.plans:
            right = [value == 1 for value in sample.correctness(len(record.rationales))]
            yield Examined(sample, record, right)


View = tuple[str, Sequence[Examined], Callable[[Sitting], bool]]


def views(problems: Sequence[Examined], keys: Sequence[str]) -> Iterable[View]:
    """Names of rows, their problems, and which sittings count."""
    yield "all", problems, lambda sitting: True
    students = problems[0].record.students
    for number, student in enumerate(students if len(students) > 1 else ()):
        yield f"student {student}", problems, lambda sitting, number=number: sitting.student == number
    if len(problems[0].record.items) > 1:
        yield "the first question alone", problems, lambda sitting: sitting.item == 0
    mostly = [problem for problem in problems if 2 * sum(problem.right) >= len(problem.right)]
    yield "problems mostly solved", mostly, lambda sitting: True
    yield "problems mostly not", [each for each in problems if each not in mostly], lambda sitting: True
    for key in keys:
        values = sorted({each.sample.metadata.get(key) for each in problems}, key=str)
        for value in values:
            yield (
                f"{key} {value}",
                [each for each in problems if each.sample.metadata.get(key) == value],
                lambda sitting: True,
            )


def row(name: str, problems: Sequence[list[tuple[bool, float]]]) -> list[str]:
    """One row of the table."""
    of = {kind: [[score for right, score in each if right is kind] for each in problems] for kind in (True, False)}
    both = [(fmean(right), fmean(wrong)) for right, wrong in zip(of[True], of[False], strict=True) if right and wrong]
    cells = [
        name,
        str(len(problems)),
        *(share([score for each in of[kind] for score in each]) for kind in (True, False)),
    ]
    gain = paired_difference([right for right, _ in both], [wrong for _, wrong in both]) if len(both) > 1 else None
    cells.append(points(gain) if gain else "-")
    cells.append(auc(problems))
    return cells


def auc(problems: Sequence[list[tuple[bool, float]]]) -> str:
    """The AUC within problems, with its interval."""
    ordered = [ordered_pairs([(score, right) for right, score in each]) for each in problems]
    found, pairs = [right for right, _ in ordered], [count for _, count in ordered]
    return percent(ratio_interval(found, pairs)) if sum(count > 0 for count in pairs) > 1 else "-"


def _column(candidates: ScoredSample, name: str) -> list[tuple[bool, float]]:
    scores = candidates.columns[name].scores
    return [(right == 1, score) for right, score in zip(candidates.correct, scores, strict=True) if score is not None]


def share(scores: Sequence[float]) -> str:
    """A mean in per cent, with how many there are."""
    return f"{as_percent(fmean(scores))} ({len(scores)})" if scores else "-"


if __name__ == "__main__":
    main()
