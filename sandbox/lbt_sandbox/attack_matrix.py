"""Hunts for what a job must not show: every way to hunt, against every kind of problem, first and after other jobs.

    >>> attacks = hunting_attacks("LBT0123456789abcdef")
    >>> attacks[0].name
    'nothing-leaks/frames, call, first'

Each problem wants a token that is drawn for the run, so that no program can know it. It stands in the expected values,
the tests or the checker of the job, and in the source of the programs that were graded before. A program that answers
with it has found it where it should not be. The ways to hunt are code in `attacks/hunts.yaml`.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

import yaml

from lbt_sandbox.attack_types import Attack
from lbt_sandbox.types import Case, Checker, Kind, Limits, Problem, Verdict

HUNTS = Path(__file__).parent / "attacks" / "hunts.yaml"
GROUP = "nothing-leaks"
LIMITS = Limits(cpu=2.0, wall=20.0, total_cpu=4.0, total_wall=60.0)
VERDICTS = frozenset({Verdict.WA, Verdict.RTE, Verdict.SV, Verdict.TLE, Verdict.MLE, Verdict.OLE})


class _Target(NamedTuple):
    """A problem that wants a token, and how a program answers with the value of an expression."""

    problem: Problem
    answer: str


def draw_token() -> str:
    """A token that nobody knows; the hunts look for its form."""
    return f"LBT{secrets.token_hex(8)}"


def _targets(token: str) -> dict[str, _Target]:
    """One for each kind of problem; the token is what only the trusted side, the tests or the checker may hold."""
    cases = (Case((1,), expected=token),)
    design = (Case((["Box", "get"], [[], []]), expected=[None, token]),)
    checker = Checker("code", source=f"def check(args, kwargs, expected, got):\n    return got == {token!r}\n")
    tests = (Case((f"assert candidate(1) == {token!r}",)),)
    function, box = "def f(x):\n    return {}\n", "class Box:\n    def get(self):\n        return {}\n"
    problems = {
        "call": (Problem("call", "f", cases, limits=LIMITS), function),
        "in_place": (
            Problem("in_place", "f", (Case(([""],), expected=[token]),), Kind.IN_PLACE, limits=LIMITS),
            "def f(x):\n    x[0] = {}\n",
        ),
        "design": (Problem("design", "Box", design, Kind.DESIGN, limits=LIMITS), box),
        "stdio": (Problem("stdio", "", (Case(("1",), expected=token),), Kind.STDIO, limits=LIMITS), "print({})\n"),
        "assert_code": (Problem("assert_code", "f", tests, Kind.ASSERT_CODE, limits=LIMITS), function),
        "checker": (Problem("checker", "f", (Case((1,), expected=1),), checker=checker, limits=LIMITS), function),
    }
    return {name: _Target(problem, answer) for name, (problem, answer) in problems.items()}


POSITIONS: dict[str, tuple[int, str]] = {
    "first": (0, ""),
    "after one": (1, ""),
    "after nine": (9, ""),  # more than there are processes at the ready
    "after nine that end their process": (9, "import os\nos._exit(1)\n"),
}
"""How many programs, which hold the token, are graded before, and what they begin with."""


def hunting_attacks(token: str) -> tuple[Attack, ...]:
    """Every hunt against every kind of problem in every position.

    Args:
        token: What the problems want; `draw_token()`.
    """
    hunts: dict[str, str] = yaml.safe_load(HUNTS.read_text(encoding="utf-8"))
    return tuple(
        _attack(hunt, code, target, position, token)
        for hunt, code in hunts.items()
        for target in _targets(token).values()
        for position in POSITIONS
    )


def _attack(hunt: str, code: str, target: _Target, position: str, token: str) -> Attack:
    count, beginning = POSITIONS[position]
    answering = target.answer.format(repr(token))
    return Attack(
        name=f"{GROUP}/{hunt}, {target.problem.task_id}, {position}",
        verdicts=VERDICTS,
        problem=target.problem,
        program=code + target.answer.format("hunt()"),
        earlier=(beginning + answering,) * count,
        follower=answering,
    )


def matrix_size() -> str:
    """How many attacks of which sorts `hunting_attacks` makes, for a person."""
    hunts = len(yaml.safe_load(HUNTS.read_text(encoding="utf-8")))
    return f"{hunts} hunts x {len(_targets(''))} kinds of problem x {len(POSITIONS)} positions"
