"""One code sandbox for all samples of an evaluation, whatever task or event loop they run in.

    report = await shared_sandbox("docker").grade(problem, program)

An async sandbox belongs to the task that entered it, and samples are tasks of their own. This one lives in a thread
with an event loop, from its first use to the end of the program.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from anyio.from_thread import BlockingPortal
from anyio.lowlevel import RunVar
from lbt_sandbox import Problem, Report, Sandbox, SandboxUnavailable, open_sandbox
from lbt_sandbox.types import Job, Outcome

from lbt_solvers.checks import one_of

if TYPE_CHECKING:
    from lbt_sandbox.remote import RemoteSandbox  # needs httpx

T = TypeVar("T")
ENGINES = ("docker", "process")
AUTO = "auto"
WAITING_THREADS = 16
"""Grades under way at a time; the others wait in the event loop, and leave the program's other threads alone."""

_logger = logging.getLogger(__name__)
_threads: RunVar[anyio.CapacityLimiter] = RunVar("lbt-sandbox-threads")


class SharedSandbox:
    """A sandbox that any number of tasks and threads may use at once; options as for `open_sandbox`."""

    def __init__(self, server: str | None = None, **options: Any) -> None:
        self._server, self._options = server, options
        self._running: Future[tuple[Sandbox | RemoteSandbox, BlockingPortal]] = Future()
        # A daemon: the interpreter would wait for any other thread before it calls what atexit registers
        self._thread = threading.Thread(target=anyio.run, args=(self._serve,), daemon=True, name="lbt-sandbox")
        self._thread.start()
        atexit.register(self.close)

    async def _serve(self) -> None:
        try:
            async with open_sandbox(self._server, **self._options) as sandbox, BlockingPortal() as portal:
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


_shared: dict[tuple[str, int | None, bool, str, str | None], SharedSandbox] = {}


def check_engine(engine: str, known: Iterable[str] = (AUTO, *ENGINES)) -> None:
    """Refuses what is neither an engine nor the address of a grading service.

    Raises:
        ValueError: no such engine, or an address with a token in it, which would stand in logs.
    """
    if "://" not in engine:
        one_of("engine", engine, known)
    elif "@" in engine:
        raise ValueError("engine: an address without a token was needed: that stands in LBT_SERVER_TOKEN.")


def shared_sandbox(
    engine: str = "docker",
    workers: int | None = None,
    unsafe: bool = False,
    image: str = "default",
    python: str | None = None,
) -> SharedSandbox:
    """The sandbox with these options of `Sandbox`; made on first use, and again where it could not start.

    Behind an address, programs run in the image and the Python that the service was started with.
    """
    key = (engine, workers, unsafe, image, python)
    if key not in _shared or _shared[key].failed:
        server = engine if "://" in engine else None
        options = {"engine": engine, "unsafe": unsafe, "image": image, "python": python, "workers": workers}
        _shared[key] = SharedSandbox(server, **({"workers": workers or WAITING_THREADS} if server else options))
    return _shared[key]


async def running_sandbox(engine: str = AUTO, workers: int | None = None, unsafe: bool = False) -> SharedSandbox:
    """The sandbox of that engine once it runs; `auto` is Docker, or the process engine where no Docker answers.

    Args:
        engine: An engine, or the address of a grading service.
        workers: Programs at a time.
        unsafe: Let the process engine run although the kernel lacks a layer.

    Raises:
        SandboxUnavailable: No engine can run; says why each cannot.
    """
    tried = "docker" if engine == AUTO else engine
    try:
        sandbox = shared_sandbox(tried, workers, unsafe)
        await sandbox.ready()
        return sandbox
    except SandboxUnavailable as no_docker:
        if engine != AUTO:
            raise
        try:
            sandbox = await running_sandbox("process", workers, unsafe)
        except SandboxUnavailable as no_process:
            raise SandboxUnavailable(f"docker: {no_docker}\nprocess: {no_process}") from None
        _logger.warning("Programs run in the process engine, because no Docker Engine answers: %s", no_docker)
        return sandbox
