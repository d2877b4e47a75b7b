"""One code sandbox for all samples of an evaluation, whatever task or event loop they run in.

    report = await shared_sandbox("docker").grade(problem, program)

An async sandbox belongs to the task that entered it, and samples are tasks of their own. This one lives in a thread
with an event loop, from its first use to the end of the program.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Literal, TypeVar

import anyio
import anyio.to_thread
from anyio.from_thread import BlockingPortal
from anyio.lowlevel import RunVar
from lbt_sandbox import Problem, Report, Sandbox, SandboxUnavailable
from lbt_sandbox.types import Job, Outcome

T = TypeVar("T")
Engine = Literal["docker", "process"]
WAITING_THREADS = 16
"""Grades under way at a time; the others wait in the event loop, and leave the program's other threads alone."""

_logger = logging.getLogger(__name__)
_threads: RunVar[anyio.CapacityLimiter] = RunVar("lbt-sandbox-threads")


class SharedSandbox:
    """A sandbox that any number of tasks and threads may use at once."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._running: Future[tuple[Sandbox, BlockingPortal]] = Future()
        # A daemon: the interpreter would wait for any other thread before it calls what atexit registers
        self._thread = threading.Thread(target=anyio.run, args=(self._serve,), daemon=True, name="lbt-sandbox")
        self._thread.start()
        atexit.register(self.close)

    async def _serve(self) -> None:
        try:
            async with Sandbox(**self._options) as sandbox, BlockingPortal() as portal:
                self._running.set_result((sandbox, portal))
                await portal.sleep_until_stopped()
        except BaseException as error:
            if self._running.done():
                raise
            self._running.set_exception(error)

    @property
    def failed(self) -> bool:
        """Whether it could not start."""
        return self._running.done() and self._running.exception() is not None

    async def ready(self) -> None:
        """Returns when the sandbox runs; raises `SandboxUnavailable` where it could not start."""
        if not self._running.done():
            await _in_thread(self._running.result)
        self._running.result()

    async def grade(self, problem: Problem, code: str) -> Report:
        """As `Sandbox.grade`; also raises `SandboxUnavailable` where the sandbox could not start."""
        return await _in_thread(partial(self.grade_blocking, problem, code))

    async def run(self, job: Job) -> list[Outcome]:
        """As `Sandbox.run`; also raises `SandboxUnavailable` where the sandbox could not start."""

        def run_blocking() -> list[Outcome]:
            sandbox, portal = self._running.result()
            return portal.call(sandbox.run, job)

        return await _in_thread(run_blocking)

    def grade_blocking(self, problem: Problem, code: str) -> Report:
        """As `grade`, for code that is not async."""
        sandbox, portal = self._running.result()
        return portal.call(sandbox.grade, problem, code)

    def close(self) -> None:
        """End the sandbox and wait until its workers have gone."""
        if self._thread.is_alive() and self._running.exception() is None:
            _, portal = self._running.result()
            portal.start_task_soon(portal.stop)
        self._thread.join()


async def _in_thread(blocking: Callable[[], T]) -> T:
    try:
        limiter = _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(WAITING_THREADS)
        _threads.set(limiter)
    return await anyio.to_thread.run_sync(blocking, abandon_on_cancel=True, limiter=limiter)


_shared: dict[tuple[Engine, int | None, bool, str, str | None], SharedSandbox] = {}


def shared_sandbox(
    engine: Engine = "docker",
    workers: int | None = None,
    unsafe: bool = False,
    image: str = "default",
    python: str | None = None,
) -> SharedSandbox:
    """The sandbox with these options of `Sandbox`; made on first use, and again where it could not start."""
    key = (engine, workers, unsafe, image, python)
    if key not in _shared or _shared[key].failed:
        _shared[key] = SharedSandbox(engine=engine, workers=workers, unsafe=unsafe, image=image, python=python)
    return _shared[key]


async def running_sandbox(
    engine: Engine | Literal["auto"] = "auto", workers: int | None = None, unsafe: bool = False
) -> SharedSandbox:
    """The sandbox of that engine once it runs; `auto` is Docker, or the process engine where no Docker answers.

    Raises:
        SandboxUnavailable: No engine can run; says why each cannot.
    """
    tried: Engine = "docker" if engine == "auto" else engine
    try:
        sandbox = shared_sandbox(tried, workers, unsafe)
        await sandbox.ready()
        return sandbox
    except SandboxUnavailable as no_docker:
        if engine != "auto":
            raise
        try:
            sandbox = await running_sandbox("process", workers, unsafe)
        except SandboxUnavailable as no_process:
            raise SandboxUnavailable(f"docker: {no_docker}\nprocess: {no_process}") from None
        _logger.warning("Programs run in the process engine, because no Docker Engine answers: %s", no_docker)
        return sandbox
