r"""How two answers are compared: as text, part by part, as exact numbers, and only then as expressions.

    >>> compare("(1,\\frac{1}{2})", "(1, 0.5)", ask=lambda gold, answer: Equality(False, "undecided"))
    Equality(equal=True, how='same number', reason='')

Pure: whoever can compare expressions is passed in as `ask`. `docs/answers.md` holds the rules in one table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lbt_solvers.answers._balls import surely_differ
from lbt_solvers.answers._guards import guard
from lbt_solvers.answers._latex import split_top
from lbt_solvers.answers._matching import matched
from lbt_solvers.answers._rational import as_fraction
from lbt_solvers.answers._regions import Region, region
from lbt_solvers.answers._rules import Rules
from lbt_solvers.answers._structure import Structure, structure
from lbt_solvers.answers._units import split_unit
from lbt_solvers.answers.normalisation import MAX_LENGTH, normalise

How = Literal["same text", "same number", "math-verify", "different", "undecided"]
MAX_PARTS = 30
MAX_DEPTH = 8

_NAME = (
    r"\([A-Za-z](?:,[A-Za-z])+\)|(?:[A-Za-z]|[A-Z]{2,3}|[A-Za-z]{4,12}|(?:[Ss]um|[Mm]in|[Mm]ax|[Aa]ge|gcd|lcm|det|dim|arg))"
    r"(?:_\w|_\{\w+\})?'?(?:\([A-Za-z](?:,[A-Za-z])*\))?|\\[A-Za-z]+(?: ?[A-Za-z]{1,4})?(?:_\w)?"
)
_NAMED = re.compile(rf"(?P<name>{_NAME})(?:=|\\in ?|\\equiv ?)(?P<value>[^=]+)")
_RELATION = re.compile(r"[<>]|\\(?:le|ge|ne)(?![A-Za-z])")
_LETTERS = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
_FUNCTIONS = frozenset("\\frac \\cdot \\sqrt \\pi \\left \\right".split())
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.\s]\d{3})+|\d+)(?:,(\d+))?(?![\d.,]*[.,]\d)")


@dataclass(frozen=True, slots=True)
class Equality:
    """Whether two answers are equal, and how that was found. `undecided` counts as not equal and says why."""

    equal: bool
    how: How
    reason: str = ""


Ask = Callable[[str, str], Equality]


def compare(gold: str, answer: str, ask: Ask, rules: Rules = Rules()) -> Equality:  # noqa: B008  (frozen)
    """Whether `answer` is `gold`; `ask(gold_key, answer_key)` decides about two expressions."""
    if rules.decimal_comma:
        gold, answer = _with_points(gold), _with_points(answer)
    keys = normalise(gold), normalise(answer)
    if not all(keys):
        return Equality(False, "different", "an empty answer equals nothing")
    if keys[0] != keys[1] and max(map(len, keys)) > MAX_LENGTH:
        return Equality(False, "undecided", f"an answer has more than {MAX_LENGTH:,} characters")
    return _Comparison(ask, rules).keys(*keys, MAX_DEPTH)


def _with_points(text: str) -> str:
    """`1.234,5` as `1234.5`."""
    return _DECIMAL_COMMA.sub(lambda each: re.sub(r"[.\s]", "", each[1]) + (f".{each[2]}" if each[2] else ""), text)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One comparison: who is asked about expressions, and by which rules."""

    ask: Ask
    rules: Rules

    def keys(self, gold: str, answer: str, depth: int) -> Equality:
        """Whether two normalised answers, or parts of them, are equal."""
        if gold == answer:
            return Equality(True, "same text")
        if not gold or not answer:
            return Equality(False, "different")
        if not depth:
            return Equality(False, "undecided", "an answer is nested too deeply")
        if found := self._numbers(gold, answer):
            return found
        regions = region(gold), region(answer)
        if regions[0] and regions[1] and (regions[0].variable or regions[1].variable):
            return self._regions(regions[0], regions[1], depth)
        left, right = _without_name(gold, answer)
        if (left, right) != (gold, answer):
            return self.keys(normalise(left), normalise(right), depth - 1)
        shapes = structure(gold), structure(answer)
        if shapes[0].kind == shapes[1].kind == "value":
            return self._without_units(gold, answer, depth) or self._expressions(gold, answer)
        return self._structures(gold, answer, shapes, depth)

    def _numbers(self, gold: str, answer: str) -> Equality | None:
        """The comparison of two rational numbers; `None` where one is none."""
        numbers = self._number(gold), self._number(answer)
        if numbers[0] is not None and numbers[1] is not None:
            if self.rules.simplified:
                return Equality(False, "different", "the same number must be written like the gold answer")
            return self._two_numbers(numbers[0], numbers[1])
        if all(number is not None or len(key) == 1 for number, key in zip(numbers, (gold, answer), strict=True)):
            return Equality(False, "different", "a letter is compared as text")
        return None

    def _number(self, key: str) -> Fraction | None:
        if self.rules.percent == "fraction" and (split := split_unit(key))[1] == "percent":
            number = as_fraction(split[0])
            return None if number is None else number / 100
        return as_fraction(key)

    def _two_numbers(self, gold: Fraction, answer: Fraction) -> Equality:
        allowed = Fraction(self.rules.tolerance) * max(abs(gold), abs(answer))
        equal = abs(gold - answer) <= allowed
        return Equality(equal, "same number" if equal else "different")

    def _regions(self, gold: Region, answer: Region, depth: int) -> Equality:
        if gold.variable and answer.variable and gold.variable != answer.variable:
            return Equality(False, "different", f"{gold.variable} and {answer.variable}")
        return self.keys("\\cup".join(gold.parts), "\\cup".join(answer.parts), depth - 1)

    def _structures(self, gold: str, answer: str, shapes: tuple[Structure, Structure], depth: int) -> Equality:
        left, right = shapes
        kinds = {left.kind, right.kind}
        alike = kinds <= {"list", "set"} or (left.kind == right.kind and left.brackets == right.brackets)
        related = bool(_RELATION.search(gold + answer))
        if alike or (related and kinds == {"list", "union"}):  # `x<0 or x>1` is a union of intervals
            found = self._all_parts(left, right, depth - 1)
            return found if left.kind != "union" or found.equal else self._expressions(gold, answer)
        if related or "union" in kinds:
            return self._expressions(gold, answer)
        if "list" not in kinds and (found := self._without_units(gold, answer, depth)):
            return found
        return Equality(False, "different", f"{_kind(left)} and {_kind(right)}")

    def _all_parts(self, left: Structure, right: Structure, depth: int) -> Equality:
        sizes = len(left.parts), len(right.parts)
        if sizes[0] != sizes[1]:
            return Equality(False, "different", f"{sizes[0]} parts and {sizes[1]}")
        if sizes[0] > MAX_PARTS:
            return Equality(False, "undecided", f"an answer has more than {MAX_PARTS} parts")
        if left.in_any_order:
            return self._in_any_order(left.parts, right.parts, depth)
        return self._in_order(left.parts, right.parts, depth)

    def _in_order(self, left: tuple[str, ...], right: tuple[str, ...], depth: int) -> Equality:
        found: list[Equality] = []
        for gold, answer in zip(left, right, strict=True):
            found.append(self.keys(gold, answer, depth))
            if not found[-1].equal:
                return found[-1]
        return _strongest(found)

    def _in_any_order(self, left: tuple[str, ...], right: tuple[str, ...], depth: int) -> Equality:
        """Equal where the parts can be matched one to one; in which order they are tried makes no difference."""
        undecided: list[Equality] = []

        def fits(gold: int, answer: int) -> Equality | None:
            found = self.keys(left[gold], right[answer], depth)
            if found.how == "undecided":
                undecided.append(found)
            return found if found.equal else None

        found = matched(left, right, fits)
        if found is not None:
            return _strongest(found)
        return undecided[0] if undecided else Equality(False, "different", "a part has no equal")

    def _without_units(self, gold: str, answer: str, depth: int) -> Equality | None:
        """The comparison of the values where there is a unit; `None` where there is none."""
        (left, unit), (right, other) = split_unit(gold), split_unit(answer)
        if self.rules.units != "ignored":
            if unit and other and unit != other:
                return Equality(False, "different", f"units {unit} and {other}")
            if self.rules.units == "required" and unit != other:
                return Equality(False, "different", f"the unit {unit or other} on one side only")
        if (left, right) == (gold, answer):
            return None
        return self.keys(normalise(left), normalise(right), depth - 1)

    def _expressions(self, gold: str, answer: str) -> Equality:
        if self.rules.simplified:
            return Equality(False, "different", "written otherwise than the gold answer")
        if _is_equation(gold) != _is_equation(answer):
            equation, value = (gold, answer) if _is_equation(gold) else (answer, gold)
            if _letters(equation) != {"x", "y"} or _letters(value) != {"x"} or _RELATION.search(value):
                return Equality(False, "different", "an equation and a value")
            gold, answer = equation, f"y={value}"  # `2x+3` is short for the line `y=2x+3`
        if guarded := guard(gold, answer):
            return Equality(False, "undecided" if guarded.undecided else "different", guarded.reason)
        if surely_differ(gold, answer):
            return Equality(False, "different")
        return self.ask(gold, answer)


