"""The service's own routes: a verdict for every test, and programs that just run.

    POST /v1/grade        {"problem": {...}, "program": "def add(a, b): ..."}      -> the row that `lbt grade` writes
    POST /v1/grade/batch  lines of such objects                                    -> lines of such rows, in order
    POST /v1/run          {"program": "print(input())", "stdin": "hi"}             -> stdout, exit code, CPU, memory

A problem is a row of any file that `lbt grade` reads, or `task_id` names one that the service has loaded; in a batch,
also one of an earlier line. `completion` stands for what continues a problem's prompt, `extract` takes the code out of
a model's reply.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import anyio
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from lbt_sandbox.grading_run import program_of
from lbt_sandbox.loaders import DataError
from lbt_sandbox.results import FAILED, result_row, row_without_verdict
from lbt_sandbox.service import wire
from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.programs import (
    DEFAULT_MEMORY,
    DEFAULT_SECONDS,
    LONGEST_SECONDS,
    OUTPUT_BYTES,
    Program,
    Result,
    decoded_files,
    job_of,
    need_python,
    result_of,
)
from lbt_sandbox.service.refusals import NoVerdict, Refused, read
from lbt_sandbox.types import MIB, Problem, Report

LINES_AT_ONCE = 64
"""Of a batch that are under way at a time."""
MOST_LINES = 10_000
Work = tuple[Problem, str | bytes]


class GradeRequest(BaseModel):
    """One submission."""

    model_config = ConfigDict(extra="forbid")

    problem: dict[str, Any] | None = None
    task_id: str | int | None = None
    program: str | None = None
    program_base64: Base64Bytes | None = None
    """A program that is no text, which a grader says of it, too."""
    completion: str | None = None
    extract: bool = False
    detail: Literal["row", "full"] = "row"
    """"full": a report with every text of every test, as `RemoteSandbox` reads it."""


class RunLimits(BaseModel):
    """Of a program that runs."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(default=DEFAULT_SECONDS, gt=0, le=LONGEST_SECONDS, allow_inf_nan=False)
    memory: int = Field(default=DEFAULT_MEMORY, gt=0)
    output: int = Field(default=OUTPUT_BYTES, gt=0, le=64 * MIB)


class RunRequest(BaseModel):
    """One program, or a job of `RemoteSandbox.run`."""

    model_config = ConfigDict(extra="forbid")

    program: str | None = None
    stdin: str = ""
    files: dict[str, str] = Field(default_factory=dict[str, str])
    language: str = "python"
    limits: RunLimits = RunLimits()
    job: dict[str, Any] | None = None


def submission(request: GradeRequest, problems: Problems, earlier: dict[str, Problem]) -> Work:
    """Problem and program; `Refused` names what is missing or unknown."""
    problem = _problem(request, problems, earlier)
    given = [each for each in (request.program, request.program_base64, request.completion) if each is not None]
    if len(given) != 1:
        raise Refused(422, "program: either 'program' or 'completion' was needed", "program")
    if request.completion is None:
        return problem, given[0]
    return problem, program_of(problem, request.completion, request.extract)


def _problem(request: GradeRequest, problems: Problems, earlier: dict[str, Problem]) -> Problem:
    if request.problem is not None:
        problem = problems.sent(request.problem)
        earlier[problem.task_id] = problem
        return problem
    if request.task_id is None:
        raise Refused(422, "problem: either 'problem' or 'task_id' was needed", "problem")
    return earlier.get(str(request.task_id)) or problems.named(request.task_id)


def reply_of(report: Report, request: GradeRequest) -> dict[str, Any]:
    """What is answered on a submission."""
    return wire.report_row(report) if request.detail == "full" else result_row(report, timings=True)


async def grade(body: bytes, context: Context) -> Reply:
    """`/v1/grade`."""
    request = read(GradeRequest, body)
    problem, program = submission(request, context.problems, {})
    report = await context.grader.grade(problem, program)
    return reply_of(report, request) | {"timings": _timings(context)}


def _timings(context: Context) -> dict[str, float]:
    return {"wait": round(context.grader.waited, 6), "run": round(context.grader.ran, 6)}


async def run(body: bytes, context: Context) -> Reply:
    """`/v1/run`."""
    request = read(RunRequest, body)
    if (request.program is None) == (request.job is None):
        raise Refused(422, "program: either 'program' or 'job' was needed", "program")
    if request.job is not None:
        return await _run_job(request.job, context)
    need_python(request.language)
    limits = request.limits
    files = decoded_files(request.files)
    program = Program(request.program or "", request.stdin, files, limits.seconds, limits.memory, limits.output)
    (outcome,) = await context.grader.run(job_of(program, context.grader.most_memory))
    return run_reply(result_of(outcome)) | {"timings": _timings(context)}


async def _run_job(row: dict[str, Any], context: Context) -> Reply:
    try:
        job = wire.job_of(row)
    except (DataError, RecursionError) as error:
        raise Refused(422, f"job: {error or 'nested too deeply'}", "job") from None
    return {"outcomes": [wire.outcome_row(each) for each in await context.grader.run(job)]}


def run_reply(result: Result) -> dict[str, Any]:
    """What is answered on a program that ran."""
    return {
        "verdict": result.verdict.value if result.verdict else "OK",
        "exit_code": result.exit_code,
        "signal": result.signal,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "cpu": round(result.cpu, 6),
        "wall": round(result.wall, 6),
        "memory": result.memory,
        "message": result.message,
    }


async def batch(body: bytes, context: Context) -> Reply:
    """`/v1/grade/batch`."""
    if (count := body.count(b"\n")) > MOST_LINES:
        raise Refused(413, f"body: at most {MOST_LINES} lines a batch, found {count}", "body")
    lines = [line for line in body.split(b"\n") if line.strip()]
    context.charge(len(lines) - 1)
    return _rows(lines, context)


async def _rows(lines: list[bytes], context: Context) -> AsyncIterator[bytes]:
    """A line for each, in order; some are graded ahead of the one that is due."""
    earlier: dict[str, Problem] = {}
    found: dict[int, bytes] = {}
    ready = [anyio.Event() for _ in lines]
    places = anyio.Semaphore(LINES_AT_ONCE)

    async def fill(number: int, request: GradeRequest | Refused, work: Work | None) -> None:
        found[number] = await _row(request, work, context)
        ready[number].set()

    async def feed() -> None:
        for number, line in enumerate(lines):
            await places.acquire()
            tasks.start_soon(fill, number, *_read(line, context.problems, earlier))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed)
        for number, event in enumerate(ready):
            await event.wait()
            places.release()
            yield found.pop(number)


def _read(line: bytes, problems: Problems, earlier: dict[str, Problem]) -> tuple[GradeRequest | Refused, Work | None]:
    try:
        request = read(GradeRequest, line)
        return request, submission(request, problems, earlier)
    except Refused as refusal:
        return refusal, None


async def _row(request: GradeRequest | Refused, work: Work | None, context: Context) -> bytes:
    row: dict[str, Any]
    if isinstance(request, Refused) or work is None:
        assert isinstance(request, Refused)
        row = row_without_verdict("", None, request.message)
    else:
        problem, program = work
        try:
            row = reply_of(await context.grader.grade(problem, program, patience=None), request)
        except Refused as refusal:
            row = row_without_verdict(problem.task_id, None, refusal.message)
        except NoVerdict as failure:
            row = row_without_verdict(problem.task_id, FAILED, failure.message)
    return to_json(row) + b"\n"


ENDPOINTS = (
    Endpoint("/v1/grade", grade),
    Endpoint("/v1/grade/batch", batch),
    Endpoint("/v1/run", run),
)
