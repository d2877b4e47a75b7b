"""Turns tests written as code into data, so that expected values stay outside the process with the solution.

    >>> parse_asserts(["assert candidate([2, 7], target=9) == [0, 1]"], "twoSum").cases[0]
    Case(args=([2, 7],), kwargs={'target': 9}, expected=[0, 1], name='')

`assert candidate(literals) == literal` is data; so are `abs(candidate(...) - x) < tolerance`, `math.isclose`, and
LeetCodeDataset's `is_same_list` and `is_same_tree`. Tests are parsed all or none: one problem has one checker, and a
program with any other statement stays code, which runs in a second sandboxed process. Pure: tests are only parsed.
"""

import ast
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lbt_sandbox.literals import CONTAINERS, NotData, literal_number, literal_value
from lbt_sandbox.types import Case, Checker, Converter

_NODE_BUILDERS: Mapping[str, Converter] = {"list_node": "list_node", "tree_node": "tree_node"}
_NODE_COMPARISONS: Mapping[str, Converter] = {"is_same_list": "list_node", "is_same_tree": "tree_node"}


class ParsedTests(NamedTuple):
    """Tests as data."""

    cases: tuple[Case, ...]
    checker: Checker
    converters: Mapping[str, Converter]


class _Test(NamedTuple):
    case: Case
    checker: Checker
    converters: dict[str, Converter]


def parse_asserts(asserts: Sequence[str], function: str) -> ParsedTests | None:
    """The asserts as data, or None where one of them is more than data.

    Args:
        asserts: Source of assert statements.
        function: The name by which they call the solution, besides `candidate`.
    """
    statements = [statement for source in asserts for statement in ast.parse(source).body]
    return _parse_statements(statements, frozenset({"candidate", function}))


def parse_check(source: str, function: str) -> ParsedTests | None:
    """A test program whose `def check(candidate)` is nothing but data, or None where it is more.

    Args:
        source: The test program, as in HumanEval's and LeetCodeDataset's `test` column.
        function: The entry point's name, which a test may call directly instead of `candidate`.

    Raises:
        SyntaxError: The test program does not parse.
    """
    module = ast.parse(source)
    check = next((node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "check"), None)
    if check is None or check.decorator_list or not _takes_candidate_alone(check.args):
        return None
    names = frozenset({check.args.args[0].arg, function})
    others = [node for node in module.body if node is not check]
    if not all(_changes_nothing(node, names | _READ_NAMES) for node in others):
        return None
    return _parse_statements(check.body, names)


_READ_NAMES = frozenset(
    {"abs", "math", "isclose", "check", "candidate", *_NODE_BUILDERS, *_NODE_COMPARISONS, *CONTAINERS}
)
"""Names that data are read by: they must mean what they always mean."""


def _takes_candidate_alone(arguments: ast.arguments) -> bool:
    others = (arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg, arguments.defaults)
    return len(arguments.args) == 1 and not any(others)


