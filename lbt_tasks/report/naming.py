"""What logs are called that stand side by side: the user's names, else their models, as far as these differ.

    named_runs(runs, "small teacher,large teacher")
    row_names(runs)     # ["gpt-4o", "claude-sonnet-4-5"]

The task and the students are named, too, where they differ.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from lbt_solvers.errors import UsageError
from lbt_tasks.report.summary import Run


def named_runs(runs: Sequence[Run], names: str | None, apart: bool = True) -> list[Run]:
    """The runs under the names of a list with commas; without one, those of one task by what tells them apart.

    Raises:
        UsageError: not one name a log.
    """
    given = [name.strip() for name in (names or "").split(",") if name.strip()]
    if given and len(given) != len(runs):
        raise UsageError(
            f"--names: {len(runs)} names were needed, one a log in the order of the table; found {len(given)}."
        )
    if given:
        return [replace(run, name=name) for run, name in zip(runs, given, strict=True)]
    if not apart:
        return list(runs)
    differ = len({(_teacher(run), run.models.get("student")) for run in runs}) > 1
    alike = Counter(run.title for run in runs)
    return [
        replace(run, name=f"{run.title}: {name}") if differ and alike[run.title] > 1 else run
        for run, name in zip(runs, row_names(runs, task=False), strict=True)
    ]


def row_names(runs: Sequence[Run], task: bool = True) -> list[str]:
    """What each log is called beside the others, no two the same."""
    parts: list[Callable[[Run], str]] = [_teacher]
    if task and len({run.task for run in runs}) > 1:
        parts.insert(0, lambda run: run.task.rpartition("/")[2])
    if len({run.models.get("student") for run in runs}) > 1:
        parts.append(lambda run: f"taught {_short(run.models.get('student', '')) or 'itself'}")
    return distinct([run.name or ", ".join(part(run) for part in parts) for run in runs], " ({})")


def _teacher(run: Run) -> str:
    return _short(run.models.get("teacher", "")) or run.title


def _short(models: str) -> str:
    """Without providers: `org/a, org/b` are `a, b`."""
    return ", ".join(model.rpartition("/")[2] for model in models.split(", ") if model)


def distinct(names: Sequence[str], ending: str = "-{}") -> list[str]:
    """The names; those that several have with their number among these."""
    count, seen = Counter(names), Counter[str]()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(name + ending.format(seen[name]) if count[name] > 1 else name)
    return found
