"""A killed training goes on where its last checkpoint is, and never with other settings.

    checkpoint = checkpoint_to_resume(Path("models/lbt"), settings)

The settings of a run are in `settings.json` in its folder. The same command resumes; a finished run is not repeated.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError

SETTINGS = "settings.json"
FINISHED = "finished.json"


def is_finished(folder: Path, settings: Mapping[str, Any]) -> bool:
    """The folder holds the outcome of these settings.

    Raises:
        UsageError: it holds a run with other settings.
    """
    _insist_on_same(folder, settings)
    return (folder / FINISHED).is_file()


def checkpoint_to_resume(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """The last checkpoint in the folder; `None` for a fresh start, whose settings are then written down.

    Raises:
        UsageError: the folder holds a run with other settings.
    """
    from transformers.trainer_utils import get_last_checkpoint

    _insist_on_same(folder, settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(_as_json(settings), encoding="utf-8")
    return get_last_checkpoint(str(folder))


def mark_finished(folder: Path, outcome: Mapping[str, Any]) -> None:
    """Writes down that the run came to its end."""
    (folder / FINISHED).write_text(_as_json(outcome), encoding="utf-8")


def _insist_on_same(folder: Path, settings: Mapping[str, Any]) -> None:
    file = folder / SETTINGS
    if not file.is_file():
        return
    before, now = json.loads(file.read_text(encoding="utf-8")), json.loads(_as_json(settings))
    if differing := sorted(_differences(before, now)):
        raise UsageError(
            f"{folder} holds a run with other settings ({', '.join(differing[:5])} differ). Give the same settings to "
            "resume it, or another --output_dir."
        )


def _differences(before: Any, now: Any, name: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        keys = {**before, **now}
        return [each for key in keys for each in _differences(before.get(key), now.get(key), key)]
    return [name] if before != now else []


def _as_json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=1, sort_keys=True, default=str) + "\n"
