r"""From tests written as code to a problem: data where they can be parsed, else code for a second process.

>>> fields_of_check("def check(candidate):\n    assert candidate(1) == 2\n", "Solution().next")["kind"]
<Kind.CALL: 'call'>
"""

import ast
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypedDict

from lbt_sandbox.asserts_as_data import ParsedTests, parse_asserts, parse_check
from lbt_sandbox.code_extraction import entry_name
from lbt_sandbox.guest.segments import NotRunnable, read
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.types import Case, Checker, Converter, Kind

ANSWER_TO_CODE = 64 << 20
"""Bytes of an answer that tests as code receive: it stays in their process, and they know what they ask for."""


class TestFields(TypedDict):
    """The fields of a `Problem` that its tests decide."""

    kind: Kind
    cases: tuple[Case, ...]
    checker: Checker
    converters: dict[str, Converter]
    tests_source: str


def fields_of_check(source: str, entry_point: str) -> TestFields:
    """A test program in one of the forms of `guest.segments`, such as `def check(candidate)`.

    Args:
        source: The test program.
        entry_point: The name of the solution, which the tests may call directly.

    Raises:
        BadRow: The test program does not parse, tests nothing, or cannot be run.
    """
    with _parsing("test"):
        if parsed := parse_check(source, entry_name(entry_point)):
            return _data(parsed)
        return _program(source)


def fields_of_asserts(asserts: Sequence[str], entry_point: str, definitions: str) -> TestFields:
    """Assert statements, each a test of its own, run in one namespace after `definitions`.

    A single text may be a test program in any of the forms of `guest.segments`.

    Raises:
        BadRow: One of them does not parse, or tests nothing.
    """
    with _parsing("tests"):
        parsed = parse_asserts(asserts, entry_name(entry_point)) if _imports_only(definitions) else None
        if parsed and len(parsed.cases) == len(asserts):
            return _data(parsed)
        forms = [_form(text) for text in asserts]
        if len(asserts) == 1 and forms[0] != "script":
            return _program(f"{definitions}\n{asserts[0]}" if definitions.strip() else asserts[0])
        for number, form in enumerate(forms, 1):
            if form != "script":
                raise BadRow(f"test {number} defines tests of its own (form {form}) and cannot be one of several texts")
        return _texts(asserts, definitions)


def _form(text: str) -> str:
    try:
        return read(text).form
    except NotRunnable as error:
        raise BadRow(f"the test {text[:60]!r} cannot be run: {error}") from None


def _program(source: str) -> TestFields:
    try:
        tests = read(source).tests
    except NotRunnable as error:
        raise BadRow(f"the tests cannot be run: {error}") from None
    return code_fields(tuple(Case(args=(text, number)) for number, text in enumerate(tests)), source)


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


def _data(parsed: ParsedTests) -> TestFields:
    return TestFields(
        kind=Kind.CALL,
        cases=parsed.cases,
        checker=parsed.checker,
        converters=dict(parsed.converters),
        tests_source="",
    )


def _texts(tests: Sequence[str], definitions: str) -> TestFields:
    return code_fields(tuple(Case(args=(test,)) for test in tests), definitions)


def code_fields(cases: tuple[Case, ...], source: str) -> TestFields:
    """Tests as code; see `Kind.ASSERT_CODE` for what the cases hold."""
    return TestFields(kind=Kind.ASSERT_CODE, cases=cases, checker=Checker(), converters={}, tests_source=source)
