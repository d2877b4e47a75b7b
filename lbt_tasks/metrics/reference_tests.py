"""What `code_eval` calls a reference, as a problem: a test program for code that is appended to it.

    >>> problem_from_tests("assert add(2, 3) == 5", ["def add(a, b): return a + b"]).entry_point
    'add'

A reference names no entry point. It is the name that the reference uses and does not define, and that a candidate
defines; asserts on literals become data, anything else runs apart from the candidate, which it calls through a proxy.
"""

import ast
import builtins
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from lbt_sandbox import Limits, Problem, ProblemError, Report, blocking_sandbox
from lbt_sandbox.asserts_as_data import parse_asserts
from lbt_sandbox.code_extraction import defines
from lbt_sandbox.loaders.jsonl import BadRow
from lbt_sandbox.loaders.tests_as_code import fields_of_check


def problem_from_tests(reference: str, candidates: Sequence[str], timeout: float = 3.0) -> Problem:
    """The problem that a reference stands for.

    Args:
        reference: A test program.
        candidates: Programs for it.
        timeout: CPU seconds for a test.

    Raises:
        ProblemError: The reference does not parse, or calls nothing that it does not define.
    """
    try:
        names = _free_names(ast.parse(reference))
    except SyntaxError as error:
        raise ProblemError(f"A reference must be a test program; this one does not parse: {error}.") from None
    if not names:
        raise ProblemError("A reference must call the code that it tests; this one calls nothing it does not define.")
    entry_point = next((name for name in names if any(defines(code, name) for code in candidates)), names[0])
    limits = Limits(cpu=timeout, wall=2 * timeout + 1)
    parsed = parse_asserts([reference], entry_point)
    if parsed is not None:
        return Problem(
            "", entry_point, parsed.cases, checker=parsed.checker, converters=parsed.converters, limits=limits
        )
    try:
        return Problem("", entry_point, limits=limits, **fields_of_check(reference, entry_point))
    except BadRow as error:
        raise ProblemError(f"A reference must be a test program: {error}.") from None


def grade_all(
    predictions: Sequence[Sequence[str]],
    references: Sequence[str],
    timeout: float,
    workers: int,
    engine: Literal["docker", "process"] = "docker",
) -> list[list[Report]]:
    """The reports on every candidate of every task.

    Raises:
        ValueError: There are not as many lists of candidates as references.
        SandboxError: No engine, a reference that cannot be used, or the grader's own failure.
    """
    if len(predictions) != len(references):
        raise ValueError(
            f"Each reference needs its candidates: {len(references)} references, {len(predictions)} lists."
        )
    problems = [problem_from_tests(*task, timeout) for task in zip(references, predictions, strict=True)]
    pairs = [(problem, code) for problem, codes in zip(problems, predictions, strict=True) for code in codes]
    with blocking_sandbox(engine=engine, workers=workers) as sandbox, ThreadPoolExecutor(workers) as threads:
        reports = threads.map(lambda pair: sandbox.grade(*pair), pairs)
        return [[next(reports) for _ in codes] for codes in predictions]


def _free_names(module: ast.Module) -> list[str]:
    """Names that are read and bound nowhere in the program, in the order in which they are first read."""
    bound = {"candidate", *vars(builtins)}
    read: list[str] = []
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.append(name)
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.alias(name=name, asname=alias):
                bound.add((alias or name).split(".")[0])
            case _:
                pass
    return [name for name in dict.fromkeys(read) if name not in bound]


def result_row(task: int, completion: int, report: Report) -> dict[str, Any]:
    """One result as `code_eval` reports it, with the verdict and the V-score besides."""
    passed = report.verdict.value == "AC"
    return {
        "task_id": task,
        "completion_id": completion,
        "passed": passed,
        "result": "passed" if passed else f"failed: {report.message}",
        "verdict": report.verdict.value,
        "v_score": report.v_score,
    }
