"""The fewest student replies that prove the winner of SUM, for one who knows every result in advance.

    python -m benchmarks.budget_bound logs/budget/32.parquet logs/budget/256.parquet

A lossless budget cannot spend less on these recordings. Successes of the winner count against all rivals at once,
failures of a rival against that one: x successes leave (cells of the rival - x) failures to show, for every rival.
"""

import sys

import numpy as np

from lbt_tasks.replay.matrix import Matrix, choose, lbt_scores, matrix_of
from lbt_tasks.replay.recording import read_recordings


def fewest_replies(matrix: Matrix) -> tuple[int, int]:
    """Replies that prove every problem's winner, and those of the full exams; for scores of 0 and 1 without gaps."""
    chosen = choose(matrix, lbt_scores(matrix), "sum")
    scores = matrix.scores.reshape(len(matrix.problem), -1)
    fewest = full = 0
    for problem, row in enumerate(chosen):
        classes = np.where(matrix.problem == problem, matrix.answer_class, -1)
        winner = matrix.answer_class[row]
        rivals = [number for number in np.unique(classes) if number not in (-1, winner)]
        cells = np.array([(classes == number).sum() * scores.shape[1] for number in rivals])
        rights = np.array([scores[classes == number].sum() for number in rivals])
        shown = np.arange(int(scores[classes == winner].sum()) + 1)
        # A rival has no more failures than it has: with fewer successes of the winner nothing is proved.
        enough = shown >= rights.max(initial=0)
        fewest += int((shown + np.maximum(cells[:, None] - shown, 0).sum(axis=0))[enough].min())
        full += int((classes >= 0).sum()) * scores.shape[1]
    return fewest, full


def main() -> None:
    for path in sys.argv[1:]:
        fewest, full = fewest_replies(matrix_of(read_recordings([path])))
        share = 100 * fewest / full
        print(f"{path}: with hindsight {fewest:,} of {full:,} replies prove the winners of SUM, {share:.1f} %")


if __name__ == "__main__":
    main()
