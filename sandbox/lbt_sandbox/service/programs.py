r"""Programs to run, as all the protocols mean them: what is sent, what came of it. Pure.

    job = job_of(Program("print(input())", stdin="hello", seconds=2))
    result = result_of(job, outcome)
    result.exit_code, result.stdout        # 0, "hello\n"

A program runs once, as `python solution.py` would. Its time limit is CPU and wall time, and the wall time leaves out
what the machine, not the program, has spent; `is_starved` tells a program that never got its time from one that took
too much of it.
"""

from __future__ import annotations

import base64
import binascii
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from lbt_sandbox.service.refusals import Refused
from lbt_sandbox.types import FILE_NAME_BYTES, FILES_BYTES, MIB, Failure, Job, Kind, Limits, Outcome, Verdict

DEFAULT_SECONDS, DEFAULT_MEMORY = 10.0, 512 * MIB
LONGEST_SECONDS = 86_400.0
OUTPUT_BYTES = 4 * MIB
STARVED_SECONDS = 8.0
"""How much longer than its limit a program may take where the machine has no CPU for it."""
_SILENT = frozenset({Verdict.CE, Verdict.MLE, Verdict.OLE, Verdict.SV})
"""Ends that a program's standard error tells nothing of."""
PYTHON = ("python", "python3", "py", "py3", "python3.11", "cpython")


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its input. Seconds of CPU and of wall time, bytes of memory."""

    source: str
    stdin: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    seconds: float = DEFAULT_SECONDS
    memory: int = DEFAULT_MEMORY
    output: int = OUTPUT_BYTES


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    `verdict` is None where it ended by itself with status 0, else of `Verdict`: RTE also for another status.
    `exit_code` is None where the sandbox ended it; `signal` names what ended it.
    """

    verdict: Verdict | None
    exit_code: int | None
    signal: str | None
    stdout: str
    stderr: str
    cpu: float
    wall: float
    memory: int
    message: str = ""


def limits_of(seconds: float, memory: int = DEFAULT_MEMORY, output: int = OUTPUT_BYTES, tests: int = 1) -> Limits:
    """Limits of so many seconds a test. The total leaves room for what the sandbox does between two tests."""
    total = seconds * tests + 2
    return Limits(
        cpu=seconds, wall=seconds, total_cpu=total, total_wall=total, memory=memory, output=output,
        deadline=total + STARVED_SECONDS,
    )  # fmt: skip


def job_of(program: Program, most_memory: int | None = None) -> Job:
    """The job of a program.

    Args:
        program: What to run.
        most_memory: Of the sandbox; a program that may have more gets this.
    """
    memory = min(program.memory, most_memory) if most_memory else program.memory
    limits = limits_of(program.seconds, memory, program.output)
    stdin = program.stdin.encode("utf-8", "surrogatepass")
    return Job(program.source, "", Kind.STDIO, (stdin,), limits, files=program.files)


def is_starved(limits: Limits, outcome: Outcome) -> bool:
    """Whether a program was ended although it had not had its time: our failure, not its own."""
    return outcome.verdict is Verdict.TLE and outcome.cpu < 0.98 * limits.cpu and outcome.wall < 0.98 * limits.wall


def result_of(outcome: Outcome) -> Result:
    """What became of a program."""
    failure = outcome.failure
    reason = f"{failure.type}: {failure.message}" if failure else ""
    code, ended_by = _status(outcome)
    stdout = outcome.stdout if outcome.verdict else outcome.answer.decode("utf-8", "replace")
    stderr = _plain(outcome.stderr)
    if outcome.verdict in _SILENT and failure is not None:
        stderr += _plain(failure.traceback or _as_python_says(failure))
    elif failure is not None:
        stderr += _plain(failure.traceback)
    return Result(
        outcome.verdict, code, ended_by, _plain(stdout), stderr, outcome.cpu, outcome.wall, outcome.memory,
        _plain(reason),
    )  # fmt: skip


def _status(outcome: Outcome) -> tuple[int | None, str | None]:
    status = outcome.exit_status
    if outcome.verdict is None:
        return 0, None
    if outcome.verdict is Verdict.TLE:
        return None, "SIGKILL"
    if status is not None and status < 0:
        return status, _signal_name(-status)
    return status or 1, None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _as_python_says(failure: Failure) -> str:
    where = f'  File "solution.py", line {failure.line}\n' if failure.line else ""
    return f"{where}{failure.type}: {failure.message}\n"


def _plain(text: str) -> str:
    """Without what UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def decoded_files(files: Mapping[str, str | None], field_name: str = "files") -> dict[str, bytes]:
    """Files as they came, in base64.

    Raises:
        Refused: A name leads out of the work folder, the content is no base64, or there is too much of it.
    """
    found: dict[str, bytes] = {}
    for name, content in files.items():
        check_name(name, field_name)
        try:
            found[name] = base64.b64decode(content or "", validate=True)
        except (binascii.Error, ValueError):
            raise Refused(422, f"{field_name}.{name[:80]}: base64 was needed", field_name) from None
    if (size := sum(map(len, found.values()))) > FILES_BYTES:
        raise Refused(422, f"{field_name}: at most {FILES_BYTES} bytes in all, found {size}", field_name)
    return found


def check_name(name: str, field_name: str = "files") -> None:
    """Raises `Refused` where a file's name is no relative path within the work folder."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        size = FILE_NAME_BYTES + 1
    if "\0" in name or size > FILE_NAME_BYTES or any(part in ("", ".", "..") for part in name.split("/")):
        shown = name[:80].encode("utf-8", "replace").decode()
        raise Refused(422, f"{field_name}: a relative path in the work folder was needed, found {shown!r}", field_name)


def need_python(language: str, field_name: str = "language", known: tuple[str, ...] = PYTHON) -> None:
    """Raises `Refused` where the language is another one."""
    if language.lower() not in known:
        raise Refused(422, f"{field_name}: {language[:40]!r} is not served; known are {', '.join(known)}", field_name)
