"""Tries tasks, prints what came of each, and writes the documentation's list.

run(["gsm8k"], Path("logs"), docs=None)      # 0 where all is right
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from lbt_solvers.tables import Table
from tests.hosts.cases import CASES
from tests.hosts.conformance import Host
from tests.hosts.left_out import reasons
from tests.hosts.pages import put


def run(names: Sequence[str], folder: Path, docs: Path | None) -> int:
    """Tries these tasks, by default all."""
    console, rows = Console(), list[tuple[str, str, str]]()
    for name in names or sorted(CASES):
        wrapped, in_place = tried(name, folder)
        rows.append((name, wrapped, in_place))
        console.print(f"{name}: wrap {wrapped}; --solver {in_place}", highlight=False, markup=False, soft_wrap=True)
    known = reasons()
    left = {} if names else {name: known[name] for name in sorted(set(known) - set(CASES))}
    Table(["task", "wrap", "--solver"], rows, texts=3).show()
    Table(["left out", "because"], list(left.items()), texts=2).show()
    wrong = [name for name, *found in rows if not all(each == "right" or each.startswith("left out") for each in found)]
    unknown = [name for name, reason in left.items() if not reason]
    console.print(f"{len(rows) - len(wrong)} of {len(rows)} tried are right; {len(left)} left out", highlight=False)
    for what, found in (("wrong", wrong), ("left out without a reason", unknown)):
        if found:
            console.print(f"{what}: {', '.join(found)}", highlight=False, markup=False)
    if docs and not wrong and not names:
        write(docs, [name for name, *_ in rows], left)
    return int(bool(wrong or unknown))


def tried(name: str, folder: Path) -> tuple[str, str]:
    """What came of a task in both ways: `right`, what is wrong, or why it is left out."""
    case = CASES[name]
    host = Host(name, case, folder)
    in_place = f"left out: {case.solver}" if case.solver else _outcome(host.in_place)
    return _outcome(host.wrapped), in_place


def _outcome(way: Callable[[], list[str]]) -> str:
    try:
        return "; ".join(way()) or "right"
    except Exception as error:  # another package's code: any of it is a fault of this row, not the end of the table
        return f"{type(error).__name__}: {error}"


def write(page: Path, right: Sequence[str], left: dict[str, str]) -> None:
    """Puts the list into the documentation."""
    because: dict[str, list[str]] = defaultdict(list)
    for name, reason in left.items():
        because[reason].append(name)
    table = [f"| {reason} | {', '.join(names)} |" for reason, names in sorted(because.items())]
    said = f"{len(right)} tasks of inspect_evals {version('inspect_evals')}: {', '.join(right)}."
    put(page, [said, "", f"Not tried, {len(left)}:", "", "| because | tasks |", "|---|---|", *table])
