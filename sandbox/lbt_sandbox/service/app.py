"""The service as an ASGI application: routes, and what every request goes through.

    app = Service(settings, sandbox).app          # for uvicorn, or for a test's client

Every request has an id, a caller, a body of bounded size that arrives in bounded time, a line in the log without code
or inputs, and its place in the counts. What goes wrong is said in the protocol's own shape.
"""

from __future__ import annotations

import json
import re
import resource
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
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
from lbt_sandbox.service.endpoints import Context, Endpoint, Reply, failure_body
from lbt_sandbox.service.gate import Gate
from lbt_sandbox.service.grader import Grader
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.programs import Program, job_of
from lbt_sandbox.service.refusals import NoVerdict, Refused
from lbt_sandbox.service.settings import Settings
from lbt_sandbox.service.tenants import Tenants
from lbt_sandbox.types import MIB, SandboxError

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    endpoint
    for module in (native, sandbox_fusion, open_instruct, piston, code_judge, remote_rm)
    for endpoint in module.ENDPOINTS
)
MOST_CONTAINERS = 1_000_000
"""Lists and objects in a body: an empty one takes twenty times its text in memory."""
_ID = re.compile(r"[\w.:/+=@-]{1,128}")
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
        self.app = Starlette(routes=self._routes())

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
        graders = [Route(each.path, _Handler(self, each), methods=["POST"]) for each in ENDPOINTS]
        return [*graders, *(Route(path, handler, methods=["GET"]) for path, handler in look)]

    async def _health(self, request: Request) -> Response:
        return _json(200, {"status": "ok", "name": self.name, "python": self.python})

    async def _ready(self, request: Request) -> Response:
        full = self.gate.queue.waiting >= self.settings.max_waiting
        why = "draining" if self.draining else "full" if full else ""
        return _json(503, {"status": why}) if why else _json(200, {"status": "ready"})

    async def _metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(self._gauges()), media_type=metrics.CONTENT_TYPE)

    async def _runtimes(self, request: Request) -> Response:
        return _json(200, piston.runtimes(self.python))

    def _gauges(self) -> dict[str, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "lbt_queue_waiting": self.gate.queue.waiting,
            "lbt_queue_running": self.gate.queue.running,
            "lbt_request_bytes": self.gate.room.used,
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


def _json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(content), status, headers, "application/json")


class _Handler:
    """One route, as an ASGI application of its own: Starlette's wrappers cost as much as the rest."""

    def __init__(self, service: Service, endpoint: Endpoint) -> None:
        self.service, self.endpoint = service, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _Exchange(self.service, self.endpoint, Request(scope, receive)).answer(scope, receive, send)


class _Exchange:
    """A request and its answer."""

    def __init__(self, service: Service, endpoint: Endpoint, request: Request) -> None:
        self.service, self.endpoint, self.request = service, endpoint, request
        self.began = time.monotonic()
        self.held = self.size = 0
        self.tenant = ""
        self.status = 0
        self.why = ""
        self.grader: Grader | None = None
        given = request.headers.get("x-request-id", "")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it, whatever happens."""
        try:
            reply = await self._reply()
            if isinstance(reply, AsyncIterator):
                await self._stream(reply, send)
            else:
                self._let_go()
                self.status = 200
                response = _json(self.status, reply, {"x-request-id": self.id})
                await response(scope, receive, send)
        except ClientDisconnect:
            self.status = 499
        except Exception as error:
            self._let_go()
            response = self._said(error)
            if self.status == 0:
                self.status = response.status_code
                await response(scope, receive, send)
        finally:
            self._let_go()
            self._record()

    async def _reply(self) -> Reply:
        service = self.service
        self.tenant = service.tenants.of(self.request.headers.get("authorization"))
        service.tenants.charge(self.tenant, 1, time.monotonic())
        body = await self._body()
        self.grader = Grader(service.sandbox, service.gate, service.metrics, self.tenant, service.most_memory)
        context = Context(self.grader, service.problems, self._charge, service.name, service.python)
        return await self.endpoint.answer(body, context)

    def _charge(self, count: int) -> None:
        if count > 0:
            self.service.tenants.charge(self.tenant, count, time.monotonic())

    async def _body(self) -> bytes:
        settings = self.service.settings
        self._hold(int(self.request.headers.get("content-length") or 0), settings.body_bytes)
        chunks: list[bytes] = []
        size = 0
        try:
            with anyio.fail_after(settings.body_timeout):
                async for chunk in self.request.stream():
                    size += len(chunk)
                    self._hold(size, settings.body_bytes)
                    chunks.append(chunk)
        except TimeoutError:
            raise Refused(408, f"body: it did not arrive within {settings.body_timeout:.0f} s", "body") from None
        body = b"".join(chunks)
        if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
            raise Refused(413, f"body: at most {MOST_CONTAINERS} lists and objects", "body")
        return body

    def _hold(self, size: int, most: int) -> None:
        """Take room for a body of so many bytes, before it is here."""
        if size > most:
            raise Refused(413, f"body: at most {most} bytes, found {size}", "body")
        more = size - self.held
        if more > 0:
            if not self.service.gate.room.take(more):
                self.service.metrics.add("lbt_no_verdict_total", reason="overload")
                raise NoVerdict("the requests under way hold all the room", "overload")
            self.held += more
            self.size = size

    def _let_go(self) -> None:
        """Give the body's room back: before the reply is sent, so that who has it finds the room free."""
        self.service.gate.room.give_back(self.held)
        self.held = 0

    async def _stream(self, lines: AsyncIterator[bytes], send: Send) -> None:
        headers = [(b"content-type", b"application/x-ndjson"), (b"x-request-id", self.id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self.status = 200
        async with aclosing(lines):  # type: ignore[type-var]  # a generator
            async for line in lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _said(self, error: Exception) -> Response:
        headers = {"x-request-id": self.id}
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, Refused):
            self.why = f"{error.status} {error.field}"
            return self._refusal(error, headers)
        if not isinstance(error, NoVerdict):  # a mistake of ours, which is no verdict either
            print(f"{self.id}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self.service.metrics.add("lbt_no_verdict_total", reason="failed")
            error = NoVerdict(f"a mistake of the service: {type(error).__name__}")
        self.why = error.message
        headers["retry-after"] = str(max(1, round(error.retry_after)))
        return _json(self.endpoint.failure, failure_body(error.message), headers)

    def _refusal(self, error: Refused, headers: dict[str, str]) -> Response:
        status = error.status
        if self.endpoint.refused_as is not None and status in (400, 404, 422):
            status = self.endpoint.refused_as
        if error.retry_after is not None:
            headers["retry-after"] = str(max(1, round(error.retry_after + 0.5)))
        if status == 401:
            headers["www-authenticate"] = 'Basic realm="grader"'
        if status in (408, 413):
            headers["connection"] = "close"
        return _json(status, self.endpoint.refusal(error), headers)

    def _record(self) -> None:
        path = self.endpoint.path
        self.service.metrics.add("lbt_requests_total", route=path, status=str(self.status))
        if not self.service.settings.log:
            return
        grader = self.grader
        self.service.log(
            json.dumps(
                {
                    "time": round(time.time(), 3),
                    "id": self.id,
                    "route": path,
                    "tenant": self.tenant,
                    "status": self.status,
                    "bytes": self.size,
                    "seconds": round(time.monotonic() - self.began, 4),
                    "wait": round(grader.waited, 4) if grader else 0.0,
                    "run": round(grader.ran, 4) if grader else 0.0,
                    "verdicts": grader.verdicts[:20] if grader else [],
                    "why": self.why[:200],
                }  # fmt: skip
            )
        )
