"""What a sceptic asks of a log, answered from its records: leaks, how sure each choice is, students, epochs.

    found = scrutinise(run)
    print(scrutiny_lines(found))

Certainty and students are told from whole exams only (`budget=full`); leaks and epochs of every log. The arithmetic is
in `lbt_solvers.leakage`, `lbt_solvers.certainty` and `lbt_solvers.item_analysis`; what it means: docs/statistics.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from math import isnan, nan, sqrt
from statistics import stdev
from typing import Any, NamedTuple

from lbt_solvers.certainty import Certainty, certainty, strength
from lbt_solvers.item_analysis import Floats, agreement, follows, reliability, usable_means
from lbt_solvers.leakage import Leak
from lbt_solvers.statistics import Interval, mean, mean_interval, paired_difference, share_interval
from lbt_solvers.tables import as_percent, percent, points
from lbt_tasks.report.exams import ExaminedSample
from lbt_tasks.report.layouts import title_of
from lbt_tasks.report.summary import Run

SURE = 0.8
"""A choice that wins in this share of draws is called sure."""


class Without(NamedTuple):
    """A rule when the items that leak are left out, on the problems that have others."""

    n: int
    accuracy: Interval
    difference: Interval
    """From its accuracy with all items, on the same problems."""


@dataclass(frozen=True, slots=True)
class Leakage:
    """Exam items that give something away."""

    items: int
    """Of all exams, those of several epochs of a problem once."""
    leaks: Sequence[Leak]
    without: Mapping[str, Without]
    """By column; empty where nothing leaks or a budget left sittings out."""

    def counts(self) -> dict[str, int]:
        """Leaking items by kind; an item can be of several."""
        return dict(Counter(leak.kind for leak in self.leaks))


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a rule's choices are, over problems."""

    sure: int
    unsure: int
    right_if_sure: Interval
    right_if_unsure: Interval
    seen: float
    """Mean LbT score of each problem's best rationale, in [0, 1]."""
    shrunk: float
    """The same without the luck of being the best."""
    coverage: Sequence[tuple[float, Interval]]
    """Share of problems answered, the surest first, and the accuracy on them."""


@dataclass(frozen=True, slots=True)
class StudentAnalysis:
    """What one student's exams are worth."""

    follows: Interval
    """Its exam accuracy after right rationales of a problem minus that after wrong ones."""
    both: int
    """Problems that have right and wrong rationales."""
    reliability: float
    agreement: float
    """Correlation with the other students' scores; nan where there is no other."""

    @property
    def ceiling(self) -> float:
        """What no score correlates better with this student than."""
        return sqrt(self.reliability) if self.reliability > 0 else nan


class Epochs(NamedTuple):
    """A rule's accuracy in each epoch: what other samples of teacher and students make of the same problems."""

    accuracies: Sequence[float]

    @property
    def spread(self) -> float:
        """Standard deviation over epochs."""
        return stdev(self.accuracies)


class Fresh(NamedTuple):
    """LbT scores of the chosen rationales, over problems."""

    chosen: Interval
    """In the exam that chose them."""
    again: Interval
    """In a fresh one."""


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """All of it; what a log does not hold is empty."""

    leakage: Leakage | None = None
    sureness: Mapping[str, Sureness] = field(default_factory=dict[str, Sureness])
    students: Mapping[str, StudentAnalysis] = field(default_factory=dict[str, StudentAnalysis])
    epochs: Mapping[str, Epochs] = field(default_factory=dict[str, Epochs])
    fresh: "Fresh | None" = None
    """Where chosen rationales were examined again."""
    over_few_shot: Mapping[str, Interval] = field(default_factory=dict[str, Interval])
    """Of each rule, its accuracy minus that of the teacher which was shown the same gold answers."""


def scrutinise(run: Run) -> Scrutiny:
    """Everything that the run's records say."""
    whole = [each for each in run.examined if each.cells is not None]
    complete = bool(whole) and len(whole) == len(run.examined)
    return Scrutiny(
        leakage=_leakage(run) if any(each.items for each in run.examined) else None,
        sureness={column: each for column in run.layout.gains if complete and (each := _sureness(run, column))},
        students=_students(run, whole) if complete else {},
        epochs=_epochs(run),
        fresh=_fresh(run),
        over_few_shot=_over_few_shot(run),
    )


