"""Holds every option of the project against `lbt_solvers.vocabulary`, and writes that table to docs/options.md.

python -m tools.options            # writes docs/options.md
python -m tools.options --check    # says what is not in the table, or what the page lacks; part of `make check`
"""

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml
from inspect_ai.util import registry_info

from lbt_solvers import _registry as solvers
from lbt_solvers.budget import Budget
from lbt_solvers.exam_kinds import EXAM_KINDS
from lbt_solvers.examples import Options
from lbt_solvers.exams import EXAM_MAKERS
from lbt_solvers.options import Settings
from lbt_solvers.vocabulary import GROUPS, OPTIONS
from lbt_tasks import _registry as tasks
from lbt_tasks.cli import main as lbt
from lbt_tasks.lm_eval_plugin.model_options import ModelOptions
from lbt_tasks.lm_eval_plugin.options import ExamOptions
from lbt_tasks.training.grpo import ExamArguments

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/options.md"
NO_OPTIONS = ("wrapping",)
"""What a scorer takes that its task alone makes."""
RECORDS = (Settings, Budget, Options, ModelOptions, ExamOptions, ExamArguments)


def used() -> Iterator[tuple[str, str]]:
    """Every option's name with the place where it is."""
    makers = {f"exam {name}": maker for name, maker in EXAM_MAKERS.items()}
    named = {name: getattr(module, name) for module in (tasks, solvers) for name in module.__all__}
    functions = {
        f"{kind} {name}": each
        for name, each in named.items()
        if (kind := registry_info(each).type) in ("task", "scorer", "solver")
    }
    for place, function in (functions | makers).items():
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name not in NO_OPTIONS:
                yield name, place
    for kind, make in EXAM_KINDS.items():
        yield from ((name, f"exam_kind {kind}") for name in inspect.signature(make).parameters)
    for record in RECORDS:
        yield from ((field.name, record.__name__) for field in dataclasses.fields(record) if field.name != "name")
    yield from _of_command(lbt, "lbt")
    for path in sorted(ROOT.glob("configs/**/*.yaml")):
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        arguments = (found.get("task") or {}).get("args") if isinstance(found.get("task"), dict) else None
        yield from ((name, path.name) for name in arguments or ())


def _of_command(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    if (command.callback and command.callback.__module__ or "").startswith("lbt_sandbox"):
        return  # which stands alone
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _of_command(each, f"{path} {name}")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "version":
            yield max(parameter.opts, key=len).lstrip("-").replace("-", "_"), path


def page() -> str:
    """docs/options.md."""
    lines = [
        "# Options",
        "",
        "One name has one meaning, in tasks (`-T`), solvers (`-S`), exam makers, lm-eval, commands and configs. A",
        "command writes `--max-replies` for `max_replies`; `--metadata` of lm-eval puts `lbt_` before a name. Which of",
        "them a task or command takes, and with which default, its `--help` or docstring says.",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"## {title}", "", "| option | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in group.items()]
    return "\n".join(lines) + "\n"


def problems() -> list[str]:
    """What is wrong, one line each."""
    places: dict[str, list[str]] = {}
    for name, place in used():
        places.setdefault(name, []).append(place)
    unknown = [
        f"{name} ({', '.join(places[name])}) is not in lbt_solvers/vocabulary.py" for name in places.keys() - OPTIONS
    ]
    unused = [f"{name} is in lbt_solvers/vocabulary.py, and nothing takes it" for name in OPTIONS.keys() - places]
    stale = [] if PAGE.read_text(encoding="utf-8") == page() else ["docs/options.md is old: python -m tools.options"]
    return sorted(unknown) + sorted(unused) + stale


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    sys.exit("\n".join(problems()) or None)
