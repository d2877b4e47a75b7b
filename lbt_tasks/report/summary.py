"""One Inspect log becomes one summary: accuracies with intervals, tests against the vote, tokens by role.

    summary = summarise(read_run("logs/demo/2026-01-01_classroom.eval"))
    summary.rules["sum"].accuracy.mean

Problems are the unit: of several epochs a problem has its mean, and families of problems are clusters. Tests are exact
ones against MAJ, corrected for being several; what knows the solution is tested against nothing. Scores of programs are
graded, so they are compared with the mean of all samples by the interval of the paired difference alone. See
docs/statistics.md.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import isnan
from typing import Any, NamedTuple

from inspect_ai.scorer import Score

from lbt_solvers.errors import UsageError, one_line
from lbt_solvers.families import families
from lbt_solvers.leakage import Leak
from lbt_solvers.record import GRADING, GradingTime, SampledRationale, TeachingRecord, is_full_exam
from lbt_solvers.statistics import (
    Interval,
    PairedTest,
    by_problem,
    holm,
    mean,
    paired_difference,
    paired_test,
    share_interval,
)
from lbt_solvers.tables import as_percent
from lbt_solvers.types import Draft
from lbt_tasks.logs import Log, LoggedSample, find_logs, open_log, passed_over
from lbt_tasks.remote_logs import local_path
from lbt_tasks.report.exams import ExaminedSample, examined_sample, leaks_of
from lbt_tasks.report.layouts import Layout, layouts
from lbt_tasks.report.lost import Lost, lost_in
from lbt_tasks.report.provenance import provenance_of

_RATIONALES = "TeachingRecord:rationales"
ALPHA = 0.05
"""How often one of a log's comparisons may seem to differ where none does."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the report needs of one log."""

    log: str
    task: str
    status: str
    problems: tuple[str, ...]
    """Problem id of each scored sample; an id stands once per epoch."""
    values: Mapping[str, tuple[float, ...]]
    """Per column of the scorer, one value per scored sample; nan where the run left it out."""
    taught: tuple[float, ...]
    """Mean LbT score of each sample's rationales, exam accuracy of taught students; nan where a budget spared exams."""
    usage: Mapping[str, Mapping[str, int]]
    """Calls and tokens by role, summed over samples."""
    errors: tuple[str, ...] = ()
    """Reasons of the samples that errored, which no accuracy counts."""
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    layout: Layout = field(default_factory=lambda: layouts()[0])
    """How the scorer's values are shown."""
    grading: "Grading | None" = None
    """What grading programs took, where programs were graded."""
    spent: "Spent | None" = None
    """What a budget left of the exams; `None` where every sample sat them whole."""
    drafts: Sequence[Sequence[Draft]] = ()
    """Per scored sample the variants of a label-free exam; empty where its exam has gold answers."""
    rationales: tuple[str, ...] = ()
    """Per scored sample a digest of its rationales."""
    families: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of each problem; itself where it has none."""
    clustered_by: str = ""
    """The key of the problems' metadata that tells their families; empty where every problem stands alone."""
    epochs: tuple[int, ...] = ()
    """Of each scored sample."""
    leaks: tuple[Leak, ...] = ()
    """Exam items that give something away."""
    examined: tuple[ExaminedSample, ...] = ()
    """The exams of each scored sample."""
    lost: Lost = Lost()
    """What was cut short or came to nothing."""
    name: str = ""
    """What the user calls it."""
    made: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How it was made, see `lbt_tasks.report.provenance`."""

    @property
    def title(self) -> str:
        """What reports call it: the user's name, else the task's."""
        return self.name or self.task.rpartition("/")[2]

    @property
    def distinct(self) -> int:
        """How many problems there are, however many epochs."""
        return len(set(self.problems))

    def family(self, problem: str) -> str:
        """The family of a problem; itself where nothing says more."""
        return self.families.get(problem, problem)

    def by_problem(self, names: Sequence[str], *columns: Sequence[float]) -> tuple[list[list[float]], list[str]]:
        """The columns with one value a problem, its mean over epochs, and the family of each.

        Args:
            names: The problem of each value.
            columns: What has nan in any of them is left out of all.
        """
        kept = [at for at, row in enumerate(zip(*columns, strict=True)) if not any(map(isnan, row))]
        problems, means = by_problem([names[at] for at in kept], *([column[at] for at in kept] for column in columns))
        return means, [self.family(problem) for problem in problems]


class Grading(NamedTuple):
    """What a run spent on grades."""

    asked: int
    graded: int
    """Programs that were run for them: equal ones are run once."""
    waited: float
    """Seconds in which a sample awaited grades and no model call, summed over samples."""
    seconds: float
    """Wall seconds of all samples."""


class Spent(NamedTuple):
    """Student replies of a run on a budget, the control's not counted."""

    budget: str
    replies: int
    full: int
    """Those of the full exams."""
    guessed: int = 0
    """Samples whose exams a limit cut short, before the budget's own rule had a winner."""
    rule: str = ""
    """That rule."""

    def line(self) -> str:
        """For a reader of the report."""
        share = f"{as_percent(self.replies / self.full)} %" if self.full else "none"
        cut = (
            f"; the limit cut {self.guessed} of the exams short, in which the choice of {self.rule.upper()} is a guess"
            if self.guessed
            else ""
        )
        return (
            f"exams on the budget {self.budget}: {self.replies:,} of {self.full:,} student replies ({share}), the "
            f"control's not counted{cut}"
        )


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One rule's accuracy in [0, 1] over n problems, and how it does against the baseline on the same ones."""

    accuracy: Interval
    n: int
    baseline: float = float("nan")
    """The baseline's accuracy on the same problems."""
    difference: Interval | None = None
    """Accuracy minus the baseline's (MAJ, or the mean); `None` for the baseline itself and the control."""
    corrected: Interval | None = None
    """The same with the interval that all comparisons of the log hold at once, by Bonferroni."""
    test: PairedTest | None = None
    p: float = float("nan")
    """The test's p-value, corrected by Holm for the comparisons of the log."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers."""

    run: Run
    rules: Mapping[str, RuleSummary]
    taught: float
    """Mean exam accuracy of taught students, to be read against the control's."""

    def shown(self, column: str) -> RuleSummary | None:
        """A rule that stands in the table: one that is known of as many problems as any."""
        rule = self.rules.get(column)
        return rule if rule and rule.n == self.run.distinct else None

    @property
    def partial(self) -> dict[str, RuleSummary]:
        """Rules that are known of some problems only, and so do not compare with the others."""
        return {name: rule for name, rule in self.rules.items() if rule.n < self.run.distinct}


