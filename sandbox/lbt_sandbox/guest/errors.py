"""What is told of an exception, by processes whose exceptions may be hostile.

describe(error, "<solution>")   # its type, its message, and where in these sources it was raised, as JSON
"""

from __future__ import annotations

import json
import traceback
from types import TracebackType
from typing import Any

MESSAGE_LIMIT = 500
TRACEBACK_FRAMES, TRACEBACK_LIMIT = 20, 4000


def line_of(trace: TracebackType | None, *names: str) -> int | None:
    """The deepest line of the traceback that lies in a source of these names."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in names:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def message_of(error: BaseException) -> str:
    """What an exception says, as far as it can say it."""
    try:
        return str(error)[:MESSAGE_LIMIT]
    except BaseException:  # a program's own __str__
        return ""


def facts_of(error: BaseException, *names: str) -> dict[str, Any]:
    """What is told of an exception: its type's name, its message, its line and traceback in the sources named."""
    return {
        "type": type(error).__name__[:100],
        "message": message_of(error),
        "line": line_of(error.__traceback__, *names),
        "traceback": traceback_of(error, *names),
    }


def describe(error: BaseException, *names: str) -> bytes:
    """`facts_of` as they travel."""
    return json.dumps(facts_of(error, *names)).encode()


def traceback_of(error: BaseException, *names: str) -> str:
    """The traceback from the first frame of these sources on; its end where it is long."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename not in names:
        trace = trace.tb_next
    if trace is None:
        return ""
    try:
        return "".join(_lines(error, trace))[-TRACEBACK_LIMIT:]
    except BaseException:  # a program's own __str__, or no memory left
        return ""


def _lines(error: BaseException, trace: TracebackType) -> list[str]:
    name = type(error).__qualname__
    if len(str(error)) + len(name) < TRACEBACK_LIMIT // 2:
        return traceback.format_exception(type(error), error, trace, limit=-TRACEBACK_FRAMES)
    # Python would copy a long message several times, at the program's cost, and the frames would be cut off
    stack = traceback.format_tb(trace, limit=-TRACEBACK_FRAMES)
    return ["Traceback (most recent call last):\n", *stack, f"{name[:100]}: {message_of(error)}\n"]