def _is_equation(key: str) -> bool:
    r"""Whether an equal sign stands outside all brackets, and not in an index as in `\\sum_{k=1}`."""
    return "=" in key and len(split_top(key, "=")) > 1


def _letters(key: str) -> set[str]:
    """The unknowns and functions of an expression."""
    return set(_LETTERS.findall(key)) - _FUNCTIONS


def _without_name(gold: str, answer: str) -> tuple[str, str]:
    """Without `x=` where only one side has it, or both have the same; `x=5` and `y=5` stay as they are."""
    left, right = _NAMED.fullmatch(gold), _NAMED.fullmatch(answer)
    if left and right:
        return (left["value"], right["value"]) if left["name"] == right["name"] else (gold, answer)
    if left and "=" not in answer and not _RELATION.search(answer):
        return left["value"], answer
    if right and "=" not in gold and not _RELATION.search(gold):
        return gold, right["value"]
    return gold, answer


def _kind(shape: Structure) -> str:
    return {"ordered": f"an ordered {shape.brackets}", "value": "one value"}.get(shape.kind, f"a {shape.kind}")


def _strongest(found: list[Equality]) -> Equality:
    order: tuple[How, ...] = ("same text", "same number", "math-verify")
    return max(found, key=lambda equality: order.index(equality.how))
