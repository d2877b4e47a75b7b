"""The figures and tables of one log on the page; each is `None`, with a reason, where the log does not hold it.

calibration(run, problems, at)       # LbT score against correctness; `at` is the section's number on the page
by_group(run, problems, "level", at)
"""

from collections import defaultdict
from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from lbt_solvers.rules import answer_rules
from lbt_solvers.statistics import Interval, paired_difference, pooled_interval, ratio_interval
from lbt_solvers.tables import percent
from lbt_tasks.report.details import TaughtProblem
from lbt_tasks.report.figures import Figure, Point, dots, lines
from lbt_tasks.report.layouts import CONTROLS, title_of
from lbt_tasks.report.scrutiny import Scrutiny, sureness_lines
from lbt_tasks.report.summary import Run, Summary

if TYPE_CHECKING:
    from lbt_tasks.replay.matrix import Matrix

DRAWS = 20
"""Random subsets of the rationales behind each point of a curve."""
BINS = 8


def headline(summary: Summary, at: int) -> Figure:
    """Every rule with its interval."""
    layout, prefix = summary.run.layout, summary.run.layout.sides[0].prefix
    ways = [row for row in layout.labels if row not in CONTROLS]
    rows = {layout.labels[row].split(":")[0]: summary.shown(prefix + row) for row in ways}
    values = {name: _point(0, rule.accuracy) for name, rule in rows.items() if rule}
    text = ", ".join(f"{name} {point.y:.1f} %" for name, point in values.items())
    return dots(f"rules{at}", "Every way to choose, side by side", text, layout.sides[0].title, values)


def over_rationales(matrix: "Matrix", at: int) -> Figure:
    """Accuracy of the rules when the teacher samples less, from the recorded exams."""
    from lbt_solvers.budget import Budget
    from lbt_tasks.replay.policies import Policy, replay

    most = int(np.bincount(matrix.problem).max())
    counts = [count for count in (1, 2, 4, 8, 16, 32, 64, 128, 256) if count < most] + [most]
    series: dict[str, list[Point]] = {}
    for rule in answer_rules():
        for count in counts:
            seeds = range(DRAWS if count < most else 1)
            accuracy = replay(matrix, Policy(Budget("full", rule)), seeds, rationales=count).accuracy
            series.setdefault(rule.upper(), []).append(_point(count, accuracy))
    last = {name: points[-1].y for name, points in series.items()}
    text = f"With {most} rationales: " + ", ".join(f"{name} {y:.1f} %" for name, y in last.items())
    title = "Accuracy over the number of rationales"
    return lines(f"rationales{at}", title, text, ("rationales", "accuracy %"), series, log_x=True)


