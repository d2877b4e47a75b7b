r"""Which statements of a test program check something, and which do nothing. Pure, standard library only.

>>> [checks_something(node, frozenset()) for node in ast.parse("x = f(1)\nassert x\nassert True\nprint(x)").body]
[False, True, False, False]

It decides how many verdicts a test program has, never which: every statement runs.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CHECKING_NAMES = ("assert", "check", "expect", "verify", "test", "_assert", "_check", "_test", "fail")
_CONTAINER_METHODS = ("append", "extend", "add", "update", "seed", "insert", "pop", "sort")


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what runs with it: bodies of functions and lambdas do not, nor do those of their classes."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not _is_literal(node):
            waiting += _run_children(node)


def _is_literal(node: ast.AST) -> bool:
    """A list of nothing but constants: test programs have very long ones."""
    return isinstance(node, ast.List | ast.Tuple) and {ast.Constant}.issuperset(map(type, node.elts))


def _run_children(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
        decorators: list[ast.expr] = [] if isinstance(node, ast.Lambda) else node.decorator_list
        defaults = [value for value in [*node.args.defaults, *node.args.kw_defaults] if value is not None]
        yield from [*decorators, *defaults]
    else:
        yield from ast.iter_child_nodes(node)


def is_idle(statement: ast.stmt) -> bool:
    """What does nothing: a docstring, a name on a line of its own, `pass`, printing."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.Constant | ast.Name) or (
        isinstance(value, ast.Call) and ast.unparse(value.func) in ("print", "pprint.pprint", "random.seed")
    )


def failing_functions(module: ast.Module) -> frozenset[str]:
    """Names of the functions that assert or raise, anywhere in the module."""
    functions = [node for node in ast.walk(module) if isinstance(node, _FUNCTIONS)]
    return frozenset(
        function.name for function in functions if any(map(_fails, itertools.chain(*map(executed, function.body))))
    )


def checks_something(statement: ast.stmt, helpers: frozenset[str]) -> bool:
    """Whether a statement asserts or raises when it runs, or calls what is made for that.

    Args:
        statement: Of the module's or of a function's body.
        helpers: From `failing_functions`.
    """
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return False
    return any(_fails(node) or _calls_checker(node, helpers) for node in executed(statement))


def _fails(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not (isinstance(node.test, ast.Constant) and bool(node.test.value))
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _name(node).startswith("assert"))


def _calls_checker(node: ast.AST, helpers: frozenset[str]) -> bool:
    if isinstance(node, ast.withitem):  # pytest.raises, self.assertRaises
        return any(isinstance(part, ast.Call) and _name(part) in ("raises", "warns") for part in ast.walk(node))
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name) and node.func.id in helpers:
        return True
    name = _name(node)
    return name not in _CONTAINER_METHODS and name.startswith(_CHECKING_NAMES)


def _name(call: ast.Call) -> str:
    """The last part of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
