r"""Loops over inputs that a test program lists: each round is a test of its own. Pure, standard library only.

>>> body = ast.parse("inputs = [[1], [2]]\nfor i, args in enumerate(inputs):\n    assert f(*args)").body
>>> rounds_of(body[1], body)
('for i, args in enumerate(inputs): round 1 of 2: [1]', 'for i, args in enumerate(inputs): round 2 of 2: [2]')

That is the form of HumanEval+ and MBPP+ on the hub. A loop that can be left early, or whose lists are more than
literals that stand once in the same body, stays one test.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lbt_sandbox.guest.checking import executed

_TEXT_LIMIT = 200
_LEAVING = (ast.Break, ast.Continue, ast.Return, ast.Yield, ast.YieldFrom)


def rounds_of(statement: ast.stmt, body: Sequence[ast.stmt]) -> tuple[str, ...]:
    """A text for every round of a loop over literals; none where it is anything else."""
    if not isinstance(statement, ast.For) or statement.orelse:
        return ()
    if any(isinstance(node, _LEAVING) for part in statement.body for node in ast.walk(part)):
        return ()
    items = _items(statement.iter, body)
    head = f"for {ast.unparse(statement.target)} in {_short(statement.iter)}"
    return tuple(f"{head}: round {number} of {len(items)}: {_short(item)}" for number, item in enumerate(items, 1))


def _short(node: ast.expr) -> str:
    """The source, without working out that of a long list."""
    if any(isinstance(part, ast.List | ast.Tuple | ast.Set) and len(part.elts) > 100 for part in executed(node)):
        return "…"
    text = ast.unparse(node)
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…"


def _items(node: ast.expr, body: Sequence[ast.stmt]) -> list[ast.expr]:
    """The first list's items, as many as there will be rounds; empty where that cannot be read."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [] if any(isinstance(item, ast.Starred) for item in items) else items
        case ast.Name(id=name):
            return _literal(name, body)
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner], keywords=[]):
            return _items(inner, body)
        case ast.Call(func=ast.Name(id="zip"), args=[first, *others], keywords=[]):
            found = [_items(each, body) for each in (first, *others)]
            return found[0][: min(map(len, found))]
        case _:
            return []


def _literal(name: str, body: Sequence[ast.stmt]) -> list[ast.expr]:
    """The items of the list that a name stands for, where the body binds it once and only reads it otherwise."""
    values: list[ast.expr] = []
    for statement in body:
        for node in executed(statement):
            if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
                values.append(_assigned(statement, name))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
                return []  # such as inputs.append
    return _items(values[0], ()) if len(values) == 1 else []


def _assigned(statement: ast.stmt, name: str) -> ast.expr:
    match statement:
        case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
            return value
        case _:
            return ast.Constant(None)
