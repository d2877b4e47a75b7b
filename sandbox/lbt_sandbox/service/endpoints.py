"""What a protocol module gives the app: its routes, and how it says no.

ENDPOINTS = (Endpoint("/run_code", run_code, refusal=detail_body, failure=504),)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lbt_sandbox.service.grader import Grader
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.refusals import Refused


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer may use besides the body."""

    grader: Grader
    problems: Problems
    charge: Callable[[int], None]
    """Counts programs beyond the first towards the caller's quota."""
    name: str = ""
    """Of this replica."""
    python: str = ""
    """The version that programs run on."""


Reply = Mapping[str, Any] | list[Any] | float | AsyncIterator[bytes]
"""JSON, or lines of it."""


def detail_body(refusal: Refused) -> dict[str, Any]:
    """`{"detail": ...}`, with the field where there is one."""
    return {"detail": refusal.message} | ({"field": refusal.field} if refusal.field else {})


def failure_body(message: str) -> dict[str, Any]:
    """What is said beside a 503 or 504."""
    return {"detail": f"no verdict: {message}"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route that takes a body and gives a verdict, or says why there is none."""

    path: str
    answer: Callable[[bytes, Context], Awaitable[Reply]]
    failure: int = 503
    """The status of an overload or of our own failure."""
    refusal: Callable[[Refused], Mapping[str, Any]] = field(default=detail_body)
    refused_as: int | None = None
    """The status of every mistake in a body, where the protocol has one for all."""
