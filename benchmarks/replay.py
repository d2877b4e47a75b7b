"""Replay of ten million recorded sittings by the plain selection rules: seconds and memory, from a Parquet file.

    python -m benchmarks.replay

4,340 problems x 256 rationales x 1 student x 3 items x 3 repetitions = 10.0 M sittings, synthetic. Counted: reading the
file, building the arrays, LbT scores, and all four rules with their accuracy. The limits are 10 s and 2 GB.
"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from lbt_solvers.tables import as_percent
from lbt_tasks.replay.matrix import choose, lbt_scores, matrix_of
from lbt_tasks.replay.recording import SCHEMA, Table, pa, read_recordings, write_parquet

PROBLEMS, RATIONALES, STUDENTS, ITEMS, REPETITIONS, CLASSES = 4_340, 256, 1, 3, 3, 12
SECONDS, GIGABYTES = 10.0, 2.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "recorded.parquet"))
        write_parquet(synthetic(), path)
        size = Path(path).stat().st_size / 1e6
        start = time.perf_counter()
        matrix = matrix_of(read_recordings([path]))
        read = time.perf_counter() - start
        scores = lbt_scores(matrix)
        accuracy: dict[str, float] = {}
        for rule in ("maj", "max", "sum", "avg"):
            chosen = choose(matrix, scores, rule)
            accuracy[rule] = float(np.where(chosen >= 0, matrix.correct[chosen], 0.0).mean())
        seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{matrix.scores.size:,} sittings, {matrix.problems:,} problems, Parquet of {size:.0f} MB")
    print(f"read {read:.1f} s, with four rules {seconds:.1f} s (limit {SECONDS:.0f} s)")
    print(f"peak memory {memory:.2f} GB, making the data included (limit {GIGABYTES:.0f} GB)")
    print("  ".join(f"{rule.upper()} {as_percent(value)} %" for rule, value in accuracy.items()))
    if seconds > SECONDS or memory > GIGABYTES:
        raise SystemExit("over the limit")


def synthetic() -> Table:
    """Class 0 is right and teaches better; other classes are wrong."""
    rng = np.random.default_rng(0)
    rows, sittings = PROBLEMS * RATIONALES, STUDENTS * ITEMS * REPETITIONS
    numbers = np.minimum(rng.geometric(0.3, rows) - 1, CLASSES - 1).astype(np.int32)
    numbers = (numbers + np.repeat(rng.integers(0, 2, PROBLEMS), RATIONALES).astype(np.int32)) % CLASSES
    right = np.where(numbers == 0, 0.7, 0.4)[:, None] > rng.random((rows, sittings))
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * sittings)
    rationale = np.tile(np.arange(RATIONALES, dtype=np.int32), PROBLEMS)
    problem = np.repeat(np.arange(PROBLEMS, dtype=np.int32), RATIONALES)
    names = pa.DictionaryArray.from_arrays(problem, pa.array([str(i) for i in range(PROBLEMS)])).cast(pa.string())
    nothing = pa.array(np.zeros(rows + 1, dtype=np.int32))
    one = np.ones(rows, dtype=np.int32)
    columns = {
        "log": pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array(["synthetic"])),
        "problem": names,
        "family": names,
        "epoch": one,
        "subject": pa.array([""]).take(pa.array(np.zeros(rows, dtype=np.int32))),
        "level": pa.array([""]).take(pa.array(np.zeros(rows, dtype=np.int32))),
        "rationale": rationale,
        "answer_class": numbers,
        "same_as": rationale,
        "correct": (numbers == 0).astype(np.float64),
        "visible": pa.nulls(rows, pa.float64()),
        "student_names": pa.nulls(rows, pa.list_(pa.string())),
        "students": one * STUDENTS,
        "items": one * ITEMS,
        "repetitions": one * REPETITIONS,
        "scores": pa.ListArray.from_arrays(offsets, pa.array(right.ravel().astype(np.float64))),
        "control": pa.ListArray.from_arrays(nothing, pa.array([], pa.float64())),
        "teacher_tokens": np.full(rows, 200.0),
        "student_tokens": pa.ListArray.from_arrays(
            pa.array(np.arange(rows + 1, dtype=np.int32)), pa.array(np.full(rows, 900.0))
        ),
    }
    return pa.table(columns).cast(SCHEMA)


if __name__ == "__main__":
    main()
