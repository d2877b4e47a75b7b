"""Where guests come from: hardened Docker containers, or hardened processes on this host.

    guest = await DockerEngine().start()    # a started guest with its link
    await guest.stop()                      # gone for good

Docker is the default. The process engine has layers B and C of the README only.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anyio
import anyio.to_thread

from lbt_sandbox import image as images
from lbt_sandbox.attach import attach
from lbt_sandbox.direct import INSIDE, CallbackSocket
from lbt_sandbox.guest.folders import AT, MOUNTED, OPTIONS, ROOT
from lbt_sandbox.image.recipes import DEFAULT, OLDEST, Recipe
from lbt_sandbox.links import DockerLink, Link
from lbt_sandbox.types import MIB, SandboxError, SandboxUnavailable

if TYPE_CHECKING:
    from docker import APIClient

_T = TypeVar("_T")
LABEL = "lbt.sandbox.owner"
NOBODY_ID = 65534
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "LD_BIND_NOW": "1",  # else every child looks up the library functions that it calls
}
START_GUEST = """
import sys, types
package = sys.modules["lbt_sandbox"] = types.ModuleType("lbt_sandbox")
package.__path__ = [{path!r}]
from lbt_sandbox.guest.supervisor import main
main()
"""
"""Without the package's own __init__: the first process must stay small, since every fork copies its page tables."""
NO_DAEMON = (
    "no Docker Engine answers at {host} ({reason}). Start it (`sudo systemctl start docker`, or Docker Desktop), "
    "point DOCKER_HOST at one, or use engine='process' for isolation without a container."
)


class Guest(Protocol):
    """A started guest."""

    @property
    def link(self) -> Link:
        """The stream to its supervisor."""
        ...

    async def stop(self) -> None:
        """End it and wait until it has gone; never raises."""
        ...


class Engine(Protocol):
    """A source of guests."""

    @property
    def memory(self) -> int:
        """Bytes a guest has in all; a problem's limit must be below."""
        ...

    @property
    def contains(self) -> bool:
        """Whether layer A, the container, is there."""
        ...

    async def start(self) -> Guest:
        """A fresh guest; `SandboxUnavailable` where none can be had."""
        ...

    async def close(self) -> None:
        """Give back what the engine itself holds."""
        ...


FOLDERS = "LBT_SANDBOX_FOLDERS"
"""Variable with such folders, as in "/mnt/0:/mnt/1": a container without rights has them from whoever starts it."""


def _named_folders() -> tuple[str, ...]:
    return tuple(filter(None, os.environ.get(FOLDERS, "").split(":")))


@dataclass(slots=True)
class ProcessGuest:
    """A supervisor that runs on the host as a process of its own session."""

    link: Link
    process: subprocess.Popen[bytes]
    gone: Callable[[], None] = lambda: None
    """Called when it has ended."""

    async def stop(self) -> None:
        """Kill the supervisor; its children die with it."""
        self.link.close()
        self.process.kill()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.process.wait)
        gone, self.gone = self.gone, lambda: None
        gone()


