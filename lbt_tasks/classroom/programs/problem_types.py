"""What a type of programming problem is: phrasings, constants, a signature, a right method and misconceptions.

    >>> from lbt_tasks.classroom.programs.world import PROBLEM_TYPES
    >>> kind = PROBLEM_TYPES["multiples"]
    >>> print(kind.program(kind.right, {"a": 7}))
    class Solution:
        def countMultiples(self, n: int) -> int:
            return n // 7

The types themselves are data: `number_types.py`, `list_types.py` and `text_types.py`.
"""

import functools
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lbt_tasks.classroom.arithmetic.problem_types import Split, split_of

Constants: TypeAlias = Mapping[str, int]
"""The numbers in a statement, by slot."""
Arguments: TypeAlias = tuple[Any, ...]
"""What a test calls the program with."""
Function: TypeAlias = Callable[..., Any]

HELD_OUT_SHARE = 4
"""One in so many combinations of constants is never trained on."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to solve every problem of a type: reasoning and the body of a program, with slots for the constants."""

    name: str
    steps: tuple[str, ...]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ProblemType:
    """A kind of problem, its right method and its misconceptions."""

    name: str
    family: str
    phrasings: tuple[str, ...]
    """Ways to ask, with slots for the constants."""
    function: str
    parameters: tuple[str, ...]
    """As in a signature: `nums: list[int]`."""
    returns: str
    constants: Mapping[str, range | tuple[int, ...]]
    draw: Callable[[random.Random, Constants], Arguments]
    """Draws the arguments of one test."""
    truth: Function
    """Expected answer of `(*arguments, **constants)`; written apart from the right method."""
    right: Method
    wrong: tuple[tuple[Method, float], ...]
    """Misconceptions and their share among the wrong solutions."""
    right_share: float
    """How often the teacher uses the right method."""
    where: Callable[[Constants], bool] = field(default=lambda constants: True)
    seen_by_students: bool = True

    @property
    def methods(self) -> tuple[Method, ...]:
        """All methods, the right one first."""
        return (self.right, *(wrong for wrong, _ in self.wrong))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return tuple(parameter.partition(":")[0] for parameter in self.parameters)

    @property
    def entry_point(self) -> str:
        """What the sandbox calls: `Solution().countMultiples`."""
        return f"Solution().{self.function}"

    @property
    def starter_code(self) -> str:
        """The signature that a program fills in."""
        return f"class Solution:\n    def {self.function}({', '.join(('self', *self.parameters))}) -> {self.returns}:"

    def program(self, method: Method, constants: Constants) -> str:
        """The whole program of a method, without a newline at the end."""
        return "\n".join([self.starter_code, *(f"        {line}" for line in fill(method.body, constants))])

    def rationale(self, method: Method, constants: Constants) -> str:
        """The reasoning of a method, one step a line."""
        return "\n".join(fill(method.steps, constants))


def fill(lines: tuple[str, ...], constants: Constants) -> list[str]:
    """The lines with `{a}` replaced by the constant; other braces stay as they are."""
    filled = list(lines)
    for slot, value in constants.items():
        filled = [line.replace(f"{{{slot}}}", str(value)) for line in filled]
    return filled


def method(name: str, steps: str, body: str) -> Method:
    """A method from its steps (`Range: n is in it. Groups: one in {a}.`) and the lines of its body."""
    return Method(name, tuple(step.rstrip(".") + "." for step in steps.split(". ")), tuple(body.split("\n")))


def run_method(kind: ProblemType, used: Method, constants: Constants, arguments: Arguments) -> Any:
    """What the method's program returns, run in this process: it is the world's own code, never a model's."""
    return _function(kind, used, tuple(constants.items()))(None, *arguments)


@functools.lru_cache(maxsize=20_000)
def _function(kind: ProblemType, used: Method, constants: tuple[tuple[str, int], ...]) -> Function:
    names: dict[str, Any] = {}
    exec(kind.program(used, dict(constants)), names)
    return getattr(names["Solution"], kind.function)


@functools.cache
def constants_pool(kind: ProblemType, split: Split) -> tuple[tuple[int, ...], ...]:
    """All combinations of constants of a type in that split, in a fixed order."""
    return tuple(
        values
        for values in itertools.product(*kind.constants.values())
        # Equal constants would leave open which of them a program uses.
        if len(set(values)) == len(values)
        and kind.where(dict(zip(kind.constants, values, strict=True)))
        and split_of(kind.name, values, HELD_OUT_SHARE) == split
    )
