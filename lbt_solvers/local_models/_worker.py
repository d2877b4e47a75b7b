"""One thread per loaded model: rows join its batch as others leave, and those that have ended wake their waiters.

    worker = Worker("hf-batch/./my-model", load=lambda: load_model(weights))
    worker.submit(request)      # from any thread; the weights are loaded for the first request

Knows nothing of torch: a `Backend` does the computing.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from lbt_solvers.local_models._requests import Answer, BatchRow, Completion, LocalModelError, Request, wake

logger = logging.getLogger(__name__)

DEFAULT_BATCH_SIZE = 64
JOIN_SHARE = 8
"""While others run and more wait, rows join when this part of the batch, an eighth, is free."""


class Backend(Protocol):
    """A loaded model, as the worker sees it."""

    def encode(self, request: Request) -> int:
        """Fill in the tokens of the prompt; returns how many may be generated, 0 where the prompt does not fit."""
        ...

    def join(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> None:
        """Add rows to the batch; `waiting` come later."""
        ...

    def read(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> list[Answer]:
        """What was to be read, of each row; none of them joins the batch."""
        ...

    def step(self) -> list[tuple[BatchRow, Completion | None]]:
        """A token for every row; returns those that left: with their completion, or `None` if nobody waits for it."""
        ...

    def ran_out_of_memory(self, error: Exception) -> bool:
        """Whether a smaller batch may succeed."""
        ...

    def clear(self) -> None:
        """Drop all rows, and free what they held."""
        ...

    def close(self) -> None:
        """Free the weights."""
        ...


class Worker:
    """The thread of one model. The row that has waited longest is always the next to join."""

    def __init__(self, name: str, load: Callable[[], Backend]) -> None:
        self.name = name
        self._load = load
        self._batch_size: int | None = None
        self._inbox: list[Request] = []
        self._open: set[Request] = set()
        self._waiting: list[BatchRow] = []
        self._running: list[BatchRow] = []
        self._closed = ""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def batch_size(self) -> int:
        """Rows that a batch may have."""
        return self._batch_size or DEFAULT_BATCH_SIZE

    def limit_batch_size(self, rows: int) -> None:
        """Allow so many rows at most; of several limits the smallest holds."""
        self._batch_size = min(rows, self._batch_size or rows)

    def submit(self, request: Request) -> None:
        """Queue a request. From any thread; returns at once.

        Raises:
            LocalModelError: the model could not be loaded, or the worker was closed.
        """
        with self._changed:
            if self._closed:
                raise LocalModelError(self._closed)
            self._inbox.append(request)
            self._open.add(request)
            self._changed.notify()

    def close(self, reason: str = "the model was closed") -> None:
        """Fail whatever waits and end the thread; a running batch stops at its next token. Does not wait for that."""
        with self._changed:
            self._closed = self._closed or f"{self.name}: {reason}"
            left, self._open = self._open, set()
            self._changed.notify()
        self._fail(left, self._closed)

    @property
    def waiting(self) -> int:
        """Requests that have been submitted and not yet settled."""
        with self._changed:
            return sum(not request.settled for request in self._open)

    @property
    def ended(self) -> bool:
        """The thread is gone, and with it the weights."""
        return not self._thread.is_alive()

    def join(self, timeout: float) -> None:
        """Wait for the end of the thread, at most `timeout` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # Whatever ends this thread, nobody may be left waiting.
            self.close(describe(error))
            if not isinstance(error, Exception):
                raise

    def _work(self) -> None:
        if arrived := self._take_in():
            with contextlib.closing(self._loaded()) as backend:
                while arrived is not None:
                    self._queue(backend, arrived)
                    self._advance(backend)
                    arrived = self._take_in()

    def _loaded(self) -> Backend:
        try:
            return self._load()
        except Exception as error:
            raise LocalModelError(f"could not be loaded: {describe(error)}") from error

    def _take_in(self) -> list[Request] | None:
        """What has arrived since; waits while there is nothing to do; `None` once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._inbox or self._waiting or self._running)
            arrived, self._inbox = self._inbox, []
            self._open = {request for request in self._open if not request.settled}
        self._waiting = [row for row in self._waiting if not row.request.settled]
        return None if self._closed else arrived

    def _queue(self, backend: Backend, arrived: Sequence[Request]) -> None:
        for request in arrived:
            if request.settled:
                continue
            try:
                limit = backend.encode(request)
            except Exception as error:
                self._fail([request], f"{self.name}: the prompt could not be encoded: {describe(error)}", error)
                continue
            if limit:
                self._waiting += [BatchRow(request, choice, limit) for choice in range(request.choices)]
            else:
                too_long = Completion(text="", tokens=0, stop_reason="model_length")
                request.settle(Answer(len(request.prompt_ids), (too_long,) * request.choices))
        wake(arrived)

    def _advance(self, backend: Backend) -> None:
        self._read(backend)
        writing = [row for row in self._waiting if not row.request.reading]
        joining = rows_to_join(writing, len(self._running), self.batch_size)
        self._waiting = [row for row in self._waiting if row not in set(joining)]
        self._running += joining
        if not self._running:
            return
        try:
            if joining:
                backend.join(joining, self._waiting)
            left = backend.step()
        except Exception as error:
            self._recover(backend, error)
            return
        for row, completion in left:
            if completion is not None:
                row.request.complete(row.choice, completion)
        self._running = [row for row in self._running if row not in {row for row, _ in left}]
        wake({row.request for row, _ in left})

    def _read(self, backend: Backend) -> None:
        """One pass for those that write nothing, between two steps of the others."""
        reading = [row for row in self._waiting if row.request.reading]
        rows = rows_to_join(reading, 0, self.batch_size)
        if not rows:
            return
        self._waiting = [row for row in self._waiting if row not in set(rows)]
        try:
            answers = backend.read(rows, self._waiting)
        except Exception as error:
            if backend.ran_out_of_memory(error):
                self._running = rows + self._running
                self._recover(backend, error)
            else:  # those that write hold nothing of it
                message = f"{self.name}: {len(rows)} prompts could not be read: {describe(error)}"
                self._fail({row.request for row in rows}, message, error)
            return
        for row, answer in zip(rows, answers, strict=True):
            row.request.settle(answer)
        wake({row.request for row in rows})

    def _recover(self, backend: Backend, error: Exception) -> None:
        """Out of memory: all rows start anew, in smaller batches. Otherwise they have failed."""
        batch, self._running = self._running, []
        if len(batch) > 1 and backend.ran_out_of_memory(error):
            self._waiting = batch + self._waiting
            self.limit_batch_size(len(batch) // 2)
            logger.warning(
                "%s: out of memory; batches have %d rows from now on (-M batch_size)", self.name, self.batch_size
            )
        else:
            message = f"{self.name}: a batch of {len(batch)} rows failed: {describe(error)}"
            self._fail({row.request for row in batch}, message, error)
        backend.clear()

    def _fail(self, requests: Iterable[Request], message: str, cause: Exception | None = None) -> None:
        requests = list(requests)
        for request in requests:
            error = LocalModelError(message)
            error.__cause__ = cause
            request.settle(error)
        wake(requests)


def rows_to_join(waiting: Sequence[BatchRow], running: int, size: int) -> list[BatchRow]:
    """The rows that join now: the one that has waited longest, and those whose prompts begin most like its own.

    Args:
        waiting: rows, oldest first.
        running: rows of the batch.
        size: rows of the batch at most.
    """
    free = size - running
    # Prompts are read one pass at a time, in which the others stand still: not for each row that leaves.
    enough = -(-size // JOIN_SHARE) if running else 1
    if not waiting or free < max(1, min(len(waiting), enough)):
        return []
    ordered = sorted(waiting, key=lambda row: row.request.prompt_key)
    start = max(0, min(ordered.index(waiting[0]), len(ordered) - free))
    return ordered[start : start + free]


def describe(error: BaseException) -> str:
    """Type and message of an error, on one line."""
    message = " ".join(str(getattr(error, "message", error)).split())
    return message if isinstance(error, LocalModelError) else f"{type(error).__name__}: {message}".removesuffix(": ")