def over_tokens(matrix: "Matrix", at: int) -> Figure:
    """Accuracy over all tokens, teacher and students: what the vote makes of as many as teaching takes."""
    from lbt_solvers.budget import Budget
    from lbt_tasks.replay.policies import Policy, replay

    most = int(np.bincount(matrix.problem).max())
    counts = [count for count in (1, 2, 4, 8, 16, 32, 64, 128, 256) if count < most] + [most]
    series: dict[str, list[Point]] = {}
    for name, budget in (
        ("MAJ", Budget("full", "maj")),
        ("SUM", Budget("full", "sum")),
        ("SUM, lossless", Budget("lossless", "sum")),
        ("MAX", Budget("full", "max")),
    ):
        for count in counts:
            played = replay(matrix, Policy(budget), range(DRAWS // 4 if count < most else 1), rationales=count)
            series.setdefault(name, []).append(_point(round(played.tokens, 1), played.accuracy))
    text = equal_cost(series["MAJ"], series["SUM"])
    title = "Accuracy over all tokens, teacher's and students'"
    return lines(f"tokens{at}", title, text, ("tokens a problem", "accuracy %"), series, log_x=True)


def equal_cost(vote: Sequence[Point], teaching: Sequence[Point]) -> str:
    """What the vote makes of as many tokens as teaching takes, as far as the log has samples to vote."""
    dearest, whole, before = vote[-1], teaching[-1], vote[-2 if len(vote) > 1 else -1].y
    text = f"Teaching takes {whole.x / dearest.x:.1f} times the tokens of the vote on the same rationales. "
    if affordable := [point for point in teaching if point.x <= dearest.x]:
        spent = affordable[-1]
        return text + f"With {dearest.x:,.0f} tokens or fewer: MAJ {dearest.y:.1f} %, SUM {spent.y:.1f} %."
    return text + (
        f"The log has no vote as dear as any teaching: MAJ reaches {dearest.y:.1f} % with {dearest.x:,.0f} tokens a "
        f"problem, its last samples having brought {dearest.y - before:+.1f} points. For a "
        "vote at equal cost sample more rationales."
    )


def over_budget(matrix: "Matrix", at: int) -> Figure:
    """Accuracy of SUM when students answer less, by budget."""
    from lbt_solvers.budget import Budget
    from lbt_tasks.replay.policies import Policy, replay

    full = replay(matrix, Policy(Budget("full")))
    limits = [max(2, round(full.calls * share)) for share in (0.05, 0.1, 0.2, 0.4)]
    policies = {
        "best arm (thompson)": [Budget("thompson", max_replies=limit) for limit in limits],
        "lossless": [Budget("lossless")],
    }
    series: dict[str, list[Point]] = {"full exam": [_point(full.calls, full.accuracy)]}
    for name, budgets in policies.items():
        played = [replay(matrix, Policy(budget)) for budget in budgets]
        series[name] = [_point(round(outcome.calls, 1), outcome.accuracy) for outcome in played]
    spent = 100 * series["lossless"][0].x / full.calls if full.calls else 0.0
    text = f"Lossless finds the same winners as the full exam with {spent:.0f} % of its student replies."
    title = "Accuracy of SUM over the student replies spent"
    return lines(f"budget{at}", title, text, ("student replies a problem", "accuracy %"), series)


def over_coverage(found: Scrutiny, at: int) -> Figure | None:
    """Accuracy when only the problems with the surest choices are answered; `None` where a budget left exams out."""
    series = {
        title_of(column): [_point(100 * share, accuracy) for share, accuracy in each.coverage]
        for column, each in found.sureness.items()
        if len(each.coverage) > 1
    }
    if not series:
        return None
    text = "; ".join(line for column, each in found.sureness.items() for line in sureness_lines(column, each)[:1])
    title = "Accuracy when the unsure problems are left unanswered"
    return lines(f"coverage{at}", title, f"{text}.", ("problems answered %, the surest first", "accuracy %"), series)


def calibration(run: Run, problems: Sequence[TaughtProblem], at: int) -> Figure | None:
    """How often a rationale is right, by its LbT score; `None` where fewer than two scores differ."""
    rated = [(r.score, r.right, p.id) for p in problems for r in p.rationales if r.score is not None]
    if len({score for score, _, _ in rated}) < 2:
        return None
    bins: dict[int, list[tuple[float, float, str]]] = defaultdict(list)
    for each in rated:
        bins[min(int(each[0] * BINS), BINS - 1)].append(each)
    points: list[Point] = []
    for number in sorted(bins):
        scores, right, ids = zip(*bins[number], strict=True)
        share = pooled_interval(right, ids, [run.family(problem) for problem in ids])
        points.append(_point(100 * float(np.mean(scores)), share))
    text = (
        f"{len(rated)} rationales of {run.distinct} problems. {within_problems(run, problems)} On the dotted line a "
        "score is the share of right answers."
    )
    axes = ("LbT score %", "right rationales %")
    series = {"rationales": points}
    return lines(f"calibration{at}", "LbT score against correctness", text, axes, series, diagonal=True)


def within_problems(run: Run, problems: Sequence[TaughtProblem]) -> str:
    """How well scores tell right from wrong rationales of one problem, which is all that a choice among them needs.

    Rationales of different problems are not compared: an easy problem has right rationales and high scores, and neither
    is because of the other.
    """
    rated = [[(r.score, r.right == 1) for r in problem.rationales if r.score is not None] for problem in problems]
    found = [ordered_pairs(each) for each in rated]
    kept = [(ordered, pairs, run.family(problem.id)) for problem, (ordered, pairs) in zip(problems, found, strict=True)]
    ordered, pairs, families = zip(*kept, strict=True)
    if not sum(pairs):
        return "No problem has both a right and a wrong rationale, so that nothing says whether scores tell them apart."
    share = ratio_interval(ordered, pairs, families)
    both = sum(count > 0 for count in pairs)
    return (
        f"Of two rationales of one problem the right one scores higher than the wrong one (AUC within problems) in "
        f"{percent(share)} %, {both} problems having both; 50 % is chance."
    )


def ordered_pairs(rated: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Pairs of a right and a wrong rationale of which the right one scores higher, ties counting half; all pairs.

    Args:
        rated: Score of each rationale of a problem, and whether it is right.
    """
    right = [right for _, right in rated]
    pairs = sum(right) * (len(right) - sum(right))
    return (auc([score for score, _ in rated], right) * pairs, float(pairs)) if pairs else (0.0, 0.0)


def auc(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Probability that a right rationale scores higher than a wrong one, ties counting half; nan without both."""
    from importlib import import_module

    positive, negative = sum(right), len(right) - sum(right)
    if not positive or not negative:
        return nan
    ranks = import_module("scipy.stats").rankdata(scores)
    return float((ranks[np.array(right)].sum() - positive * (positive + 1) / 2) / (positive * negative))


def by_group(run: Run, problems: Sequence[TaughtProblem], group: str, at: int) -> Figure | None:
    """Gain over the baseline in every group of problems; `None` where problems have no such groups."""
    column = run.layout.gains[0]
    base = run.layout.baseline_of(column)
    groups: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for problem in problems:
        gained, other = problem.values.get(column), problem.values.get(base)
        if gained is not None and other is not None and getattr(problem, group):
            groups[getattr(problem, group)].append((gained, other, problem.id))
    if len(groups) < 2:
        return None
    values: dict[str, Point] = {}
    for name in sorted(groups)[:16]:
        gained, other, names = zip(*groups[name], strict=True)
        [a, b], families = run.by_problem(names, gained, other)
        values[f"{name} (n = {len(families)})"] = _point(0, paired_difference(a, b, families))
    named = f"{title_of(column)} minus {title_of(base)}"
    text = ", ".join(f"{name}: {point.y:+.1f}" for name, point in values.items())
    title = f"Gain by {'difficulty' if group == 'level' else group}"
    return dots(f"{group}{at}", title, f"{named} in points. {text}", f"{named}, points", values, zero=True)


def _point(x: float, interval: Interval) -> Point:
    return Point(x, 100 * interval.mean, 100 * interval.low, 100 * interval.high)
