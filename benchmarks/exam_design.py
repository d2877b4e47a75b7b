"""What each exam design is worth on recorded exams, paired by problem with the exam it changes.

    python -m benchmarks.exam_design logs/budget/32.parquet

Every seed draws 16 of the recorded rationales of each problem. Ranked items are learnt from the other rationales,
student weights from half of the problems; only the other half is measured. Intervals are 95 % bootstraps over problems.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from lbt_solvers.statistics import bootstrap_interval, paired_difference
from lbt_tasks.replay.design import Design
from lbt_tasks.replay.matrix import Floats, Matrix, matrix_of
from lbt_tasks.replay.recording import read_recordings
from lbt_tasks.replay.rules import choose
from lbt_tasks.tables import points

FULL = Design()
PAIRS = {
    "1 item, the first, against all": (Design(items=1), FULL),
    "1 item, the most telling, against the first": (Design(items=1, ranked=True), Design(items=1)),
    "1 item, the most telling, against all": (Design(items=1, ranked=True), FULL),
    "2 items, the most telling, against the first 2": (Design(items=2, ranked=True), Design(items=2)),
    "scores above the control, against plain ones": (Design(relative=True), FULL),
    "students weighed, against equally": (Design(weighted=True), FULL),
    "both, against plain": (Design(relative=True, weighted=True), FULL),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a markdown table for SUM and MAX."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.exam_design", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("recorded", nargs="+", help="logs of full exams, or Parquet files of lbt replay --save")
    parser.add_argument("--rationales", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args(arguments)
    matrix = matrix_of(read_recordings(options.recorded))
    print(f"{matrix.problems} problems, {options.rationales} rationales, {options.seeds} draws\n")
    print("| design | rule | accuracy % | against % | points [95 %] |\n|---|---|---|---|---|")
    for (name, (design, other)), rule in ((pair, rule) for pair in PAIRS.items() for rule in ("sum", "max")):
        print(row(name, rule, *compared(matrix, design, other, rule, range(options.seeds), options.rationales)))


def compared(
    matrix: Matrix, design: Design, other: Design, rule: str, seeds: Sequence[int], rationales: int
) -> tuple[list[float], list[float]]:
    """Share of draws in which each chooses right, a problem; both where the design measures."""
    first = np.stack([right(matrix, design, rule, seed, rationales) for seed in seeds])
    second = np.stack([right(matrix, other, rule, seed, rationales) for seed in seeds])
    second[np.isnan(first)] = np.nan
    known = ~np.isnan(first).all(axis=0)
    return np.nanmean(first[:, known], axis=0).tolist(), np.nanmean(second[:, known], axis=0).tolist()


def right(matrix: Matrix, design: Design, rule: str, seed: int, rationales: int) -> Floats:
    """Whether the design chooses right, a problem; nan in those that it learnt from."""
    drawn = matrix.drawn(rationales, seed)
    part = design.applied(matrix.rows(drawn), matrix.rows(~drawn))
    chosen = choose(part, design.scores(part, seed), rule)
    found = np.where(chosen >= 0, part.correct[chosen], 0.0)
    return np.where(design.measured(matrix.problems, seed), found, np.nan)


def row(name: str, rule: str, first: Sequence[float], second: Sequence[float]) -> str:
    """A line of the table."""
    a, b, gain = bootstrap_interval(first), bootstrap_interval(second), paired_difference(first, second)
    return f"| {name} | {rule.upper()} | {100 * a.mean:.1f} | {100 * b.mean:.1f} | {points(gain)} |"


if __name__ == "__main__":
    main()
