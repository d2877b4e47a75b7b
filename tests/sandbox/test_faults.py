"""Faults of the grader itself, made on real engines: no verdict is lost, none is wrong, nothing hangs.

Every test ends with a submission that must be graded as if nothing had happened.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from lbt_sandbox import (
    Case,
    InternalError,
    Limits,
    Problem,
    Sandbox,
    Verdict,
    remove_leftovers,
    worker,
)
from lbt_sandbox.engines import LABEL, DockerEngine, Guest, ProcessEngine, with_daemon
from lbt_sandbox.links import LinkBroken

from .conftest import ADD
from .faults import GOOD, SLEEPY, grades, kill, kill_after

pytestmark = pytest.mark.anyio
Start = Callable[..., Sandbox]


async def test_a_guest_killed_in_the_middle_of_a_run(start: Start) -> None:
    async with start() as sandbox, anyio.create_task_group() as tasks:
        tasks.start_soon(kill_after, sandbox, 0.7)
        assert await grades(sandbox, SLEEPY)
        assert sandbox.pool.started == 2


async def test_a_guest_killed_while_idle(start: Start) -> None:
    async with start() as sandbox:
        await kill_after(sandbox, 0)
        assert await grades(sandbox)


async def test_all_guests_killed_while_idle(start: Start) -> None:
    async with start(workers=2) as sandbox:
        for worker in list(sandbox.pool._workers):
            await anyio.to_thread.run_sync(kill, worker.guest)
        for _ in range(3):
            assert await grades(sandbox)


class Corrupting:
    """An engine whose guests' links change what arrives."""

    def __init__(self, inner: DockerEngine | ProcessEngine, change: Callable[[bytes], bytes], times: int) -> None:
        self.inner, self.change, self.times = inner, change, times
        self.contains, self.memory = inner.contains, inner.memory
        self.armed = False

    async def start(self) -> Guest:
        guest = await self.inner.start()
        read = guest.link._read

        async def corrupted() -> bytes:
            chunk = await read()
            if not self.armed or self.times == 0:
                return chunk
            self.times -= 1
            return self.change(chunk)

        guest.link._read = corrupted  # type: ignore[method-assign]
        return guest

    async def close(self) -> None:
        await self.inner.close()


def cut(_: bytes) -> bytes:
    raise LinkBroken("cut")


FAULTS = {
    "garbage": lambda chunk: os.urandom(len(chunk)),
    "cut": cut,
    "huge length": lambda chunk: chunk[:8] + b"\xff" * 43 + chunk[8:],
    "shortened": lambda chunk: chunk[:-10],
    "repeated": lambda chunk: chunk + chunk,
    "an unknown status": lambda chunk: chunk.replace(b"OK ", b"AC!"),
}


def corrupting(engine: str, fault: str, times: int) -> Corrupting:
    inner = DockerEngine() if engine == "docker" else ProcessEngine()
    return Corrupting(inner, FAULTS[fault], times)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "shortened"])
async def test_a_frame_that_is_cut_or_garbage_is_graded_again(engine: str, fault: str) -> None:
    broken = corrupting(engine, fault, times=1)
    async with Sandbox(engine=broken, workers=1) as sandbox:
        broken.armed = True
        assert await grades(sandbox)
        assert sandbox.pool.started == 2
        assert await grades(sandbox)


async def test_a_guest_that_falls_silent_is_given_up(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = corrupting(engine, "shortened", times=1)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 1)
    async with Sandbox(engine=broken, workers=1) as sandbox:
        broken.armed = True
        hasty = Problem("add", "add", ADD.cases, limits=Limits(total_wall=3))
        assert (await sandbox.grade(hasty, GOOD)).verdict is Verdict.AC
        assert sandbox.pool.started == 2


async def test_a_fault_that_stays_is_raised_and_never_scored(engine: str) -> None:
    broken = corrupting(engine, "garbage", times=10_000)
    async with Sandbox(engine=broken, workers=1) as sandbox:
        broken.armed = True
        with pytest.raises(InternalError, match="failed 2 times"):
            await grades(sandbox)
        broken.armed = False
        assert await grades(sandbox)


