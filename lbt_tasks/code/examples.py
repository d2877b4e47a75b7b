r"""The examples in a statement: which tests they show, and how to leave one out.

    >>> text = "Add them.\n\nExample 1:\n\nInput: a = 1, b = 2\nOutput: 3\n\nConstraints:\n\n0 <= a"
    >>> examples_in(text)[0].call, examples_in(text)[0].expected
    (Call(args=(), kwargs={'a': 1, 'b': 2}), 3)

Two forms are read: LeetCode's blocks (`Example 1:`, `Input:`, `Output:`), and calls written as in a docstring
(`add(1, 2)`). Values are parsed, never run; JSON's `true`, `false` and `null` are known.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lbt_sandbox import Case, Kind, Problem
from lbt_sandbox.literals import NotData, literal_value

_BLOCK = re.compile(r"^[^\w\n]*Example ?\d*:?\s*\n\s*(?=Input)", re.MULTILINE)
_AFTER_BLOCKS = re.compile(r"^[^\w\n]*(?:Constraints|Note|Follow[- ]up)\b.*", re.MULTILINE)
_PARTS = re.compile(r"Input:?(?P<input>.*?)^\s*Output:?(?P<output>.*?)(?=^\s*Explanation|\Z)", re.MULTILINE | re.DOTALL)
_JSON_NAMES = {"true": True, "false": False, "null": None}
_LONGEST_CALL = 1000


class Call(NamedTuple):
    """The arguments of one call."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}


class Example(NamedTuple):
    """A block of a statement, from `start` to `end`; `call` is None where its values are more than data."""

    start: int
    end: int
    call: Call | None
    expected: Any = None


def examples_in(statement: str) -> list[Example]:
    """LeetCode's example blocks in a statement, in their order."""
    starts = [found.start() for found in _BLOCK.finditer(statement)]
    if not starts:
        return []
    after = _AFTER_BLOCKS.search(statement, starts[-1])
    ends = [*starts[1:], after.start() if after else len(statement)]
    return [_example(statement, start, end) for start, end in zip(starts, ends, strict=True)]


def shown_tests(statement: str, problem: Problem) -> list[int]:
    """Positions of the tests whose inputs stand in the statement."""
    calls = [example.call for example in examples_in(statement) if example.call]
    calls += calls_in(statement, [_function(problem)]) if problem.entry_point else []
    shown = [_plain(call) for call in calls]
    return [at for at, case in enumerate(problem.cases) if _meet(_made(case, problem), shown)]


def without_examples(statement: str, problem: Problem, hidden: Iterable[int]) -> str:
    """The statement without the blocks that show one of those tests, or that cannot be read and may show one."""
    made = [call for at in hidden for call in _made(problem.cases[at], problem)]
    for example in reversed(examples_in(statement)):
        if example.call is None or _meet(made, [_plain(example.call)]):
            statement = statement[: example.start] + statement[example.end :]
    return statement


def calls_in(text: str, names: Iterable[str]) -> list[Call]:
    """Every call of one of those names with nothing but data as its arguments, wherever it stands in the text."""
    pattern = "|".join(map(re.escape, names))
    starts = [found.end() for found in re.finditer(rf"\b(?:{pattern})\(", text)]
    return [call for start in starts if (call := _first_call(text[start : start + _LONGEST_CALL]))]


def _made(case: Case, problem: Problem) -> list[Call]:
    """The calls of a test, for comparison."""
    if problem.kind is Kind.ASSERT_CODE:
        return [_plain(call) for call in calls_in(str(case.args[0]), ["candidate", _function(problem)])]
    return [_plain(Call(case.args, dict(case.kwargs)))]


def _function(problem: Problem) -> str:
    """The name that is called: `add` for `Solution().add`."""
    return problem.entry_point.rpartition(".")[2]


def _meet(some: Iterable[Call], others: Sequence[Call]) -> bool:
    return any(_same(one, other) for one in some for other in others)


def _same(one: Call, other: Call) -> bool:
    """Whether the arguments are equal; where one side has no names, by their order."""
    if one.kwargs.keys() == other.kwargs.keys():
        return one == other
    return [*one.args, *one.kwargs.values()] == [*other.args, *other.kwargs.values()]


def _plain(call: Call) -> Call:
    return Call(tuple(map(_plain_value, call.args)), {name: _plain_value(value) for name, value in call.kwargs.items()})


def _plain_value(value: Any) -> Any:
    """For comparison: lists and tuples alike, and a tree's missing children at the end of its list left out."""
    if isinstance(value, dict):
        return {key: _plain_value(item) for key, item in value.items()}
    if not isinstance(value, list | tuple):
        return value
    items = [_plain_value(item) for item in value]
    while items and items[-1] is None:
        items.pop()
    return items


def _example(statement: str, start: int, end: int) -> Example:
    parts = _PARTS.search(statement, start, end)
    try:
        if parts is None:
            raise NotData
        return Example(start, end, _call(parts["input"]), _output(parts["output"]))
    except NotData:
        return Example(start, end, None)


def _output(text: str) -> Any:
    """The value of the output; what follows on further lines may be an explanation without a heading."""
    try:
        return _only(_call(text))
    except NotData:
        first = (text.strip().splitlines() or [""])[0]
        return _only(_call(first))


def _only(call: Call) -> Any:
    if len(call.args) != 1 or call.kwargs:
        raise NotData
    return call.args[0]


def _first_call(text: str) -> Call | None:
    """The arguments up to the first closing bracket at which they parse."""
    for end in _positions(text, ")"):
        try:
            return _call(text[:end])
        except NotData:
            continue
    return None


def _positions(text: str, mark: str) -> Iterator[int]:
    return (at for at, character in enumerate(text) if character == mark)


def _call(arguments: str) -> Call:
    """Raises `NotData` where the text is no list of arguments, or more than data."""
    with warnings.catch_warnings():  # an invalid escape in somebody's example is no warning of ours
        warnings.simplefilter("ignore")
        try:
            node = ast.parse(f"_({arguments.strip()}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise NotData from None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise NotData
    return Call(
        tuple(_value(item) for item in node.args),
        {word.arg: _value(word.value) for word in node.keywords if word.arg},
    )


class _WithJsonNames(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_JSON_NAMES[node.id]) if node.id in _JSON_NAMES else node


def _value(node: ast.expr) -> Any:
    return literal_value(_WithJsonNames().visit(node))
