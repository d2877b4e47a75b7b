"""Whatever the tests and the solution hand each other behaves as in plain Python, although two processes hold it."""

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
