"""Faults of the grader itself, made on real engines: no verdict is lost, none is wrong, nothing hangs.

Every test ends with a submission that must be graded as if nothing had happened.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import anyio
import pytest
from lbt_sandbox import (
    Case,
    InternalError,
    Limits,
    Problem,
    Sandbox,
    SandboxUnavailable,
    Verdict,
    direct,
    remove_leftovers,
    worker,
)
from lbt_sandbox.engines import LABEL, DockerEngine, DockerGuest, Guest, ProcessEngine, ProcessGuest, with_daemon
from lbt_sandbox.links import DockerLink, LinkBroken

from .conftest import ADD

pytestmark = pytest.mark.anyio
GOOD = "def add(a, b): return a + b"
SLEEPY = "import time\ndef add(a, b):\n    time.sleep(1.5)\n    return a + b"
Start = Callable[..., Sandbox]


async def grades(sandbox: Sandbox, code: str = GOOD) -> bool:
    return (await sandbox.grade(ADD, code)).verdict is Verdict.AC


def kill(guest: Guest) -> None:
    """End a guest behind its owner's back."""
    if isinstance(guest, DockerGuest):
        with_daemon(lambda client: client.kill(guest.container))
    elif isinstance(guest, ProcessGuest):
        guest.process.kill()


async def kill_after(sandbox: Sandbox, seconds: float) -> None:
    """Kill the guest that is at work in some moments."""
    guest = sandbox.pool._workers[0].guest
    await anyio.sleep(seconds)
    await anyio.to_thread.run_sync(kill, guest)


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


class Proxy:
    """Stands between us and the daemon, so that it can be "stopped" without disturbing anybody else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pairs: list[socket.socket] = []
        self.listener: socket.socket | None = None

    def up(self) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                ours = listener.accept()[0]
            except OSError:
                return
            theirs = socket.socket(socket.AF_UNIX)
            theirs.connect("/var/run/docker.sock")
            self.pairs += (ours, theirs)
            for source, sink in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def down(self) -> None:
        assert self.listener is not None
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.path.unlink()
        for sock in self.pairs:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        self.pairs.clear()


SDK_LEAKS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The Docker SDK does not close the socket of a connection that fails; `proxy` collects them within the test."""


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Proxy]:
    proxy = Proxy(tmp_path / "docker.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{proxy.path}")
    proxy.up()
    yield proxy
    proxy.down()
    gc.collect()


async def restart(sandbox: Sandbox, proxy: Proxy) -> None:
    await kill_after(sandbox, 0.7)  # as the daemon does with its containers
    proxy.down()
    await anyio.sleep(1.0)
    proxy.up()


@SDK_LEAKS
@pytest.mark.docker
async def test_the_daemon_is_stopped_and_started_again_in_the_middle_of_a_run(proxy: Proxy) -> None:
    async with Sandbox(workers=1) as sandbox, anyio.create_task_group() as tasks:
        tasks.start_soon(restart, sandbox, proxy)
        assert await grades(sandbox, SLEEPY)
        assert await grades(sandbox)


@SDK_LEAKS
@pytest.mark.docker
async def test_warm_containers_work_on_without_the_daemon(proxy: Proxy) -> None:
    async with Sandbox(workers=1) as sandbox:
        proxy.down()
        assert await grades(sandbox)
        proxy.up()


@pytest.mark.docker
async def test_a_container_that_cannot_reach_the_socket_is_spoken_to_through_the_daemon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(direct.Meeting, "mount", {"Type": "bind", "Source": "/nowhere/link", "Target": "/run/lbt.sock"})
    async with Sandbox(workers=1) as sandbox:
        assert isinstance(sandbox.pool._workers[0].guest.link, DockerLink)
        assert await grades(sandbox)


@SDK_LEAKS
@pytest.mark.docker
async def test_a_daemon_that_stays_away_is_named(proxy: Proxy) -> None:
    async with Sandbox(workers=1) as sandbox:
        sandbox.pool.patience = 1
        await kill_after(sandbox, 0)
        proxy.down()
        with pytest.raises(SandboxUnavailable, match="systemctl start docker"):
            await grades(sandbox)
        proxy.up()
        assert await grades(sandbox)


@SDK_LEAKS
async def test_no_daemon_at_the_start_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(SandboxUnavailable, match="no Docker Engine answers at unix:///nowhere") as caught:
        async with Sandbox(workers=2):
            pass
    assert "\n" not in str(caught.value)
    gc.collect()


@pytest.mark.docker
async def test_containers_keep_to_the_cpus_that_they_are_given() -> None:
    cpu = min(os.sched_getaffinity(0))
    async with Sandbox(engine="docker", workers=1, cpuset=str(cpu)) as sandbox:
        guest = sandbox.pool._workers[0].guest
        assert isinstance(guest, DockerGuest)
        about = await anyio.to_thread.run_sync(with_daemon, lambda client: client.inspect_container(guest.container))
        assert about["HostConfig"]["CpusetCpus"] == str(cpu)
        assert await grades(sandbox)
