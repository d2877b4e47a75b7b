"""One code sandbox for all samples of an evaluation, whatever task or event loop they run in.

    report = await shared_sandbox("docker").grade(problem, program)

An async sandbox belongs to the task that entered it, and samples are tasks of their own. This one lives in a thread
with an event loop, from its first use to the end of the program.
"""

import atexit
import threading
from concurrent.futures import Future
from functools import cache, partial
from typing import Any, Literal

import anyio
import anyio.to_thread
from anyio.from_thread import BlockingPortal
from lbt_sandbox import Problem, Report, Sandbox


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

    async def grade(self, problem: Problem, code: str) -> Report:
        """As `Sandbox.grade`; also raises `SandboxUnavailable` where the sandbox could not start."""
        return await anyio.to_thread.run_sync(partial(self.grade_blocking, problem, code), abandon_on_cancel=True)

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


@cache
def shared_sandbox(
    engine: Literal["docker", "process"] = "docker", workers: int | None = None, unsafe: bool = False
) -> SharedSandbox:
    """The sandbox with these options; made on first use."""
    return SharedSandbox(engine=engine, workers=workers, unsafe=unsafe)
