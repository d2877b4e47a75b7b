"""What a grader can do beyond grading one program: many at a time, a problem's self-check, limits measured here.

class Sandbox(GraderMethods): ...        # as does RemoteSandbox; both have `grade`, `workers` and a task group
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from types import TracebackType

import anyio
import anyio.abc

from lbt_sandbox.self_check import self_check
from lbt_sandbox.types import Limits, Problem, ProblemError, Report, SandboxError, Verdict

AHEAD = 64
"""Submissions per worker that `grade_many` takes beyond the one whose report is due: it may be a slow one."""
Submission = tuple[Problem, str | bytes]


@dataclass(slots=True)
class _Slot:
    """A place in the output of `grade_many`, filled in any order."""

    done: anyio.Event = field(default_factory=anyio.Event)
    report: Report | None = None
    error: SandboxError | None = None


class GraderMethods(ABC):
    """The methods that need nothing but `grade`."""

    workers: int
    """Programs graded at a time."""
    _tasks: anyio.abc.TaskGroup | None = None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._end_tasks()
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()

    @abstractmethod
    async def _close(self) -> None:
        """Gives back what grading took: workers or connections."""

    async def _end_tasks(self) -> None:
        """Cancels what still runs; without the caller's exception, which the group would wrap in one of its own."""
        tasks, self._tasks = self._tasks, None
        assert tasks is not None
        tasks.cancel_scope.cancel()
        await tasks.__aexit__(None, None, None)

    @abstractmethod
    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """The report on one program."""

    async def self_check(self, problem: Problem) -> str:
        """What a problem's tests accept that solves nothing, such as a solution that returns None; empty if nothing.

        Raises:
            ProblemError: The problem cannot be graded at all.
            InternalError: The grader's own failure, twice.
        """
        return await self_check(problem, self.grade)

    async def grade_many(
        self, submissions: Iterable[Submission], return_errors: bool = False
    ) -> AsyncIterator[Report | SandboxError]:
        """Grade many programs on all workers; reports stream in the order of the submissions.

        Args:
            submissions: Pairs of problem and program; taken as they are needed.
            return_errors: Give a `SandboxError` in the report's place instead of raising it.
        """
        if self._tasks is None:
            raise RuntimeError("grade_many needs the sandbox to be entered: async with Sandbox() as sandbox")
        send, receive = anyio.create_memory_object_stream[_Slot](AHEAD * self.workers)
        self._tasks.start_soon(self._feed, submissions, send)
        with receive:
            async for slot in receive:
                await slot.done.wait()
                if slot.error is not None and not return_errors:
                    raise slot.error
                result = slot.report or slot.error
                assert result is not None
                yield result

    async def _feed(self, submissions: Iterable[Submission], send: anyio.abc.ObjectSendStream[_Slot]) -> None:
        async with send, anyio.create_task_group() as tasks:
            for problem, code in submissions:
                slot = _Slot()
                try:
                    await send.send(slot)
                except anyio.BrokenResourceError:  # nobody listens any more
                    tasks.cancel_scope.cancel()
                    return
                tasks.start_soon(self._fill, slot, problem, code)

    async def _fill(self, slot: _Slot, problem: Problem, code: str | bytes) -> None:
        try:
            slot.report = await self.grade(problem, code)
        except SandboxError as error:
            slot.error = error
        finally:
            slot.done.set()

    async def calibrated(self, problem: Problem, factor: float = 5.0, minimum: float = 0.5) -> Problem:
        """The problem with time limits measured here: `factor` times its reference solution's, per test.

        Args:
            problem: With a `reference`.
            factor: k.
            minimum: The least CPU limit, seconds.

        Raises:
            ProblemError: There is no reference, or it is not accepted.
        """
        if problem.reference is None:
            raise ProblemError(f"problem {problem.task_id!r} has no reference solution to measure")
        report = await self.grade(problem, problem.reference)
        if report.verdict is not Verdict.AC:
            raise ProblemError(f"the reference solution of {problem.task_id!r} fails {report.message}")
        return replace(problem, limits=_scaled(problem.limits, report, factor, minimum))


def _scaled(limits: Limits, report: Report, factor: float, minimum: float) -> Limits:
    cpu = max(minimum, factor * max(test.cpu for test in report.tests))
    total = max(minimum * 2, factor * sum(test.cpu for test in report.tests) + cpu)
    return replace(
        limits, cpu=cpu, wall=2 * cpu + 1, total_cpu=total, total_wall=max(limits.total_wall, 2 * total + 10)
    )
