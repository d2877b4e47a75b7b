"""Names that tests use and nobody defines: MBPP has problems of each sort. The problems here are our own."""

from typing import Any

import pytest
from lbt_sandbox import Report, Sandbox
from lbt_sandbox.loaders import load_problems, parse_problem

from .test_loaders import code_data

TREE = """class Node:
    def __init__(self, data):
        self.data = data
        self.left = None
        self.right = None
def depth(root):
    return 0 if root is None else 1 + max(depth(root.left), depth(root.right))
"""
PAIRS = """class Pair(object):
    def __init__(self, a, b):
        self.a = a
        self.b = b
def longest(arr, n):
    assert isinstance(arr[0], Pair) and len(arr) == n
    return max(p.b - p.a for p in arr)
"""
MBPP: dict[str, dict[str, Any]] = {
    "a class and statements between (367, 927)": {
        "code": TREE, "test_setup_code": "root = Node(1)\nroot.left = Node(2)\nroot.left.right = Node(3)",
        "test_list": ["assert depth(root) == 3", "assert depth(root.left) == 2", "assert depth(root.right) == 0"],
    },
    "a class in the arguments (601)": {
        "code": PAIRS,
        "test_list": ["assert longest([Pair(5, 24), Pair(15, 25)], 2) == 19", "assert longest([Pair(1, 2)], 1) == 1"],
    },
    "a type as an argument (533)": {
        "code": "def without(items, kind):\n    return [x for x in items if not isinstance(x, kind)]\n",
        "test_list": ["assert without((4, 5, 7.7), int) == [7.7]", "assert without(['a', 1], str) == [1]"],
    },
    "a module that is not imported (596)": {
        "code": "import sys\ndef size(t):\n    return sys.getsizeof(t)\n",
        "test_list": ["assert size((1, 2)) == sys.getsizeof((1, 2))", "assert size(()) == sys.getsizeof(())"],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", MBPP)
async def test_references_are_accepted_and_others_not(sandbox: Sandbox, name: str) -> None:
    problem = parse_problem({"task_id": 1, "test_setup_code": "", **MBPP[name]})
    report = await sandbox.grade(problem, problem.reference or "")
    assert report.verdict == "AC", report.message
    wrong = (problem.reference or "") + f"\ndef {problem.entry_point}(*args):\n    return -1\n"
    assert (await sandbox.grade(problem, wrong)).passed == 0
    assert (await sandbox.grade(problem, f"def {problem.entry_point}(*args): return None\n")).passed == 0


@pytest.mark.parametrize("name", ["HumanEval.jsonl.gz", "LeetCodeDataset-v0.3.1-test-half.jsonl.gz"])
async def test_references_of_well_known_problems_are_accepted(sandbox: Sandbox, name: str) -> None:
    problems = load_problems(code_data(name)).problems.values()
    failed: dict[str, str] = {}
    async for report in sandbox.grade_many((problem, problem.reference or "") for problem in problems):
        assert isinstance(report, Report)
        if report.verdict != "AC":
            failed[report.task_id] = report.message
    assert failed == {}
