"""Code grading in hardened containers; see the README beside this package.

    from lbt_sandbox import Case, Problem, Sandbox

    problem = Problem("add", "add", (Case(args=(1, 2), expected=3),))
    async with Sandbox() as sandbox:
        report = await sandbox.grade(problem, "def add(a, b): return a + b")

Without async: `grade_sync(problem, code)`, or `with blocking_sandbox() as sandbox` for many programs.
"""

from lbt_sandbox.client import BlockingSandbox, Sandbox, blocking_sandbox, grade_sync, open_sandbox
from lbt_sandbox.engines import remove_leftovers
from lbt_sandbox.types import (
    Case,
    CaseResult,
    Checker,
    Failure,
    InternalError,
    Kind,
    Limits,
    Problem,
    ProblemError,
    Report,
    SandboxError,
    SandboxUnavailable,
    Verdict,
)

__all__ = [
    "BlockingSandbox",
    "Case",
    "CaseResult",
    "Checker",
    "Failure",
    "InternalError",
    "Kind",
    "Limits",
    "Problem",
    "ProblemError",
    "Report",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "Verdict",
    "blocking_sandbox",
    "grade_sync",
    "open_sandbox",
    "remove_leftovers",
]
