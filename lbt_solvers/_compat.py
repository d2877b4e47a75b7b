"""What this project needs of Inspect that Inspect does not export: the place to look at when a new version breaks.

    raise PrerequisiteError("hf-batch: no model ...")

Inspect prints the line of a `PrerequisiteError` alone, without a stack trace.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai._eval.loader import create_file_tasks, load_file_tasks
from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.registry import registry_info, registry_lookup

__all__ = ["PrerequisiteError", "create_task_of_file", "raise_connection_limit", "read_media"]


def create_task_of_file(file: Path, name: str, args: Mapping[str, Any]) -> Task:
    """The task of that name that a Python file defines, made in the file's folder as Inspect makes it.

    Raises:
        TypeError: the task does not take one of the arguments, of which Inspect itself only warns.
    """
    load_file_tasks(file.absolute())
    known: list[str] = registry_info(registry_lookup("task", name)).metadata["params"]
    for given in args:
        if given not in known:
            raise TypeError(f"{name}() got an unexpected keyword argument '{given}'")
    return create_file_tasks(file, [name], dict(args))[0]


async def read_media(reference: str, mime_type: str | None) -> str:
    """What lies at a path or address as a data URI; versions that read it as they send it get the reference itself."""
    try:
        from inspect_ai.util import materialize_media
    except ImportError:
        return reference
    return await materialize_media(reference, mime_type)


def raise_connection_limit(limit: int, lifted: object) -> object:
    """Lift the adaptive limit of the current model call to `limit` connections, and return its controller.

    Inspect's adaptive limit starts at 20 calls and ends at 100, for the sake of remote rate limits; a local model
    has none, and needs more calls in flight than one batch holds. Nothing happens where the user fixed the limit
    (`--max-connections`), outside a model call, for the controller `lifted` (the result of the last call: a
    later change by the user stays), or where a version of Inspect has no such controller.
    """
    controller = _active_controller()
    if controller is None or controller is lifted:
        return lifted
    set_limit: Callable[[int, str], None] | None = getattr(controller, "_set_limit", None)
    if set_limit is not None and controller.concurrency < limit:
        controller.set_max(limit)
        set_limit(limit, "manual")
    return controller


def _active_controller() -> Any:
    try:
        from inspect_ai.util._concurrency import _active_controller  # pyright: ignore[reportPrivateUsage]
    except ImportError:
        return None
    return _active_controller.get()
