"""Malicious programs against an installation: each must get its verdict, and the submission after it must not notice.

    >>> attacks = load_attacks()
    >>> attacks[0].name, attacks[0].verdicts
    ('answers-are-plain-data/generator-as-answer', frozenset({<Verdict.WA: 'WA'>, ...}))

Run it with `lbt sandbox attack`. The programs are data: `attacks/<what is enforced>.yaml`, one file for each line of
the README's list of what is enforced, each program with the verdicts it may get. Most return the right answer if,
and only if, what they tried has worked; so an escape shows as a pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import anyio
import yaml
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from lbt_sandbox.loaders import load_problems
from lbt_sandbox.types import Problem, Report, SandboxError, Verdict

_FOLDER = Path(str(resources.files("lbt_sandbox"))) / "attacks"
_FOUND_NOTHING = frozenset({Verdict.WA, Verdict.RTE})


class Grader(Protocol):
    """What the suite attacks: `Sandbox`, with a single worker, so that what follows an attack meets its traces."""

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """The report on a program."""
        ...


class Status(StrEnum):
    """What came of an attack."""

    HELD = "held"
    PASSED = "PASSED"
    """It got a test accepted that it should not have."""
    DISTURBED = "DISTURBED"
    """It got a verdict that is not its own, made the grader fail, or the submission after it was affected."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A malicious program and what must come of it."""

    name: str
    """`<what is enforced>/<what the program tries>`."""
    verdicts: frozenset[Verdict]
    problem: Problem
    program: str
    passed: int = 0
    """Most tests that it may pass."""
    then: str | None = None
    """A second program, which looks for what the first has left and is right only if it finds something."""

    @property
    def enforced(self) -> str:
        """The line of the README's list that the attack stands for."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What an attack got, and why that is not what it should have got."""

    attack: Attack
    status: Status
    verdict: str
    reason: str = ""


@cache
def load_attacks() -> tuple[Attack, ...]:
    """Every attack, in the order of the files' names."""
    problems = load_problems(_FOLDER / "problems.jsonl", "lbt").problems
    return tuple(
        _attack(path.stem, group.get("prelude", ""), entry, problems)
        for path in sorted(_FOLDER.glob("*.yaml"))
        for group in [yaml.safe_load(path.read_text(encoding="utf-8"))]
        for entry in group["attacks"]
    )


def _attack(enforced: str, prelude: str, entry: dict[str, Any], problems: dict[str, Problem]) -> Attack:
    padding = entry.get("padding", {"text": "", "times": 0})
    return Attack(
        name=f"{enforced}/{entry['name']}",
        verdicts=frozenset(map(Verdict, entry["verdicts"])),
        problem=problems[entry.get("problem", "add")],
        program=prelude + entry["code"] + padding["text"] * padding["times"] + entry.get("end", ""),
        passed=entry.get("passed", 0),
        then=entry.get("then"),
    )


async def run_attack(grader: Grader, attack: Attack) -> AttackResult:
    """Grade the attack, what looks for its traces, and a correct submission after both."""
    try:
        report = await grader.grade(attack.problem, attack.program)
        result = _judge(attack, report, attack.verdicts, attack.passed)
        if result.status is Status.HELD and attack.then is not None:
            follower = await grader.grade(attack.problem, attack.then)
            result = _judge(attack, follower, _FOUND_NOTHING, 0)
        if result.status is Status.HELD and (change := await _disturbance(grader, attack.problem)):
            return AttackResult(attack, Status.DISTURBED, report.verdict, change)
    except SandboxError as error:
        return AttackResult(attack, Status.DISTURBED, "IE", f"the grader failed: {error}")
    return result


def _judge(attack: Attack, report: Report, verdicts: frozenset[Verdict], passed: int) -> AttackResult:
    if report.passed > passed or report.verdict is Verdict.AC:
        return AttackResult(attack, Status.PASSED, report.verdict, f"{report.passed} of {report.total} tests accepted")
    if report.passed < passed:
        reason = f"only {report.passed} of the {passed} tests it answers rightly were accepted"
        return AttackResult(attack, Status.DISTURBED, report.verdict, reason)
    if report.verdict not in verdicts:
        reason = f"{'/'.join(sorted(verdicts))} was due: {report.message}"
        return AttackResult(attack, Status.DISTURBED, report.verdict, reason)
    return AttackResult(attack, Status.HELD, report.verdict)


async def _disturbance(grader: Grader, problem: Problem) -> str:
    """How a correct submission is affected by what came before it; empty when it is not."""
    report = await grader.grade(problem, problem.reference or "")
    if report.verdict is not Verdict.AC:
        return f"the correct submission after it got {report.verdict}: {report.message}"
    if any(test.stdout for test in report.tests) and problem.kind != "stdio":
        return "the correct submission after it printed something"
    return ""


async def run_attacks(
    graders: Sequence[Grader], attacks: Sequence[Attack], results: MemoryObjectSendStream[AttackResult]
) -> None:
    """Send every attack's result, shared out among graders that each have one worker; closes the stream."""
    sender, receiver = anyio.create_memory_object_stream[Attack](len(attacks))
    with sender, receiver:
        for attack in attacks:
            sender.send_nowait(attack)
        sender.close()
        async with results, anyio.create_task_group() as group:
            for grader in graders:
                group.start_soon(_work, grader, receiver.clone(), results.clone())


async def _work(
    grader: Grader, attacks: MemoryObjectReceiveStream[Attack], results: MemoryObjectSendStream[AttackResult]
) -> None:
    async with attacks, results:
        async for attack in attacks:
            await results.send(await run_attack(grader, attack))
