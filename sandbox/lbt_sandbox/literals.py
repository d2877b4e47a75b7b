"""Reads the value of an expression that is nothing but data, without running it.

    >>> literal_value(ast.parse("[2.0 / 3.0, set([1, 2]), 10**9 + 7]", mode="eval").body)
    [0.6666666666666666, {1, 2}, 1000000007]

More than `ast.literal_eval` reads: arithmetic on numbers, joined strings, `tuple([...])` and its like, and `inf`,
all of which test programs use for their expected values.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

CONTAINERS: Mapping[str, Callable[..., Any]] = {
    "tuple": tuple, "list": list, "set": set, "frozenset": frozenset, "dict": dict,
}  # fmt: skip
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_LARGEST_OPERAND = 10**30


class NotData(Exception):  # noqa: N818 - says what the code is, not that something went wrong
    """The code is more than data."""


def literal_number(node: ast.expr) -> float:
    """A literal that is an int or a float, no bool; else raises `NotData`."""
    value = literal_value(node)
    if not _is_number(value):
        raise NotData
    return value


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def literal_value(node: ast.expr) -> Any:
    """The value of an expression that is data.

    Raises:
        NotData: It is more than data, or too large to work out here.
    """
    if isinstance(node, ast.Constant) and node.value is not Ellipsis:
        return node.value
    build = _VALUES.get(type(node))
    if build is None:
        raise NotData
    return build(node)


def _dict(node: ast.Dict) -> dict[Any, Any]:
    if any(key is None for key in node.keys):
        raise NotData
    return {
        _hashable(key): literal_value(value)
        for key, value in zip(node.keys, node.values, strict=True)
        if key is not None
    }


def _hashable(node: ast.expr) -> Any:
    value = literal_value(node)
    try:
        hash(value)
    except TypeError:
        raise NotData from None
    return value


def _signed(node: ast.UnaryOp) -> Any:
    if isinstance(node.op, ast.Not | ast.Invert):
        raise NotData
    value = literal_number(node.operand)
    return -value if isinstance(node.op, ast.USub) else value


def _arithmetic(node: ast.BinOp) -> Any:
    left, right = literal_value(node.left), literal_value(node.right)
    if isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add):
        return left + right
    if not (_is_number(left) and _is_number(right)):
        raise NotData
    operation = _ARITHMETIC.get(type(node.op))
    if isinstance(node.op, ast.Pow) and isinstance(right, int) and abs(left) <= 10**6 and 0 <= right <= 100:
        return left**right
    too_large = any(math.isfinite(side) and abs(side) > _LARGEST_OPERAND for side in (left, right))
    if operation is None or too_large or (isinstance(node.op, ast.Div) and right == 0):
        raise NotData
    return operation(left, right)


def _constant(node: ast.expr) -> float:
    """`inf` as LeetCodeDataset's tests have it, from a star import of math."""
    if ast.unparse(node) not in ("inf", "math.inf"):
        raise NotData
    return math.inf


def _construction(node: ast.Call) -> Any:
    if not isinstance(node.func, ast.Name) or node.keywords or len(node.args) > 1:
        raise NotData
    arguments = [literal_value(argument) for argument in node.args]
    if node.func.id == "float" and arguments and arguments[0] in ("inf", "-inf", "nan"):
        return float(arguments[0])
    try:
        return CONTAINERS[node.func.id](*arguments)
    except (KeyError, TypeError, ValueError):
        raise NotData from None


_VALUES: Mapping[type[ast.expr], Callable[[Any], Any]] = {
    ast.List: lambda node: [literal_value(item) for item in node.elts],
    ast.Tuple: lambda node: tuple(literal_value(item) for item in node.elts),
    ast.Set: lambda node: {_hashable(item) for item in node.elts},
    ast.Dict: _dict,
    ast.UnaryOp: _signed,
    ast.BinOp: _arithmetic,
    ast.Call: _construction,
    ast.Name: _constant,
    ast.Attribute: _constant,
}
