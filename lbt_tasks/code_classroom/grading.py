"""Grades many programs at once for the evaluation: each distinct program of a problem once.

>>> Grader("docker").grade([(problem, program)])
[Marks(runs=True, visible=1.0, hidden=0.5)]
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import anyio
from lbt_sandbox import Case, Report, Sandbox, SandboxError, Verdict
from lbt_sandbox.types import Job, Problem

from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code_classroom.world import constants_of, kind_of

Submission: TypeAlias = tuple[CodeProblem, str]
GENERATED_INPUTS = 12
"""Inputs without expected answers, on which programs are compared beside the visible ones."""


class Marks(NamedTuple):
    """What a program is worth: fractions of tests passed, and whether it is Python that answers every test."""

    runs: bool
    visible: float
    hidden: float


@dataclass(frozen=True, slots=True)
class Grader:
    """Grades with `lbt_sandbox` and remembers what it graded."""

    engine: Literal["docker", "process"] = "docker"
    known: dict[tuple[str, str], Marks] = field(default_factory=dict[tuple[str, str], Marks])

    def grade(self, submissions: Sequence[Submission]) -> list[Marks]:
        """Marks in the order of the submissions."""
        fresh = {(p.id, code): p for p, code in submissions if (p.id, code) not in self.known}
        jobs = [(tests, code) for (_, code), p in fresh.items() for tests in (p.visible, p.hidden)]
        reports = anyio.run(self._reports, jobs) if jobs else []
        for at, key in enumerate(fresh):
            visible, hidden = reports[2 * at : 2 * at + 2]
            runs = all(test.verdict in (Verdict.AC, Verdict.WA) for test in (*visible.tests, *hidden.tests))
            self.known[key] = Marks(runs, visible.v_score, hidden.v_score)
        return [self.known[problem.id, code] for problem, code in submissions]

    def behaviours(self, submissions: Sequence[Submission]) -> list[int | None]:
        """A number per class of programs with equal answers on visible and generated inputs; `None`: none runs."""
        jobs = {(problem.id, code): (_unjudged(problem), code) for problem, code in submissions}
        answers = dict(zip(jobs, anyio.run(self._answers, list(jobs.values())), strict=True))
        numbers: dict[tuple[str, tuple[bytes, ...]], int] = {}
        return [
            None if not any(given := answers[p.id, code]) else numbers.setdefault((p.id, given), len(numbers))
            for p, code in submissions
        ]

    async def _reports(self, jobs: Sequence[tuple[Problem, str]]) -> list[Report]:
        async with Sandbox(self.engine) as sandbox:
            reports = [report async for report in sandbox.grade_many(jobs)]
        if failed := next((each for each in reports if isinstance(each, SandboxError)), None):
            raise failed
        return [each for each in reports if isinstance(each, Report)]

    async def _answers(self, jobs: Sequence[tuple[Problem, str]]) -> list[tuple[bytes, ...]]:
        async with Sandbox(self.engine) as sandbox:
            return [tuple(each.answer for each in await sandbox.run(Job.of(*job))) for job in jobs]


def _unjudged(problem: CodeProblem) -> Problem:
    """The visible inputs and generated ones; nobody knows the expected answers of the latter."""
    kind, constants = kind_of(problem), constants_of(problem)
    rng = random.Random(f"behaviour:{problem.id}")
    drawn = tuple(Case(args=kind.draw(rng, constants)) for _ in range(GENERATED_INPUTS))
    return Problem(problem.id, kind.entry_point, (*problem.visible.cases, *drawn), limits=problem.visible.limits)
