"""One request's way to the sandbox: through the gate, with its times taken, and failures named as such.

grader = Grader(sandbox, gate, metrics, "alice")
outcomes = await grader.run(job, patience=18)
grader.waited, grader.ran           # seconds
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from lbt_sandbox.service.gate import Gate
from lbt_sandbox.service.metrics import Metrics
from lbt_sandbox.service.programs import is_starved
from lbt_sandbox.service.refusals import NoVerdict, Refused
from lbt_sandbox.types import (
    InternalError,
    Job,
    Outcome,
    Problem,
    ProblemError,
    Report,
    SandboxError,
    SandboxUnavailable,
    Verdict,
)

PATIENCE_SECONDS = 60.0
T = TypeVar("T")


class Runner(Protocol):
    """What grades: a `Sandbox`."""

    async def run(self, job: Job) -> list[Outcome]:
        """The outcomes of a job."""
        ...

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """The report on a program."""
        ...


@dataclass(slots=True)
class Grader:
    """The sandbox as one request of one tenant sees it."""

    sandbox: Runner
    gate: Gate
    metrics: Metrics
    tenant: str
    most_memory: int
    waited: float = 0.0
    ran: float = 0.0
    verdicts: list[str] = field(default_factory=list[str])
    """For the log: of every submission."""

    async def run(self, job: Job, patience: float | None = PATIENCE_SECONDS) -> list[Outcome]:
        """As `Sandbox.run`, in turn.

        Raises:
            NoVerdict: There was no turn, the sandbox failed, or the machine had no time for the program.
            Refused: The job cannot be run, whatever the program.
        """
        outcomes = await self._in_turn(patience, lambda: self.sandbox.run(job))
        if any(is_starved(job.limits, outcome) for outcome in outcomes):
            raise self._no_verdict("the machine had no time for the program", "late")
        self._count(outcomes)
        return outcomes

    async def grade(self, problem: Problem, program: str | bytes, patience: float | None = PATIENCE_SECONDS) -> Report:
        """As `Sandbox.grade`, in turn; raises as `run`."""
        report = await self._in_turn(patience, lambda: self.sandbox.grade(problem, program))
        self.metrics.add("lbt_verdicts_total", verdict=report.verdict)
        self.verdicts.append(report.verdict)
        return report

    async def _in_turn(self, patience: float | None, work: Callable[[], Awaitable[T]]) -> T:
        try:
            turn = await self.gate.enter(self.tenant, patience)
            self.waited += turn.waited
            self.metrics.observe("lbt_wait_seconds", turn.waited)
            try:
                return await work()
            finally:
                seconds = self.gate.leave(turn)
                self.ran += seconds
                self.metrics.observe("lbt_run_seconds", seconds)
        except NoVerdict as failure:
            self.metrics.add("lbt_no_verdict_total", reason=failure.reason)
            raise
        except ProblemError as error:
            raise Refused(422, str(error), "problem") from None
        except SandboxUnavailable as error:
            raise self._no_verdict(str(error), "unavailable") from None
        except InternalError as error:
            raise self._no_verdict(str(error), "failed") from None
        except SandboxError as error:
            raise Refused(422, str(error)) from None

    def _no_verdict(self, message: str, reason: str) -> NoVerdict:
        self.metrics.add("lbt_no_verdict_total", reason=reason)
        return NoVerdict(message, reason)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        found = next((outcome.verdict for outcome in outcomes if outcome.verdict), None)
        name = found.value if isinstance(found, Verdict) else "OK"
        self.metrics.add("lbt_verdicts_total", verdict=name)
        self.verdicts.append(name)
