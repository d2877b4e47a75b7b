"""What an attack is, and what can come of it.

>>> Attack("no-network/http", frozenset({Verdict.RTE}), problem, "import urllib").enforced
'no-network'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lbt_sandbox.types import Problem, Verdict


class Status(StrEnum):
    """What came of an attack."""

    HELD = "held"
    PASSED = "PASSED"
    """It got a test accepted that it should not have."""
    DISTURBED = "DISTURBED"
    """It got a verdict that is not its own, or the submission after it was affected."""
    STALLED = "STALLED"
    """It kept the trusted side busy for more than `attack_suite.STALL_SECONDS` at a stretch."""
    CRASHED = "CRASHED"
    """It made the grader fail."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A malicious program and what must come of it."""

    name: str
    """`<what is enforced>/<what the program tries>`."""
    verdicts: frozenset[Verdict]
    problem: Problem
    program: str
    passed: int = 0
    """Most tests that it may pass."""
    then: str | None = None
    """A second program, which looks for what the first has left and is right only if it finds something."""
    earlier: tuple[str, ...] = ()
    """Programs that are graded before it."""
    follower: str | None = None
    """A correct program that must not notice; by default the problem's reference."""

    @property
    def enforced(self) -> str:
        """The line of the README's list that the attack stands for."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What an attack got, and why that is not what it should have got."""

    attack: Attack
    status: Status
    verdict: str
    reason: str = ""
