"""What this project needs of Inspect that Inspect does not export: the place to look at when a new version breaks.

    raise PrerequisiteError("hf-batch: no model ...")

Inspect prints the line of a `PrerequisiteError` alone, without a stack trace.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai._eval.loader import create_file_tasks, load_file_tasks
from inspect_ai._util.config import parse_cli_args
from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.registry import registry_info, registry_lookup
from inspect_ai.log import Transcript
from inspect_ai.log._transcript import init_transcript
from inspect_ai.model import GenerateConfig, Model
from inspect_ai.model._model import init_active_model, init_model_roles
from inspect_ai.util import StoreModel
from pydantic import TypeAdapter

__all__ = [
    "PrerequisiteError",
    "StoredModel",
    "create_task_of_file",
    "forget_events",
    "raise_connection_limit",
    "read_media",
    "task_arguments",
    "use_models",
]


class StoredModel(StoreModel):
    """A `StoreModel` that validates the field that is read or assigned, and makes its validator once."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("store", "instance") or name not in type(self).model_fields:
            super().__setattr__(name, value)
            return
        _adapter(type(self), name).validate_python(value)
        self.store.set(self._ns_name(name), value)
        vars(self)[name] = value

    def _coerce_value(self, field_name: str, value: Any) -> Any:
        field = type(self).model_fields.get(field_name)
        if field is None or field.annotation is None or value is None or isinstance(value, str | int | float | bytes):
            return value
        try:
            return _adapter(type(self), field_name).validate_python(value)
        except Exception:  # as Inspect: a store that does not fit is told of by whoever reads it
            return value


@cache
def _adapter(model: type[StoreModel], field_name: str) -> TypeAdapter[Any]:
    annotation: Any = model.model_fields[field_name].annotation
    return TypeAdapter(annotation)


def task_arguments(given: Sequence[str]) -> dict[str, Any]:
    """Arguments of a task as `inspect eval -T NAME=VALUE` reads them."""
    return parse_cli_args(list(given))


def use_models(teacher: Model, students: Sequence[Model]) -> None:
    """In this context, outside an evaluation, `get_model()` is the teacher, and these have the role of students."""
    init_active_model(teacher, GenerateConfig())
    init_model_roles({"student": list(students)} if students else {})


def forget_events() -> None:
    """Events of this context, outside an evaluation, go with it: nobody will read them, and they are many."""
    init_transcript(Transcript())


def create_task_of_file(file: Path, name: str, args: Mapping[str, Any]) -> Task:
    """The task of that name that a Python file defines, made in the file's folder as Inspect makes it.

    Raises:
        TypeError: the task does not take one of the arguments, of which Inspect itself only warns.
    """
    load_file_tasks(file.absolute())
    made_by: Any = registry_lookup("task", name)
    known: list[str] = registry_info(made_by).metadata["params"]
    takes_all = any(each.kind is each.VAR_KEYWORD for each in signature(made_by).parameters.values())
    for given in () if takes_all else args:
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
