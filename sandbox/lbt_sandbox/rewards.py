"""Rewards for trainers: a function that TRL's GRPO asks about a batch of replies; programs run in the sandbox.

    trainer = GRPOTrainer(model, reward_funcs=code_reward("http://grader:8080"), train_dataset=dataset)

The dataset has a column `problem`: a problem's row, as JSON text (or an object), as in any file that `lbt grade` reads.
A reply on which the grader failed has the reward None, which TRL leaves out of the group; it is never a 0.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import anyio

from lbt_sandbox.client import open_sandbox
from lbt_sandbox.grader_methods import GraderMethods
from lbt_sandbox.grading_run import program_of
from lbt_sandbox.loaders import DataError, parse_problem
from lbt_sandbox.types import Problem, ProblemError, Report, SandboxError, SandboxUnavailable, Verdict

__all__ = ["code_reward"]

Completion = str | Sequence[dict[str, Any]]
"""A reply: text, or the messages of a conversation, whose last is the reply."""
RewardFunction = Callable[..., Awaitable[list[float | None]]]
KEPT_PROBLEMS = 1024


def code_reward(
    server: str | None = None, score: Literal["binary", "fraction"] = "binary", column: str = "problem", **options: Any
) -> RewardFunction:
    """A reward function for `GRPOTrainer(reward_funcs=...)`.

    Args:
        server: Of a `grade-server`; None grades in this process, which starts a sandbox for every batch.
        score: 1 where every test is passed and 0 else, or the share of tests passed.
        column: Of the dataset, with the problems.
        options: As for `open_sandbox`.
    """
    problems: dict[str, Problem] = {}

    async def reward(completions: Sequence[Completion], **columns: Any) -> list[float | None]:
        rows = _rows(columns, column, len(completions))
        submissions = [
            (problem := _problem(row, problems), program_of(problem, reply_of(completion), extract=True))
            for row, completion in zip(rows, completions, strict=True)
        ]
        async with open_sandbox(server, **options) as sandbox:
            return await _rewards(sandbox, submissions, score)

    reward.__name__ = "code_reward"  # what TRL calls it in its logs
    return reward


def _rows(columns: dict[str, Any], column: str, count: int) -> Sequence[Any]:
    if column not in columns:
        raise SandboxError(
            f"the dataset needs a column {column!r} with problems, found {', '.join(sorted(columns)) or 'none'}: "
            "name another one with code_reward(column=...)"
        )
    rows: Sequence[Any] = columns[column]
    if len(rows) != count:
        raise SandboxError(f"the column {column!r} has {len(rows)} problems for {count} replies")
    return rows


def _problem(row: Any, known: dict[str, Problem]) -> Problem:
    text = row if isinstance(row, str) else json.dumps(row, sort_keys=True)
    if text not in known:
        if len(known) >= KEPT_PROBLEMS:
            known.clear()
        try:
            known[text] = parse_problem(json.loads(text))
        except ValueError as error:
            raise DataError(f"a problem's row as JSON was needed, found {text[:80]!r}: {error}") from None
    return known[text]


def reply_of(completion: Completion) -> str:
    """The text of a reply."""
    return completion if isinstance(completion, str) else str(completion[-1]["content"] or "")


async def _rewards(
    sandbox: GraderMethods, submissions: Sequence[tuple[Problem, str]], score: str
) -> list[float | None]:
    rewards: list[float | None] = [None] * len(submissions)
    places = anyio.Semaphore(2 * sandbox.workers)

    async def fill(number: int, problem: Problem, program: str) -> None:
        async with places:
            try:
                report = await sandbox.grade(problem, program)
            except (ProblemError, SandboxUnavailable):
                raise  # the user's own to mend, and the same for every reply
            except SandboxError:
                return
        rewards[number] = value(report, score)

    try:
        async with anyio.create_task_group() as tasks:
            for number, (problem, program) in enumerate(submissions):
                tasks.start_soon(fill, number, problem, program)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return rewards


def value(report: Report, score: str) -> float:
    """The reward of a report."""
    return report.v_score if score == "fraction" else float(report.verdict is Verdict.AC)
