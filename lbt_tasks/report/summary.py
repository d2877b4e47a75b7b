"""One Inspect log becomes one summary: accuracies with intervals, tests against the vote, tokens by role.

    summary = summarise(read_run("logs/demo/2026-01-01_classroom.eval"))
    summary.rules["sum"].accuracy

Intervals are percentile bootstraps over problems (several epochs of a problem are drawn together), the tests exact
McNemar tests against MAJ. Scores of programs are graded, so they are compared with the mean of all samples by the
interval of the paired difference alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from inspect_ai.log import EvalLog, EvalSample, list_eval_logs, read_eval_log, read_eval_log_sample

from lbt_solvers.errors import UsageError
from lbt_solvers.record import is_full_exam
from lbt_solvers.statistics import Interval, McNemar, bootstrap_interval, mcnemar, paired_difference
from lbt_tasks.report.layouts import ANSWERS, LAYOUTS, Layout

BUDGET_KEY = "TeachingRecord:budget"
USAGE_KEY = "TeachingRecord:usage"
WAITED_KEY = "GradingTime:waited"
DRAFTS_KEY = "TeachingRecord:drafts"
RATIONALES_KEY = "TeachingRecord:rationales"


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
    layout: Layout = ANSWERS
    """How the scorer's values are shown."""
    grading: "Grading | None" = None
    """What grading programs took, where programs were graded."""
    spent: "Spent | None" = None
    """What a budget left of the exams; `None` where every sample sat them whole."""
    drafts: Sequence[Sequence[Mapping[str, Any]]] = ()
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

    accuracy: float
    interval: tuple[float, float]
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


def find_logs(paths: Sequence[str]) -> list[str]:
    """Log files among the paths; a folder stands for every log in it.

    Raises:
        UsageError: a path without a log.
    """
    found: list[str] = []
    for path in paths:
        if not Path(path).exists():
            raise UsageError(f"An Inspect log or a folder of logs was needed, found nothing at {path}.")
        logs = [Path(info.name.removeprefix("file://")) for info in list_eval_logs(path)] if Path(path).is_dir() else []
        if Path(path).is_dir() and not logs:
            raise UsageError(f"No Inspect log in {path}. Run an evaluation with --log-dir {path} first.")
        found += sorted(str(log) for log in logs) or [path]
    return found


def read_run(path: str) -> Run:
    """Reads a log's scores and usage, sample by sample, without its transcripts.

    Raises:
        UsageError: no Inspect log, or one without this project's scorer.
    """
    try:
        header = read_eval_log(path, header_only=True)
    except Exception as error:
        raise UsageError(f"{path} cannot be read as an Inspect log: {error}") from None
    samples = [sample for id, epoch in _sample_keys(header) if (sample := _read_sample(path, id, epoch))]
    layout = next((each for each in LAYOUTS if any(_score(sample, each) for sample in samples)), ANSWERS)
    scored = [(sample, score) for sample in samples if not sample.error and (score := _score(sample, layout))]
    if not scored and not any(sample.error for sample in samples):
        if header.eval.task.split("/")[-1] == "demos":
            raise UsageError(f"{path} is a run of lbt_tasks/demos: lbt demos {path} --out DIR, then --curve DIR here.")
        name = ANSWERS.scorer
        raise UsageError(
            f"{path} has no sample scored by {name}. Score it with: "
            f"inspect score {path} --scorer lbt_solvers/{name} --action append"
        )
    return Run(
        log=path,
        task=header.eval.task,
        status=header.status,
        problems=tuple(str(sample.id) for sample, _ in scored),
        values={column: tuple(_number(score.value, column) for _, score in scored) for column in layout.columns},
        taught=tuple(_taught(sample, score) for sample, score in scored),
        usage=_usage([sample for sample, _ in scored]),
        errors=tuple(f"{sample.id}: {sample.error.message}" for sample in samples if sample.error),
        models=_models(header),
        layout=layout,
        grading=_grading(scored),
        spent=_spent([sample for sample, _ in scored]),
        drafts=tuple(sample.store.get(DRAFTS_KEY) or [] for sample, _ in scored),
        rationales=tuple(_digest(sample.store.get(RATIONALES_KEY) or []) for sample, _ in scored),
    )


