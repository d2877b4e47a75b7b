"""Malicious programs against an installation: each must get its verdict, and the submission after it must not notice.

    >>> attacks = load_attacks()
    >>> attacks[0].name, attacks[0].verdicts
    ('answers-are-plain-data/generator-as-answer', frozenset({<Verdict.WA: 'WA'>, ...}))

Run it with `lbt-sandbox attack`. The programs are data: `attacks/<what is enforced>.yaml`, one file for each line of
the README's list of what is enforced, each program with the verdicts it may get. Most return the right answer if,
and only if, what they tried has worked; so an escape shows as a pass.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import anyio
import anyio.lowlevel
import yaml
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from lbt_sandbox.attack_matrix import HUNTS, draw_token, hunting_attacks
from lbt_sandbox.attack_types import Attack, AttackResult, Status
from lbt_sandbox.loaders import load_problems
from lbt_sandbox.types import InternalError, Problem, Report, SandboxError, Verdict

_FOLDER = Path(str(resources.files("lbt_sandbox"))) / "attacks"
STALL_SECONDS = 2.0
"""CPU time of the trusted side, without a break, that no submission may cause."""
_FOUND_NOTHING = frozenset({Verdict.WA, Verdict.RTE})


class Grader(Protocol):
    """What the suite attacks: `Sandbox`, with a single worker, so that what follows an attack meets its traces."""

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        """The report on a program."""
        ...


@cache
def load_attacks() -> tuple[Attack, ...]:
    """Every attack, in the order of the files' names."""
    problems = load_problems(_FOLDER / "problems.jsonl", "lbt").problems
    written = tuple(
        _attack(path.stem, group.get("prelude", ""), entry, problems)
        for path in sorted(_FOLDER.glob("*.yaml"))
        if path != HUNTS
        for group in [yaml.safe_load(path.read_text(encoding="utf-8"))]
        for entry in group["attacks"]
    )
    return written + hunting_attacks(draw_token())


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
    async with _busy_at_a_stretch() as busiest:
        result = await _run(grader, attack)
    if result.status is Status.HELD and busiest() > STALL_SECONDS:
        reason = f"the trusted side was busy for {busiest():.1f} s at a stretch"
        return AttackResult(attack, Status.STALLED, result.verdict, reason)
    return result


@asynccontextmanager
async def _busy_at_a_stretch() -> AsyncGenerator[Callable[[], float]]:
    """Gives the most CPU seconds that the event loop's thread has used between two looks, one every 20 ms."""
    stretches = [0.0]

    async def look() -> None:
        while True:
            before = time.thread_time()
            await anyio.sleep(0.02)
            stretches.append(time.thread_time() - before)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look)
        await anyio.lowlevel.checkpoint()
        yield lambda: max(stretches)
        tasks.cancel_scope.cancel()


async def _run(grader: Grader, attack: Attack) -> AttackResult:
    try:
        for program in attack.earlier:
            await grader.grade(attack.problem, program)
        report = await grader.grade(attack.problem, attack.program)
        result = _judge(attack, report, attack.verdicts, attack.passed)
        if result.status is Status.HELD and attack.then is not None:
            follower = await grader.grade(attack.problem, attack.then)
            result = _judge(attack, follower, _FOUND_NOTHING, 0)
        if result.status is Status.HELD and (change := await _disturbance(grader, attack)):
            return AttackResult(attack, Status.DISTURBED, report.verdict, change)
        return result
    except SandboxError as error:
        status = Status.CRASHED if isinstance(error, InternalError) else Status.DISTURBED
        return AttackResult(attack, status, "IE", f"the grader failed: {error}")
    except Exception as error:  # of ours, which no submission may cause
        return AttackResult(attack, Status.CRASHED, "IE", f"the grader crashed: {type(error).__name__}: {error}"[:500])


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


async def _disturbance(grader: Grader, attack: Attack) -> str:
    """How a correct submission is affected by what came before it; empty when it is not."""
    problem = attack.problem
    report = await grader.grade(problem, attack.follower or problem.reference or "")
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
