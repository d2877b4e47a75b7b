"""The grader: give it problems and programs, get reports.

    async with Sandbox() as sandbox:
        report = await sandbox.grade(problem, "def add(a, b): return a + b")
        async for report in sandbox.grade_many((problem, code) for code in codes):
            print(report.task_id, report.verdict, report.v_score)

    grade_sync(problem, code)   # the same without async, for a single program

Works on asyncio and trio. A grader's own failure is retried once on a fresh container and then raised as
`InternalError`; it is never a verdict.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal

import anyio
import anyio.abc
import anyio.from_thread

from lbt_sandbox.engines import DockerEngine, Engine, ProcessEngine
from lbt_sandbox.grade import judge
from lbt_sandbox.pool import RUNS_PER_WORKER, Pool
from lbt_sandbox.self_check import self_check
from lbt_sandbox.types import InternalError, Job, Limits, Outcome, Problem, ProblemError, Report, SandboxError, Verdict
from lbt_sandbox.worker import Requeued, WorkerFailed

ATTEMPTS = 2
AHEAD = 64
"""Submissions per worker that `grade_many` takes beyond the one whose report is due: it may be a slow one."""
Submission = tuple[Problem, str | bytes]


@dataclass(slots=True)
class _Slot:
    """A place in the output of `grade_many`, filled in any order."""

    done: anyio.Event = field(default_factory=anyio.Event)
    report: Report | None = None
    error: SandboxError | None = None


class Sandbox:
    """A grader with K warm workers.

    Args:
        engine: "docker", "process" (no container; refuses without Landlock and seccomp), or an `Engine`.
        workers: K; by default the CPUs this process may use.
        unsafe: Let the process engine run although it lacks a layer.
        runs_per_worker: Submissions after which a worker is replaced.
        pin: Keep each worker to one CPU, which is a quarter faster; turn it off where other work is pinned, too.
        engine_options: For `DockerEngine` (`image`, `python`, `memory`, `cpus`, `cpuset`, `runtime`, `preload`,
            `progress`) or `ProcessEngine` (`python`, `preload`).
    """

    def __init__(
        self,
        engine: Literal["docker", "process"] | Engine = "docker",
        workers: int | None = None,
        unsafe: bool = False,
        runs_per_worker: int = RUNS_PER_WORKER,
        pin: bool = True,
        **engine_options: Any,
    ) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.pool = Pool(_engine(engine, engine_options), self.workers, unsafe, runs_per_worker, pin)
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Sandbox:
        tasks = anyio.create_task_group()
        await tasks.__aenter__()
        self._tasks = tasks
        try:
            await self._start_pool()
        except BaseException:
            self._tasks = None
            tasks.cancel_scope.cancel()
            await tasks.__aexit__(None, None, None)
            raise
        return self

    async def _start_pool(self) -> None:
        try:
            await self.pool.start()
        except BaseException as error:
            await self.pool.close()
            raise _first_of_ours(error) from error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        assert tasks is not None
        tasks.cancel_scope.cancel()
        try:
            await tasks.__aexit__(None, None, None)  # without the caller's exception, which it would wrap in a group
        finally:
            await self.pool.close()

    async def run(self, job: Job) -> list[Outcome]:
        """The outcomes of a job, without a judgement; retried once on a fresh worker when the grader fails.

        Raises:
            InternalError: It failed twice.
        """
        reasons: list[str] = []
        since = 0.0
        while len(reasons) < ATTEMPTS:
            try:
                async with self.pool.lend(since) as worker:
                    return await worker.run(job)
            except Requeued:
                pass
            except WorkerFailed as error:
                reasons.append(str(error))
                since = time.monotonic()
        raise InternalError(f"the grader failed {ATTEMPTS} times: {'; '.join(reasons)}")

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """Grade one program.

        Args:
            problem: What to grade against.
            code: A whole program.

        Raises:
            ProblemError: The problem cannot be graded, whatever the program.
            InternalError: The grader's own failure, twice.
        """
        if problem.limits.memory > self.pool.engine.memory:
            raise ProblemError(
                f"problem {problem.task_id!r} allows {problem.limits.memory >> 20} MiB, but a worker has "
                f"{self.pool.engine.memory >> 20} MiB: Sandbox(memory={problem.limits.memory * 2})"
            )
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                return await judge(problem, code, self.run)
            except SandboxError:
                raise
            except Exception as error:  # a mistake of ours must not take other submissions with it
                reason = f"{type(error).__name__}: {error}"
        raise InternalError(f"grading failed {ATTEMPTS} times by a mistake of this package: {reason}")

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


def _engine(engine: str | Engine, options: dict[str, Any]) -> Engine:
    if not isinstance(engine, str):
        return engine
    kinds = {"docker": DockerEngine, "process": ProcessEngine}
    if engine not in kinds:
        raise SandboxError(f"there is no engine {engine!r}; there are {', '.join(kinds)}")
    return kinds[engine](**options)


def _first_of_ours(error: BaseException) -> BaseException:
    """What went wrong, out of the group in which several workers failed alike."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return InternalError(f"the sandbox does not start: {error}") if isinstance(error, WorkerFailed) else error


class BlockingSandbox:
    """A sandbox for code that is not async; runs an event loop in a thread of its own."""

    def __init__(self, sandbox: Sandbox, portal: anyio.from_thread.BlockingPortal) -> None:
        self._sandbox, self._portal = sandbox, portal

    def grade(self, problem: Problem, code: str | bytes) -> Report:
        """As `Sandbox.grade`."""
        return self._portal.call(self._sandbox.grade, problem, code)


@contextmanager
def blocking_sandbox(**options: Any) -> Generator[BlockingSandbox]:
    """A `BlockingSandbox`; options as for `Sandbox`."""
    with anyio.from_thread.start_blocking_portal() as portal:
        with portal.wrap_async_context_manager(Sandbox(**options)) as sandbox:
            yield BlockingSandbox(sandbox, portal)


def grade_sync(problem: Problem, code: str | bytes, **options: Any) -> Report:
    """Grade a single program; starts and ends a sandbox, which takes about a second."""
    with blocking_sandbox(**{"workers": 1, **options}) as sandbox:
        return sandbox.grade(problem, code)
