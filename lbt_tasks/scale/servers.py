"""OpenAI-compatible servers behind one model: which of them is asked, how often, and when the run gives up.

    async with Servers({"": ("http://gpu1:8000/v1", "http://gpu2:8000/v1")}, Patience()) as servers:
        reply = await servers.post("llama", b'{"model": "llama", "messages": [...]}', session="p1/3")

All calls of one session (a rationale, whose exams share their prompt's beginning) go to one server, so that it finds
the beginning in its prefix cache: by hash of the session among several addresses, and by the header `x-session-id`
behind a router that reads it.
"""

import json
import logging
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple

import aiohttp
import anyio
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from lbt_solvers.errors import UsageError

SESSION_HEADER = "x-session-id"
WARN_EVERY = 60.0
"""Seconds between two lines about one server's failures."""
_logger = logging.getLogger(__name__)
_AGAIN = frozenset({408, 409, 425, 429})
"""And every 5xx."""
_NO_USE = {401: "the key is refused", 403: "the key is refused", 404: "no such model or path"}
"""What no other call of the run would be spared."""


class ServerReply(NamedTuple):
    """A reply of a server."""

    found: dict[str, Any]
    data: bytes
    """The same, as it was sent."""


class RefusedError(Exception):
    """A server did not take the request; another one may be taken."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status_code = status


class LostError(Exception):
    """No reply came, and none may come."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait
        """Seconds that the server asked for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run bears with its servers."""

    attempts: int = 8
    """Of one call, before its reply is given up."""
    max_errors: float = 0.05
    """Share of calls without a reply past which the run stops."""
    least_errors: int = 10
    """So few stop nothing."""
    first_wait: float = 1.0
    """Seconds before the second attempt; doubled with each, up to a minute, and spread at random."""
    timeout: float = 600.0
    """Seconds until a reply counts as lost."""


@dataclass(slots=True)
class Counts:
    """What was asked so far."""

    calls: int = 0
    retries: int = 0
    failed: int = 0
    last_failure: str = ""

    def add(self, other: "Counts") -> None:
        """What another process asked, too."""
        self.calls, self.retries = self.calls + other.calls, self.retries + other.retries
        self.failed, self.last_failure = self.failed + other.failed, other.last_failure or self.last_failure

    def clear(self) -> None:
        """From here on anew."""
        self.calls = self.retries = self.failed = 0


@dataclass(slots=True)
class Servers:
    """The servers of a run, and one pool of connections to them."""

    urls: Mapping[str, Sequence[str]]
    """By model; under the empty name those of every other one."""
    patience: Patience = field(default_factory=Patience)
    connections: int = 64
    """Requests under way at once."""
    counts: Counts = field(default_factory=Counts)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _room: anyio.Semaphore | None = field(default=None, init=False)
    _warned_at: dict[str, float] = field(default_factory=dict[str, float], init=False)

    async def __aenter__(self) -> "Servers":
        key = os.environ.get("OPENAI_API_KEY")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self.patience.timeout),
            headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {}),
        )
        self._room = anyio.Semaphore(self.connections, fast_acquire=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    def url(self, model: str, session: str) -> str:
        """Which server a session asks: the same in every process."""
        urls = self.urls.get(model) or self.urls[""]
        return urls[int.from_bytes(blake2b(session.encode(), digest_size=4).digest()) % len(urls)]

    async def post(self, model: str, body: bytes, session: str) -> ServerReply:
        """The server's reply, asked for again where none came.

        Raises:
            RefusedError: the request is not taken.
            LostError: no reply after all attempts.
            UsageError: so many calls had no reply that the run makes no sense, or none ever will.
        """
        assert self._room is not None
        url = self.url(model, session) + "/chat/completions"
        self.counts.calls += 1
        async with self._room:
            try:
                return await self._once(url, body, session)
            except LostError as lost:
                return await self._again(url, body, session, lost)

    async def _again(self, url: str, body: bytes, session: str, lost: LostError) -> ServerReply:
        left = self.patience.attempts - 1
        self._warn(url, lost)
        try:
            await anyio.sleep(max(lost.wait, self.patience.first_wait * (0.5 + random.random())) if left else 0)
            async for attempt in self._attempts(left):
                with attempt:
                    self.counts.retries += 1
                    return await self._once(url, body, session)
            raise lost
        except LostError as last:
            self._failed(last)
            raise

    def _warn(self, url: str, lost: LostError) -> None:
        """Once a minute for each server, lest somebody waits without knowing what for."""
        now = anyio.current_time()
        if now - self._warned_at.get(url, -WARN_EVERY) >= WARN_EVERY:
            self._warned_at[url] = now
            _logger.warning("%s. Such calls are made up to %d times.", lost, self.patience.attempts)

    def _attempts(self, count: int) -> Any:
        backoff = wait_exponential_jitter(2 * self.patience.first_wait, max=60, jitter=self.patience.first_wait)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(backoff(state), error.wait if isinstance(error, LostError) else 0.0)

        if not count:
            return _none()
        return AsyncRetrying(
            retry=retry_if_exception_type(LostError),
            stop=stop_after_attempt(count),
            wait=wait,
            sleep=anyio.sleep,
            reraise=True,
        )

    async def _once(self, url: str, body: bytes, session: str) -> ServerReply:
        assert self._session is not None
        try:
            async with self._session.post(url, data=body, headers={SESSION_HEADER: session}) as response:
                said = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LostError(f"{url}: {type(error).__name__} {error}".strip()) from None
        return _reply(url, response, said)

    def _failed(self, lost: LostError) -> None:
        counts, patience = self.counts, self.patience
        counts.failed, counts.last_failure = counts.failed + 1, str(lost)
        if counts.failed > max(patience.least_errors - 1, patience.max_errors * counts.calls):
            raise UsageError(
                f"{counts.failed} of {counts.calls} calls had no reply after {patience.attempts} attempts each, more "
                f"than max_errors={patience.max_errors:g} allows; the last one: {lost}. What was paid for is kept: "
                "mend the server and give the same command again."
            )


async def _none() -> Any:
    for nothing in ():
        yield nothing


def _reply(url: str, response: aiohttp.ClientResponse, said: bytes) -> ServerReply:
    status = response.status
    if status == 200:
        try:
            found: Any = json.loads(said)
        except ValueError:
            raise LostError(f"{url}: a reply that is no JSON: {said[:80]!r}") from None
        if isinstance(found, dict) and isinstance(found.get("choices"), list):
            return ServerReply(found, said)
        raise LostError(f"{url}: a reply without choices: {said[:80]!r}")
    text = " ".join(said[:300].decode(errors="replace").split())
    if status >= 500 or status in _AGAIN:
        raise LostError(f"{url} answers {status}: {text}", _seconds(response.headers.get("Retry-After", "")))
    if status in _NO_USE:
        raise UsageError(f"{url} answers {status} ({_NO_USE[status]}): {text}. Its key is read from OPENAI_API_KEY.")
    raise RefusedError(status, text)


def _seconds(told: str) -> float:
    try:
        return min(float(told), 300.0)
    except ValueError:
        return 0.0
