"""The attack suite: what it holds, what it calls a pass or a disturbance, and that this installation withstands it."""

import re
from pathlib import Path

import lbt_sandbox
import pytest
from click.testing import CliRunner
from lbt_sandbox import CaseResult, InternalError, Problem, Report, Verdict
from lbt_sandbox.attack_suite import load_attacks, run_attack
from lbt_sandbox.attack_types import Attack, Status
from lbt_sandbox.cli import sandbox as commands

from .conftest import need

README = Path(lbt_sandbox.__file__).parents[1] / "README.md"
ATTACKS = {attack.name: attack for attack in load_attacks()}
ADD = ATTACKS["expected-values-outside/equal-to-everything"].problem


def enforced_lines() -> list[str]:
    """The names that the README's list of what is enforced begins its lines with."""
    section = README.read_text(encoding="utf-8").split("### Enforced")[1].split("### Not enforced")[0]
    return re.findall(r"^- \*\*([a-z0-9-]+)\*\*", section, re.MULTILINE)


def test_there_are_enough_attacks_with_names_of_their_own() -> None:
    assert len(load_attacks()) == len(ATTACKS) >= 120


def test_every_enforced_line_of_the_readme_has_attacks_of_the_same_name() -> None:
    assert sorted(enforced_lines()) == sorted({attack.enforced for attack in load_attacks()})
    assert len(enforced_lines()) == len(set(enforced_lines()))


def test_every_attack_must_get_something_other_than_accepted() -> None:
    for attack in load_attacks():
        assert attack.verdicts
        assert Verdict.AC not in attack.verdicts, attack.name
        assert attack.passed < len(attack.problem.cases), attack.name
        assert attack.follower or attack.problem.reference, attack.name


class Script:
    """A grader that answers from a list."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.programs: list[str | bytes] = []

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        self.programs.append(code)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Report(problem.task_id, tuple(CaseResult(Verdict(verdict)) for verdict in answer.split()))


TRY = Attack("a/b", frozenset({Verdict.WA, Verdict.RTE}), ADD, "program")
PARTLY = Attack("a/c", frozenset({Verdict.TLE}), ADD, "program", passed=1)
FOLLOWED = Attack("a/d", frozenset({Verdict.WA}), ADD, "program", then="look")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("attack", "answers", "status", "reason"),
    [
        (TRY, ["WA WA", "AC AC"], Status.HELD, ""),
        (TRY, ["AC AC", "AC AC"], Status.PASSED, "2 of 2 tests accepted"),
        (TRY, ["WA AC", "AC AC"], Status.PASSED, "1 of 2 tests accepted"),
        (TRY, ["TLE TLE", "AC AC"], Status.DISTURBED, "RTE/WA was due"),
        (TRY, ["WA WA", "AC WA"], Status.DISTURBED, "the correct submission after it got WA"),
        (TRY, [InternalError("gone")], Status.CRASHED, "the grader failed: gone"),
        (TRY, ["WA WA", InternalError("gone")], Status.CRASHED, "the grader failed: gone"),
        (PARTLY, ["TLE AC", "AC AC"], Status.HELD, ""),
        (PARTLY, ["TLE TLE", "AC AC"], Status.DISTURBED, "only 0 of the 1 tests"),
        (PARTLY, ["AC AC", "AC AC"], Status.PASSED, "2 of 2"),
        (FOLLOWED, ["WA WA", "WA WA", "AC AC"], Status.HELD, ""),
        (FOLLOWED, ["WA WA", "AC AC"], Status.PASSED, "2 of 2"),
        (FOLLOWED, ["WA WA", "RTE RTE", "TLE TLE"], Status.DISTURBED, "got TLE"),
    ],
)
async def test_what_an_attack_comes_to(
    attack: Attack, answers: list[str | Exception], status: Status, reason: str
) -> None:
    grader = Script(*answers)
    result = await run_attack(grader, attack)
    assert result.status is status
    assert reason in result.reason
    assert grader.programs[0] == "program"


@pytest.mark.parametrize("arguments", [["--match", "no such attack"], ["--workers", "0"], ["--engine", "other"]])
def test_wrong_use_is_told(arguments: list[str]) -> None:
    result = CliRunner().invoke(commands, ["attack", *arguments])
    assert result.exit_code == 2
    assert "Error" in result.output


@pytest.mark.timeout(300)
def test_one_attack_of_each_line_is_held_without_docker() -> None:
    need("process")
    first = {attack.enforced: attack.name for attack in reversed(load_attacks())}
    matches = [argument for name in first.values() for argument in ("--match", name)]
    chosen = [name for name in ATTACKS if any(one in name for one in first.values())]
    result = CliRunner().invoke(commands, ["attack", "--engine", "process", *matches])
    assert (
        result.output.splitlines()[-1] == f"{len(chosen)} attacks: 0 passed, 0 disturbed, 0 stalled over 2 s, 0 crashed"
    ), result.output
    assert result.exit_code == 0


@pytest.mark.docker
@pytest.mark.slow  # a minute and more; `lbt sandbox attack` is the same, and CI runs it
@pytest.mark.timeout(600)
def test_this_installation_withstands_every_attack() -> None:
    result = CliRunner().invoke(commands, ["attack"])
    assert (
        result.output.splitlines()[-1]
        == f"{len(ATTACKS)} attacks: 0 passed, 0 disturbed, 0 stalled over 2 s, 0 crashed"
    ), result.output
    assert result.exit_code == 0
