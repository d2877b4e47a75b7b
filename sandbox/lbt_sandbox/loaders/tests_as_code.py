r"""From tests written as code to a problem: data where they can be lifted, else code for a second process.

>>> fields_of_check("def check(candidate):\n    assert candidate(1) == 2\n", "Solution().next", helpers="")["kind"]
<Kind.CALL: 'call'>
"""

import ast
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

from lbt_sandbox.code_extraction import entry_name
from lbt_sandbox.lift import Lifted, lift, lift_check, split_check
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.types import Case, Checker, Converter, Kind


class TestFields(TypedDict):
    """The fields of a `Problem` that its tests decide."""

    kind: Kind
    cases: tuple[Case, ...]
    checker: Checker
    converters: dict[str, Converter]
    tests_source: str


def fields_of_check(source: str, entry_point: str, helpers: str) -> TestFields:
    """A test program with `def check(candidate)`.

    Args:
        source: The test program.
        entry_point: The name of the solution, which the tests may call directly.
        helpers: Definitions from the prompt that the tests use.

    Raises:
        BadRow: The test program does not parse.
    """
    with _parsing("test"):
        if lifted := lift_check(source, entry_name(entry_point)):
            return _data(lifted)
        code = split_check(source)
    return _code(code.tests, f"{helpers}\n{code.definitions}\n")


def fields_of_asserts(asserts: Sequence[str], entry_point: str, definitions: str) -> TestFields:
    """Assert statements, each a test of its own; `definitions` run before them.

    Raises:
        BadRow: One of them does not parse.
    """
    with _parsing("tests"):
        lifted = lift(asserts, entry_name(entry_point)) if _imports_only(definitions) else None
    return _data(lifted) if lifted and len(lifted.cases) == len(asserts) else _code(asserts, definitions)


@contextmanager
def _parsing(column: str) -> Generator[None]:
    """Without the warnings that somebody's code gives; names the column that does not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadRow(f"the column '{column}' is no Python: {error}") from None


def _imports_only(definitions: str) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(definitions).body)


def _data(lifted: Lifted) -> TestFields:
    return TestFields(
        kind=Kind.CALL,
        cases=lifted.cases,
        checker=lifted.checker,
        converters=dict(lifted.converters),
        tests_source="",
    )


def _code(tests: Sequence[str], definitions: str) -> TestFields:
    cases: tuple[Any, ...] = tuple(Case(args=(test,)) for test in tests)
    return TestFields(kind=Kind.ASSERT_CODE, cases=cases, checker=Checker(), converters={}, tests_source=definitions)