def summarise(run: Run) -> Summary:
    """The run's accuracies with 95 % intervals, and how each does against the baseline."""
    rules = {column: _rule(run, column) for column in run.layout.columns}
    taught = [value for value in run.taught if not isnan(value)]
    return Summary(run, {name: rule for name, rule in rules.items() if rule.n}, _mean(taught))


def _rule(run: Run, column: str) -> RuleSummary:
    interval, kept = _interval(run, column)
    summary = RuleSummary(interval.mean, (interval.low, interval.high), len(kept))
    baseline = run.layout.baseline_of(column)
    if column == baseline or not baseline or not kept:
        return summary
    values, others = ([run.values[name][i] for i in kept] for name in (column, baseline))
    difference = paired_difference(values, others, clusters=[run.problems[i] for i in kept])
    test = mcnemar(values, others) if run.layout.exact_test else None
    return RuleSummary(summary.accuracy, summary.interval, summary.n, difference, test)


def _interval(run: Run, column: str) -> tuple[Interval, list[int]]:
    """The column's mean with its interval, and the samples that have it."""
    kept = [i for i, value in enumerate(run.values[column]) if not isnan(value)]
    values = [run.values[column][i] for i in kept]
    return bootstrap_interval(values, clusters=[run.problems[i] for i in kept]), kept


def _sample_keys(header: EvalLog) -> list[tuple[int | str, int]]:
    ids = header.eval.dataset.sample_ids or []
    return [(id, epoch) for id in ids for epoch in range(1, (header.eval.config.epochs or 1) + 1)]


def _read_sample(path: str, id: int | str, epoch: int) -> EvalSample | None:
    """The sample, without what is large; `None` where the run ended before it."""
    heavy = {"messages", "events", "events_data", "attachments", "output"}
    try:
        return read_eval_log_sample(path, id=id, epoch=epoch, exclude_fields=heavy)
    except IndexError:
        return None


def _score(sample: EvalSample, layout: Layout) -> Any:
    return next((score for key, score in (sample.scores or {}).items() if key.split("/")[-1] == layout.scorer), None)


def _taught(sample: EvalSample, score: Any) -> float:
    finished = is_full_exam(sample.store.get(BUDGET_KEY))
    return _mean((score.metadata or {}).get("lbt_scores", [])) if finished else float("nan")


def _spent(samples: Sequence[EvalSample]) -> Spent | None:
    recorded: list[dict[str, Any]] = [sample.store.get(BUDGET_KEY) or {} for sample in samples]
    budgets = [budget for budget in recorded if not is_full_exam(budget)]
    if not budgets:
        return None
    names = ", ".join(dict.fromkeys(budget["name"] for budget in budgets))
    return Spent(names, *(sum(budget[key] for budget in budgets) for key in ("calls", "full_calls")))


def _grading(scored: Sequence[tuple[EvalSample, Any]]) -> Grading | None:
    """Counts grow from sample to sample of a run, so the largest are those of the run."""
    counts = [found for _, score in scored if (found := (score.metadata or {}).get("grading"))]
    if not counts:
        return None
    asked, graded = (max(each[name] for each in counts) for name in ("asked", "graded"))
    waited = sum(sample.store.get(WAITED_KEY, 0.0) for sample, _ in scored) + sum(each["waited"] for each in counts)
    return Grading(asked, graded, waited, sum(sample.total_time or 0.0 for sample, _ in scored))


def _digest(rationales: Sequence[Mapping[str, Any]]) -> str:
    texts = "\0".join(f"{each['text']}\0{each['answer']}" for each in rationales)
    return blake2b(texts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _number(value: Any, column: str) -> float:
    given = value.get(column) if isinstance(value, Mapping) else None
    return float("nan") if given is None else float(given)


def _usage(samples: Sequence[EvalSample]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for sample in samples:
        for role, counts in sample.store.get(USAGE_KEY, {}).items():
            total.setdefault(role, Counter()).update(counts)
    return {role: dict(counts) for role, counts in total.items()}


def _models(header: EvalLog) -> dict[str, str]:
    roles = header.eval.model_roles or {}
    named = {
        role: ", ".join(config.model for config in (given if isinstance(given, list) else [given]))
        for role, given in roles.items()
    }
    return {"teacher": header.eval.model, **named}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
