"""Why a request gets no verdict: its own mistake, a quota, or our failure; never a verdict in disguise.

raise Refused(422, "a number above 0 was needed, found -1", "run_timeout")
raise NoVerdict("the queue is full")      # the route decides: 504 for SandboxFusion's, 503 elsewhere
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

RETRY_SECONDS = 1
_Model = TypeVar("_Model", bound=BaseModel)


class Refused(Exception):  # noqa: N818 - an outcome
    """A request that will not do: a 4xx, and the field at fault."""

    def __init__(self, status: int, message: str, field: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.field, self.retry_after = status, message, field, retry_after


class NoVerdict(Exception):  # noqa: N818 - an outcome
    """The service's own failure or overload: the same request may be sent again, at once or later."""

    def __init__(self, message: str, reason: str = "failed", retry_after: float = RETRY_SECONDS) -> None:
        super().__init__(message)
        self.message, self.reason, self.retry_after = message, reason, retry_after


def read(model: type[_Model], body: bytes) -> _Model:
    """The request in a body.

    Raises:
        Refused: 400 where it is no JSON in UTF-8, 422 where a field is missing or wrong; the message names it.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None


def checked(model: type[_Model], value: Any) -> _Model:
    """As `read`, of JSON that is parsed already."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Refused(400, f"a JSON object in UTF-8 was needed: {first['msg']}", "body")
    field = _dotted(first["loc"]) or "body"
    return Refused(422, f"{field}: {first['msg']}", field)


def _dotted(place: Sequence[int | str]) -> str:
    return ".".join(map(str, place))[:200]