def _fresh(run: Run) -> Fresh | None:
    rows = [(each.problem, *each.fresh) for each in run.examined if each.fresh]
    if not rows:
        return None
    names, chosen, again = zip(*rows, strict=True)
    columns, families = run.by_problem(names, chosen, again)
    return Fresh(*(share_interval(column, families) for column in columns))


def _over_few_shot(run: Run) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    few_shot = run.values.get("few_shot", ())
    for column in run.layout.gains if few_shot else ():
        [a, b], families = run.by_problem(run.problems, run.values[column], few_shot)
        if families:
            found[column] = paired_difference(a, b, families)
    return found


def _leakage(run: Run) -> Leakage:
    items = len({(each.problem, item) for each in run.examined for item in each.items})
    found = {column: _without(run, column) for column in run.layout.gains} if run.leaks else {}
    return Leakage(items, run.leaks, {column: each for column, each in found.items() if each})


def _without(run: Run, column: str) -> Without | None:
    less = [each.without.get(column, nan) for each in run.examined]
    [whole, less], families = run.by_problem(run.problems, run.values[column], less)
    if not families:
        return None
    return Without(len(families), share_interval(less, families), paired_difference(less, whole, families))


def _sureness(run: Run, column: str) -> Sureness | None:
    """`None` where no rationale has an answer."""
    alike = strength((each.right, each.sittings) for each in run.examined)
    rows: list[tuple[str, Certainty, float]] = []
    for each, value in zip(run.examined, run.values[column], strict=True):
        found = certainty(each.classes, each.right, each.sittings, run.layout.rule_of(column), alike, each.visible)
        if found and not isnan(value):
            rows.append((each.problem, found, value))
    if not rows:
        return None
    [share, value, seen, shrunk], families = run.by_problem(
        [name for name, _, _ in rows],
        [found.share for _, found, _ in rows],
        [value for _, _, value in rows],
        [found.seen for _, found, _ in rows],
        [found.shrunk for _, found, _ in rows],
    )
    surest = sorted(range(len(families)), key=lambda at: -share[at])

    def accuracy(of: Sequence[int]) -> Interval:
        return share_interval([value[at] for at in of], [families[at] for at in of])

    sure = sum(each >= SURE for each in share)
    steps = sorted({max(1, round(len(surest) * part / 10)) for part in range(1, 11)})
    return Sureness(
        sure=sure,
        unsure=len(share) - sure,
        right_if_sure=accuracy(surest[:sure]),
        right_if_unsure=accuracy(surest[sure:]),
        seen=mean(seen),
        shrunk=mean(shrunk),
        coverage=[(count / len(surest), accuracy(surest[:count])) for count in steps],
    )


def _students(run: Run, whole: Sequence[ExaminedSample]) -> dict[str, StudentAnalysis]:
    names = list(dict.fromkeys(name for each in whole for name in each.students))
    results = {name: [(each, each.of_student(name)) for each in whole if name in each.students] for name in names}
    found: dict[str, StudentAnalysis] = {}
    for name in names:
        gains = [follows(usable_means(cells), each.correct) for each, cells in results[name]]
        [gains], families = run.by_problem([each.problem for each, _ in results[name]], gains)
        others = [agreement(_both(whole, *pair)) for pair in combinations(names, 2) if name in pair]
        found[name] = StudentAnalysis(
            follows=mean_interval(gains, families),
            both=len(families),
            reliability=reliability([cells for _, cells in results[name]]),
            agreement=mean([other for other in others if not isnan(other)]),
        )
    return found


def _both(whole: Sequence[ExaminedSample], a: str, b: str) -> list[tuple[Floats, Floats]]:
    shared = [each for each in whole if a in each.students and b in each.students]
    return [(usable_means(each.of_student(a)), usable_means(each.of_student(b))) for each in shared]


def _epochs(run: Run) -> dict[str, Epochs]:
    """Epochs in which every problem is known."""
    found: dict[str, Epochs] = {}
    for column in (*run.layout.gains, run.layout.baseline_of(run.layout.gains[0])) if run.epochs else ():
        by_epoch: dict[int, list[float]] = {}
        for epoch, value in zip(run.epochs, run.values[column], strict=True):
            by_epoch.setdefault(epoch, []).append(value)
        means = [mean(values) for values in by_epoch.values() if len(values) == run.distinct]
        means = [each for each in means if not isnan(each)]
        if len(means) > 1:
            found[column] = Epochs(means)
    return found


