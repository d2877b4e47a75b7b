"""One Inspect log becomes one summary: accuracies with intervals, tests against the vote, tokens by role.

    summary = summarise(read_run("logs/demo/2026-01-01_classroom.eval"))
    summary.rules["sum"].accuracy.mean

Intervals are percentile bootstraps over problems (several epochs of a problem are drawn together), the tests exact
McNemar tests against MAJ. Scores of programs are graded, so they are compared with the mean of all samples by the
interval of the paired difference alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import isnan
from typing import Any, NamedTuple

from inspect_ai.scorer import Score

from lbt_solvers.errors import UsageError
from lbt_solvers.record import GradingTime, SampledRationale, TeachingRecord, is_full_exam
from lbt_solvers.statistics import Interval, McNemar, bootstrap_interval, mcnemar, paired_difference
from lbt_solvers.types import Draft
from lbt_tasks.logs import Log, LoggedSample, open_log
from lbt_tasks.report.layouts import Layout, layouts
from lbt_tasks.tables import mean


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

    def said(self) -> str:
        """For a reader of the report."""
        share = f"{100 * self.replies / self.full:.1f} %" if self.full else "none"
        return (
            f"exams on the budget {self.budget}: {self.replies:,} of {self.full:,} student replies ({share}), the "
            "control's not counted"
        )


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One rule's accuracy in [0, 1] over n samples, and how it does against the baseline on the same ones."""

    accuracy: Interval
    n: int
    difference: Interval | None = None
    """Accuracy minus the baseline's (MAJ, or the mean); `None` for the baseline itself and the control."""
    test: McNemar | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers."""

    run: Run
    rules: Mapping[str, RuleSummary]
    taught: float
    """Mean exam accuracy of taught students, to be read against the control's."""


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
    return Run(
        log=path,
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
    )


def _unscored(log: Log) -> str:
    if log.task == "examples":
        return f"{log.path} is a run of lbt_tasks/examples: lbt examples {log.path} --out DIR, then --curve DIR here."
    name = layouts()[0].scorer
    return (
        f"{log.path} has no sample scored by {name}. Score it with: "
        f"inspect score {log.path} --scorer lbt_solvers/{name} --action append"
    )


def summarise(run: Run) -> Summary:
    """The run's accuracies with 95 % intervals, and how each does against the baseline."""
    rules = {column: _rule(run, column) for column in run.layout.columns}
    taught = [value for value in run.taught if not isnan(value)]
    return Summary(run, {name: rule for name, rule in rules.items() if rule.n}, mean(taught))


def _rule(run: Run, column: str) -> RuleSummary:
    kept = [i for i, value in enumerate(run.values[column]) if not isnan(value)]
    clusters = [run.problems[i] for i in kept]
    summary = RuleSummary(bootstrap_interval([run.values[column][i] for i in kept], clusters=clusters), len(kept))
    baseline = run.layout.baseline_of(column)
    if column == baseline or not baseline or not kept:
        return summary
    values, others = ([run.values[name][i] for i in kept] for name in (column, baseline))
    test = mcnemar(values, others) if run.layout.exact_test else None
    return replace(summary, difference=paired_difference(values, others, clusters=clusters), test=test)


def _taught(scored: _Scored) -> float:
    finished = is_full_exam(scored.record.budget)
    return mean((scored.score.metadata or {}).get("lbt_scores", [])) if finished else float("nan")


def _spent(records: Sequence[TeachingRecord]) -> Spent | None:
    budgets = [record.budget for record in records if not is_full_exam(record.budget)]
    if not budgets:
        return None
    names = ", ".join(dict.fromkeys(budget["name"] for budget in budgets))
    return Spent(names, *(sum(budget[key] for budget in budgets) for key in ("calls", "full_calls")))


def _grading(log: Log, scored: Sequence[_Scored]) -> Grading | None:
    """Counts grow from sample to sample of a run, so the largest are those of the run."""
    counts = [found for each in scored if (found := (each.score.metadata or {}).get("grading"))]
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