class _Scored(NamedTuple):
    """A sample that did not error, with its score."""

    sample: LoggedSample
    record: TeachingRecord
    score: Score


def read_run(path: str) -> Run:
    """Reads a log's scores and usage, sample by sample, without its transcripts.

    Raises:
        UsageError: no Inspect log, or one without this project's scorer.
    """
    log = open_log(path)
    samples = list(log.samples())
    errors = tuple(f"{sample.id}: {sample.error}" for sample in samples if sample.error)
    layout = next((each for each in layouts() if any(sample.score(each.scorer) for sample in samples)), layouts()[0])
    scored = [
        _Scored(sample, sample.record(TeachingRecord), score)
        for sample in samples
        if not sample.error and (score := sample.score(layout.scorer))
    ]
    if not scored and not errors:
        raise UsageError(_unscored(log))
    records = [each.record for each in scored]
    about = {each.sample.id: each.sample.metadata for each in scored}
    alike = families(list(about.values()), list(about))
    leaks = leaks_of([each[:2] for each in scored])
    out = {id_: {leak.item for leak in leaks if leak.problem == id_} for id_ in about}
    return Run(
        log=log.origin,
        task=log.header.eval.task,
        status=log.header.status,
        problems=tuple(each.sample.id for each in scored),
        values={column: tuple(_number(each.score.value, column) for each in scored) for column in layout.columns},
        taught=tuple(map(_taught, scored)),
        usage=_usage(records),
        errors=errors,
        models=log.models,
        layout=layout,
        grading=_grading(log, scored),
        spent=_spent(records),
        drafts=tuple(record.drafts for record in records),
        rationales=tuple(_digest(record.rationales) for record in records),
        families=dict(zip(about, alike.of, strict=True)),
        clustered_by=alike.name,
        epochs=tuple(each.sample.epoch for each in scored),
        leaks=tuple(leaks),
        made=provenance_of(log, records[0] if records else None),
        lost=lost_in([each.record for each in scored], log.limits()),
        examined=tuple(examined_sample(*each[:2], layout, out[each.sample.id]) for each in scored),
    )


def _unscored(log: Log) -> str:
    if log.task == "examples":
        return f"{log.path} is a run of lbt_tasks/examples: lbt examples {log.path} --out DIR, then --curve DIR here."
    name = layouts()[0].scorer
    samples = list(log.samples())
    recorded = [sample for sample in samples if (sample.values.get("store") or {}).get(_RATIONALES)]
    if not samples:
        return f"{log.path} holds no sample: the run ended before one was finished. The same command continues it."
    if not recorded:
        return (
            f"{log.path} holds no run of Learning by Teaching. Run the task with --solver "
            "lbt_solvers/learn_by_teaching, or wrap it: inspect eval lbt_tasks/wrap -T base=TASK."
        )
    if not any(sample.target.strip() for sample in recorded):
        return f"{log.path}: its samples have no targets, so no answer can be called right or wrong."
    return (
        f"{log.path} has no sample scored by {name}, and its answers need the task's own scorer. Score it with: "
        f"inspect score {log.path} --scorer lbt_solvers/{name} --action append"
    )


