"""A socket of the host's that one container finds in its file system: the short way, past the daemon's two relays.

    with CallbackSocket() as callback:
        create_container(..., mounts=[callback.mount], environment=callback.environment)
        sock = callback.wait(attached)      # None when the guest speaks over the attached streams instead

Where the daemon is on another machine, or its containers may not connect, the guest keeps to its standard streams. The
socket lies in a folder of this user's own; after the callback nobody listens there any more.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import tempfile
from types import TracebackType
from typing import Any

from lbt_sandbox.types import SandboxUnavailable

INSIDE = "/run/lbt.sock"
SECONDS = 60.0


class CallbackSocket:
    """Listens for one guest."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="lbt-")
        self.path = os.path.join(self._folder, "link")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        os.chmod(self.path, 0o666)  # the guest is another user; the folder keeps everybody else out
        self._listener.listen(1)

    @property
    def mount(self) -> dict[str, Any]:
        """For the container's host configuration; the daemon refuses it where it does not have the file."""
        return {"Type": "bind", "Source": self.path, "Target": INSIDE, "ReadOnly": True}

    def wait(self, attached: socket.socket) -> socket.socket | None:
        """The guest's connection, or None when its streams say something first, if only that it has ended.

        Raises:
            SandboxUnavailable: Neither happens.
        """
        ready, _, _ = select.select([self._listener, attached], [], [], SECONDS)
        if not ready:
            raise SandboxUnavailable(f"a fresh container said nothing for {SECONDS:.0f} s")
        return self._listener.accept()[0] if self._listener in ready else None

    def __enter__(self) -> CallbackSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)
