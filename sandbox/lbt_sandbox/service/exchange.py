"""A request and its answer: what every one goes through, whatever it asks.

    await Exchange(service, endpoint, scope).answer(receive, send)

A caller, a body of bounded size that arrives in bounded time, a place in the counts, a line in the log without code or
inputs. What goes wrong is said in the protocol's own shape. This runs beside every program, so that it counts how much
there is of it: no wrapper of Starlette's, one timer for the body, ASGI's messages as they come.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - uvicorn runs on it alone, and anyio's time-outs cost three times as much
import contextlib
import json
import re
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lbt_sandbox.service.endpoints import Context, Endpoint, Reply, failure_body
from lbt_sandbox.service.grader import Grader
from lbt_sandbox.service.refusals import NoVerdict, Refused

if TYPE_CHECKING:
    from lbt_sandbox.service.app import Service

MOST_CONTAINERS = 1_000_000
"""Lists and objects in a body: an empty one takes twenty times its text in memory."""
DRAINED_BODIES = 8
"""Largest bodies' worth of bytes that are still taken from a client that is refused while it sends."""
SILENCE = 0.5
"""Seconds without a byte after which a refused client is taken to wait for the reply."""
_ID = re.compile(r"[\w.:/+=@-]{1,128}")


def json_response(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A reply in JSON."""
    return Response(to_json(content), status, headers, "application/json")


class Exchange:
    """A request and its answer."""

    def __init__(self, service: Service, endpoint: Endpoint, scope: Scope) -> None:
        self.service, self.endpoint, self.scope = service, endpoint, scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.began = time.monotonic()
        self.held = self.size = 0
        self.is_whole = False
        self.tenant = ""
        self.status = 0
        self.why = ""
        self.grader: Grader | None = None
        given = self._header(b"x-request-id")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex

    def _header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    async def answer(self, receive: Receive, send: Send) -> None:
        """Answer it, whatever happens."""
        try:
            reply = await self._reply(receive)
            if isinstance(reply, AsyncIterator):
                await self._stream(reply, send)
            else:
                self._let_go()
                self.status = 200
                response = json_response(self.status, reply, {"x-request-id": self.id})
                await response(self.scope, receive, send)
        except ClientDisconnect:
            self.status = 499
        except Exception as error:
            self._let_go()
            response = self._said(error)
            if self.status == 0:
                self.status = response.status_code
                await self._drain(receive)
                await response(self.scope, receive, send)
        finally:
            self._let_go()
            self._record()

    async def _reply(self, receive: Receive) -> Reply:
        service = self.service
        self.tenant = service.tenants.of(self._header(b"authorization"))
        service.tenants.charge(self.tenant, 1, time.monotonic())
        body = await self._body(receive)
        self.grader = Grader(service.sandbox, service.gate, service.metrics, self.tenant, service.most_memory)
        context = Context(self.grader, service.problems, self._charge, service.name, service.python)
        return await self.endpoint.answer(body, context)

    def _charge(self, count: int) -> None:
        if count > 0:
            self.service.tenants.charge(self.tenant, count, time.monotonic())

    async def _body(self, receive: Receive) -> bytes:
        settings = self.service.settings
        self._hold(int(self.headers.get(b"content-length", 0)), settings.body_bytes)
        try:
            async with asyncio.timeout(settings.body_timeout):
                body = await self._whole_body(receive, settings.body_bytes)
        except TimeoutError:
            raise Refused(408, f"body: it did not arrive within {settings.body_timeout:.0f} s", "body") from None
        if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
            raise Refused(413, f"body: at most {MOST_CONTAINERS} lists and objects", "body")
        return body

    async def _whole_body(self, receive: Receive, most: int) -> bytes:
        chunks: list[bytes] = []
        size, is_open = 0, True
        while is_open:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            self._hold(size, most)
            chunks.append(chunk)
            is_open = message.get("more_body", False)
        self.is_whole = True
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _drain(self, receive: Receive) -> None:
        """Read and drop what is still on its way.

        A reply on top of unread bytes resets the connection, and clients that send before they read never see why.
        """
        if self.is_whole or b"expect" in self.headers:
            return
        settings = self.service.settings
        left, end = DRAINED_BODIES * settings.body_bytes, time.monotonic() + settings.body_timeout
        with contextlib.suppress(TimeoutError):
            while left > 0 and time.monotonic() < end:
                async with asyncio.timeout(SILENCE):
                    message = await receive()
                if not message.get("more_body", False):
                    return
                left -= len(message["body"])

    def _hold(self, size: int, most: int) -> None:
        """Take room for a body of so many bytes, before it is here."""
        if size > most:
            raise Refused(413, f"body: at most {most} bytes, found {size}", "body")
        more = size - self.held
        if more > 0:
            if not self.service.gate.bodies.take(more):
                self.service.metrics.add("lbt_no_verdict_total", reason="overload")
                raise NoVerdict("the requests under way hold all the room", "overload")
            self.held += more
            self.size = size

    def _let_go(self) -> None:
        """Give the body's room back: before the reply is sent, so that who has it finds the room free."""
        self.service.gate.bodies.give_back(self.held)
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
        return json_response(self.endpoint.failure, failure_body(error.message), headers)

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
        return json_response(status, self.endpoint.refusal(error), headers)

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
