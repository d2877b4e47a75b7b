r"""Puts the reports of each segment into a test program; its statements stay as they are, in one namespace, in order.

>>> print(ast.unparse(reported(read("x = f(1)\nassert x\n"))))
_lbt_verdicts.begin(0)
try:
    if _lbt_verdicts.prepares(0):
        x = f(1)
    if _lbt_verdicts.checks(0):
        assert x
    _lbt_verdicts.end(0)
except BaseException as _lbt_error:
    _lbt_verdicts.fail(0, _lbt_error)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lbt_sandbox.guest.segments import Plan, Segment, read, script_body, segments_of

VERDICTS = "_lbt_verdicts"
_TEMPLATE = f"""
{VERDICTS}.begin(NUMBER)
try:
    if {VERDICTS}.prepares(NUMBER):
        pass
    if {VERDICTS}.checks(NUMBER):
        pass
    {VERDICTS}.end(NUMBER)
except BaseException as _lbt_error:
    {VERDICTS}.fail(NUMBER, _lbt_error)
"""

__all__ = ["read", "report_code", "reported"]


def reported(plan: Plan) -> ast.Module:
    """The program of a plan with its reports; of the forms unittest and pytest, the program as it is."""
    if plan.check is not None:
        plan.check.body = _reported(segments_of(plan.check.body, plan.module), first=0)
    elif plan.form == "script":
        head, rest = script_body(plan.module)
        plan.module.body = [*head, *_reported(segments_of(rest, plan.module), first=0)]
    return ast.fix_missing_locations(plan.module)


def report_code(source: str, number: int) -> ast.Module:
    """A test that is a text of its own, as a program that reports under a number."""
    module = ast.parse(source)
    found = segments_of(module.body, module)
    first = found[0].checks_from if found else 0
    module.body = _reported([Segment(module.body, first)], first=number)
    return ast.fix_missing_locations(module)


def _reported(segments: Sequence[Segment], first: int) -> list[ast.stmt]:
    return [node for number, segment in enumerate(segments, first) for node in _report(segment, number)]


def _report(segment: Segment, number: int) -> list[ast.stmt]:
    begin, attempt = ast.parse(_TEMPLATE.replace("NUMBER", str(number))).body
    assert isinstance(attempt, ast.Try)
    prepares, checks, end = attempt.body
    assert isinstance(prepares, ast.If) and isinstance(checks, ast.If)
    prepares.body = list(segment.statements[: segment.checks_from])
    checks.body = list(segment.statements[segment.checks_from :])
    attempt.body = [*([prepares] if prepares.body else []), checks, end]
    return [begin, attempt]
