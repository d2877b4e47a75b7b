"""Which logs are attempts at one run, so that a problem of one run counts once, and which attempt got furthest.

    furthest({"killed.eval": killed, "again.eval": again})["killed.eval"]    # again.eval

Copies of a log, and what `inspect score` makes of it, share its `eval_id`; what `inspect eval-retry` makes of it shares
its `task_id`. A run that broke off and was started anew shares what it was asked for: task, options, models, and which
of the problems. Two finished runs of the same are two runs, repeated to see how much they differ.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Attempt(NamedTuple):
    """What the header of a log says of the run."""

    eval_id: str
    task_id: str
    asked: str
    """Task, options, models, and which of the problems."""
    finished: bool
    samples: frozenset[tuple[str, int]]
    """Id and epoch of each sample that it holds."""
    scores: int
    """Columns of its scores: a log that was scored once more has more of them."""

    def is_same_run(self, other: "Attempt") -> bool:
        """Whether the two are the same run, so that one of them counts."""
        if self.eval_id == other.eval_id or self.task_id == other.task_id:
            return True
        return self.asked == other.asked and not (self.finished and other.finished)

    @property
    def progress(self) -> tuple[bool, int, int]:
        """Larger of the attempt that got further."""
        return self.finished, len(self.samples), self.scores


def furthest(attempts: Mapping[str, Attempt]) -> dict[str, str]:
    """For each log the one that counts for it: itself, or another attempt at the same run that got further.

    Args:
        attempts: By path, the earlier ones first; of attempts that got equally far the last counts.
    """
    order = {path: at for at, path in enumerate(attempts)}
    best_first = sorted(attempts, key=lambda path: (attempts[path].progress, order[path]), reverse=True)
    counted: list[str] = []
    found: dict[str, str] = {}
    for path in best_first:
        better = next((other for other in counted if attempts[path].is_same_run(attempts[other])), path)
        found[path] = better
        if better == path:
            counted.append(path)
    return found
