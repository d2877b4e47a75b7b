"""Demonstrations optimised by teaching (M3), by DSPy and by GEPA: the table.

    python -m pip install dspy gepa
    python -m benchmarks.demos_peers                                   # the classroom: shipped models
    python -m benchmarks.demos_peers --task fallacy --data FOLDER      # scripted readers on real texts

The slot is a set of eight demonstrations; data, readers and budget of answers are the same for all methods, and what
each ends with is used by the teacher on the same test rows. `rooms` says what is counted, `methods` what the methods
are.
"""

import argparse
import contextlib
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.demos_peers.methods import METHODS, Method
from benchmarks.demos_peers.rooms import Room, tested
from lbt_tasks.demos.curves import t_interval

MakeRoom: TypeAlias = Callable[[int], Room]
"""From a seed; every method gets a new one, so that nothing is known to it beforehand."""
BASELINE = "M3, no student"
BUDGETS = {"classroom": 600, "fallacy": 2_000}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--task", choices=sorted(BUDGETS), default="classroom")
    parser.add_argument("--data", help="folder with the files of fallacy; downloaded without it")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=int, help="answers to training rows, for each method and seed")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS), metavar="METHOD")
    parser.add_argument("--results", type=Path, help="file that keeps what is finished, so that a run can be continued")
    given = parser.parse_args(arguments)
    budget = given.budget or BUDGETS[given.task]
    methods = {name: METHODS[name] for name in given.methods if given.task == "classroom" or not METHODS[name].by_kind}
    missing = sorted({each.package for each in methods.values() if each.package and not find_spec(each.package)})
    if missing:
        parser.error(f"needs {' and '.join(missing)}: python -m pip install {' '.join(missing)}")
    make = _classroom(budget) if given.task == "classroom" else _fallacy(budget, given.data)
    found = compare(make, methods, given.seeds, f"{given.task}/{budget}", given.results)
    print_table(found)


def _classroom(budget: int) -> MakeRoom:
    from benchmarks.demos_peers.classroom import Classroom, load_speakers

    speakers = load_speakers()
    return lambda seed: Classroom(speakers, seed, budget)


def _fallacy(budget: int, folder: str | None) -> MakeRoom:
    from benchmarks.demos_peers.fallacy import Fallacy
    from lbt_tasks.demos.data import fallacy

    data = fallacy(folder)
    return lambda seed: Fallacy(data, seed, budget)


def compare(
    make: MakeRoom, methods: dict[str, Method], seeds: int, name: str, results: Path | None = None
) -> dict[str, list[dict[str, float]]]:
    """By method, what came of every seed; what the file of results has is not done again."""
    kept: dict[str, Any] = json.loads(results.read_text()) if results and results.is_file() else {}
    for seed in range(seeds):
        for method, how in methods.items():
            key = f"{name}/{seed}/{method}"
            if key not in kept:
                kept[key] = measured(make(seed), how)
                if results:
                    results.write_text(json.dumps(kept, indent=1))
    return {method: [kept[f"{name}/{seed}/{method}"] for seed in range(seeds)] for method in methods}


def measured(room: Room, method: Method) -> dict[str, float]:
    """The test measure and what it cost; seconds are those of the optimisation alone."""
    started = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):  # DSPy talks
        demos = method.run(room)
    seconds = time.perf_counter() - started
    spent = room.account
    return {
        "test": tested(room, demos),
        "demonstrations": len(demos),
        "answers": spent.answers,
        "texts": spent.texts,
        "read": spent.read,
        "written": spent.written,
        "seconds": seconds,
    }


def print_table(found: dict[str, list[dict[str, float]]]) -> None:
    """Means over seeds, as markdown, and paired differences from M3."""
    seeds = max(map(len, found.values()))
    columns = ("answers", "texts", "read", "written", "seconds")
    print(f"| method | test [95 % over {seeds} seeds] | answers | texts | tokens read | tokens written | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in found.items():
        value, low, high = (100 * each for each in t_interval([row["test"] for row in rows]))
        bounds = "" if math.isnan(low) else f" [{low:.1f}, {high:.1f}]"
        means = [sum(row[column] for row in rows) / len(rows) for column in columns]
        print(f"| {name} | {value:.1f}{bounds} | " + " | ".join(f"{mean:,.0f}" for mean in means) + " |")
    for name, rows in found.items():
        if BASELINE in found and name != BASELINE:
            pairs = zip(rows, found[BASELINE], strict=True)
            mean, low, high = (100 * each for each in t_interval([row["test"] - base["test"] for row, base in pairs]))
            print(f"{name} minus {BASELINE}, paired by seed: {mean:+.1f} [{low:+.1f}, {high:+.1f}] points")


if __name__ == "__main__":
    main()
