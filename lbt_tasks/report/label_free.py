"""Label-free exams in a report: how many labels are wrong, what they cost, and what they lose against gold answers.

    found = label_summary(run)                    # None for a run whose exams have gold answers
    for loss in losses(summaries): loss.rows      # a label-free log beside a labelled one of the same problems

Comparisons are paired by problem. Whether both logs chose among the same rationales is counted, not assumed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lbt_solvers.rules import answer_rules
from lbt_solvers.statistics import Interval, PairedTest, mean, paired_difference, paired_test, pooled_interval
from lbt_solvers.tables import Table, as_percent, p_value, percent, points, won_lost
from lbt_solvers.types import Draft
from lbt_tasks.report.summary import Run, Summary

SPLIT_BY = "sum"
"""The rule that is also shown by how many labels are right."""


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """The labels of a run."""

    drafts: int
    """Variants that were there, of all problems."""
    fates: Mapping[str, int]
    """How many of them became what, see `lbt_solvers.label_free_exam`."""
    known: int
    """Items whose gold answer is known as well."""
    wrong: Interval | None
    """Share of those that have another label, by problem; `None` where no gold answer is known."""
    tokens: float
    """Tokens a problem for writing and labelling."""
    share: float
    """Their share of all tokens of the run, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: what a rule chose right with gold answers and without, on the same problems."""

    name: str
    problems: int
    labelled: float
    label_free: float
    gain: Interval
    test: PairedTest


@dataclass(frozen=True, slots=True)
class Loss:
    """A label-free log beside a labelled one."""

    labelled: str
    label_free: str
    problems: int
    same_rationales: int
    """Problems in which both chose among equal rationales."""
    rows: Sequence[Compared]


def label_summary(run: Run) -> LabelSummary | None:
    """What is known of a run's labels."""
    drafts = [draft for sample in run.drafts for draft in sample]
    if not drafts:
        return None
    pairs = [(name, draft) for name, sample in zip(run.problems, run.drafts, strict=True) for draft in sample]
    known = [(name, float(d.right)) for name, d in pairs if d.fate == "item" and d.right is not None]
    names = [name for name, _ in known]
    wrong = pooled_interval([1 - right for _, right in known], names, [run.family(name) for name in names])
    spent = {role: used["input_tokens"] + used["output_tokens"] for role, used in run.usage.items()}
    labels = sum(tokens for role, tokens in spent.items() if role == "exam writer" or role.startswith("labels: "))
    return LabelSummary(
        drafts=len(drafts),
        fates=Counter(draft.fate for draft in drafts),
        known=len(known),
        wrong=wrong if known else None,
        tokens=labels / len(run.drafts),
        share=labels / total if (total := sum(spent.values())) else 0.0,
    )


def label_line(found: LabelSummary) -> str:
    """That in words."""
    lost = ", ".join(f"{count} {fate}" for fate, count in found.fates.items() if fate not in ("item", "spare"))
    parts = [f"{found.fates.get('item', 0):,} items of {found.drafts:,} variants" + (f" ({lost})" if lost else "")]
    if found.wrong:
        share, *interval = percent(found.wrong).split(" ", 1)
        parts.append(f"{' '.join([share, '%', *interval])} of {found.known:,} labels are wrong")
    else:
        parts.append("how many labels are wrong is not known, for want of gold answers")
    parts.append(f"writing and labelling took {found.tokens:,.0f} tokens a problem, {100 * found.share:.0f} % of all")
    return "label-free exam: " + "; ".join(parts)


def label_object(found: LabelSummary) -> dict[str, Any]:
    """For JSON; shares in [0, 1]."""
    numbers: dict[str, Any] = {"variants": found.drafts, "fates": dict(found.fates), "known": found.known}
    if found.wrong:
        numbers |= {"wrong": found.wrong.mean, "wrong_interval": found.wrong[1:]}
    return numbers | {"tokens": found.tokens, "share_of_tokens": found.share}


