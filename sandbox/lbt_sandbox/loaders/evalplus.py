"""Problems of HumanEval+ and MBPP+ in evalplus' own files: every input is a test with its own verdict.

    >>> problem = evalplus_problem(row)
    >>> len(problem.cases) == len(row["base_input"]) + len(row["plus_input"])
    True

The files have no expected values: the canonical solution gives them, in the process with the tests, and evalplus' rules
compare (`evalplus_rules`). The data sets' form on the hub, whose column `test` has the values, is read as `humaneval`
(HumanEval+) and `mbppplus`.
"""

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

from lbt_sandbox.loaders import evalplus_rules
from lbt_sandbox.loaders.evalplus_inputs import restore
from lbt_sandbox.loaders.jsonl import BadRow, task_id_of, text
from lbt_sandbox.loaders.mbpp import entry_point_of
from lbt_sandbox.loaders.tests_as_code import ANSWER_TO_CODE, TestFields, code_fields, fields_of_check
from lbt_sandbox.types import Case, Limits, Problem

_LIMITS = Limits(total_cpu=120.0, total_wall=300.0, answer=ANSWER_TO_CODE)
"""Problems have up to some thousand inputs, and answers of up to a million numbers."""


def evalplus_problem(row: dict[str, Any]) -> Problem:
    """The problem of one row; raises `BadRow` where a column is missing or cannot be used."""
    task_id, entry_point = task_id_of(row), text(row, "entry_point")
    if not entry_point.isidentifier():
        raise BadRow(f"the column 'entry_point' must be a name, found {entry_point!r}")
    prompt, canonical = text(row, "prompt"), text(row, "canonical_solution")
    start = re.search(rf"^(?:async )?def {entry_point}\b", prompt, re.MULTILINE)
    whole = prompt + canonical if start else canonical
    inputs = _inputs(row, "base_input") + _inputs(row, "plus_input")
    if not start:
        try:
            inputs = restore(task_id, inputs)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise BadRow(f"the inputs are not those of MBPP+'s problem {task_id}: {error}") from None
    return Problem(
        task_id=task_id,
        entry_point=entry_point,
        prompt=prompt if start else "",
        preamble=prompt[: start.start()] if start else "",
        reference=whole,
        limits=_LIMITS,
        metadata={"description": prompt},
        **_tests(whole, entry_point, inputs, _atol(row)),
    )


def mbppplus_problem(row: dict[str, Any]) -> Problem:
    """MBPP+ as on the hub: the column `test` runs, not the three asserts of `test_list` that it takes the place of."""
    code, tests = text(row, "code"), text(row, "test")
    entry_point = entry_point_of(code, [each for each in row.get("test_list") or [tests] if isinstance(each, str)])
    return Problem(
        task_id=task_id_of(row),
        entry_point=entry_point,
        reference=code,
        limits=_LIMITS,
        metadata={"description": row.get("prompt") or ""},
        **fields_of_check(tests, entry_point),
    )


def _inputs(row: dict[str, Any], name: str) -> list[list[Any]]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(args, list) for args in value):
        raise BadRow(f"the column '{name}' must be a list of lists of arguments")
    return value


def _atol(row: dict[str, Any]) -> float:
    value = row.get("atol") or 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise BadRow(f"the column 'atol' must be a number, found {value!r}")
    return value


@cache
def _rules() -> str:
    return Path(evalplus_rules.__file__).read_text(encoding="utf-8")


def _tests(reference: str, name: str, inputs: list[list[Any]], atol: float) -> TestFields:
    definitions = f"{_rules()}\ninf, nan = math.inf, math.nan\nreference = load({reference!r}, {name!r})\n"
    if len(inputs) == 0:
        raise BadRow("the columns 'base_input' and 'plus_input' hold no input")
    tests = [f"verify(candidate, reference, {args!r}, {name!r}, {atol!r})" for args in inputs]
    return code_fields(tuple(Case(args=(test,)) for test in tests), definitions)
