"""code-judge's protocol, which rStar2 speaks: programs that run, or whose output is compared here.

    POST /judge   {"type": "python", "solution": "print(input())", "input": "hi", "expected_output": "hi"}
    POST /run     the same without expected_output
    POST /judge/batch, /judge/long-batch, /run/batch, /run/long-batch   {"type": "batch", "submissions": [...]}

A submission of a batch that gets no verdict has the reason `queue_timeout`, which clients send again.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import anyio
from pydantic import BaseModel, Field

from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.programs import Program, Result, job_of, limits_of, result_of
from lbt_sandbox.service.refusals import NoVerdict, read
from lbt_sandbox.types import Case, Kind, Problem, Verdict

MOST_SUBMISSIONS = 10_000
AT_ONCE = 64


class Submission(BaseModel):
    """One program."""

    sub_id: str = Field(default_factory=lambda: str(uuid.uuid4()))
    type: Literal["python"]
    solution: str
    input: str | None = None
    expected_output: str | None = None


class Batch(BaseModel):
    """Several."""

    sub_id: str = Field(default_factory=lambda: str(uuid.uuid4()))
    type: Literal["batch"] = "batch"
    submissions: list[Submission] = Field(max_length=MOST_SUBMISSIONS)


Judge = Callable[[Submission, Context, bool], Awaitable[dict[str, Any]]]


async def judged(submission: Submission, context: Context, patient: bool) -> dict[str, Any]:
    """The result of a program with what it should print; without that, of running it."""
    if submission.expected_output is None:
        return await ran(submission, context, patient)
    case = Case((submission.input or "",), expected=submission.expected_output)
    problem = Problem("judge", "", (case,), Kind.STDIO, limits=limits_of(10))
    report = await (
        context.grader.grade(problem, submission.solution, None)
        if patient
        else context.grader.grade(problem, submission.solution)
    )
    (test,) = report.tests
    answered = test.verdict.answered
    stdout = test.got if answered else test.stdout
    return _shaped(submission, test.verdict is Verdict.AC, answered, test.wall, stdout, test.stderr, test.verdict)


async def ran(submission: Submission, context: Context, patient: bool) -> dict[str, Any]:
    """The result of a program that runs."""
    job = job_of(Program(submission.solution, submission.input or ""), context.grader.most_memory)
    (outcome,) = await (context.grader.run(job, None) if patient else context.grader.run(job))
    result: Result = result_of(outcome)
    fine = result.verdict is None
    return _shaped(submission, fine, fine, result.wall, result.stdout, result.stderr, result.verdict)


def _shaped(
    submission: Submission, success: bool, run_success: bool, cost: float, stdout: str, stderr: str,
    verdict: Verdict | None,
) -> dict[str, Any]:  # fmt: skip
    reason = "worker_timeout" if verdict is Verdict.TLE else ""
    return {
        "sub_id": submission.sub_id, "success": success, "run_success": run_success, "cost": cost, "stdout": stdout,
        "stderr": stderr, "reason": reason,
    }  # fmt: skip


def _single(judge: Judge) -> Callable[[bytes, Context], Awaitable[Reply]]:
    async def answer(body: bytes, context: Context) -> Reply:
        return await judge(read(Submission, body), context, False)

    return answer


def _batch(judge: Judge) -> Callable[[bytes, Context], Awaitable[Reply]]:
    async def answer(body: bytes, context: Context) -> Reply:
        request = read(Batch, body)
        context.charge(len(request.submissions) - 1)
        results: list[Any] = [None] * len(request.submissions)
        places = anyio.Semaphore(AT_ONCE)

        async def fill(number: int, submission: Submission) -> None:
            async with places:
                try:
                    results[number] = await judge(submission, context, True)
                except NoVerdict:
                    results[number] = _shaped(submission, False, False, 0.0, "", "", None) | {"reason": "queue_timeout"}

        async with anyio.create_task_group() as tasks:
            for number, submission in enumerate(request.submissions):
                tasks.start_soon(fill, number, submission)
        return {"sub_id": request.sub_id, "results": results}

    return answer


ENDPOINTS = (
    Endpoint("/judge", _single(judged)),
    Endpoint("/run", _single(ran)),
    *(Endpoint(f"/judge/{kind}", _batch(judged)) for kind in ("batch", "long-batch")),
    *(Endpoint(f"/run/{kind}", _batch(ran)) for kind in ("batch", "long-batch")),
)
