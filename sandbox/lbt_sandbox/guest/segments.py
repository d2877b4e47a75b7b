r"""Reads a test program: what form it has, and which of its statements make up each test. Pure, standard library only.

>>> read("def check(candidate):\n    x = candidate(1)\n    assert x == 2\n    assert candidate(3) == 4\n").tests
('x = candidate(1)\nassert x == 2', 'assert candidate(3) == 4')

The host counts tests with it, and the process that runs them makes the same plan from the same source. A program runs
as written: statements are only grouped into segments, each of which reports its own failure and lets the next one run.

| form | a test is |
|---|---|
| check | the statements of `check` up to and with one that checks something; `check` is called with the solution |
| unittest | a method of a TestCase |
| pytest | a function `test_*`, or such a method of a class `Test*` |
| script | the statements of the module up to and with one that checks something |
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lbt_sandbox.guest.checking import checks_something, executed, failing_functions, is_idle
from lbt_sandbox.guest.loops import rounds_of

Form = Literal["check", "unittest", "pytest", "script"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LONG = 2000


class NotRunnable(Exception):  # noqa: N818 - says what the program is
    """The program tests nothing, or in a way that is not known here; the text says which."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The statements of one test, and from where on they check something."""

    statements: Sequence[ast.stmt]
    checks_from: int = 0
    """Index of the first statement that checks; those before it prepare."""
    rounds: tuple[str, ...] = ()
    """Where that is a loop over literals: a text for each round, which is a test of its own."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The source of each test."""
        return self.rounds or ("\n".join(map(_unparse, self.statements)),)


def _unparse(statement: ast.stmt) -> str:
    """A statement's source; of one with a very long list only that it is long."""
    for node in executed(statement):
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) > _LONG:
            return f"# {type(statement).__name__} with {len(node.elts)} items in line {statement.lineno}"
    return ast.unparse(statement)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a test program runs."""

    module: ast.Module
    form: Form
    tests: tuple[str, ...]
    """For a person: the source of each test, or its name."""
    check: Function | None = None
    """The function of the form `check`; None where it comes to be in another way than by `def`: then it is one test."""
    passes_candidate: bool = True
    """Whether `check` takes the solution as its argument."""


def read(source: str) -> Plan:
    """The plan of a test program.

    Raises:
        SyntaxError: It does not parse (ValueError, RecursionError and MemoryError likewise).
        NotRunnable: It tests nothing, or cannot be run here.
    """
    module = ast.parse(source)
    plan = _check_plan(module) or _unittest_plan(module) or _pytest_plan(module) or _script_plan(module)
    if not plan.tests:
        raise NotRunnable("it tests nothing: there is no statement that could fail")
    return plan


def segments_of(body: Sequence[ast.stmt], module: ast.Module) -> list[Segment]:
    """The segments of a body, the last with all that follows its check; none where nothing is checked."""
    found: list[Segment] = []
    waiting: list[ast.stmt] = []
    helpers = failing_functions(module)
    for statement in body:
        waiting.append(statement)
        if checks_something(statement, helpers):
            found.append(Segment(waiting, len(waiting) - 1, rounds_of(statement, body)))
            waiting = []
    if found and waiting:
        last = found[-1]
        found[-1] = Segment([*last.statements, *waiting], last.checks_from, last.rounds)
    if not found and any(not is_idle(statement) for statement in _calling(waiting)):
        return [Segment(waiting)]
    return found


def texts_of(segments: Sequence[Segment]) -> tuple[str, ...]:
    """The text of every test, in order."""
    return tuple(text for segment in segments for text in segment.texts)


def _calling(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that call something when they run, so that they may fail: `compare(candidate)` as well."""
    for statement in body:
        if any(isinstance(node, ast.Call | ast.Await) for node in executed(statement)):
            yield statement


def _check_plan(module: ast.Module) -> Plan | None:
    binding = _binding("check", module)
    if binding is None:
        return None
    if not isinstance(binding, _FUNCTIONS):
        return Plan(module, "check", ("check(candidate)",))
    required, most = _arity(binding)
    if required > 1:
        if _is_called("check", module):
            return None  # a helper of a script: check(add(1, 2), 3)
        raise NotRunnable(f"check needs {required} arguments, and is given the solution alone")
    if any(default is None for default in binding.args.kw_defaults):
        raise NotRunnable("check needs arguments by name, and is given the solution alone")
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for part in binding.body for node in executed(part)):
        raise NotRunnable("check is a generator, of which calling it runs nothing")
    tests = texts_of(segments_of(binding.body, module))
    return Plan(module, "check", tests, binding, passes_candidate=most > 0)


