"""This package's own format: one JSON object a line, whose columns are the fields of `Problem`.

    {"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}

`tests` is a list of objects. For the kinds `call` (the default) and `in_place`: `args` and `kwargs`, `expected`.
`design`: `operations` and `arguments`, `expected`. `stdio`: `stdin`, `stdout`. A test that is a text is an assert
statement about `candidate`, such as `assert candidate((1, 2)) == {3}` for values that JSON lacks; it becomes data
where it can. All tests of a problem are of one sort. A single text in the place of the list is a test program: `check`,
unittest, pytest style or a script (see `guest.segments`).

Optional: `kind`, `prompt`, `preamble`, `checker` (a name, or an object with `name`, `rel_tol`, `abs_tol`, `source`),
`limits` (an object with names of `Limits`), `in_place`, `converters`, `tests_source`, `reference`, `threads` (true lets
the solution start threads), `files` (an object of names and texts, in the solution's working folder), `metadata`.
"""

import difflib
import math
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any, get_args

from lbt_sandbox.compare import CheckerName
from lbt_sandbox.loaders.jsonl import BadRow, task_id_of, text
from lbt_sandbox.loaders.tests_as_code import TestFields, fields_of_asserts, fields_of_check
from lbt_sandbox.types import Case, Checker, Converter, Kind, Limits, Problem

COLUMNS = (
    "task_id", "entry_point", "tests", "kind", "prompt", "preamble", "checker", "limits", "in_place", "converters",
    "tests_source", "reference", "threads", "files", "metadata",
)  # fmt: skip


def own_problem(row: dict[str, Any]) -> Problem:
    """The problem of one row; raises `BadRow` that names the column which is wrong."""
    _only(row, COLUMNS, "column")
    kind = _kind(row)
    tests = row.get("tests")
    if not isinstance(tests, list | str):
        raise BadRow("the column 'tests' must be a list, or the text of a test program")
    reference = text(row, "reference", default="") or None
    decided = _tests(row, tests, kind)
    in_place = _in_place(row.get("in_place", 0), decided["cases"] if kind is Kind.IN_PLACE else ())
    return Problem(
        task_id=task_id_of(row),
        entry_point=text(row, "entry_point", default="" if kind is Kind.STDIO else None),
        prompt=text(row, "prompt", default=""),
        preamble=text(row, "preamble", default=""),
        limits=_limits(row.get("limits", {})),
        in_place=in_place,
        reference=reference,
        threads=_flag(row, "threads"),
        files=_files(row.get("files", {})),
        metadata=_object(row.get("metadata", {}), "metadata"),
        **decided,
    )


def _tests(row: dict[str, Any], tests: list[Any] | str, kind: Kind) -> TestFields:
    if isinstance(tests, str):
        if kind not in (Kind.CALL, Kind.ASSERT_CODE) or "checker" in row:
            raise BadRow("a test program stands without a checker, for functions and methods only")
        definitions = text(row, "tests_source", default="")
        return fields_of_check(f"{definitions}\n{tests}" if definitions else tests, text(row, "entry_point"))
    if tests and all(isinstance(test, str) for test in tests):
        if kind not in (Kind.CALL, Kind.ASSERT_CODE) or "checker" in row:
            raise BadRow("tests that are asserts stand without a checker, for functions and methods only")
        return fields_of_asserts(tests, text(row, "entry_point"), text(row, "tests_source", default=""))
    if kind is Kind.ASSERT_CODE:
        raise BadRow("the kind assert_code needs tests that are texts")
    return TestFields(
        kind=kind,
        cases=tuple(_case(test, kind, number) for number, test in enumerate(tests, start=1)),
        checker=_checker(row.get("checker", "lines" if kind is Kind.STDIO else "exact")),
        converters=_converters(row.get("converters", {})),
        tests_source="",
    )


def _kind(row: dict[str, Any]) -> Kind:
    try:
        return Kind(row.get("kind", "call"))
    except ValueError:
        raise BadRow(f"the kind must be one of {', '.join(Kind)}, found {row['kind']!r}") from None


