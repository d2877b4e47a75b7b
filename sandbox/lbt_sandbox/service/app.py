"""The service as an ASGI application: its routes, and what those say that only look at it.

    app = Service(settings, sandbox)          # for uvicorn, or for a test's client

What a request for a verdict goes through is in `exchange`.
"""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lbt_sandbox.client import Sandbox
from lbt_sandbox.service import (
    code_judge,
    metrics,
    native,
    open_instruct,
    piston,
    remote_rm,
    sandbox_fusion,
)
from lbt_sandbox.service.endpoints import Endpoint
from lbt_sandbox.service.exchange import Exchange, json_response
from lbt_sandbox.service.gate import Gate
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.programs import Program, job_of
from lbt_sandbox.service.settings import Settings
from lbt_sandbox.service.tenants import Tenants
from lbt_sandbox.types import MIB, SandboxError

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    endpoint
    for module in (native, sandbox_fusion, open_instruct, piston, code_judge, remote_rm)
    for endpoint in module.ENDPOINTS
)
PER_WORKER = 2
"""Submissions in the sandbox for each worker: one runs, the next is on its way."""


class Service:
    """One process's grader, queue and counts.

    Args:
        settings: As the flags say.
        sandbox: Entered.
        problems: Loaded from files.
        tenants: Who may call.
        log: Takes a line for every request.
    """

    def __init__(
        self,
        settings: Settings,
        sandbox: Sandbox,
        problems: Problems | None = None,
        tenants: Tenants | None = None,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.settings, self.sandbox, self.log = settings, sandbox, log
        self.problems, self.tenants = problems or Problems(), tenants or Tenants({})
        self.metrics = metrics.Metrics()
        self.gate = Gate(
            PER_WORKER * sandbox.workers, settings.max_waiting, settings.max_held * MIB, self.tenants.limits
        )
        self.draining = False
        self.python = ""
        self.name = settings.name or socket.gethostname()
        self.most_memory = min(settings.max_memory * MIB, sandbox.pool.engine.memory)
        self._endpoints = {each.path: each for each in ENDPOINTS}
        self._others = Starlette(routes=self._routes())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; those for verdicts go past Starlette, whose layers cost as much as the rest of HTTP."""
        endpoint = self._endpoints.get(scope["path"]) if scope.get("method") == "POST" else None
        if endpoint is None:
            await self._others(scope, receive, send)
        else:
            await Exchange(self, endpoint, scope).answer(receive, send)

    @property
    def greeting(self) -> str:
        """Where the service is, and who may call it."""
        settings = self.settings
        local = settings.host in ("127.0.0.1", "::1", "localhost")
        note = "" if local or not self.tenants.is_open else ", open to everybody"
        return (
            f"Grading at http://{settings.host}:{settings.port} with {self.sandbox.workers} workers "
            f"({settings.engine}), Python {self.python}, {len(self.problems)} problems{note}."
        )

    async def warm_up(self) -> None:
        """Ask the sandbox for its version of Python, which also shows that it runs programs."""
        (outcome,) = await self.sandbox.run(job_of(Program("import sys; print(sys.version.split()[0])")))
        if outcome.verdict is not None:
            raise SandboxError(f"the sandbox does not run programs: {outcome.verdict} {outcome.failure}")
        self.python = outcome.answer.decode().strip()

    def _routes(self) -> list[Route]:
        look = [("/health", self._health), ("/ready", self._ready), ("/metrics", self._metrics),
                ("/api/v2/runtimes", self._runtimes), ("/ping", self._health), ("/v1/ping", self._health)]  # fmt: skip
        return [
            *(Route(each.path, self, methods=["POST"]) for each in ENDPOINTS),  # any other method is a 405
            *(Route(path, handler, methods=["GET"]) for path, handler in look),
        ]

    async def _health(self, request: Request) -> Response:
        return json_response(200, {"status": "ok", "name": self.name, "python": self.python})

    async def _ready(self, request: Request) -> Response:
        full = self.gate.queue.waiting >= self.settings.max_waiting
        why = "draining" if self.draining else "full" if full else ""
        return json_response(503, {"status": why}) if why else json_response(200, {"status": "ready"})

    async def _metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(self._gauges()), media_type=metrics.CONTENT_TYPE)

    async def _runtimes(self, request: Request) -> Response:
        return json_response(200, piston.runtimes(self.python))

    def _gauges(self) -> dict[str, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "lbt_queue_waiting": self.gate.queue.waiting,
            "lbt_queue_running": self.gate.queue.running,
            "lbt_request_bytes": self.gate.bodies.used,
            "lbt_worker_starts_total": self.sandbox.pool.started,
            "lbt_workers": self.sandbox.workers,
            "lbt_draining": int(self.draining),
            "process_resident_memory_bytes": resident_bytes(),
            "process_cpu_seconds_total": used.ru_utime + used.ru_stime,
        }


def resident_bytes() -> int:
    """Memory of this process at the moment."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()