async def test_full_pipes(start: Start) -> None:
    wide = Problem("wide", "f", tuple(Case(args=(["x" * 1000] * 1500,), expected=["x" * 1000] * 1500) for _ in "abc"))
    async with start() as sandbox:
        report = await sandbox.grade(wide, "def f(a):\n print('y' * 500_000)\n return a")
        assert report.v_score == 1
        never_reads = Problem("wide", "f", wide.cases, limits=Limits(cpu=1, wall=0.5))
        report = await sandbox.grade(never_reads, "import time\ntime.sleep(100)")
        assert {test.verdict for test in report.tests} == {Verdict.TLE}
        floods = "import os\ndef f(a):\n while True: os.write(3, b'\\xff' * 100_000)"
        report = await sandbox.grade(wide, floods)
        assert {test.verdict for test in report.tests} <= {Verdict.OLE, Verdict.SV}
        assert await grades(sandbox)


async def test_a_cancelled_submission_leaves_no_trace(start: Start) -> None:
    async with start() as sandbox:
        with anyio.move_on_after(0.3) as scope:
            await sandbox.grade(ADD, SLEEPY)
        assert scope.cancelled_caught
        assert await grades(sandbox)
        assert not await grades(sandbox, "def add(a, b): return 0")


async def test_workers_are_replaced_in_time(start: Start) -> None:
    async with start(runs_per_worker=5) as sandbox:
        assert all([await grades(sandbox) for _ in range(12)])
        assert 3 <= sandbox.pool.started <= 5


async def test_replacing_workers_leaks_no_descriptor(start: Start) -> None:
    async with start(runs_per_worker=3) as sandbox:
        await grades(sandbox)
        before = len(os.listdir("/proc/self/fd"))
        assert all([await grades(sandbox) for _ in range(4)])
        assert sandbox.pool.started == 5
        assert len(os.listdir("/proc/self/fd")) <= before


RUN_FOREVER = """
import sys, anyio
from lbt_sandbox import Case, Problem, Sandbox
problem = Problem("p", "f", (Case(args=(1,), expected=1),))
async def main():
    async with Sandbox(engine=sys.argv[1], workers=2) as sandbox:
        print("ready", flush=True)
        while True:
            await sandbox.grade(problem, "import time\\ndef f(n):\\n time.sleep(0.2)\\n return n")
try:
    anyio.run(main, backend=sys.argv[2])
except KeyboardInterrupt:
    sys.exit(130)
"""


def owned_containers(pid: int) -> list[str]:
    label = f"{LABEL}={socket.gethostname()}/{pid}"
    found = with_daemon(lambda client: client.containers(all=True, filters={"label": label}))
    return [item["Id"] for item in found]


def guests_of(pid: int) -> list[str]:
    return [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def gone_within(seconds: float, is_left: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while is_left():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def running(engine: str, backend: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", RUN_FOREVER, engine, backend], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


@pytest.mark.docker
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_removes_all_containers(backend: str) -> None:
    process = running("docker", backend)
    assert len(owned_containers(process.pid)) == 2
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert owned_containers(process.pid) == []


@pytest.mark.docker
def test_containers_end_with_their_owner_and_the_rest_can_be_cleaned() -> None:
    process = running("docker", "asyncio")
    process.kill()
    process.wait()
    remove_leftovers()
    assert gone_within(10, lambda: owned_containers(process.pid))


@pytest.mark.docker
def test_cleaning_leaves_the_containers_of_a_running_process_alone() -> None:
    process = running("docker", "asyncio")
    before = owned_containers(process.pid)
    remove_leftovers()
    assert owned_containers(process.pid) == before
    process.kill()
    process.wait()


def test_processes_on_the_host_end_with_their_owner(engine: str) -> None:
    if engine == "docker":
        pytest.skip("only processes are to end so; containers are tested above")
    process = running("process", "asyncio")
    guests = guests_of(process.pid)
    assert len(guests) == 2
    process.kill()
    process.wait()
    assert gone_within(10, lambda: any(Path(f"/proc/{guest}").exists() for guest in guests))
