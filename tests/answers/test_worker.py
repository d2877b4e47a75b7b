"""The process behind math-verify: killed, crashed, too slow, shared by threads and event loops."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

from lbt_solvers.answers import Equality, MathAnswers
from lbt_solvers.answers._worker_process import COMMAND, MathWorker, Reply, shared_worker

SLOW = "\\prod_{k=1}^{99999} k"
HANGS = "\\sum_{k=1}^{99999} k^{99999}"
PATIENCE = 60.0


@pytest.fixture
def worker() -> MathWorker:
    """The one that every test of the session shares: starting another takes seconds."""
    return shared_worker()


def test_a_comparison_that_takes_too_long_is_undecided(worker: MathWorker, caplog: pytest.LogCaptureFixture):
    worker.compare("x", "y", PATIENCE)
    found = MathAnswers(seconds=0.2, worker=worker).equal(HANGS, "7")
    assert found == Equality(False, "undecided", "no verdict within 0.2 s")
    assert "Undecided" in caplog.text
    assert worker.pid is None, "the process that hangs is gone"
    assert MathAnswers(PATIENCE, worker).equal("2x", "x+x").equal, "the next comparison has a new one"


def test_a_worker_killed_in_the_middle_is_asked_again(worker: MathWorker):
    worker.compare("x", "y", PATIENCE)
    victim = worker.pid
    assert victim
    killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
    killer.start()
    assert MathAnswers(PATIENCE, worker).equal(SLOW, "7").how == "different"
    killer.join()
    assert worker.pid != victim


def test_a_worker_that_always_dies_is_undecided(monkeypatch: pytest.MonkeyPatch):
    dies = "print('{\"ready\": true}', flush=True); input()"
    monkeypatch.setattr("lbt_solvers.answers._worker_process.COMMAND", (sys.executable, "-c", dies))
    found = MathAnswers(PATIENCE, MathWorker()).equal("2x", "x+x")
    assert found == Equality(False, "undecided", "the math-verify process died twice on this pair")


def test_a_worker_that_cannot_start_is_an_error_not_a_zero(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lbt_solvers.answers._worker_process.COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(RuntimeError, match="ended with exit code 3. See why with: .*raise SystemExit"):
        MathAnswers(PATIENCE, MathWorker()).equal("2x", "x+x")


def test_a_worker_outlives_neither_its_parent_nor_its_limit():
    """Even in a computation that holds the interpreter: nobody reads, nobody kills."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    assert process.stdout.readline()
    print(f'{{"gold": "{HANGS}", "answer": "7", "limit": 0.1}}', file=process.stdin, flush=True)
    assert process.wait(timeout=PATIENCE) == 1
    process.stdin.close()
    process.stdout.close()


def test_an_interpreter_that_ends_leaves_no_worker(tmp_path: Path):
    code = (
        "from lbt_solvers.answers import MathAnswers; from lbt_solvers.answers._worker_process import shared_worker\n"
        "assert MathAnswers(60).equal('2x', 'x+x').equal; print(shared_worker().pid)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.stdout), 0)


def test_threads_share_one_worker(worker: MathWorker):
    answers = MathAnswers(PATIENCE, worker)
    pairs = [(f"{n}x", "+".join(["x"] * n)) for n in range(2, 10)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: answers.equal(*pair), pairs))
    assert all(equality.how == "math-verify" for equality in found)


def test_the_alarm_of_the_host_stays_its_own(worker: MathWorker):
    before = signal.getsignal(signal.SIGALRM)
    signal.alarm(600)
    assert MathAnswers(PATIENCE, worker).equal("2x", "x+x").equal
    assert signal.alarm(0) > 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_pair_is_asked_once(worker: MathWorker, monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, str]] = []
    compare = worker.compare

    def counted(gold: str, answer: str, seconds: float):
        asked.append((gold, answer))
        return compare(gold, answer, seconds)

    monkeypatch.setattr(worker, "compare", counted)
    answers = MathAnswers(PATIENCE, worker)
    for _ in range(3):
        assert answers.equal("2x", "x+x").equal
        assert answers.equal("$2x$", "x + x").equal
    assert asked == [("2x", "x+x")]


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Callable[..., object]:
    return lambda function, *arguments: anyio.run(function, *arguments, backend=request.param)


def test_equal_many_keeps_the_order(worker: MathWorker, run: Callable[..., list[Equality]]):
    pairs = [("1", "2"), ("2x", "x+x"), ("\\frac12", "0.5"), ("1", "2"), ("2x", "x+x+x")]
    found = run(MathAnswers(PATIENCE, worker).equal_many, pairs)
    assert [equality.how for equality in found] == ["different", "math-verify", "same number", "different", "different"]


def test_classes(worker: MathWorker, run: Callable[..., list[int | None]]):
    answers = ["x+x", None, "1", "2x", "1.0", "", "x"]
    assert run(MathAnswers(PATIENCE, worker).classes, answers) == [0, None, 1, 0, 1, None, 2]


def test_numbers_need_no_worker(monkeypatch: pytest.MonkeyPatch, run: Callable[..., list[int | None]]):
    monkeypatch.setattr("lbt_solvers.answers._worker_process.COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    answers = MathAnswers(PATIENCE, MathWorker())
    assert run(answers.classes, ["0.5", "\\frac12", "3", "(1,2)", "C"]) == [0, 0, 1, 2, 3]


def test_the_event_loop_goes_on_and_can_cancel(
    worker: MathWorker, run: Callable[..., int], monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    cancelled = threading.Event()

    def compare(gold: str, answer: str, seconds: float) -> Reply:
        asked.append(answer)
        cancelled.wait(PATIENCE)
        return Reply("different", "")

    async def scenario() -> int:
        ticks, pairs = 0, [("\\cot x", f"\\cot {n}x") for n in range(2, 50)]
        async with anyio.create_task_group() as group:
            group.start_soon(MathAnswers(PATIENCE, worker).equal_many, pairs)
            while ticks < 5 or not asked:
                await anyio.sleep(0.01)
                ticks += 1
            group.cancel_scope.cancel()
            cancelled.set()
        return ticks

    monkeypatch.setattr(worker, "compare", compare)
    assert run(scenario) >= 5
    assert len(asked) == 1, "cancelled between two pairs, not after all of them"
