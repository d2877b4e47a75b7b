"""How a training by rewards went: rewards over its steps, and what a step took.

    python -m lbt_tasks.training.steps models/by_exam models/by_likelihood

Every log entry of a run gets `seconds` and `cpu_seconds`, the mean of the steps since the entry before. Processor time
is that of this process with its threads, in which students of `hf-batch` sit; beside other work it is what tells two
runs apart. The table has a row for every ten logged steps of each run.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from transformers.trainer_callback import TrainerCallback

from lbt_solvers.errors import UsageError
from lbt_solvers.tables import Table, as_percent

STATE = "trainer_state.json"
BLOCK = 10
"""Steps that are shown together, since one of them is a few problems."""
TITLES = ("run", "steps", "reward", "of the exam", "right answers %", "seconds a step", "of them processor time")


class StepClock(TrainerCallback):
    """Writes into every log entry how long a step took."""

    def __init__(self) -> None:
        self._begun: tuple[float, float] | None = None
        self._taken: list[tuple[float, float]] = []

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock of the step."""
        self._begun = time.perf_counter(), time.process_time()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """What it took."""
        if self._begun is not None:
            wall, own = self._begun
            self._taken.append((time.perf_counter() - wall, time.process_time() - own))

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Their means, in the entry that was just made."""
        if self._taken and state.log_history:
            wall, own = zip(*self._taken, strict=True)
            state.log_history[-1] |= {"seconds": fmean(wall), "cpu_seconds": fmean(own)}
            self._taken.clear()


def rising(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean rewards of the first and the last logged steps, and the median time of a step."""
    found: dict[str, Any] = {}
    for key in ("reward", *_rewards(history)):
        if values := _values(history, key):
            first, last = fmean(values[:BLOCK]), fmean(values[-BLOCK:])
            found[key] = f"{first:.3f} in the first {BLOCK} logged steps, {last:.3f} in the last"
    if seconds := _values(history, "seconds"):
        own = median(_values(history, "cpu_seconds"))
        found["seconds a step"] = f"{median(seconds):.2f}, of processor time {own:.2f} (medians)"
    return found


def _rewards(history: Sequence[dict[str, Any]]) -> list[str]:
    names = {key for entry in history for key in entry}
    return sorted(name for name in names if name.startswith("rewards/") and name.endswith("/mean"))


def _values(history: Sequence[dict[str, Any]], key: str) -> list[float]:
    return [float(entry[key]) for entry in history if key in entry]


def table(folders: Sequence[str]) -> Table:
    """A row for every ten logged steps of every run.

    Raises:
        UsageError: a folder without a training by rewards.
    """
    return Table(TITLES, [row for folder in folders for row in _rows(Path(folder))], texts=2)


def _rows(folder: Path) -> list[list[str]]:
    if not (folder / STATE).is_file():
        raise UsageError(f"{folder}: {STATE}, which training leaves, was needed, found none.")
    history = json.loads((folder / STATE).read_text(encoding="utf-8"))["log_history"]
    entries = [entry for entry in history if "reward" in entry]
    if not entries:
        raise UsageError(f"{folder}: a training by rewards was needed, found steps without any.")
    return [_row(folder.name, entries[at : at + BLOCK]) for at in range(0, len(entries), BLOCK)]


def _row(name: str, block: Sequence[dict[str, Any]]) -> list[str]:
    def mean(key: str, shown: Callable[[float], str] = "{:.3f}".format) -> str:
        values = _values(block, key)
        return shown(fmean(values)) if values else ""

    times = [f"{median(values):.1f}" if (values := _values(block, key)) else "" for key in ("seconds", "cpu_seconds")]
    shown = [mean("reward"), mean("rewards/exam/mean"), mean("rewards/correctness/mean", as_percent)]
    return [name, f"{block[0]['step']} to {block[-1]['step']}", *shown, *times]


if __name__ == "__main__":
    try:
        print(table(sys.argv[1:]).markdown())
    except UsageError as mistake:
        sys.exit(f"Error: {mistake}")
