"""Remote reward models as slime and OpenRLHF ask them: a reply and a label, which is the problem.

    POST /remote_rm            {"prompt": "...", "response": "```python ...```", "label": {"task_id": ...}}  -> 1.0
    POST /remote_rm            {"query": [...], "prompts": [...], "labels": [...]}  -> {"rewards": [1.0, ...]}
    POST /remote_rm/fraction   the same, and the share of tests passed in the place of 1 or 0

A label is a problem's row, as an object or as JSON text, or the id of a problem that the service has loaded. The code
is taken out of the reply.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from pydantic import BaseModel, Field
from pydantic_core import from_json

from lbt_sandbox.grading_run import program_of
from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.problems import Problems
from lbt_sandbox.service.refusals import Refused, read
from lbt_sandbox.types import Problem, Report, Verdict

MOST_REPLIES = 4096
AT_ONCE = 64
Label = dict[str, Any] | str | int


class Request(BaseModel):
    """slime's form (`response`, `label`) or OpenRLHF's (`query`, `prompts`, `labels`)."""

    response: str | None = None
    label: Label | None = None
    query: list[str] = Field(default_factory=list[str], max_length=MOST_REPLIES)
    prompts: list[str] = Field(default_factory=list[str])
    labels: list[Label] = Field(default_factory=list[Label])


def problem_of_label(label: Label | None, problems: Problems, field: str) -> Problem:
    """The problem that a label means; `Refused` where it means none."""
    if isinstance(label, str) and label.lstrip().startswith("{"):
        try:
            label = from_json(label)
        except ValueError:
            raise Refused(422, f"{field}: a problem's row was needed, found text that is no JSON", field) from None
    if isinstance(label, dict):
        return problems.sent(label)
    if label is None:
        raise Refused(422, f"{field}: a problem's row or the id of a loaded problem was needed", field)
    return problems.named(label, field)


def replies_of(request: Request) -> list[str]:
    """The replies without the prompts that stand before them."""
    if not len(request.query) == len(request.prompts) == len(request.labels):
        raise Refused(422, "labels: as many of 'query', 'prompts' and 'labels' were needed", "labels")
    return [text.removeprefix(prompt) for text, prompt in zip(request.query, request.prompts, strict=True)]


def all_or_nothing(report: Report) -> float:
    """1 where every test is passed."""
    return float(report.verdict is Verdict.AC)


def share(report: Report) -> float:
    """The share of tests passed."""
    return report.v_score


def _answer(reward: Callable[[Report], float]) -> Callable[[bytes, Context], Awaitable[Reply]]:
    async def one(problem: Problem, reply: str, context: Context, patience: float | None) -> float:
        return reward(await context.grader.grade(problem, program_of(problem, reply, extract=True), patience))

    async def answer(body: bytes, context: Context) -> Any:
        request = read(Request, body)
        if request.response is not None:
            problem = problem_of_label(request.label, context.problems, "label")
            return await one(problem, request.response, context, 60.0)
        replies = replies_of(request)
        problems = [problem_of_label(label, context.problems, f"labels.{n}") for n, label in enumerate(request.labels)]
        context.charge(len(replies) - 1)
        rewards = [0.0] * len(replies)
        places = anyio.Semaphore(AT_ONCE)

        async def fill(number: int) -> None:
            async with places:
                rewards[number] = await one(problems[number], replies[number], context, None)

        async with anyio.create_task_group() as tasks:
            for number in range(len(replies)):
                tasks.start_soon(fill, number)
        return {"rewards": rewards}

    return answer


ENDPOINTS = (Endpoint("/remote_rm", _answer(all_or_nothing)), Endpoint("/remote_rm/fraction", _answer(share)))
