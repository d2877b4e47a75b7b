"""The supervisor's part in tests written as code: hands frames to and fro between the tests and the solution.

    status, payload = Conversation(job).test(3)   # the verdict on the test with the number 3

It reads no frame but for its kind: C a call, R its result, E what it raised, after each of which it is the other
side's turn. Whoever has the turn when a limit is reached has to go; when that is the solution, the tests are told (X)
and go on with the next test, for which a fresh process of the solution is started.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from lbt_sandbox.guest.process import Child, Stopped

if TYPE_CHECKING:
    from lbt_sandbox.guest.judging import Job

MEMORY_PER_BYTE = 150
"""Of the tests' source: what its syntax tree takes where it is one long list."""
UNWIND_NS = 2_000_000_000
"""How long the tests may take to leave the test in which the solution was ended."""
_TURN = b"CRE"
_VERDICTS = {b"D": "OK", b"W": "WA", b"F": "RTE", b"M": "MLE", b"V": "SV", b"P": "PE"}
_NOT_LOADED = {b"E": "RTE", b"M": "MLE", b"K": "CE"}
_ENDED = {b"M": "MLE", b"O": "OLE"}


class Conversation:
    """Two children of a job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.first = 0
        """Number of the first test that the present process of the tests has to judge."""
        self.lost: list[int] = []
        """Numbers of the tests in which a process had to be ended: a later process of the tests leaves them out."""
        self.number = 0
        self.is_fresh = True
        """Whether the tests have not yet met the solution's present process."""

    def test(self, number: int) -> tuple[str, bytes]:
        """Status and payload of one test; `Stopped` when a limit ends it."""
        job = self.job
        job.keep_tester = False
        self.number = number
        tester = self._loaded_tester(number)
        if failure := self._load_solution():
            return failure
        job.begin()
        order = {"test": number, "skip": self.first, "lost": self.lost, "fresh": self.is_fresh}
        self.is_fresh = False
        tester.queue(b"T", json.dumps(order).encode())
        assert job.solution is not None
        return self._converse(tester, job.solution)

    def _converse(self, tester: Child, solution: Child) -> tuple[str, bytes]:
        watch = self.job.watch()
        while True:
            kind, payload = tester.receive(watch)
            if kind not in _TURN:
                return self._verdict(kind, payload)
            solution.queue(kind, payload)
            try:
                kind, payload = solution.receive(watch)
            except Stopped:
                self._leave(tester, solution)
                raise
            if kind not in _TURN:
                self._leave(tester, solution)
                if kind not in _ENDED:
                    raise Stopped("SV", "ForgedFrame", f"a frame of kind {kind!r} has no place here")
                return _ENDED[kind], payload
            tester.queue(kind, payload)

    def _verdict(self, kind: bytes, payload: bytes) -> tuple[str, bytes]:
        if kind not in _VERDICTS:
            raise Stopped("SV", "ForgedFrame", f"a frame of kind {kind!r} has no place here")
        self.job.keep_tester = kind not in b"MVP"
        return _VERDICTS[kind], payload

    def _leave(self, tester: Child, solution: Child) -> None:
        """End the solution and have the tests leave the present test; their process goes, too, when they do not."""
        solution.kill()
        self.lost.append(self.number)
        self.job.wall_end = time.monotonic_ns() + UNWIND_NS
        tester.queue(b"X", b"")
        try:
            kind, _ = tester.receive(self.job.watch([tester]))
            self.job.keep_tester = kind in b"DWF"
        except Stopped:
            pass

    def _loaded_tester(self, number: int) -> Child:
        job = self.job
        if job.tester is None:
            self.first = number
            self.lost += [number - 1] if number else []
            job.tester = job.start(job.tests, wide=True, memory=MEMORY_PER_BYTE * len(job.tests))
            try:
                kind, payload = job.tester.receive(job.begin_tests())
            except Stopped as error:
                kind, payload = b"", str(error).encode()
            if kind != b"L":
                raise Broken(payload.decode(errors="replace"))
            job.read_clocks()
        return job.tester

    def _load_solution(self) -> tuple[str, bytes] | None:
        """Have a loaded process of the solution; the failure to load it."""
        job = self.job
        if job.solution is None:
            job.solution = job.start_solution()
            self.is_fresh = True
        if job.solution.loaded:
            return None
        job.begin()
        kind, payload = job.solution.receive(job.watch())
        if kind != b"L":
            if kind not in _NOT_LOADED:
                raise Stopped("SV", "ForgedFrame", f"a frame of kind {kind!r} has no place here")
            return _NOT_LOADED[kind], payload
        job.solution.loaded = True
        job.read_clocks()
        return None


class Broken(Exception):  # noqa: N818 - an outcome
    """The problem itself cannot be run, such as the tests' own code: nobody's verdict."""