def scrutiny_lines(found: Scrutiny) -> list[str]:
    """In words, a line each."""
    lines = leakage_lines(found.leakage) if found.leakage else []
    for column, each in found.sureness.items():
        lines += sureness_lines(column, each)
    lines += [student_line(name, each) for name, each in found.students.items()]
    if found.fresh:
        lines.append(
            f"the chosen rationales' LbT scores are {percent(found.fresh.chosen)} % in the exams that chose them, "
            f"{percent(found.fresh.again)} % in exams with other seeds"
        )
    for column, gain in found.over_few_shot.items():
        name = title_of(column)
        lines.append(f"{name} minus the teacher that was shown the same gold answers: {points(gain)} points")
    return lines + [_epoch_line(column, each) for column, each in found.epochs.items()]


def leakage_lines(found: Leakage) -> list[str]:
    """What leaks, and what the rules choose without it."""
    if not found.leaks:
        return [f"of {found.items:,} exam items none shares the taught answer, is a copy of its question, or is taught"]
    words = {"same answer": "share the taught answer", "copy": "copy its question", "taught": "are taught themselves"}
    counts = ", ".join(f"{count:,} {words[kind]}" for kind, count in found.counts().items())
    lines = [f"of {found.items:,} exam items {counts}"]
    for column, each in found.without.items():
        lines.append(
            f"  without them {title_of(column)} {percent(each.accuracy)} %, {points(each.difference)} points from all "
            f"items, on the {each.n} problems that have others"
        )
    return lines


def sureness_lines(column: str, found: Sureness) -> list[str]:
    """How sure the choices are, and what the winner's score owes to luck."""
    name, total = title_of(column), found.sure + found.unsure
    sure = f", and has {percent(found.right_if_sure)} % on them" if found.sure else ""
    others = f"; on the {found.unsure} others {percent(found.right_if_unsure)} %" if found.unsure else ""
    lines = [
        f"{name} is sure (wins in {100 * SURE:.0f} % of exams drawn anew) of {found.sure} of {total}{sure}{others}"
    ]
    if column.endswith("max"):
        lines.append(
            f"  its best rationales have LbT scores of {as_percent(found.seen)} %, without the luck of being the best "
            f"{as_percent(found.shrunk)} %"
        )
    return lines


def student_line(name: str, found: StudentAnalysis) -> str:
    """Whether a student follows, and how far its scores repeat themselves."""
    parts = [
        f"{points(found.follows)} points after right rationales against wrong ones"
        if found.both
        else "no problem has both right and wrong rationales"
    ]
    if not isnan(found.reliability):
        ceiling = f" (noise ceiling {found.ceiling:.2f})" if not isnan(found.ceiling) else ""
        parts.append(f"reliability {found.reliability:.2f}{ceiling}")
    if not isnan(found.agreement):
        parts.append(f"agreement with other students {found.agreement:.2f}")
    return f"student {name}: {', '.join(parts)}"


def _epoch_line(column: str, found: Epochs) -> str:
    low, high = 100 * min(found.accuracies), 100 * max(found.accuracies)
    return (
        f"{title_of(column)} in {len(found.accuracies)} epochs: {low:.1f} to {high:.1f} %, standard "
        f"deviation {as_percent(found.spread)} points (other samples of teacher and students)"
    )


def scrutiny_object(found: Scrutiny) -> dict[str, Any]:
    """For JSON; shares in [0, 1]."""
    numbers: dict[str, Any] = {}
    if leakage := found.leakage:
        numbers["leakage"] = {
            "items": leakage.items,
            **leakage.counts(),
            "leaks": [leak._asdict() for leak in leakage.leaks],
            "without": {column: each._asdict() for column, each in leakage.without.items()},
        }
    if found.sureness:
        numbers["sureness"] = {column: asdict(each) for column, each in found.sureness.items()}
    if found.students:
        numbers["students"] = {name: asdict(each) for name, each in found.students.items()}
    if found.fresh:
        numbers["fresh_exam"] = {"chosen": found.fresh.chosen, "again": found.fresh.again}
    if found.over_few_shot:
        numbers["over_few_shot"] = dict(found.over_few_shot)
    if found.epochs:
        numbers["epochs"] = {name: list(each.accuracies) for name, each in found.epochs.items()}
    return numbers
