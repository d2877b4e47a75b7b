"""One thread per loaded model: it takes what waits, forms a batch, runs it, and wakes the waiters.

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


class Backend(Protocol):
    """A loaded model, as the worker sees it."""

    shared_window: int | None
    """Longest prompt plus longest generation of a batch must fit in so many tokens; `None` where rows do not touch."""

    def encode(self, request: Request) -> int:
        """Fill in the tokens of the prompt; returns how many may be generated, 0 where the prompt does not fit."""
        ...

    def generate(self, rows: Sequence[BatchRow]) -> list[Completion]:
        """One completion per row."""
        ...

    def ran_out_of_memory(self, error: Exception) -> bool:
        """Whether a smaller batch may succeed; frees what the failed one held."""
        ...

    def close(self) -> None:
        """Free the weights."""
        ...


class Worker:
    """The thread of one model. Every batch holds the row that has waited longest."""

    def __init__(self, name: str, load: Callable[[], Backend]) -> None:
        self.name = name
        self._load = load
        self._batch_size: int | None = None
        self._inbox: list[Request] = []
        self._open: set[Request] = set()
        self._rows: list[BatchRow] = []
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
                    if self._rows:
                        self._serve(backend, next_batch(self._rows, self.batch_size, backend.shared_window))
                    arrived = self._take_in()

    def _loaded(self) -> Backend:
        try:
            return self._load()
        except Exception as error:
            raise LocalModelError(f"could not be loaded: {describe(error)}") from error

    def _take_in(self) -> list[Request] | None:
        """What has arrived since; waits while there is nothing to do; `None` once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._inbox or self._rows)
            arrived, self._inbox = self._inbox, []
            self._open = {request for request in self._open if not request.settled}
        self._rows = [row for row in self._rows if not row.request.settled]
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
                self._rows += [BatchRow(request, choice, limit) for choice in range(request.choices)]
            else:
                too_long = Completion(text="", tokens=0, stop_reason="model_length")
                request.settle(Answer(len(request.prompt_ids), (too_long,) * request.choices))
        wake(arrived)

    def _serve(self, backend: Backend, batch: Sequence[BatchRow]) -> None:
        requests = {row.request for row in batch}
        smaller = 0
        try:
            for row, completion in zip(batch, backend.generate(batch), strict=True):
                row.request.complete(row.choice, completion)
        except Exception as error:
            if len(batch) > 1 and backend.ran_out_of_memory(error):
                smaller = len(batch) // 2
            else:
                message = f"{self.name}: a batch of {len(batch)} rows failed: {describe(error)}"
                self._fail(requests, message, error)
        if smaller:
            self.limit_batch_size(smaller)
            logger.warning("%s: out of memory; batches have %d rows from now on (-M batch_size)", self.name, smaller)
            return
        served = set(batch)
        self._rows = [row for row in self._rows if row not in served]
        wake(requests)

    def _fail(self, requests: Iterable[Request], message: str, cause: Exception | None = None) -> None:
        requests = list(requests)
        for request in requests:
            error = LocalModelError(message)
            error.__cause__ = cause
            request.settle(error)
        wake(requests)


def next_batch(waiting: Sequence[BatchRow], size: int, shared_window: int | None = None) -> list[BatchRow]:
    """The rows to run next: the one that has waited longest, and those most like it in cost.

    Args:
        waiting: rows, oldest first; at least one.
        size: rows at most.
        shared_window: longest prompt plus longest generation of the batch fit in so many tokens, where given.
    """
    ordered = sorted(waiting, key=cost)
    place = ordered.index(waiting[0])
    # Whole buckets of the sorted queue, so that the remainder still consists of whole buckets.
    start = max(0, min(place - place % size, len(ordered) - size))
    batch = ordered[start : start + size]
    return batch if shared_window is None else _fitting(waiting[0], batch, shared_window)


def cost(row: BatchRow) -> tuple[int, int]:
    """What decides how long a row runs: the tokens it may generate, then those of its prompt."""
    return row.limit, len(row.request.prompt_ids)


def _fitting(oldest: BatchRow, batch: Sequence[BatchRow], window: int) -> list[BatchRow]:
    chosen = [oldest]
    longest, limit = len(oldest.request.prompt_ids), oldest.limit
    for row in batch:
        longer, higher = max(longest, len(row.request.prompt_ids)), max(limit, row.limit)
        if row is not oldest and longer + higher <= window:
            chosen.append(row)
            longest, limit = longer, higher
    return chosen


def describe(error: BaseException) -> str:
    """Type and message of an error, on one line."""
    message = " ".join(str(getattr(error, "message", error)).split())
    return message if isinstance(error, LocalModelError) else f"{type(error).__name__}: {message}".removesuffix(": ")
