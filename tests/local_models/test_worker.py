"""The worker thread with a scripted backend: what fails whom, what is dropped, when it ends; on asyncio and trio."""

import logging
import threading
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any
from weakref import WeakSet

import anyio
import pytest
from anyio.abc import TaskGroup

from lbt_solvers.local_models import _pool
from lbt_solvers.local_models._requests import (
    Answer,
    BatchRow,
    Completion,
    LocalModelError,
    Prompt,
    Reading,
    Request,
    Sampling,
    TokenScore,
)
from lbt_solvers.local_models._worker import Worker

pytestmark = pytest.mark.anyio


class ScriptedBackend:
    """Echoes prompts in one step, `slow` in three. `gate` holds up every step; a batch with the prompt `bad` fails,
    `too big` needs a batch of one."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.rows: dict[BatchRow, int] = {}
        self.batches: list[list[str]] = []
        """The texts of each step's rows."""
        self.reads: list[list[str]] = []
        """The texts of each pass that only reads."""
        self.waited: list[list[str]] = []
        """What was waiting each time that rows joined."""
        self.closed = False

    def encode(self, request: Request) -> int:
        text = request.prompt.turns[0][1]
        if text == "unreadable":
            raise ValueError("cannot read this")
        request.prompt_ids = [ord(char) for char in text]
        return 0 if text == "too long" else request.sampling.max_tokens

    def join(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> None:
        self.waited.append([text_of(row) for row in waiting])
        self.rows |= {row: 3 if text_of(row) == "slow" else 1 for row in rows}

    def read(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> list[Answer]:
        self.reads.append([text_of(row) for row in rows])
        if "bad" in self.reads[-1]:
            raise RuntimeError("kaboom")
        if "too big" in self.reads[-1] and len(rows) > 1:
            raise MemoryError
        return [Answer(1, (Completion("", 0, "max_tokens"),), (TokenScore(text_of(row), -1.0),)) for row in rows]

    def step(self) -> list[tuple[BatchRow, Completion | None]]:
        texts = [text_of(row) for row in self.rows]
        self.batches.append(texts)
        self.started.set()
        assert self.gate.wait(30)
        if "bad" in texts:
            raise RuntimeError("kaboom")
        if "too big" in texts and len(texts) > 1:
            raise MemoryError
        if "fatal" in texts:
            raise SystemExit
        self.rows = {row: steps - 1 for row, steps in self.rows.items()}
        ended = [row for row, steps in self.rows.items() if not steps or row.request.settled]
        for row in ended:
            del self.rows[row]
        return [
            (row, None if row.request.settled else Completion(f"{text_of(row)} {row.choice}", 1, "stop"))
            for row in ended
        ]

    def clear(self) -> None:
        self.rows.clear()

    def ran_out_of_memory(self, error: Exception) -> bool:
        return isinstance(error, MemoryError)

    def close(self) -> None:
        self.closed = True


def text_of(row: BatchRow) -> str:
    return row.request.prompt.turns[0][1]


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@pytest.fixture
def worker(backend: ScriptedBackend) -> Generator[Worker]:
    worker = Worker("hf-batch/scripted", lambda: backend)
    yield worker
    backend.gate.set()
    worker.close()
    worker.join(30)
    assert worker.ended


async def ask(worker: Worker, text: str, choices: int = 1, max_tokens: int = 5) -> Answer:
    request = Request(Prompt((("user", text),)), Sampling(max_tokens), choices)
    worker.submit(request)
    return await request.answer()


async def replies(worker: Worker, text: str, choices: int = 1) -> list[str]:
    return [completion.text for completion in (await ask(worker, text, choices)).completions]


async def hold(worker: Worker, backend: ScriptedBackend, group: TaskGroup) -> None:
    """Have the worker busy with the batch `first`, so that what is asked now waits."""
    backend.gate.clear()
    group.start_soon(ask, worker, "first")
    await anyio.to_thread.run_sync(backend.started.wait, 30)


Call = Callable[[], Coroutine[Any, Any, object]]


def collect(into: dict[str, object], key: str, call: Call) -> Call:
    async def collected() -> None:
        try:
            into[key] = await call()
        except LocalModelError as error:
            into[key] = str(error)

    return collected


async def test_choices_come_back_in_order_with_the_prompt_counted_once(worker: Worker) -> None:
    answer = await ask(worker, "four", choices=3)
    assert [completion.text for completion in answer.completions] == ["four 0", "four 1", "four 2"]
    assert answer.input_tokens == 4


async def test_what_waits_becomes_one_batch(worker: Worker, backend: ScriptedBackend) -> None:
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        for number in range(8):
            group.start_soon(ask, worker, str(number), 2)
        await anyio.wait_all_tasks_blocked()
        backend.gate.set()
    assert [len(batch) for batch in backend.batches] == [1, 16]


async def test_choices_of_one_request_may_be_spread_over_batches(worker: Worker, backend: ScriptedBackend) -> None:
    worker.limit_batch_size(4)
    assert await replies(worker, "x", choices=10) == [f"x {choice}" for choice in range(10)]
    assert [len(batch) for batch in backend.batches] == [4, 4, 2]


async def test_the_smallest_limit_holds(worker: Worker, backend: ScriptedBackend) -> None:
    worker.limit_batch_size(3)
    worker.limit_batch_size(9)
    await ask(worker, "x", choices=6)
    assert [len(batch) for batch in backend.batches] == [3, 3]


async def read(worker: Worker, text: str) -> str:
    request = Request(Prompt((("user", text),)), Sampling(1), reading=Reading(top=1))
    worker.submit(request)
    return (await request.answer()).prompt_scores[0].token


async def test_prompts_are_read_beside_rows_that_write_and_fail_without_them(
    worker: Worker, backend: ScriptedBackend
) -> None:
    seen: dict[str, object] = {}
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        for text in ("a", "b", "too big"):
            group.start_soon(collect(seen, text, lambda t=text: read(worker, t)))
        group.start_soon(collect(seen, "slow", lambda: replies(worker, "slow")))
        await anyio.wait_all_tasks_blocked()
        backend.gate.set()
    assert seen == {"a": "a", "b": "b", "too big": "too big", "slow": ["slow 0"]}
    assert [len(batch) for batch in backend.reads] == [3, 1, 1, 1]  # out of memory once, then in smaller batches
    backend.started.clear()
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        for text in ("bad", "good"):
            group.start_soon(collect(seen, text, lambda t=text: read(worker, t)))
            await anyio.wait_all_tasks_blocked()
        group.start_soon(collect(seen, "slow", lambda: replies(worker, "slow")))
        await anyio.wait_all_tasks_blocked()
        backend.gate.set()
    assert seen["bad"] == "hf-batch/scripted: 1 prompts could not be read: RuntimeError: kaboom"
    assert (seen["good"], seen["slow"]) == ("good", ["slow 0"])


async def test_an_error_reaches_the_requests_of_its_batch_and_no_others(
    worker: Worker, backend: ScriptedBackend
) -> None:
    seen: dict[str, object] = {}
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        for text, choices in (("good", 4), ("bad", 2), ("badly", 2)):
            group.start_soon(collect(seen, text, lambda t=text, c=choices: ask(worker, t, c)))
            await anyio.wait_all_tasks_blocked()
        worker.limit_batch_size(4)
        backend.gate.set()
    failed = "hf-batch/scripted: a batch of 4 rows failed: RuntimeError: kaboom"
    assert seen["bad"] == seen["badly"] == failed
    assert isinstance(seen["good"], Answer)
    assert await replies(worker, "after") == ["after 0"]


async def test_a_row_joins_while_others_run(worker: Worker, backend: ScriptedBackend) -> None:
    worker.limit_batch_size(2)
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        for text in ("slow", "z", "a"):
            group.start_soon(ask, worker, text)
            await anyio.wait_all_tasks_blocked()
        backend.gate.set()
    assert [sorted(batch) for batch in backend.batches[1:]] == [["slow", "z"], ["a", "slow"], ["slow"]]
    assert backend.waited[1:] == [["a"], []]  # What waits is told, for the beginnings that it shares.


async def test_the_cause_of_an_error_is_kept(worker: Worker) -> None:
    with pytest.raises(LocalModelError) as error:
        await ask(worker, "bad")
    assert isinstance(error.value.__cause__, RuntimeError)


async def test_a_prompt_that_cannot_be_encoded_fails_alone(worker: Worker) -> None:
    with pytest.raises(LocalModelError, match="hf-batch/scripted: the prompt could not be encoded: ValueError: cannot"):
        await ask(worker, "unreadable")
    assert await replies(worker, "readable") == ["readable 0"]


async def test_a_prompt_that_does_not_fit_is_an_answer(worker: Worker, backend: ScriptedBackend) -> None:
    answer = await ask(worker, "too long", choices=2)
    assert answer == Answer(8, (Completion("", 0, "model_length"),) * 2)
    assert backend.batches == []


async def test_out_of_memory_halves_the_batch_and_tries_again(
    worker: Worker, backend: ScriptedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert len(await replies(worker, "too big", choices=5)) == 5
    assert [len(batch) for batch in backend.batches] == [5, 2, 1, 1, 1, 1, 1]
    assert "hf-batch/scripted: out of memory; batches have 2 rows from now on" in caplog.text


async def test_cancelled_requests_are_dropped(worker: Worker, backend: ScriptedBackend) -> None:
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as unwanted:
                unwanted.start_soon(ask, worker, "unwanted")
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        group.start_soon(ask, worker, "wanted")
        await anyio.wait_all_tasks_blocked()
        backend.gate.set()
    assert backend.batches == [["first"], ["wanted"]]


async def test_a_request_cancelled_in_its_batch_does_not_disturb_the_others(
    worker: Worker, backend: ScriptedBackend
) -> None:
    seen: dict[str, object] = {}
    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        backend.started.clear()
        cancelled = anyio.CancelScope()

        async def unwanted() -> None:
            with cancelled:
                await ask(worker, "unwanted")

        group.start_soon(unwanted)
        group.start_soon(collect(seen, "wanted", lambda: ask(worker, "wanted")))
        await anyio.wait_all_tasks_blocked()
        cancelled.cancel()
        backend.gate.set()
    assert isinstance(seen["wanted"], Answer)


async def test_a_row_that_nobody_waits_for_leaves_after_its_step(worker: Worker, backend: ScriptedBackend) -> None:
    backend.gate.clear()
    with anyio.move_on_after(0.1):
        await ask(worker, "slow")
    backend.gate.set()
    assert await replies(worker, "next") == ["next 0"]
    assert backend.batches[0] == ["slow"] and "slow" not in backend.batches[1:][0]


async def test_closing_fails_what_waits_and_what_comes_after(worker: Worker, backend: ScriptedBackend) -> None:
    seen: dict[str, object] = {}
    backend.gate.clear()
    async with anyio.create_task_group() as group:
        group.start_soon(collect(seen, "running", lambda: ask(worker, "running")))
        await anyio.to_thread.run_sync(backend.started.wait, 30)
        group.start_soon(collect(seen, "waiting", lambda: ask(worker, "waiting")))
        await anyio.wait_all_tasks_blocked()
        worker.close()
    assert seen == dict.fromkeys(("running", "waiting"), "hf-batch/scripted: the model was closed")
    with pytest.raises(LocalModelError, match="the model was closed"):
        await ask(worker, "late")


async def test_a_model_that_cannot_be_loaded_fails_every_request() -> None:
    def load() -> ScriptedBackend:
        raise OSError("no weights\nhere")

    worker = Worker("hf-batch/broken", load)
    for _ in range(2):
        with pytest.raises(LocalModelError, match="^hf-batch/broken: could not be loaded: OSError: no weights here$"):
            await ask(worker, "x")
    worker.join(30)
    assert worker.ended


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_nobody_is_left_waiting_when_the_thread_dies(worker: Worker) -> None:
    with pytest.raises(LocalModelError, match="hf-batch/scripted: SystemExit"):
        await ask(worker, "fatal")


async def test_requests_of_different_event_loops_share_a_batch(worker: Worker, backend: ScriptedBackend) -> None:
    arrived = threading.Semaphore(0)
    seen: dict[str, object] = {}

    async def one() -> str:
        request = Request(Prompt((("user", "x"),)), Sampling(5))
        worker.submit(request)
        arrived.release()
        return (await request.answer()).completions[0].text

    async with anyio.create_task_group() as group:
        await hold(worker, backend, group)
        group.start_soon(collect(seen, "mine", one))
        for loop in ("asyncio", "trio"):
            run = collect(seen, loop, lambda name=loop: anyio.to_thread.run_sync(lambda: anyio.run(one, backend=name)))
            group.start_soon(run)
        for _ in range(3):
            assert await anyio.to_thread.run_sync(arrived.acquire, True, 30)
        backend.gate.set()
    assert seen == dict.fromkeys(("mine", "asyncio", "trio"), "x 0")
    assert len(backend.batches) == 2


async def test_the_last_user_ends_a_shared_worker(backend: ScriptedBackend) -> None:
    first, second = (_pool.borrow("weights", "hf-batch/shared", lambda: backend) for _ in range(2))
    assert first is second
    _pool.give_back("weights")
    assert await replies(first, "still there") == ["still there 0"]
    _pool.give_back("weights")
    with pytest.raises(LocalModelError, match="closed"):
        await ask(first, "gone")
    first.join(30)
    assert first.ended


async def test_the_end_of_the_process_waits_for_the_threads(
    backend: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pool, "_started", WeakSet())  # Other tests' models live on.
    worker = _pool.borrow("weights", "hf-batch/shared", lambda: backend)
    assert await replies(worker, "x") == ["x 0"]
    await anyio.to_thread.run_sync(_pool.end_all)
    assert worker.ended and backend.closed
    _pool.give_back("weights")
