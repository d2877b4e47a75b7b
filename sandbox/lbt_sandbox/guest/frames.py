r"""Length-prefixed frames between the supervisor and a child: four bytes of length, one of kind, then the payload.

    >>> pack(b"T", b"[[1],{}]")[:5]
    b'\x00\x00\x00\x08T'

Kinds, to a child: J job, T one test's input, and to the process with the tests R or an error as the proxy's result.
From a child: L loaded, R answer, D done, C call of the proxy, and failures: E exception, M out of memory, O answer too
large, K does not compile, W a test's assertion failed. A forged frame only claims an answer.
"""

from __future__ import annotations

import os
import struct

HEADER = struct.Struct("!Ic")
FAILURE_LIMIT = 1 << 16
"""Most bytes of any frame from a child but an answer and a call."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """The frame's bytes."""
    return HEADER.pack(len(payload), kind) + payload


def send(fd: int, kind: bytes, payload: bytes = b"") -> None:
    """Write a frame to a blocking file descriptor."""
    data = memoryview(pack(kind, payload))
    while data:
        data = data[os.write(fd, data) :]


def read_exactly(fd: int, count: int) -> bytes:
    """Read `count` bytes from a blocking file descriptor; EOFError when it ends before."""
    chunk = os.read(fd, count)
    if len(chunk) == count:
        return chunk
    chunks, missing = [chunk], count - len(chunk)
    while missing:
        if not chunk:
            raise EOFError
        chunk = os.read(fd, min(missing, 1 << 20))
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def receive(fd: int) -> tuple[bytes, bytes]:
    """Read one frame from a blocking file descriptor: its kind and payload."""
    length, kind = HEADER.unpack(read_exactly(fd, HEADER.size))
    return kind, read_exactly(fd, length)
