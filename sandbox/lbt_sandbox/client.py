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
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import anyio
import anyio.abc
import anyio.from_thread

from lbt_sandbox.engines import DockerEngine, Engine, ProcessEngine
from lbt_sandbox.grade import judge
from lbt_sandbox.grader_methods import GraderMethods, Submission
from lbt_sandbox.pool import RUNS_PER_WORKER, Pool
from lbt_sandbox.types import InternalError, Job, Outcome, Problem, ProblemError, Report, SandboxError
from lbt_sandbox.worker import Requeued, WorkerFailed

if TYPE_CHECKING:
    from lbt_sandbox.remote import RemoteSandbox

ATTEMPTS = 2


class Sandbox(GraderMethods):
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
            await self._end_tasks()
            raise
        return self

    async def _start_pool(self) -> None:
        try:
            await self.pool.start()
        except BaseException as error:
            await self.pool.close()
            raise _first_of_ours(error) from error

    async def _close(self) -> None:
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

    def __init__(self, sandbox: Sandbox | RemoteSandbox, portal: anyio.from_thread.BlockingPortal) -> None:
        self._sandbox, self._portal = sandbox, portal

    def grade(self, problem: Problem, code: str | bytes) -> Report:
        """As `Sandbox.grade`."""
        return self._portal.call(self._sandbox.grade, problem, code)

    def run(self, job: Job) -> list[Outcome]:
        """As `Sandbox.run`."""
        return self._portal.call(self._sandbox.run, job)

    def grade_many(
        self, submissions: Iterable[Submission], return_errors: bool = False
    ) -> Iterator[Report | SandboxError]:
        """As `Sandbox.grade_many`."""
        reports = self._sandbox.grade_many(submissions, return_errors)
        while (report := self._portal.call(_next_of, reports)) is not None:
            yield report

    def self_check(self, problem: Problem) -> str:
        """As `Sandbox.self_check`."""
        return self._portal.call(self._sandbox.self_check, problem)

    def calibrated(self, problem: Problem, factor: float = 5.0, minimum: float = 0.5) -> Problem:
        """As `Sandbox.calibrated`."""
        return self._portal.call(self._sandbox.calibrated, problem, factor, minimum)


async def _next_of(reports: AsyncIterator[Report | SandboxError]) -> Report | SandboxError | None:
    return await anext(reports, None)


def open_sandbox(server: str | None = None, **options: Any) -> Sandbox | RemoteSandbox:
    """A sandbox here, or the one behind an address.

    Args:
        server: Of a `grade-server`; None for one in this process.
        options: As for `Sandbox`, or for `RemoteSandbox`.
    """
    if server is None:
        return Sandbox(**options)
    from lbt_sandbox.remote import RemoteSandbox

    return RemoteSandbox(server, **options)


@contextmanager
def blocking_sandbox(server: str | None = None, **options: Any) -> Generator[BlockingSandbox]:
    """A `BlockingSandbox`; arguments as for `open_sandbox`."""
    with anyio.from_thread.start_blocking_portal() as portal:
        with portal.wrap_async_context_manager(open_sandbox(server, **options)) as sandbox:
            yield BlockingSandbox(sandbox, portal)


def grade_sync(problem: Problem, code: str | bytes, **options: Any) -> Report:
    """Grade a single program; starts and ends a sandbox, which takes about a second."""
    given: dict[str, Any] = {"workers": 1, **options}
    with blocking_sandbox(**given) as sandbox:
        return sandbox.grade(problem, code)
