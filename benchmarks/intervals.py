"""How often the report's intervals hold the truth, and how often its tests see a difference where there is none.

    python -m benchmarks.intervals              # 2,000 runs a row
    python -m benchmarks.intervals --runs 200

Simulated runs: problems differ in difficulty, families of problems in difficulty and in which of two equally good
methods suits them, and several epochs are new samples of the same problems. The truth is the mean over all families
and problems. A 95 % interval should hold it in 93 to 97 % of the runs, a test should reject in at most 5.5 %. The last
table is of five seeds, as training runs have them.
"""

import argparse
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
from scipy import stats

from lbt_solvers.certainty import certainty, strength
from lbt_solvers.selection import choose
from lbt_solvers.statistics import (
    Floats,
    holm,
    mean_interval,
    paired_difference,
    paired_test,
    ratio_interval,
    share_interval,
)
from lbt_solvers.tables import Table, as_percent
from lbt_tasks.report.scrutiny import SURE

PROBLEMS = (20, 104, 181)
FAMILIES = (0, 8, 20)
"""0: every problem stands alone."""
EPOCHS = (1, 4)
ACCURACIES = (0.5, 0.8)
SPREAD = 1.5
"""Standard deviation of the problems' difficulty, in logits."""
ALIKE = 1.0
"""That of the families' difficulty, and of what a method is worth to them."""
SEEDS = 5
COMPARISONS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    runs = parser.parse_args().runs
    titles = ("problems", "families", "epochs", "accuracy %", "accuracy held %", "difference held %", "rejected %")
    rows = list(_rows(runs))
    print(Table((*titles, "without families: difference held %", "rejected %"), rows).markdown())
    print(f"\nA difference in truth, 10 % of problems won and 2 % lost, held:\n\n{_unequal(runs).markdown()}")
    print(f"\nAUC within problems, held:\n\n{_ordered(runs).markdown()}")
    print(f"\nShare of wrong labels of written exams, and what students follow, held:\n\n{_uneven(runs).markdown()}")
    print(f"\nHow sure the choices of a run are:\n\n{_choices(runs).markdown()}")
    print(f"\n{COMPARISONS} rules alike: in how many runs at least one differs\n\n{_several(runs).markdown()}")
    print(f"\n{SEEDS} seeds, held:\n\n{_seeds(runs).markdown()}")


def _rows(runs: int) -> Iterator[list[str]]:
    for problems, families, epochs, accuracy in product(PROBLEMS, FAMILIES, EPOCHS, ACCURACIES):
        if families < problems:
            rng = np.random.default_rng([problems, families, epochs, int(100 * accuracy)])
            found = np.array([_one(rng, problems, families, epochs, accuracy) for _ in range(runs)])
            cells = [as_percent(share) for share in found.mean(axis=0)]
            yield [str(problems), str(families or "none"), str(epochs), f"{100 * accuracy:.0f}", *cells]


def _one(rng: np.random.Generator, problems: int, families: int, epochs: int, accuracy: float) -> list[bool]:
    """One run of two equally good methods: what held, what was rejected; then the same blind to families."""
    spread = ALIKE if families else 0.0
    members = rng.permutation(np.arange(problems) % families) if families else np.arange(problems)
    alike, suits = (rng.normal(0, spread, families or problems)[members] for _ in range(2))
    level = stats.logistic.ppf(accuracy) + alike + rng.normal(0, SPREAD, problems)
    one, other = (_means(rng, level + sign * suits / 2, epochs) for sign in (1, -1))
    clusters = members.tolist()
    low, high = share_interval(one, clusters)[1:]
    held = [low <= _truth(accuracy, spread) <= high]
    for known in (clusters, None):
        low, high = paired_difference(one, other, known)[1:]
        held += [low <= 0 <= high, paired_test(one, other, known).p <= 0.05]
    return held


def _means(rng: np.random.Generator, level: Floats, epochs: int) -> list[float]:
    right = rng.random((epochs, len(level))) < stats.logistic.cdf(level)
    return right.mean(axis=0).tolist()


@cache
def _truth(accuracy: float, spread: float, families_share: float = 1.25) -> float:
    """Mean over all problems; of two methods each family suits one, which adds a quarter to its spread."""
    width = (SPREAD**2 + families_share * spread**2) ** 0.5
    drawn = np.random.default_rng(0).normal(stats.logistic.ppf(accuracy), width, 2_000_000)
    return float(stats.logistic.cdf(drawn).mean())


def _unequal(runs: int) -> Table:
    rng, rows = np.random.default_rng(1), list[list[str]]()
    for problems in PROBLEMS:
        luck = rng.random((runs, problems))
        differences = (luck < 0.1).astype(float) - ((luck >= 0.1) & (luck < 0.12))
        found = [paired_difference(np.maximum(row, 0).tolist(), np.maximum(-row, 0).tolist()) for row in differences]
        rows.append([str(problems), as_percent(float(np.mean([each.low <= 0.08 <= each.high for each in found])))])
    return Table(("problems", "held %"), rows)


