"""Methods: ways to solve a problem, as named steps over its numbers.

    >>> posts = method("right", "Gaps: a/b", "Posts: Gaps+1", "Weight: Posts*c")
    >>> render(work(posts, {"a": 18, "b": 6, "c": 5}))
    'Gaps: 18/6=3. Posts: 3+1=4. Weight: 4*5=20.'

An operand is a number of the question (`a`), the label of an earlier step (`Gaps`) or a constant (`1`). The labels
and operands make a method readable from a text, see `read`. Everything here is pure and exact.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

LIMIT = 1000
"""Every number of a solution lies in [0, LIMIT)."""


def _exact(left: int, right: int) -> int:
    if left % right:
        raise ArithmeticError(f"{left}/{right} is not a whole number")
    return left // right


OPERATIONS: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _exact,
    "//": operator.floordiv,
    "%": operator.mod,
}
_STEP = re.compile(r"(\w+): (\w+)(//|[-+*/%])(\w+)")
_LINE = re.compile(r"(\w+): (\d+)(//|[-+*/%])(\d+)=(\d+)\.")


class Step(NamedTuple):
    """One step of a method: a label and an operation on two operands."""

    label: str
    left: str
    operation: str
    right: str


class Line(NamedTuple):
    """One step as it is written: numbers instead of operands, and the stated result."""

    label: str
    left: int
    operation: str
    right: int
    result: int


@dataclass(frozen=True, slots=True)
class Method:
    """A named way to solve every problem of a type."""

    name: str
    steps: tuple[Step, ...]


class Reading(NamedTuple):
    """What a text shows: which method it follows, and how many of its steps state a wrong result."""

    method: Method
    slips: int


def method(name: str, *steps: str) -> Method:
    """A method from lines such as `Posts: Gaps+1`.

    Raises:
        ValueError: a line is not of the form `Label: operand operation operand` (without blanks around the operation).
    """
    parsed: list[Step] = []
    for line in steps:
        match = _STEP.fullmatch(line)
        if match is None:
            raise ValueError(f"Method {name}: a step such as 'Posts: Gaps+1' was needed, found {line!r}.")
        parsed.append(Step(*match.groups()))
    return Method(name, tuple(parsed))


def work(
    method: Method, numbers: Mapping[str, int], slip: Callable[[int], int] = lambda result: result
) -> tuple[Line, ...]:
    """The steps carried out; `slip` may change a step's result, and the error is carried on.

    Raises:
        ArithmeticError: a step does not give a whole number in [0, LIMIT).
    """
    values = dict(numbers)
    lines: list[Line] = []
    for step in method.steps:
        left, right = _value(step.left, values), _value(step.right, values)
        result = slip(OPERATIONS[step.operation](left, right))
        if not 0 <= result < LIMIT:
            raise ArithmeticError(f"{left}{step.operation}{right} leaves the range of the domain")
        values[step.label] = result
        lines.append(Line(step.label, left, step.operation, right, result))
    return tuple(lines)


def render(lines: Sequence[Line]) -> str:
    """The steps as text, one sentence each."""
    return " ".join(f"{line.label}: {line.left}{line.operation}{line.right}={line.result}." for line in lines)


def read(text: str, methods: Sequence[Method], numbers: Mapping[str, int]) -> Reading | None:
    """The first of `methods` that `text` follows step by step, or `None`: the inverse of `render`.

    A step with a wrong result counts as a slip; the later steps must carry on with what the text states.
    """
    lines = _lines(text)
    if not lines:
        return None
    for candidate in methods:
        if _follows(lines, candidate, numbers):
            return Reading(candidate, sum(map(_is_slip, lines)))
    return None


def _lines(text: str) -> list[Line]:
    found = [match.groups() for match in _LINE.finditer(text)]
    return [Line(label, int(left), op, int(right), int(result)) for label, left, op, right, result in found]


def _follows(lines: Sequence[Line], method: Method, numbers: Mapping[str, int]) -> bool:
    if len(lines) != len(method.steps):
        return False
    values = dict(numbers)
    for line, step in zip(lines, method.steps, strict=True):
        expected = (step.label, _value(step.left, values), step.operation, _value(step.right, values))
        if line[:4] != expected:
            return False
        values[line.label] = line.result
    return True


def _is_slip(line: Line) -> bool:
    try:
        return OPERATIONS[line.operation](line.left, line.right) != line.result
    except ArithmeticError:
        return True


def _value(operand: str, values: Mapping[str, int]) -> int:
    return int(operand) if operand.isdigit() else values[operand]