def _case(test: Any, kind: Kind, number: int) -> Case:
    test = _object(test, f"test {number}")
    name = str(test.get("name", ""))
    if kind is Kind.STDIO:
        _only(test, ("name", "stdin", "stdout"), f"key of test {number}")
        return Case(args=(text(test, "stdin", default=""),), expected=text(test, "stdout"), name=name)
    if "expected" not in test:
        raise BadRow(f"test {number} has no 'expected'")
    if kind is Kind.DESIGN:
        _only(test, ("name", "operations", "arguments", "expected"), f"key of test {number}")
        operations, arguments = (_list(test, key, number) for key in ("operations", "arguments"))
        if len(operations) != len(arguments):
            raise BadRow(f"test {number} has {len(operations)} operations but {len(arguments)} lists of arguments")
        return Case(args=(operations, arguments), expected=test["expected"], name=name)
    _only(test, ("name", "args", "kwargs", "expected"), f"key of test {number}")
    kwargs = _object(test.get("kwargs", {}), f"kwargs of test {number}")
    return Case(args=tuple(_list(test, "args", number)), kwargs=kwargs, expected=test["expected"], name=name)


def _list(test: dict[str, Any], key: str, number: int) -> list[Any]:
    value = test.get(key, [])
    if not isinstance(value, list):
        raise BadRow(f"'{key}' of test {number} must be a list, found {type(value).__name__}")
    return value


def _checker(value: Any) -> Checker:
    options: dict[str, Any] = {"name": value} if isinstance(value, str) else _object(value, "checker")
    _only(options, [field.name for field in fields(Checker)], "key of checker")
    if options.get("name") not in get_args(CheckerName):
        raise BadRow(f"the checker must be one of {', '.join(get_args(CheckerName))}, found {options.get('name')!r}")
    if options["name"] == "code" and not options.get("source"):
        raise BadRow("the checker 'code' needs a 'source'")
    for name in ("rel_tol", "abs_tol"):
        amount = options.get(name, 0)
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < math.inf:
            raise BadRow(f"'{name}' of the checker must be a number from 0 up, found {amount!r}")
    return Checker(**options)


def _limits(value: Any) -> Limits:
    limits = _object(value, "limits")
    _only(limits, [field.name for field in fields(Limits)], "limit")
    for name, amount in limits.items():
        kinds = int if isinstance(getattr(Limits(), name), int) else int | float
        if isinstance(amount, bool) or not isinstance(amount, kinds) or not amount > 0:
            unit = "bytes, a whole number" if kinds is int else "seconds"
            raise BadRow(f"the limit '{name}' must be {unit} above 0, found {amount!r}")
    return Limits(**limits)


def _converters(value: Any) -> dict[str, Converter]:
    converters = _object(value, "converters")
    for name, converter in converters.items():
        if converter not in get_args(Converter):
            raise BadRow(f"the converter of '{name}' must be one of {', '.join(get_args(Converter))}")
    return converters


def _flag(row: dict[str, Any], name: str) -> bool:
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise BadRow(f"the column '{name}' must be true or false, found {value!r}")
    return value


def _files(value: Any) -> dict[str, bytes]:
    files = _object(value, "files")
    if not_text := [name for name, content in files.items() if not isinstance(content, str)]:
        raise BadRow(f"the content of the file '{not_text[0]}' must be text")
    return {name: content.encode("utf-8", "surrogatepass") for name, content in files.items()}


def _in_place(value: Any, cases: Iterable[Case]) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadRow(f"in_place must be an argument's position or name, found {value!r}")
    for number, case in enumerate(cases, start=1):
        given = value in case.kwargs if isinstance(value, str) else 0 <= value < len(case.args)
        if not given:
            where = "kwargs" if isinstance(value, str) else "args"
            raise BadRow(f"in_place is {value!r}, which test {number} does not have in its {where}")
    return value


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRow(f"{what} must be a JSON object, found {type(value).__name__}")
    return value


def _only(found: dict[str, Any], known: Collection[str], what: str) -> None:
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"
            raise BadRow(f"unknown {what} '{name}'{hint}")
