"""The solution's side of the conversation: its definitions by name, and what goes wrong beside exceptions.

SolutionPeer(fd, program, job).serve(payload)   # one call of the tests
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lbt_sandbox.guest import frames, values
from lbt_sandbox.guest.errors import describe
from lbt_sandbox.guest.objects import ObjectPeer
from lbt_sandbox.guest.solution import ANSWER_LIMIT, Program


class SolutionPeer(ObjectPeer):
    """Serves the tests' calls; `flush` puts out what the program has printed before each reply."""

    def __init__(self, fd: int, program: Program, flush: Callable[[], None]) -> None:
        super().__init__(fd, named=self._definition)
        self.program, self.flush = program, flush
        self.limit: int = program.job.get("answer", ANSWER_LIMIT)
        self.methods: dict[str, Any] = {}

    def _definition(self, name: str) -> Any:
        """What the program calls by a name; its entry point where that is a method is made anew for every call."""
        entry_point = self.program.job["entry_point"]
        if name == entry_point and not callable(self.program.namespace.get(name)):
            return self.methods.setdefault(name, self._call_anew)
        if name.startswith("__") or name not in self.program.namespace:
            raise NameError(f"name {name!r} is not defined")
        return self.program.namespace[name]

    def _call_anew(self, *args: Any, **kwargs: Any) -> Any:
        return self.program.get()(*args, **kwargs)

    def serve(self, data: bytes) -> None:
        """Do what the tests have asked for; memory that runs out and answers that are too large end their test."""
        try:
            super().serve(data)
        except MemoryError:
            frames.send(self.fd, b"M", describe(MemoryError()))
        except values.TooDeepError as error:
            frames.send(self.fd, b"O", describe(error))

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a reply, after what the program has printed."""
        self.flush()
        if len(payload) > self.limit:
            raise values.TooDeepError(f"the answer takes {len(payload)} bytes, more than {self.limit}")
        super().send(kind, payload)
