"""A Docker daemon that is stopped, started again, out of reach or not there: said in one line, or outlived.

Every test that has an engine ends with a submission that must be graded as if nothing had happened.
"""

import gc
import os
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest
from lbt_sandbox import Sandbox, SandboxUnavailable, direct
from lbt_sandbox.engines import DockerGuest, with_daemon
from lbt_sandbox.links import DockerLink

from .faults import SLEEPY, grades, kill_after

pytestmark = pytest.mark.anyio


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
    monkeypatch.setattr(
        direct.CallbackSocket, "mount", {"Type": "bind", "Source": "/nowhere/link", "Target": "/run/lbt.sock"}
    )
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
