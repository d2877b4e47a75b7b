"""A guest with the protocol spoken: sends a job, reads a record per test, and tells when it can no longer be trusted.

worker = await Worker.start(engine, unsafe=False)
outcomes = await worker.run(job)     # or WorkerFailed: the guest's fault, never a verdict
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import anyio

from lbt_sandbox.engines import Engine, Guest
from lbt_sandbox.guest.judging import RECORD, STILL_ALIVE
from lbt_sandbox.guest.supervisor import PROTOCOL
from lbt_sandbox.links import LinkBroken
from lbt_sandbox.types import (
    Failure,
    Job,
    Kind,
    Limits,
    Outcome,
    ProblemError,
    SandboxUnavailable,
    Verdict,
)

START_SECONDS = 60.0
GRACE_SECONDS = 30.0
"""Beyond a job's own limits: for a machine so loaded that even the supervisor waits."""
FRAME_SLACK = 1 << 17
"""Bytes a record may have beyond a job's limits of output and answer."""
TRACEBACK_LIMIT = 4000
SHOWN_BYTES = 1 << 15
"""Of what a test prints, where that is not its answer: the rest would only fill this side's memory."""
STDOUT_LIMIT = 40_000
"""Bytes of standard output that are kept of a test whose answer it is not."""
_STATUSES = frozenset({"OK", "END", "HI", "PE", *Verdict})
_ABNORMAL = frozenset({Verdict.SV, Verdict.TLE, Verdict.MLE, Verdict.OLE})


class WorkerFailed(Exception):  # noqa: N818 - an outcome
    """The guest died, fell silent or spoke nonsense: the job must run again on another one."""


@dataclass(slots=True)
class GuestMessage:
    """One message of the supervisor."""

    status: str
    stdout: bytes
    stderr: bytes
    payload: bytes
    exit_status: int | None
    cpu: float
    wall: float
    memory: int


class Requeued(Exception):  # noqa: N818 - an outcome
    """Another job on the same guest went wrong before this one, which has to run again: no fault of its own."""


def pack(job: Job, number: int = 0, place: int | None = None) -> bytes:
    """A job as the supervisor reads it.

    Args:
        job: What to run.
        number: Comes back with the job's end.
        place: Number of the CPU that the supervisor keeps to, modulo those it may use.
    """
    blobs = [_program(job), _tests(job), *job.files.values(), *job.inputs]
    limits = job.limits
    header = {
        "sizes": [len(blob) for blob in blobs],
        "kind": job.kind,
        "files": list(job.files),
        "wide": job.is_wide,
        "number": number,
        "place": place,
        "cpu": limits.cpu,
        "wall": limits.wall,
        "total_cpu": limits.total_cpu,
        "total_wall": limits.total_wall,
        "deadline": limits.deadline,
        "memory": limits.memory,
        "output": limits.output,
        "shown": SHOWN_BYTES,
        "answer": limits.answer,
    }
    head = json.dumps(header).encode()
    return b"".join((struct.pack("!I", len(head)), head, *blobs))


def _program(job: Job) -> bytes:
    fields: dict[str, Any] = {
        "kind": job.kind,
        "entry_point": job.entry_point,
        "preamble": job.preamble,
        "source": job.source,
        "in_place": job.in_place,
        "converters": dict(job.converters),
        "answer": job.limits.answer,
        "options": dict(job.options),
    }
    return json.dumps(fields).encode()


def _tests(job: Job) -> bytes:
    if job.kind is not Kind.ASSERT_CODE:
        return b""
    fields = {
        "kind": "tests",
        "entry_point": job.entry_point,
        "preamble": job.preamble,
        "source": job.tests_source,
        "tests": [json.loads(data) for data in job.inputs],
    }
    return json.dumps(fields).encode()


def _failure(payload: bytes) -> Failure | None:
    """What a child said about its end; None where it is not what our own code in the child would say."""
    try:
        facts: Any = json.loads(payload)
        kind, message, line, trace = facts["type"], facts["message"], facts["line"], facts.get("traceback", "")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    honest = all(type(text) is str for text in (kind, message, trace)) and (
        line is None or (type(line) is int and 0 <= line < 1 << 31)
    )
    return Failure(kind[:100], message[:1000], line, trace[:TRACEBACK_LIMIT]) if honest else None