def _changes_nothing(statement: ast.stmt, names: frozenset[str]) -> bool:
    """Whether asserts come to the same without the statement: imports, constants and helpers under other names."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            return not names & {(alias.asname or alias.name) for alias in statement.names} - {"math", "isclose"}
        case ast.FunctionDef(name=name, decorator_list=[]):
            return name not in names
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name not in names and _is_data(value)
        case ast.Expr(value=ast.Call(func=ast.Name(id="check"), args=[ast.Name(id=name)], keywords=[])):
            return name in names  # runs the check once more
        case _:
            return not _is_work(statement)


def _is_data(node: ast.expr) -> bool:
    try:
        literal_value(node)
    except NotData:
        return False
    return True


def _is_work(statement: ast.stmt) -> bool:
    """False for what does nothing: `assert True`, a docstring, a name on a line of its own."""
    if isinstance(statement, ast.Assert):
        return not (isinstance(statement.test, ast.Constant) and statement.test.value)
    return not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant | ast.Name)) and not (
        isinstance(statement, ast.Pass)
    )


def _parse_statements(statements: Sequence[ast.stmt], names: frozenset[str]) -> ParsedTests | None:
    try:
        tests = [_lift_statement(statement, names) for statement in statements if _is_work(statement)]
    except NotData:
        return None
    converters: dict[str, Converter] = {}
    for test in tests:
        converters.update(test.converters)
    if not tests or any(test.checker != tests[0].checker or test.converters != converters for test in tests):
        return None
    return ParsedTests(tuple(test.case for test in tests), tests[0].checker, converters)


def _lift_statement(statement: ast.stmt, names: frozenset[str]) -> _Test:
    if not isinstance(statement, ast.Assert):
        raise NotData
    test = statement.test
    if isinstance(test, ast.Call):
        return _lift_call(test, names)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _lift_comparison(test.left, test.ops[0], test.comparators[0], names)
    raise NotData


def _lift_comparison(left: ast.expr, sign: ast.cmpop, right: ast.expr, names: frozenset[str]) -> _Test:
    if isinstance(sign, ast.Lt | ast.LtE) and isinstance(left, ast.Call):
        return _lift_difference(left, _largest_gap(sign, literal_number(right)), names)
    is_none = isinstance(sign, ast.Is) and isinstance(right, ast.Constant) and right.value is None
    if not (isinstance(sign, ast.Eq) or is_none):
        raise NotData
    if not _calls_candidate(left, names):
        left, right = right, left
    return _test(left, literal_value(right), Checker(), names)


def _largest_gap(sign: ast.cmpop, bound: float) -> float:
    """The tolerance of a checker, which accepts the bound itself, for `<` or `<=` the bound."""
    gap = math.nextafter(bound, 0.0) if isinstance(sign, ast.Lt) else bound
    if not math.isfinite(bound) or bound < 0 or (isinstance(sign, ast.Lt) and bound == 0):
        raise NotData
    return gap


def _finite(value: float) -> float:
    """A number to which another can be close: no infinity, no NaN, and not beyond the floats."""
    if not -sys.float_info.max < value < sys.float_info.max:
        raise NotData
    return value


def _lift_difference(call: ast.Call, tolerance: float, names: frozenset[str]) -> _Test:
    """`abs(candidate(...) - x) < tolerance`."""
    name = ast.unparse(call.func)
    if name not in ("abs", "math.fabs") or len(call.args) != 1 or not isinstance(call.args[0], ast.BinOp):
        raise NotData
    difference = call.args[0]
    if not isinstance(difference.op, ast.Sub):
        raise NotData
    left, right = difference.left, difference.right
    if not _calls_candidate(left, names):
        left, right = right, left
    return _test(left, _finite(literal_number(right)), Checker("float", abs_tol=tolerance), names)


def _lift_call(call: ast.Call, names: frozenset[str]) -> _Test:
    name = ast.unparse(call.func)
    if len(call.args) != 2 or name not in ("math.isclose", "isclose", *_NODE_COMPARISONS):
        raise NotData
    left, right = call.args if _calls_candidate(call.args[0], names) else reversed(call.args)
    if converter := _NODE_COMPARISONS.get(name):
        return _test(left, _node_data(right, converter), Checker(), names, {"return": converter})
    tolerances = {keyword.arg: literal_number(keyword.value) for keyword in call.keywords}
    if not tolerances.keys() <= {"rel_tol", "abs_tol"}:
        raise NotData
    if any(not 0 <= tolerance < math.inf for tolerance in tolerances.values()):
        raise NotData
    checker = Checker("float", rel_tol=tolerances.get("rel_tol", 1e-9), abs_tol=tolerances.get("abs_tol", 0.0))
    return _test(left, _finite(literal_number(right)), checker, names)


def _test(
    call: ast.expr,
    expected: Any,
    checker: Checker,
    names: frozenset[str],
    returns: Mapping[str, Converter] | None = None,
) -> _Test:
    if not isinstance(call, ast.Call) or not _calls_candidate(call, names):
        raise NotData
    converters: dict[str, Converter] = dict(returns or {})
    args = tuple(_argument(node, str(place), converters) for place, node in enumerate(call.args))
    kwargs = {_keyword(word): _argument(word.value, _keyword(word), converters) for word in call.keywords}
    return _Test(Case(args=args, kwargs=kwargs, expected=expected), checker, converters)


def _calls_candidate(node: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise NotData
    return keyword.arg


def _argument(node: ast.expr, place: str, converters: dict[str, Converter]) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NODE_BUILDERS:
        converters[place] = _NODE_BUILDERS[node.func.id]
        return _node_data(node, converters[place])
    return literal_value(node)


def _node_data(node: ast.expr, converter: Converter) -> list[Any]:
    """The list in `list_node([...])`; a tree's without the Nones at its end, as the answer will have it."""
    built = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1
    if isinstance(node, ast.Constant) and node.value is None:
        return []
    if not built or not isinstance(node, ast.Call) or _NODE_BUILDERS.get(ast.unparse(node.func)) != converter:
        raise NotData
    values: list[Any] = literal_value(node.args[0]) or []
    while converter == "tree_node" and values and values[-1] is None:
        values.pop()
    return values
