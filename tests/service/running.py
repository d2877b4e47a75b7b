"""A real service for tests: a socket, uvicorn in a thread of its own, and a sandbox with the process engine.

with serving(max_waiting=1) as service:
    status, reply = service.post("/v1/run", {"program": "print(1)"})
"""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from lbt_sandbox import Sandbox
from lbt_sandbox.service.app import Service
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.server import DrainingServer, config_of
from lbt_sandbox.service.settings import Settings
from lbt_sandbox.service.tenants import Tenants

ADD = {
    "task_id": "add",
    "entry_point": "add",
    "tests": [{"args": [1, 2], "expected": 3}, {"args": [3, 4], "expected": 7}],
}
GOOD, BAD = "def add(a, b): return a + b", "def add(a, b): return a - b"


@dataclass
class Running:
    """A service and how to ask it."""

    url: str
    service: Service
    lines: list[str] = field(default_factory=list[str])
    """Its log."""

    def line(self, request_id: str) -> dict[str, Any]:
        """The log's line of a request: it is written once the reply has been sent, whose reader may be faster."""
        mark = json.dumps(request_id)
        assert eventually(lambda: any(mark in line for line in self.lines)), self.lines
        return json.loads(next(line for line in self.lines if mark in line))

    def send(
        self, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of the reply."""
        request = urllib.request.Request(self.url + path, body, dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read(), _lower(reply.headers.items())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), _lower(error.headers.items())

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON of the reply."""
        status, reply, _ = self.send(path, json.dumps(body).encode())
        return status, json.loads(reply)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of the reply."""
        status, reply, _ = self.send(path, None)
        return status, reply.decode()


def eventually(holds: Callable[[], bool], patience: float = 30) -> bool:
    """Whether something that another thread does comes true within seconds."""
    until = time.monotonic() + patience
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


@contextmanager
def serving(
    problems: Problems | None = None,
    tenants: Tenants | None = None,
    sandbox: Callable[[], Sandbox] = lambda: Sandbox("process", workers=1),
    **settings: Any,
) -> Generator[Running]:
    """A service until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = _Thread(Settings(drain_delay=0, **settings), problems, tenants, sandbox, listener)
        found.thread.start()
        found.ready.wait()
        try:
            if found.error is not None:
                raise found.error
            assert found.service is not None
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", found.service, found.lines)
        finally:
            if found.server is not None:
                found.server.should_exit = True
            found.thread.join()


class _Thread:
    def __init__(
        self, settings: Settings, problems: Problems | None, tenants: Tenants | None, sandbox: Callable[[], Sandbox],
        listener: socket.socket,
    ) -> None:  # fmt: skip
        self.settings, self.problems, self.tenants, self.sandbox = settings, problems, tenants, sandbox
        self.listener = listener
        self.lines: list[str] = []
        self.ready = threading.Event()
        self.service: Service | None = None
        self.server: DrainingServer | None = None
        self.error: Exception | None = None
        self.thread = threading.Thread(target=anyio.run, args=(self._run,), daemon=True)

    async def _run(self) -> None:
        try:
            async with self.sandbox() as sandbox:
                service = Service(self.settings, sandbox, self.problems, self.tenants, self.lines.append)
                await service.warm_up()
                self.server = DrainingServer(config_of(self.settings, service), service)
                self.service = service
                self.ready.set()  # the socket listens already
                await self.server.serve([self.listener])
        except Exception as error:
            self.error = error
        finally:
            self.ready.set()
