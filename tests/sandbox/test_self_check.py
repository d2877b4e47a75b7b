"""Tests that also accept an empty or a constant solution are found, and their problems left out by name."""

from typing import Any

import pytest
from lbt_sandbox import Sandbox
from lbt_sandbox.loaders import load_problems, parse_problem
from lbt_sandbox.self_check import self_check

from .plain_python import code_problem
from .test_loaders import SAMPLES, code_data

ADD: dict[str, Any] = {"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}


def row_of(kind: str, *tests: Any, **columns: Any) -> dict[str, Any]:
    return {"task_id": "t", "entry_point": "f", "kind": kind, "tests": list(tests), **columns}


NEAR = ({"args": [1], "expected": 0.2}, {"args": [2], "expected": -0.2})
REFUSED: dict[str, dict[str, Any]] = {
    "returns None": row_of("call", {"args": [1], "expected": None}, {"args": [2], "expected": None}),
    "returns True": row_of("call", {"args": [1], "expected": True}, {"args": [2], "expected": True}),
    "returns 0": row_of("call", *NEAR, checker={"name": "float", "abs_tol": 0.5}),
    "returns []": row_of("call", {"args": [1], "expected": []}, {"args": [2], "expected": []}),
    "prints nothing": row_of("stdio", {"stdin": "1", "stdout": "\n"}, entry_point=""),
    "prints YES": row_of("stdio", {"stdin": "1", "stdout": "YES"}, {"stdin": "2", "stdout": "YES"}, entry_point=""),
    "returns None ": row_of("in_place", {"args": [[1, 2]], "expected": [1, 2]}),
    "returns None  ": row_of("design", {"operations": ["F", "a"], "arguments": [[], []], "expected": [None, None]}),
}
AS_CODE = {
    "returns an object": "def check(g):\n    assert g(1) is not None\n    assert g(2) != g(3)\n",
    "returns None": "def check(g):\n    g(1)\n    assert g(2) is None\n",
    "returns float('nan')": "def check(g):\n    assert not abs(g(1) - 5) > 1e-6\n",
    "returns True": "def check(g):\n    assert g(1) is True\n    assert g(2) is True\n",
    "returns 'zyzzyva'": "def check(g):\n    assert isinstance(g(1), str)\n    assert len(g('x')) > 2\n",
    "returns {}": "def check(g):\n    assert g(1) == dict()\n    assert len(g(2).items()) == 0\n",
    "returns 987654321.5": "def check(g):\n    assert g(3) > 0\n    assert g(4) > 1\n",
}


@pytest.mark.parametrize("what", REFUSED)
async def test_data_that_accept_everything(anyio_backend: str, what: str) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("nothing has to run for this")

    assert what.strip() in await self_check(parse_problem(REFUSED[what]), never)
    assert await self_check(parse_problem(ADD), never) == ""


@pytest.mark.parametrize("what", AS_CODE)
async def test_code_that_accepts_everything(sandbox: Sandbox, what: str) -> None:
    assert what in await sandbox.self_check(code_problem(AS_CODE[what]))


async def test_a_checker_that_accepts_everything(sandbox: Sandbox) -> None:
    checker = {"name": "code", "source": "def check(args, kwargs, expected, got): return True"}
    assert "returns an object" in await sandbox.self_check(parse_problem({**ADD, "checker": checker}))


async def test_honest_problems_pass(sandbox: Sandbox) -> None:
    for problem in load_problems(SAMPLES).problems.values():
        assert await sandbox.self_check(problem) == "", problem.task_id


@pytest.mark.parametrize("name", ["HumanEval.jsonl.gz", "LeetCodeDataset-v0.3.1-test-half.jsonl.gz"])
async def test_well_known_problems_pass(sandbox: Sandbox, name: str) -> None:
    problems = load_problems(code_data(name)).problems.values()
    refused = {problem.task_id: reason for problem in problems if (reason := await sandbox.self_check(problem))}
    assert refused == {}
