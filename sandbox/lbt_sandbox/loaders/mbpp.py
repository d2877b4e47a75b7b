"""Problems of MBPP, the full file (`text`, `test_setup_code`) and the sanitized one (`prompt`, `test_imports`).

    >>> mbpp_problem({"task_id": 1, "code": "def f(x): return x", "test_list": ["assert f(1) == 1"]}).entry_point
    'f'

The file names no entry point: it is the function of the reference code that the tests call (without that code, the
first function that they call). Other names that the tests use, such as a class for their inputs, are the solution's.
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from typing import Any

from lbt_sandbox.loaders.jsonl import BadRow, task_id_of, text
from lbt_sandbox.loaders.tests_as_code import fields_of_asserts
from lbt_sandbox.types import Problem


def mbpp_problem(row: dict[str, Any]) -> Problem:
    """The problem of one row; raises `BadRow` where a column is missing or no Python."""
    code, tests = text(row, "code", default=""), row.get("test_list")
    if not isinstance(tests, list) or not all(isinstance(test, str) for test in tests):
        raise BadRow("the column 'test_list' must be a list of texts")
    entry_point = entry_point_of(code, tests)
    return Problem(
        task_id=task_id_of(row),
        entry_point=entry_point,
        reference=code or None,
        metadata={"description": row.get("prompt") or row.get("text") or ""},
        **fields_of_asserts(tests, entry_point, _definitions(row)),
    )


def _definitions(row: dict[str, Any]) -> str:
    imports = row.get("test_imports") or []
    return "\n".join([*map(str, imports), text(row, "test_setup_code", default="")]).strip()


def entry_point_of(code: str, tests: Sequence[str]) -> str:
    """The function of the code that the tests call; `BadRow` where there is none."""
    try:
        defined = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
        called = [name for test in tests for name in _called_names(test)]
    except SyntaxError as error:
        raise BadRow(f"the columns 'code' and 'test_list' must be Python: {error}") from None
    for name in called:
        if name in defined or not (code or name in vars(builtins)):
            return name
    raise BadRow(f"no function of the code ({sorted(defined)}) is called by the tests")


def _called_names(test: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
