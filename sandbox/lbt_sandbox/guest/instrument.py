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

VERDICTS, _ROUND = "_lbt_verdicts", "_lbt_round"
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
    nodes: list[ast.stmt] = []
    for segment in segments:
        nodes += _report_rounds(segment, first) if segment.rounds else _report(segment, first)
        first += len(segment.texts)
    return nodes


def _report_rounds(segment: Segment, first: int) -> list[ast.stmt]:
    """The loop, each round of which reports; what stands before and after it fails all that has not been told."""
    loop = segment.statements[segment.checks_from]
    assert isinstance(loop, ast.For)
    begin, attempt = ast.parse(_TEMPLATE.replace("NUMBER", _ROUND)).body
    assert isinstance(attempt, ast.Try) and isinstance(attempt.body[1], ast.If)
    attempt.body[1].body = loop.body
    del attempt.body[0]
    counted = ast.parse(f"{_ROUND} = {VERDICTS}.next_round({first}, {len(segment.rounds)})").body
    loop.body = [*counted, begin, attempt]
    return list(segment.statements)


def _report(segment: Segment, number: int) -> list[ast.stmt]:
    begin, attempt = ast.parse(_TEMPLATE.replace("NUMBER", str(number))).body
    assert isinstance(attempt, ast.Try)
    prepares, checks, end = attempt.body
    assert isinstance(prepares, ast.If) and isinstance(checks, ast.If)
    prepares.body = list(segment.statements[: segment.checks_from])
    checks.body = list(segment.statements[segment.checks_from :])
    attempt.body = [*([prepares] if prepares.body else []), checks, end]
    return [begin, attempt]
