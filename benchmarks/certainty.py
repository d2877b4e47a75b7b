"""How certain `thompson` should be: its cost and loss under SUM by certainty, on both halves of recorded problems.

    python -m benchmarks.certainty logs/budget/32.parquet

The default was chosen on the problems in even places; those in odd places say what the choice is worth on others. With
all students, and with random pairs of them.
"""

import sys
from dataclasses import replace

from lbt_solvers.budget import Budget
from lbt_tasks.replay.matrix import Matrix, matrix_of
from lbt_tasks.replay.policies import Policy
from lbt_tasks.replay.policies import replay as play
from lbt_tasks.replay.recording import read_recordings

CERTAINTIES = (0.7, 0.75, 0.8, 0.9)
DRAWS = range(10)


def half_of(matrix: Matrix, odd: int) -> Matrix:
    """Every second problem, from the first (0) or the second (1)."""
    kept = matrix.rows(matrix.problem % 2 == odd)
    return replace(kept, problem=kept.problem // 2, names=matrix.names[odd::2], families=matrix.families[odd::2])


def main() -> None:
    matrix = matrix_of(read_recordings(sys.argv[1:]))
    print("| problems | students | certainty | % of the full exam | points against it |\n|---|---|---|---|---|")
    for students in (None, 2):
        for odd, name in enumerate(("even", "odd")):
            half = half_of(matrix, odd)
            full = play(half, Policy(Budget("full")), DRAWS, students=students).accuracy.mean
            for certainty in CERTAINTIES:
                played = play(half, Policy(Budget("thompson", certainty=certainty)), DRAWS, students=students)
                points = 100 * (played.accuracy.mean - full)
                print(f"| {name} | {students or 'all'} | {certainty} | {100 * played.share:.1f} | {points:+.1f} |")


if __name__ == "__main__":
    main()
