"""What can go wrong, named by the boundary where it did.

    >>> raise TeacherError("math/42", "mockllm/model gave no usable text in 4 samples (4 empty)")

`TeacherError` and `ExamError` make an errored sample with this reason, never a score of 0. A user's mistake is a
`UsageError`: Inspect prints its message without a stack trace and ends.
"""

from collections.abc import Generator
from contextlib import contextmanager

from rich.markup import escape, render

from lbt_solvers._compat import PrerequisiteError


class UsageError(PrerequisiteError):
    """A user's mistake, in one line; `str` is that line as it was written."""

    def __init__(self, line: str) -> None:
        super().__init__(escape(line))  # Inspect prints it with rich, which would eat "[local]"


class LbtError(Exception):
    """A failure while one problem was worked on."""

    def __init__(self, problem_id: str, reason: str) -> None:
        super().__init__(f"Problem {problem_id}: {reason}")


class TeacherError(LbtError):
    """The teacher gave nothing that can be taught or voted on."""


class ExamError(LbtError):
    """An exam could not be set, sat or graded."""


def one_line(error: Exception) -> str:
    """What a command prints of a user's mistake, whether this project or Inspect found it; empty for other errors."""
    return render(str(error.message)).plain if isinstance(error, PrerequisiteError) else ""


@contextmanager
def usage_errors() -> Generator[None]:
    """Turns the core's ValueErrors, which say what to do, into lines for the user of a command."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from None


__all__ = ["ExamError", "LbtError", "PrerequisiteError", "TeacherError", "UsageError", "one_line", "usage_errors"]