@dataclass(slots=True)
class ProcessEngine:
    """Layers B and C on this host."""

    python: str | None = None
    """An interpreter, with the libraries that programs find; by default the one that runs the grader."""
    image: str = DEFAULT
    """There is none: anything else is refused."""
    preload: tuple[str, ...] = ()
    memory: int = sys.maxsize
    contains: bool = False
    folders: tuple[str, ...] = field(default_factory=_named_folders)
    """File systems in memory, one for each guest, where this process may not mount any; see `FOLDERS`."""
    _interpreter: str = field(init=False, default=sys.executable)
    _free: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._free = list(self.folders)
        if self.image != DEFAULT:
            raise SandboxError(
                f"the process engine has no image {self.image!r}: programs find what is installed for the interpreter "
                "that python= names"
            )
        if self.python is not None:
            self._interpreter = _usable_interpreter(self.python)

    async def start(self) -> ProcessGuest:
        """Start a supervisor with this interpreter, a clean environment and no descriptor of ours."""
        ours, theirs = socket.socketpair()
        guest = START_GUEST.format(path=str(Path(__file__).parent))
        command = [self._interpreter, "-s", "-P", "-c", guest]
        folder = self._free.pop() if self._free else None
        process = await anyio.to_thread.run_sync(self._start, command, theirs, folder)
        theirs.close()
        return ProcessGuest(Link(ours), process, lambda: self._free.extend([folder] if folder else []))

    def _start(self, command: list[str], channel: socket.socket, folder: str | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=channel.fileno(),
            stdout=channel.fileno(),
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={
                **ENVIRONMENT,
                "PATH": "/usr/bin:/bin",
                "LBT_PRELOAD": " ".join(self.preload),
                **({MOUNTED: "1", AT: folder} if folder else {}),
            },
            start_new_session=True,
        )

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(slots=True)
class DockerGuest:
    """A running container."""

    link: Link
    container: str

    async def stop(self) -> None:
        """Remove the container."""
        self.link.close()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._remove)

    def _remove(self) -> None:
        try:
            with_daemon(lambda client: _remove(client, self.container))
        except SandboxUnavailable:  # the daemon has gone: the container ends with its stdin
            pass


@dataclass(slots=True)
class DockerEngine:
    """Layers A, B and C: containers that can do next to nothing, made once and used for many submissions."""

    image: str = DEFAULT
    """"default" (numpy, sortedcontainers), "scientific" (and pandas, scipy, sympy), or the name of an image of your own
    that has python3."""
    python: str | None = None
    """The version for "default" and "scientific", such as "3.13"; 3.11 by default."""
    memory: int = 1024 * MIB
    """Of a container, bytes."""
    cpus: float = 2.0
    cpuset: str | None = None
    """CPUs that containers are kept to, such as "0-3"; all by default."""
    runtime: str | None = None
    """Such as "runsc" for gVisor."""
    preload: tuple[str, ...] = ()
    progress: Callable[[str], None] = images.to_stderr
    contains: bool = True
    _recipe: Recipe = field(init=False)
    _lock: anyio.Lock = field(default_factory=anyio.Lock, repr=False)
    _tag: str = ""

    def __post_init__(self) -> None:
        self._recipe = images.recipe(self.image, self.python)

    async def start(self) -> DockerGuest:
        """Create, attach and start a container."""
        async with self._lock:  # one build for all
            if not self._tag:
                self._tag = await anyio.to_thread.run_sync(with_daemon, self._ensure_image)
        return await anyio.to_thread.run_sync(with_daemon, self._run)

    def _ensure_image(self, client: APIClient) -> str:
        return images.ensure(client, self._recipe, self.progress)

    def _run(self, client: APIClient) -> DockerGuest:
        from docker.errors import APIError

        with CallbackSocket() as callback:
            try:
                return self._start(client, callback, [callback.mount])
            except APIError:  # a daemon on another machine does not have the socket
                return self._start(client, callback, [])

    def _start(self, client: APIClient, callback: CallbackSocket, mounts: list[dict[str, Any]]) -> DockerGuest:
        container = self._create(client, mounts)
        try:
            attached = attach(client, container)
            client.start(container)
            direct = callback.wait(attached)
            if direct is None:
                return DockerGuest(DockerLink(attached), container)
            attached.close()
            return DockerGuest(Link(direct), container)
        except BaseException:
            _remove(client, container)
            raise

    def _create(self, client: APIClient, mounts: list[dict[str, Any]]) -> str:
        host_config = client.create_host_config(
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            ipc_mode="none",
            pids_limit=256,  # the supervisor bounds a program's threads at half of it
            tmpfs={ROOT: f"rw,noexec,nosuid,nodev,{OPTIONS},uid={NOBODY_ID},gid={NOBODY_ID}"},
            mem_limit=self.memory,
            memswap_limit=self.memory,
            nano_cpus=int(self.cpus * 1e9),
            cpuset_cpus=self.cpuset,
            auto_remove=True,
            log_config={"Type": "none"},
            runtime=self.runtime,
            mounts=mounts,
        )
        return client.create_container(
            self._tag,
            user=f"{NOBODY_ID}:{NOBODY_ID}",
            stdin_open=True,
            stop_signal="SIGKILL",  # the supervisor is process 1, which ignores SIGTERM
            environment={
                **ENVIRONMENT,
                "LBT_PRELOAD": " ".join((*self._recipe.preload, *self.preload)),
                "LBT_LINK": INSIDE if mounts else "",
                MOUNTED: "1",
            },
            labels={LABEL: f"{socket.gethostname()}/{os.getpid()}"},
            host_config=host_config,
        )["Id"]

    async def close(self) -> None:
        """Nothing is held: the SDK keeps a connection per address, so every use has a client of its own."""


