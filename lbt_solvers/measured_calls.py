"""Every model call of a problem with its tokens and its seconds, for whoever wants to know what a run will cost.

    with measuring() as calls:
        await caller.replies(turns, 4, "sample")
    calls[0].seconds

Calls of tasks that the body starts are counted, too; those of other problems, which run beside it, are not.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from inspect_ai.model import Model, ModelOutput, ModelUsage, get_model_info
from pydantic import BaseModel

from lbt_solvers.errors import UsageError

_CALLS: ContextVar["list[MeasuredCall] | None"] = ContextVar("lbt_measured_calls", default=None)


class MeasuredCall(BaseModel):
    """One request to a model."""

    role: str
    model: str
    asked: int
    """Choices asked for."""
    replies: int
    """Choices that came."""
    input_tokens: int
    """With those that the provider found in its own prompt cache."""
    output_tokens: int
    started: float
    """Seconds of a clock that all calls of a run share."""
    seconds: float
    price: tuple[float, float] | None = None
    """Dollars a million tokens read and written, where Inspect knows them."""


def input_tokens(usage: ModelUsage) -> int:
    """Everything that was read; Inspect counts what came from a provider's cache, or went into it, apart."""
    return usage.input_tokens + (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)


@contextmanager
def measuring() -> Generator[list[MeasuredCall]]:
    """Collects the calls of the body."""
    calls: list[MeasuredCall] = []
    token = _CALLS.set(calls)
    try:
        yield calls
    finally:
        _CALLS.reset(token)


def is_measured() -> bool:
    """Whether somebody collects calls."""
    return _CALLS.get() is not None


def note_call(model: Model, role: str, asked: int, output: ModelOutput, started: float, ended: float) -> None:
    """Counts a call where somebody measures.

    Raises:
        UsageError: the provider does not say how many tokens a call took.
    """
    calls = _CALLS.get()
    if calls is None:
        return
    if (usage := output.usage) is None:
        raise UsageError(f"estimate: {model} does not tell the tokens of a call, so nothing can be told of a run.")
    cost = info.cost if (info := get_model_info(model)) else None
    calls.append(
        MeasuredCall(
            role=role,
            model=str(model),
            asked=asked,
            replies=len(output.choices[:asked]),
            input_tokens=input_tokens(usage),
            output_tokens=usage.output_tokens,
            started=started,
            seconds=ended - started,
            price=(cost.input, cost.output) if cost else None,
        )
    )
