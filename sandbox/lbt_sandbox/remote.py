"""A grader that runs elsewhere, with the methods of `Sandbox`.

    async with RemoteSandbox("http://any:TOKEN@grader:8080") as sandbox:
        report = await sandbox.grade(problem, "def add(a, b): return a + b")

    with blocking_sandbox(server="http://grader:8080") as sandbox: ...      # the same without async
    async with open_sandbox(server=address_or_none) as sandbox: ...         # here or there by one argument

Needs `pip install 'lbt-sandbox[client]'`. What the service cannot answer for a while (429, 503, 504, a connection that
breaks: a replica has ended) is sent again; a submission may run twice, which changes nothing. What is never answered is
an `InternalError`, as it is in process: no failure becomes a verdict.
"""

from __future__ import annotations

import os
import random
from typing import Any
from weakref import WeakKeyDictionary

import anyio
import httpx
from pydantic_core import from_json, to_json

from lbt_sandbox.grade import judge
from lbt_sandbox.grader_methods import GraderMethods
from lbt_sandbox.service import wire
from lbt_sandbox.types import (
    InternalError,
    Job,
    Outcome,
    Problem,
    ProblemError,
    Report,
    SandboxError,
    SandboxUnavailable,
)

TOKEN_VARIABLE = "LBT_SERVER_TOKEN"
CONNECTIONS = 32
AGAIN = frozenset({429, 502, 503, 504})
ATTEMPTS = 8
LONGEST_PAUSE = 10.0
ANSWER_SECONDS = 600.0


class RemoteSandbox(GraderMethods):
    """A client of `lbt-sandbox grade-server`.

    Args:
        server: Its address, such as `http://grader:8080`; a token may stand in it as `http://any:TOKEN@grader:8080`.
        workers: Submissions under way at a time.
        token: Of a tenant; by default that of the environment variable LBT_SERVER_TOKEN.
        attempts: How often a submission is sent before it is an `InternalError`.
    """

    def __init__(
        self, server: str, workers: int = CONNECTIONS, token: str | None = None, attempts: int = ATTEMPTS
    ) -> None:
        address = httpx.URL(server if "://" in server else f"http://{server}")
        if address.scheme not in ("http", "https") or not address.host:
            raise SandboxError(f"the address of a service was needed, such as http://localhost:8080; found {server!r}")
        self.workers, self.attempts = workers, attempts
        self.shown = str(address.copy_with(username=None, password=None)).rstrip("/")
        token = token or os.environ.get(TOKEN_VARIABLE)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers, keepalive_expiry=300)
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=10, pool=None)
        self._client = httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=timeout)
        self._places = anyio.Semaphore(workers)

    async def __aenter__(self) -> RemoteSandbox:
        """Raises `SandboxUnavailable` where no service answers."""
        await self._look()
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def _close(self) -> None:
        await self._client.aclose()

    async def _look(self) -> None:
        try:
            answer = await self._client.get("/health")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            await self._client.aclose()
            raise SandboxUnavailable(
                f"no grading service answers at {self.shown} ({type(error).__name__}: {error}). "
                "Start one: lbt-sandbox grade-server"
            ) from None
        if answer.status_code != 200:
            await self._client.aclose()
            raise SandboxUnavailable(f"{self.shown}/health says {answer.status_code}: no grading service is there")

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """As `Sandbox.grade`.

        Raises:
            ProblemError: The problem cannot be graded, whatever the program.
            InternalError: No verdict came, however often it was asked for.
        """
        if len(code) > problem.limits.source or (isinstance(code, str) and not _is_text(code)):
            return await judge(problem, code, self.run)  # which says so without running or sending anything
        program = {"program": code} if isinstance(code, str) else {"program_base64": wire.packed(code)}
        rest = to_json({**program, "detail": "full"})
        return wire.report_of(await self._ask("/v1/grade", b'{"problem":%b,%b' % (_row_of(problem), rest[1:])))

    async def run(self, job: Job) -> list[Outcome]:
        """As `Sandbox.run`."""
        answer = await self._ask("/v1/run", to_json({"job": wire.job_row(job)}))
        return [wire.outcome_of(row) for row in answer["outcomes"]]

    async def _ask(self, path: str, content: bytes) -> Any:
        reason = ""
        for attempt in range(self.attempts):
            try:
                async with self._places:
                    answer = await self._client.post(path, content=content)
            except httpx.HTTPError as error:
                reason, pause = f"{type(error).__name__}: {error}", 0.0
            else:
                if answer.status_code == 200:
                    return from_json(answer.content)
                reason, pause = f"{answer.status_code}: {_detail(answer)}", _retry_after(answer)
                if answer.status_code not in AGAIN:
                    raise self._refused(answer.status_code, reason)
            if attempt + 1 < self.attempts:
                await anyio.sleep(max(pause, min(LONGEST_PAUSE, 0.2 * 2**attempt)) * random.uniform(0.8, 1.2))
        raise InternalError(f"no verdict from {self.shown} after {self.attempts} attempts: {reason}")

    def _refused(self, status: int, reason: str) -> SandboxError:
        if status == 422:
            return ProblemError(reason)
        return SandboxError(f"{self.shown} refuses: {reason}")


_rows: WeakKeyDictionary[Problem, bytes] = WeakKeyDictionary()


def _row_of(problem: Problem) -> bytes:
    """The problem as it is sent, kept for its next program."""
    if problem not in _rows:
        _rows[problem] = to_json(wire.problem_row(problem))
    return _rows[problem]


def _is_text(code: str) -> bool:
    try:
        code.encode()
    except UnicodeEncodeError:
        return False
    return True


def _detail(answer: httpx.Response) -> str:
    try:
        return str(from_json(answer.content)["detail"])[:1000]
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(60.0, float(answer.headers.get("retry-after", 0)))
    except ValueError:
        return 0.0