def _ordered(runs: int) -> Table:
    """Scores of right and wrong rationales overlap as two normal distributions one standard deviation apart."""
    rng, truth, rows = np.random.default_rng(2), float(stats.norm.cdf(1 / 2**0.5)), list[list[str]]()
    for problems in PROBLEMS:
        held = 0
        for _ in range(runs // 4):
            right = rng.random((problems, 8)) < rng.beta(1, 1, (problems, 1))
            scores = rng.normal(right, 1)
            ahead = (scores[:, :, None] > scores[:, None, :]) & right[:, :, None] & ~right[:, None, :]
            pairs = right.sum(axis=1) * (~right).sum(axis=1)
            found = ratio_interval(ahead.sum(axis=(1, 2)).tolist(), pairs.tolist())
            held += found.low <= truth <= found.high
        rows.append([str(problems), as_percent(held / (runs // 4))])
    return Table(("problems", "held %"), rows)


def _uneven(runs: int) -> Table:
    """Labels: one to six items a problem, alike within it. Following: means of a few sittings, not in every problem."""
    rng, rows = np.random.default_rng(6), list[list[str]]()
    for problems, families in product(PROBLEMS, FAMILIES):
        if families < problems:
            found = np.array([_labels_and_gains(rng, problems, families) for _ in range(runs // 2)])
            cells = [as_percent(share) for share in found.mean(axis=0)]
            rows.append([str(problems), str(families or "none"), *cells])
    return Table(("problems", "families", "wrong labels held %", "following held %"), rows)


def _labels_and_gains(rng: np.random.Generator, problems: int, families: int) -> list[bool]:
    spread = ALIKE if families else 0.0
    members = rng.permutation(np.arange(problems) % families) if families else np.arange(problems)
    alike = rng.normal(0, spread, families or problems)[members]
    level = stats.logistic.ppf(0.2) + alike + rng.normal(0, SPREAD, problems)
    items = rng.integers(1, 7, problems)
    wrong = rng.binomial(items, stats.logistic.cdf(level))
    labels = ratio_interval(wrong.tolist(), items.tolist(), members.tolist())
    both = rng.random(problems) < 0.7
    gains = 0.2 + 0.1 * alike + rng.binomial(6, 0.6, problems) / 6 - rng.binomial(6, 0.6, problems) / 6
    follows = mean_interval(gains[both].tolist(), members[both].tolist())
    return [labels.low <= _truth(0.2, spread, 1.0) <= labels.high, follows.low <= 0.2 <= follows.high]


def _choices(runs: int) -> Table:
    """Eight rationales of three answers each, six sittings; what the exam would show if it were endless is known."""
    rng, rows = np.random.default_rng(7), list[list[str]]()
    for problems in PROBLEMS:
        found = np.concatenate([_one_run_of_choices(rng, problems) for _ in range(max(1, runs // 200))])
        share, won, held, seen, shrunk, true = found.T
        sure = share >= SURE
        cells = (sure.mean(), share[sure].mean(), won[sure].mean(), share[~sure].mean(), won[~sure].mean(), held.mean())
        luck = (seen.mean(), shrunk.mean(), true.mean())
        rows.append([str(problems), *(as_percent(value) for value in (*cells, *luck))])
    titles = ("problems", "sure %", "say %", "right %", "unsure say %", "right %", "margin held %")
    return Table((*titles, "best score %", "without luck %", "in truth %"), rows)


def _one_run_of_choices(rng: np.random.Generator, problems: int) -> Floats:
    """For each problem: how sure, whether the choice is right in truth, whether its margin holds; the best score."""
    sittings = [6.0] * 8
    mean = rng.beta(2, 2, (problems, 1))
    truth = rng.beta(3 * mean, 3 * (1 - mean), (problems, 8))
    right, classes = rng.binomial(6, truth).astype(float), rng.integers(0, 3, (problems, 8))
    alike = strength([(row.tolist(), sittings) for row in right])
    found: list[list[float]] = []
    for each, scores, answers in zip(right, truth, classes.tolist(), strict=True):
        choice = choose(answers, (each / 6).tolist(), "sum")
        sure = certainty(answers, each.tolist(), sittings, "sum", alike)
        if choice is None or sure is None or len(set(answers)) < 2:
            continue
        sums = np.array([scores[np.array(answers) == number].sum() for number in range(3)])
        margin = sums[choice.answer_class] - np.delete(sums, choice.answer_class).max()
        held = sure.margin.low <= margin <= sure.margin.high
        found.append([sure.share, margin > 0, held, sure.seen, sure.shrunk, scores[int(each.argmax())]])
    return np.array(found)


def _several(runs: int) -> Table:
    rng, rows = np.random.default_rng(3), list[list[str]]()
    for problems in PROBLEMS:
        wrong = np.zeros(3)
        for _ in range(runs // 4):
            level = rng.normal(0, SPREAD, problems)
            base, *rules = (_means(rng, level, 1) for _ in range(1 + COMPARISONS))
            ps = [paired_test(rule, base).p for rule in rules]
            at_once = [paired_difference(rule, base, level=1 - 0.05 / COMPARISONS) for rule in rules]
            away = any(each.low > 0 or each.high < 0 for each in at_once)
            wrong += [min(ps) <= 0.05, min(holm(ps)) <= 0.05, away]
        rows.append([str(problems), *(as_percent(share) for share in wrong / (runs // 4))])
    return Table(("problems", "p one by one %", "p corrected %", "interval at once %"), rows)


def _seeds(runs: int) -> Table:
    values = np.random.default_rng(4).normal(0, 1, (runs, SEEDS))
    found = [mean_interval(row.tolist()) for row in values]
    draws = np.random.default_rng(5).integers(0, SEEDS, (2_000, SEEDS))
    low, high = np.percentile(values[:, draws].mean(axis=2), [2.5, 97.5], axis=1)
    t = float(np.mean([each.low <= 0 <= each.high for each in found]))
    bootstrap = float(np.mean((low <= 0) & (high >= 0)))
    return Table(("interval", "held %"), [["Student's t", as_percent(t)], ["bootstrap", as_percent(bootstrap)]])


if __name__ == "__main__":
    main()
