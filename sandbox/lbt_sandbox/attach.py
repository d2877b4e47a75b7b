"""A raw connection to a container's standard input and output, as a plain socket that an event loop can wait for.

    sock = attach(client, container)   # before the container starts, so that nothing is missed

The SDK's own `attach_socket` hides the socket in private attributes of three libraries and keeps a second handle on it
open, hence these lines of HTTP. Source: Docker Engine API, "Attach to a container", section "Hijacking".
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lbt_sandbox.types import SandboxUnavailable

if TYPE_CHECKING:
    from docker import APIClient

TIMEOUT_SECONDS = 60
UPGRADED = (b"101", b"200")
NO_PLAIN_SOCKET = (
    "DOCKER_HOST={host} is reached through TLS or SSH, over which attached streams are no plain socket; forward the "
    "daemon's own: ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST, then DOCKER_HOST=unix:///tmp/docker.sock"
)


def attach(client: APIClient, container: str) -> socket.socket:
    """The socket that carries stdin one way and the framed stdout the other.

    Args:
        client: For the version of the daemon's interface.
        container: The id of a container that was created with an open stdin.

    Raises:
        SandboxUnavailable: The daemon is not at a plain socket, or refuses.
        OSError: The connection fails.
    """
    path = f"/v{client.api_version}/containers/{container}/attach?stream=1&stdin=1&stdout=1"
    request = (
        f"POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
    )
    channel = _connect()
    try:
        channel.sendall(request.encode())
        head = _head(channel)
    except BaseException:
        channel.close()
        raise
    if head.split(b" ", 2)[1:2] not in ([status] for status in UPGRADED):
        channel.close()
        raise SandboxUnavailable(f"Docker does not attach to the container: {head.decode(errors='replace')[:200]}")
    return channel


def _connect() -> socket.socket:
    from docker.utils import parse_host

    host = os.environ.get("DOCKER_HOST")
    address = urlsplit(str(parse_host(host)))
    if address.scheme == "http+unix":
        return _connect_unix(address.path)
    if address.scheme == "http" and not os.environ.get("DOCKER_TLS_VERIFY"):
        return socket.create_connection((address.hostname or "localhost", address.port or 2375), TIMEOUT_SECONDS)
    raise SandboxUnavailable(NO_PLAIN_SOCKET.format(host=host))


def _connect_unix(path: str) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX)
    try:
        channel.settimeout(TIMEOUT_SECONDS)
        channel.connect(path)
    except OSError:
        channel.close()
        raise
    return channel


def _head(channel: socket.socket) -> bytes:
    """The answer's head, a byte at a time: what follows belongs to the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = channel.recv(1)
        if not byte or len(head) > 10_000:
            raise OSError("the daemon closed the connection")
        head += byte
    return head
