"""The service as a process: one event loop, one sandbox, and an end that costs nobody a verdict.

    anyio.run(serve, Settings(port=8080))

At SIGTERM `/ready` says no for `drain_delay` seconds, in which a balancer looks elsewhere and requests are answered
still; then the port closes, what runs and waits is answered, and the process ends with 0. A second signal ends at once.
"""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

import uvicorn

from lbt_sandbox.client import Sandbox
from lbt_sandbox.service import tenants
from lbt_sandbox.service.app import Service
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.settings import Settings


class DrainingServer(uvicorn.Server):
    """uvicorn that goes on for a while after a signal, and says that it will not for long."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does; then says where the service is."""
        await super().startup(sockets=sockets)
        if self.started:
            print(self.service.greeting, file=sys.stderr, flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the end; any other is uvicorn's own business."""
        if self.service.draining or sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        self.service.draining = True

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn does, ten times a second; ends when the delay is over."""
        if self.service.draining:
            self._ticks_left = getattr(self, "_ticks_left", round(10 * self.service.settings.drain_delay)) - 1
            self.should_exit = self.should_exit or self._ticks_left < 0
        return await super().on_tick(counter)


def config_of(settings: Settings, service: Service) -> uvicorn.Config:
    """The settings of uvicorn."""
    return uvicorn.Config(
        service,
        host=settings.host,
        port=settings.port,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=round(settings.drain_timeout),
        backlog=4096,
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        date_header=False,
        ws="none",
    )


async def serve(settings: Settings) -> None:
    """Start the sandbox, then take requests until a signal.

    Raises:
        DataError: A file of problems or tokens cannot be used.
        SandboxUnavailable: No engine can run.
    """
    problems, callers = Problems.load(settings.problems), tenants.load(settings.tokens)
    options = {"image": settings.image, "python": settings.python}
    async with Sandbox(settings.engine, settings.workers, settings.unsafe, **options) as sandbox:  # type: ignore[arg-type]
        service = Service(settings, sandbox, problems, callers, print_line)
        await service.warm_up()
        await DrainingServer(config_of(settings, service), service).serve()


def print_line(line: str) -> None:
    """A line of the log."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
