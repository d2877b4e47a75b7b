"""Which report suits which log: tasks of this project leave different things.

kind_of(open_log(path))       # "rules", "teaching", "examples" or "estimate"
"""

from collections.abc import Sequence
from typing import Literal

from lbt_solvers.errors import UsageError
from lbt_tasks.logs import Log, find_logs, open_log

Kind = Literal["rules", "teaching", "examples", "estimate"]


def kind_of(log: Log) -> Kind:
    """Selection rules, unless the log is of a task that compares teachers or examples, or of an estimate."""
    about = log.header.eval
    if about.task_args.get("estimate") or (about.solver_args or {}).get("estimate"):
        return "estimate"
    return "teaching" if log.task == "teaching" else "examples" if log.task == "examples" else "rules"


def other_kinds(paths: Sequence[str]) -> dict[Kind, list[str]]:
    """Logs that have a report of their own, by kind; those of selection rules and what cannot be read are left out."""
    found: dict[Kind, list[str]] = {}
    for path in find_logs(paths):
        try:
            kind = kind_of(open_log(path))
        except UsageError:
            continue
        if kind != "rules":
            found.setdefault(kind, []).append(path)
    return found