def _arity(function: Function) -> tuple[int, float]:
    """How many arguments by position it needs, and how many it takes."""
    positional = [*function.args.posonlyargs, *function.args.args]
    most = float("inf") if function.args.vararg else len(positional)
    return len(positional) - len(function.args.defaults), most


def _binding(name: str, module: ast.Module) -> ast.AST | None:
    """What a name stands for at the module's end: its `def`, or another statement that binds it."""
    found: ast.AST | None = None
    for statement in module.body:
        if isinstance(statement, _FUNCTIONS) and statement.name == name:
            found = statement
        elif isinstance(statement, ast.Assign) and _is_alias(statement, name):
            found = _binding(statement.value.id, module) or statement  # type: ignore[attr-defined]
        elif any(_binds(node, name) for node in executed(statement)):
            found = statement
    return found


def _is_alias(statement: ast.Assign, name: str) -> bool:
    """`name = other`."""
    target, value = statement.targets[0], statement.value
    named = len(statement.targets) == 1 and isinstance(target, ast.Name) and target.id == name
    return named and isinstance(value, ast.Name) and value.id != name


def _binds(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found, ctx=ast.Store()):
            return found == name
        case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) | ast.ClassDef(name=found):
            return found == name
        case ast.alias(name=found, asname=alias):
            return (alias or found.split(".")[0]) == name
        case _:
            return False


def _is_called(name: str, module: ast.Module) -> bool:
    """Whether the module's own statements name it, outside definitions."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for statement in module.body
        if not is_main_guard(statement)
        for node in executed(statement)
    )


def is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def methods_named_test(owner: ast.ClassDef, module: ast.Module) -> list[str]:
    """The test methods of a class, with those of its bases in the same module, sorted as unittest does."""
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    names = {node.name for node in owner.body if isinstance(node, _FUNCTIONS) and node.name.startswith("test")}
    for base in owner.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id != owner.name:
            names.update(methods_named_test(classes[base.id], module))
    return sorted(names)


def is_test_case(owner: ast.ClassDef, module: ast.Module) -> bool:
    """Whether a class derives from unittest's TestCase, directly or through classes of the module."""
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    for base in owner.bases:
        name = ast.unparse(base).rpartition(".")[2]
        if name in ("TestCase", "IsolatedAsyncioTestCase"):
            return True
        if name in classes and name != owner.name and is_test_case(classes[name], module):
            return True
    return False


def _unittest_plan(module: ast.Module) -> Plan | None:
    owners = [node for node in module.body if isinstance(node, ast.ClassDef) and is_test_case(node, module)]
    if not owners:
        return None
    names = tuple(f"{owner.name}.{name}" for owner in owners for name in methods_named_test(owner, module))
    if not names:
        raise NotRunnable(f"the TestCase {owners[0].name} has no method whose name begins with 'test'")
    return Plan(module, "unittest", (*names, *pytest_names(module)))


def pytest_names(module: ast.Module) -> list[str]:
    """What pytest would collect: functions `test*`, and such methods of classes `Test*`."""
    names: list[str] = []
    for node in module.body:
        if isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
            names.append(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test") and not is_test_case(node, module):
            names.extend(f"{node.name}.{name}" for name in methods_named_test(node, module))
    return list(dict.fromkeys(names))


def _pytest_plan(module: ast.Module) -> Plan | None:
    names = pytest_names(module)
    if not names or all(_is_called(name.partition(".")[0], module) for name in names):
        return None  # a script that calls its functions itself
    return Plan(module, "pytest", tuple(names))


def script_body(module: ast.Module) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The module's first statements that have to stay first (docstring, __future__), and the others."""
    start = 0
    for statement in module.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        start += 1
    return module.body[:start], module.body[start:]


def _script_plan(module: ast.Module) -> Plan:
    return Plan(module, "script", texts_of(segments_of(script_body(module)[1], module)))
