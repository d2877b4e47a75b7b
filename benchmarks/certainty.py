"""How certain `thompson` should be: its cost and loss under SUM by certainty, on both halves of recorded problems.

    python -m benchmarks.certainty logs/budget/32.parquet

The default was chosen on the problems in even places; those in odd places say what the choice is worth on others. With
all students, and with random pairs of them.
"""

import sys
from dataclasses import replace

from lbt_solvers.budget import Budget
from lbt_solvers.tables import Table, as_percent, as_points
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
    rows: list[list[str]] = []
    for students in (None, 2):
        for odd, name in enumerate(("even", "odd")):
            half = half_of(matrix, odd)
            full = play(half, Policy(Budget("full")), DRAWS, students=students).accuracy.mean
            for certainty in CERTAINTIES:
                played = play(half, Policy(Budget("thompson", certainty=certainty)), DRAWS, students=students)
                found = as_percent(played.share), as_points(played.accuracy.mean - full)
                rows.append([name, str(students or "all"), str(certainty), *found])
    print(Table(("problems", "students", "certainty", "% of the full exam", "points against it"), rows).markdown())


if __name__ == "__main__":
    main()
