"""Byte streams to a guest: over a container's attached streams, or over a socket pair to a process on the host.

    link = DockerLink(sock)          # of an attached container, whose output comes in Docker's own frames
    await link.send(data)
    head = await link.receive(RECORD.size)

Only `anyio.wait_readable` and `wait_writable` touch the event loop, so asyncio and trio do equally well.
"""

from __future__ import annotations

import socket
import struct

import anyio

_CHUNK = 1 << 18
_DOCKER_HEADER = struct.Struct("!BxxxI")
_STDOUT, _STDERR = 1, 2
_LONGEST_FRAME = 1 << 24
"""Bytes; the daemon's own frames have at most 32 KiB."""


class LinkBroken(Exception):  # noqa: N818 - a state
    """The other side has gone, or what it sends makes no sense."""


class Link:
    """A stream of bytes over a connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._received = bytearray()

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                await anyio.wait_writable(self._socket)
            except OSError as error:
                raise LinkBroken(f"the guest is gone: {error}") from error

    async def receive(self, count: int) -> bytes:
        """Receive exactly `count` bytes; `LinkBroken` when the stream ends before."""
        while len(self._received) < count:
            self._accept(await self._read())
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def _accept(self, chunk: bytes) -> None:
        self._received += chunk

    @property
    def is_silent(self) -> bool:
        """Whether nothing has arrived that nobody has asked for."""
        return not self._received

    async def _read(self) -> bytes:
        while True:
            try:
                chunk = self._socket.recv(_CHUNK)
            except BlockingIOError:
                await anyio.wait_readable(self._socket)
                continue
            except OSError as error:
                raise LinkBroken(f"the guest is gone: {error}") from error
            if not chunk:
                raise LinkBroken("the guest has closed its end")
            return chunk

    def close(self) -> None:
        """Close the socket; the guest then comes to its end."""
        self._socket.close()


class DockerLink(Link):
    """The attached streams of a container without a terminal: output comes in frames that name their stream."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._frames = bytearray()

    def _accept(self, chunk: bytes) -> None:
        self._frames += chunk
        while len(self._frames) >= _DOCKER_HEADER.size:
            stream, length = _DOCKER_HEADER.unpack_from(self._frames)
            if stream > _STDERR or length > _LONGEST_FRAME:
                raise LinkBroken("the daemon's stream is not framed")
            end = _DOCKER_HEADER.size + length
            if len(self._frames) < end:
                return
            if stream == _STDOUT:
                self._received += self._frames[_DOCKER_HEADER.size : end]
            del self._frames[:end]