def _usable_interpreter(python: str) -> str:
    """The full path of an interpreter.

    Raises:
        SandboxError: It is not there, or it is too old.
    """
    path = shutil.which(python)
    if path is None:
        raise SandboxError(
            "with the process engine python= is the path of an interpreter, such as '/usr/bin/python3.12'; "
            f"there is none at {python!r}"
        )
    check = f"import sys; sys.exit(0 if sys.version_info >= (3, {OLDEST}) else sys.version.split()[0])"
    done = subprocess.run([path, "-c", check], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        found = done.stderr.strip().rpartition("\n")[2]
        raise SandboxError(f"the grader needs Python 3.{OLDEST} or later, but {path} is {found}")
    return path


def connect() -> APIClient:
    """The Docker SDK's low-level client for DOCKER_HOST; `SandboxUnavailable` where none answers."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=60).api
    except DockerException as error:
        raise _no_daemon(error) from error
    try:
        client.ping()
        return client
    except (DockerException, OSError) as error:  # the exceptions of requests are OSErrors
        client.close()
        raise _no_daemon(error) from error


def _no_daemon(error: Exception) -> SandboxUnavailable:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return SandboxUnavailable(NO_DAEMON.format(host=host, reason=str(error).partition("\n")[0][:200]))


def with_daemon(action: Callable[[APIClient], _T]) -> _T:
    """Run something against the daemon; whatever the daemon or the way to it refuses is `SandboxUnavailable`."""
    client = connect()
    from docker.errors import APIError

    try:
        return action(client)
    except APIError as error:
        raise SandboxUnavailable(f"Docker refuses: {error.explanation or error}") from error
    except OSError as error:
        raise _no_daemon(error) from error
    finally:
        client.close()


def remove_leftovers(everything: bool = False) -> list[str]:
    """Remove containers whose owner is no more, such as after a kill -9; give their short ids.

    Args:
        everything: Also those of running processes, and of other machines that use this daemon.

    Raises:
        SandboxUnavailable: No daemon answers.
    """
    return with_daemon(lambda client: [_remove(client, item) for item in _left(client, everything)])


def _left(client: APIClient, everything: bool) -> list[str]:
    found = client.containers(all=True, filters={"label": LABEL})
    return [item["Id"] for item in found if everything or not _owner_lives(item["Labels"][LABEL])]


def _owner_lives(owner: str) -> bool:
    host, _, pid = owner.rpartition("/")
    return host != socket.gethostname() or Path(f"/proc/{pid}").exists()


def _remove(client: APIClient, container: str) -> str:
    from docker.errors import APIError

    try:
        client.remove_container(container, force=True)
    except APIError as error:
        if error.status_code == 409:  # it came to its own end meanwhile, and its own removal is under way
            _wait_until_removed(client, container)
        elif error.status_code != 404:
            raise
    return container[:12]


def _wait_until_removed(client: APIClient, container: str) -> None:
    from docker.errors import NotFound

    try:
        client.wait(container, condition="removed")
    except NotFound:
        pass