def losses(summaries: Sequence[Summary]) -> Iterator[Loss]:
    """Every label-free log beside every labelled one of the same kind that shares problems with it."""
    free = [summary.run for summary in summaries if any(summary.run.drafts)]
    labelled = [summary.run for summary in summaries if not any(summary.run.drafts)]
    for without in free:
        for with_ in labelled:
            pairs = _pairs(with_, without)
            if pairs and with_.layout == without.layout:
                yield _loss(with_, without, pairs)


def loss_object(loss: Loss) -> dict[str, Any]:
    """For JSON; accuracies in [0, 1]."""
    rows = {
        row.name: {
            "problems": row.problems,
            "labelled": row.labelled,
            "label_free": row.label_free,
            "difference": row.gain.mean,
            "interval": row.gain[1:],
            "won": row.test.only_a,
            "lost": row.test.only_b,
            "p": row.test.p,
        }
        for row in loss.rows
    }
    return {"log": loss.labelled, "problems": loss.problems, "same_rationales": loss.same_rationales, "rules": rows}


def loss_table(loss: Loss) -> Table:
    """A row a rule: problems, both accuracies, their difference, problems won and lost, p."""
    titles = ("", "problems", "gold answers %", "label-free %", "points [95 %]", "won : lost", "p")
    return Table(titles, [_cells(row) for row in loss.rows])


def _cells(row: Compared) -> tuple[str, ...]:
    accuracies = as_percent(row.labelled), as_percent(row.label_free)
    return row.name, str(row.problems), *accuracies, points(row.gain), won_lost(row.test), p_value(row.test.p)


def _pairs(labelled: Run, free: Run) -> list[tuple[int, int]]:
    """Places of the same problem in both runs; of several epochs, in their order."""
    places = {key: at for at, key in enumerate(_numbered(labelled.problems))}
    return [(places[key], at) for at, key in enumerate(_numbered(free.problems)) if key in places]


def _numbered(names: Sequence[str]) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    keys: list[tuple[str, int]] = []
    for name in names:
        keys.append((name, seen[name]))
        seen[name] += 1
    return keys


def _loss(labelled: Run, free: Run, pairs: Sequence[tuple[int, int]]) -> Loss:
    groups = {"all right": 1.0, "some wrong": 0.5, "all wrong": 0.0}
    rows = [_compared(rule.upper(), rule, labelled, free, pairs) for rule in answer_rules()]
    for name, group in groups.items():
        inside = [(a, b) for a, b in pairs if _rightness(free.drafts[b]) == group]
        rows.append(_compared(f"{SPLIT_BY.upper()}, labels {name}", SPLIT_BY, labelled, free, inside))
    return Loss(
        labelled=labelled.log,
        label_free=free.log,
        problems=len(pairs),
        same_rationales=sum(labelled.rationales[a] == free.rationales[b] for a, b in pairs),
        rows=[row for row in rows if row],
    )


def _rightness(drafts: Sequence[Draft]) -> float | None:
    """1 where all labels of the items are right, 0 where none is, a half between; `None` where that is not known."""
    known = [draft.right for draft in drafts if draft.fate == "item" and draft.right is not None]
    if not known:
        return None
    return 1.0 if all(right == 1 for right in known) else 0.0 if not any(known) else 0.5


def _compared(name: str, rule: str, labelled: Run, free: Run, pairs: Sequence[tuple[int, int]]) -> Compared | None:
    if rule not in labelled.values or rule not in free.values:
        return None
    golds, agrees = [labelled.values[rule][a] for a, _ in pairs], [free.values[rule][b] for _, b in pairs]
    [gold, agreed], families = labelled.by_problem([labelled.problems[a] for a, _ in pairs], golds, agrees)
    if not families:
        return None
    gain, test = paired_difference(agreed, gold, families), paired_test(agreed, gold, families)
    return Compared(name, len(families), mean(gold), mean(agreed), gain, test)
