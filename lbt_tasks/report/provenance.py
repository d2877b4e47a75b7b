"""How a log was made: what somebody needs to make it again, for the page and for JSON.

provenance_of(open_log(path), settings)["command"]      # inspect eval lbt_tasks/gsm8k -T rationales=8 ...
"""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lbt_solvers.record import TeachingRecord
from lbt_tasks.logs import Log
from lbt_tasks.scale.manifest import COMMAND


def provenance_of(log: Log, record: TeachingRecord | None) -> dict[str, Any]:
    """What the header and one sample's record say; what they do not say is left out."""
    about, settings = log.header.eval, (record.settings if record else {})
    given = {
        "date": about.created,
        "duration_s": _seconds(log),
        "command": command_of(log),
        "rationales": settings.get("rationales"),
        "exam": _exam(log, record),
        "budget": (record.budget.get("name") or "full") if record else None,
        "rule": settings.get("rule"),
        "prompt": settings.get("prompt"),
        "seed": settings.get("seed"),
        "answers": settings.get("answers"),
        "teacher_config": settings.get("teacher_config"),
        "student_config": settings.get("student_config"),
        "models": log.models,
        "weights": settings.get("weights"),
        "versions": {**about.packages, **settings.get("versions", {})},
        "commit": _commit(log),
        "dataset": about.dataset.name,
    }
    return {name: value for name, value in given.items() if value not in (None, "", {})}


def command_of(log: Log) -> str:
    """The command that makes such a log again."""
    another = (log.header.eval.metadata or {}).get(COMMAND)
    return str(another) if another else _of_inspect(log)


def _of_inspect(log: Log) -> str:
    about = log.header.eval
    parts = ["inspect", "eval", about.task_file or about.task_registry_name or about.task]
    if about.task_file and about.task_registry_name:
        parts[-1] += f"@{about.task_registry_name.rpartition('/')[2]}"
    parts += _options("-T", about.task_args_passed)
    if about.solver:
        parts += ["--solver", about.solver, *_options("-S", about.solver_args or {})]
    if about.model != "none/none":
        parts += ["--model", about.model, *_options("-M", about.model_args)]
    if about.model_base_url:
        parts += ["--model-base-url", about.model_base_url]
    for role, given in log.models.items():
        if role != "teacher" or (about.model_roles or {}).get("teacher"):
            parts += ["--model-role", f"{role}={given.replace(', ', ',')}"]
    if isinstance(limit := about.config.limit, tuple):  # from 0 and half-open in the log, as in Python
        parts += ["--limit", f"{limit[0] + 1}-{limit[1]}"]
    elif limit is not None:
        parts += ["--limit", str(limit)]
    if (epochs := about.config.epochs or 1) > 1:
        parts += ["--epochs", str(epochs)]
    return shlex.join([*parts, *_sampling(log)])


def _sampling(log: Log) -> list[str]:
    """What the run's own sampling options were, such as `--seed 0`; those that are no plain value are left out."""
    given = log.header.plan.config.model_dump(exclude_none=True)
    plain = {name: value for name, value in given.items() if type(value) in (int, float, str)}
    return [part for name, value in plain.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def provenance_lines(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same for a reader: a name and a text each, without the command."""
    rows: list[tuple[str, str]] = []
    for name, value in made.items():
        if name == "command":
            continue
        if name == "duration_s":
            name, value = "duration", _clock(float(value))
        rows.append((name.replace("_", " ").replace(" config", " sampling"), _text(value)))
    return rows


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_text(each)}" for key, each in value.items())  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def _options(flag: str, given: Mapping[str, Any]) -> list[str]:
    parts: list[str] = []
    for name, value in given.items():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            parts += [flag, f"{name}={text}"]
    return parts


def _exam(log: Log, record: TeachingRecord | None) -> str | None:
    if record is None or not record.items:
        return None
    name = log.header.eval.task_args.get("exam") or (log.header.eval.solver_args or {}).get("exam")
    size = f"{len(record.items)} questions x {record.repetitions} by {len(record.students)} students"
    return f"{name}: {size}" if isinstance(name, str) else size


def _commit(log: Log) -> str | None:
    revision = log.header.eval.revision
    if revision is None:
        return None
    changed = ", with changes that are not committed" if getattr(revision, "dirty", False) else ""
    return f"{revision.commit}{changed}"


def _seconds(log: Log) -> float | None:
    stats = log.header.stats
    if not stats.started_at or not stats.completed_at:
        return None
    return (datetime.fromisoformat(stats.completed_at) - datetime.fromisoformat(stats.started_at)).total_seconds()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
