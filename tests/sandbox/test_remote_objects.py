"""Whatever the tests and the solution hand each other behaves as in plain Python, although two processes hold it."""

from dataclasses import replace
from pathlib import Path

import anyio.to_thread
import pytest
import yaml
from lbt_sandbox import Sandbox, Verdict

from .plain_python import accepts_plainly, code_problem

HONEST: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "honest_programs.yaml").read_text())


@pytest.mark.parametrize("name", HONEST)
async def test_an_honest_program_is_accepted_as_in_plain_python(sandbox: Sandbox, name: str) -> None:
    solution, tests = HONEST[name]["solution"], HONEST[name]["tests"]
    assert await anyio.to_thread.run_sync(accepts_plainly, solution, tests)
    report = await sandbox.grade(code_problem(tests), solution)
    assert report.verdict is Verdict.AC, report.message


async def test_a_coroutine_that_waits_for_an_event_loop_needs_threads(sandbox: Sandbox) -> None:
    solution = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0.001)\n    return x + 1\n"
    problem = code_problem("async def check(g):\n    assert await g(1) == 2\n")
    report = await sandbox.grade(replace(problem, threads=True), solution)
    assert report.verdict is Verdict.AC, report.message
    assert (await sandbox.grade(problem, solution)).verdict is Verdict.RTE