def outcome(record: GuestMessage) -> Outcome:
    """A record of the supervisor as the judge sees it."""
    failure, verdict, answer = None, None, record.payload
    if record.status != "OK":
        failure, verdict, answer = _failure(record.payload), Verdict(record.status), b""
        if failure is None:
            failure, verdict = Failure("ForgedFrame", "a frame that the runner does not write"), Verdict.SV
    return Outcome(
        verdict=verdict,
        answer=answer,
        failure=failure,
        stdout=record.stdout[:STDOUT_LIMIT].decode("utf-8", "replace"),
        stderr=record.stderr.decode("utf-8", "replace"),
        exit_status=record.exit_status,
        cpu=record.cpu,
        wall=record.wall,
        memory=record.memory,
    )


_TOO_MUCH = Outcome(Verdict.OLE, failure=Failure("TotalAnswerLimit", "the submission's answers take too much memory"))


def _broken(payload: bytes) -> str:
    """Why a problem's own tests cannot be run."""
    failure = _failure(payload)
    if failure is None:
        return payload.decode("utf-8", "replace")
    line = f" (line {failure.line} of the tests)" if failure.line else ""
    return f"the tests cannot be loaded, or fail before they call any solution: {failure.type}: {failure.message}{line}"


class Worker:
    """A guest that has said hello and passed its self-check."""

    def __init__(self, guest: Guest, place: int | None = None) -> None:
        self.guest, self.place = guest, place
        self.runs = 0
        self.jobs = 0
        """Jobs that it is lent to; the pool's book-keeping."""
        self.since = time.monotonic()
        self.usable = True
        self.suspicious = False
        self._sending = anyio.Lock(fast_acquire=True)
        self._last: anyio.Event | None = None
        self._deadline = 0.0

    @classmethod
    async def start(cls, engine: Engine, unsafe: bool = False, place: int | None = None) -> Worker:
        """A fresh worker.

        Args:
            engine: Where its guest comes from.
            unsafe: Accept a guest on the host without Landlock or seccomp.
            place: The CPU that it keeps to; None for any.

        Raises:
            SandboxUnavailable: No guest can be had, or it lacks a layer.
            WorkerFailed: It started and then failed.
        """
        worker = cls(await engine.start(), place)
        try:
            with anyio.fail_after(START_SECONDS):
                _check_hello(await worker._hello(), engine.contains, unsafe)
                await worker.check()
            return worker
        except TimeoutError:
            await worker.stop()
            raise WorkerFailed(f"a fresh guest said nothing for {START_SECONDS:.0f} s") from None
        except BaseException:
            await worker.stop()
            raise

    async def _hello(self) -> dict[str, Any]:
        try:
            record = await self._record()
        except LinkBroken as error:
            raise WorkerFailed(f"the guest did not start: {error}") from error
        if record.status != "HI":
            raise WorkerFailed(f"the guest began with {record.status!r}")
        return json.loads(record.payload)

    async def _record(self, longest: int = FRAME_SLACK) -> GuestMessage:
        head = await self.guest.link.receive(RECORD.size)
        status, *sizes, ended, cpu, wall, memory = RECORD.unpack(head)
        name = status.decode("ascii", "replace").strip()
        if name not in _STATUSES or sum(sizes) > longest:
            raise WorkerFailed(f"a record {name!r} of {sum(sizes)} bytes")
        stdout, stderr, payload = [await self.guest.link.receive(size) for size in sizes]
        exit_status = None if ended == STILL_ALIVE else ended
        return GuestMessage(name, stdout, stderr, payload, exit_status, cpu / 1e9, wall / 1e9, memory)

    async def run(self, job: Job, checking: bool = False) -> list[Outcome]:
        """One outcome per input of the job. A second job may be sent while the first runs; it then waits its turn.

        Args:
            job: What to run.
            checking: As part of the self-check, which decides whether later jobs can be trusted.

        Raises:
            WorkerFailed: The guest's fault; the worker is not `usable` any more.
            Requeued: The job before this one broke the guest, or made it suspicious.
            ProblemError: The problem's own tests cannot be loaded.
        """
        self.runs += 1
        number, before, done = self.runs, self._last, anyio.Event()
        self._last = done
        is_first = before is None or before.is_set()
        self._deadline = (anyio.current_time() if is_first else self._deadline) + job.limits.total_wall + GRACE_SECONDS
        try:
            with anyio.fail_after(self._deadline - anyio.current_time()):
                async with self._sending:
                    await self.guest.link.send(pack(job, number, self.place))
                if before is not None:
                    await before.wait()
                return await self._outcomes(job, number, checking)
        except (Requeued, ProblemError):
            raise
        except BaseException as error:  # whatever interrupts us leaves the guest in the middle of a job
            self.usable = False
            if not isinstance(error, LinkBroken | TimeoutError):
                raise
            if before is not None and not before.is_set():
                raise Requeued from error
            raise WorkerFailed(str(error) or "the guest did not answer in time") from error
        finally:
            done.set()

    async def _outcomes(self, job: Job, number: int, checking: bool) -> list[Outcome]:
        if not self.usable:
            raise Requeued
        doubtful = self.suspicious and not checking
        outcomes, broken = await self._read(job, number)
        if doubtful:  # it ran before the check that was due
            raise Requeued
        if broken:
            raise ProblemError(broken)
        if not checking:
            self.suspicious = any(each.verdict in _ABNORMAL for each in outcomes)
        return outcomes

    async def _read(self, job: Job, number: int) -> tuple[list[Outcome], str]:
        """The outcomes, or why the problem's own tests cannot be loaded."""
        outcomes: list[Outcome] = []
        broken, kept = "", 0
        longest = job.limits.answer + job.limits.output + FRAME_SLACK
        while (record := await self._record(longest)).status != "END":
            if record.status == "PE":
                broken = _broken(record.payload)
            else:
                kept += len(record.payload)
                outcomes.append(outcome(record) if kept <= job.limits.total_answer else _TOO_MUCH)
        if record.memory != number:
            raise WorkerFailed(f"the end of job {record.memory} where that of {number} was due")
        if self.runs == number and not self.guest.link.is_silent:  # such as bytes that arrived twice
            raise WorkerFailed("the guest went on after the end")
        if not broken and len(outcomes) != len(job.inputs):
            raise WorkerFailed(f"{len(outcomes)} outcomes of {len(job.inputs)} tests")
        return outcomes, broken

    async def check(self) -> None:
        """Grade programs whose outcome is known; `WorkerFailed` when one differs."""
        for job, wanted in _SELF_CHECK:
            found = [result.answer.decode() or result.verdict for result in await self.run(job, checking=True)]
            if found != wanted:
                self.usable = False
                raise WorkerFailed(f"the self-check gave {found} where {wanted} was wanted")
        self.suspicious = False

    async def stop(self) -> None:
        """End the guest."""
        self.usable = False
        await self.guest.stop()


def _check_hello(hello: dict[str, Any], contained: bool, unsafe: bool) -> None:
    if hello.get("protocol") != PROTOCOL:
        raise WorkerFailed(f"the guest speaks protocol {hello.get('protocol')}, this package {PROTOCOL}")
    missing: Sequence[str] = hello.get("missing", ())
    needed = [layer for layer in missing if not contained or layer.startswith("seccomp")]
    if needed and not unsafe:
        raise SandboxUnavailable(
            f"this machine lacks {', '.join(needed)}, without which untrusted code is not contained. "
            "Use engine='docker', or accept the risk with unsafe=True (--unsafe)."
        )


def _check_job(source: str, *inputs: bytes) -> Job:
    return Job(source, "check", Kind.CALL, inputs, Limits(cpu=5, wall=20, total_cpu=10, total_wall=40))


_SELF_CHECK: tuple[tuple[Job, list[Any]], ...] = (
    (_check_job("def check(a, b): return a + b", b'[[1,2],{"d":[]}]', b'[[3,4],{"d":[]}]'), ["3", "7"]),
    (_check_job("import os\ndef check(a, b): return os.fork()", b'[[1,2],{"d":[]}]'), [Verdict.SV]),
)