def read_runs(paths: Sequence[str], without: Collection[str] = ()) -> list[Run]:
    """The runs of these logs and folders; logs of a folder that are of something else are passed over.

    Args:
        paths: The logs and folders.
        without: Logs among them that have another report.

    Raises:
        UsageError: a log that was named, or every log of the folders, is not one of this project.
    """
    named = {local_path(path) for path in paths}
    runs: list[Run] = []
    refused: dict[str, UsageError] = {}
    for path in find_logs(paths):
        if path in without:
            continue
        try:
            runs.append(read_run(path))
        except UsageError as error:
            if path in named:
                raise
            refused[path] = error
    if not runs and refused:
        raise next(iter(refused.values()))
    for path, error in refused.items():
        passed_over(path, one_line(error).removesuffix("."))
    return runs


def summarise(run: Run) -> Summary:
    """The run's accuracies with 95 % intervals, and how each does against the baseline."""
    rules = {column: _rule(run, column) for column in run.values}
    taught = [value for value in run.taught if not isnan(value)]
    found = {name: rule for name, rule in rules.items() if rule.n}
    return Summary(run, _corrected(run, found), mean(taught))


class _Paired(NamedTuple):
    """A column beside its baseline, one value a problem that has both; beside itself where it has no baseline."""

    values: list[float]
    against: list[float]
    families: list[str]


def _paired(run: Run, column: str) -> _Paired:
    against = run.values[run.layout.baseline_of(column) or column]
    [values, against], families = run.by_problem(run.problems, run.values[column], against)
    return _Paired(values, against, families)


def _rule(run: Run, column: str) -> RuleSummary:
    found = _paired(run, column)
    summary = RuleSummary(share_interval(found.values, found.families), len(found.values), mean(found.against))
    if not run.layout.is_compared(column):
        return summary
    test = paired_test(*found) if run.layout.exact_test else None
    return replace(summary, difference=paired_difference(*found), test=test)


def _corrected(run: Run, rules: Mapping[str, RuleSummary]) -> dict[str, RuleSummary]:
    """The same, with intervals and p-values corrected for being several in their side of the log."""
    found = dict(rules)
    for side in run.layout.sides:
        names = [name for name, rule in rules.items() if rule.difference and run.layout.side_of(name) == side]
        tests = [test.p if (test := rules[name].test) else float("nan") for name in names]
        for name, p in zip(names, holm(tests), strict=True):
            at_once = paired_difference(*_paired(run, name), level=1 - ALPHA / len(names))
            found[name] = replace(rules[name], corrected=at_once, p=p)
    return found


def _taught(scored: _Scored) -> float:
    finished = is_full_exam(scored.record.budget)
    return mean((scored.score.metadata or {}).get("lbt_scores", [])) if finished else float("nan")


def _spent(records: Sequence[TeachingRecord]) -> Spent | None:
    budgets = [record.budget for record in records if not is_full_exam(record.budget)]
    if not budgets:
        return None
    names = ", ".join(dict.fromkeys(budget["name"] for budget in budgets))
    rule = budgets[0]["rule"]
    guessed = sum(not record.decides(record.budget["rule"]) for record in records if not is_full_exam(record.budget))
    calls, full = (sum(budget[key] for budget in budgets) for key in ("calls", "full_calls"))
    return Spent(names, calls, full, guessed, rule)


def _grading(log: Log, scored: Sequence[_Scored]) -> Grading | None:
    """Counts grow from sample to sample of a run, so the largest are those of the run."""
    counts = [found for each in scored if (found := (each.score.metadata or {}).get(GRADING))]
    if not counts:
        return None
    asked, graded = (max(each[name] for each in counts) for name in ("asked", "graded"))
    waited = sum(each.sample.record(GradingTime).waited for each in scored) + sum(each["waited"] for each in counts)
    seconds = log.seconds()
    return Grading(asked, graded, waited, sum(seconds[each.sample.id, each.sample.epoch] for each in scored))


def _digest(rationales: Sequence[SampledRationale]) -> str:
    texts = "\0".join(f"{each.text}\0{each.answer}" for each in rationales)
    return blake2b(texts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _number(value: Any, column: str) -> float:
    given = value.get(column) if isinstance(value, Mapping) else None
    return float("nan") if given is None else float(given)


def _usage(records: Sequence[TeachingRecord]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for record in records:
        for role, used in record.usage.items():
            total.setdefault(role, Counter()).update(used.model_dump())
    return {role: dict(counts) for role, counts in total.items()}
