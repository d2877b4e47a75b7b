r"""How two answers are compared: as text, part by part, as exact numbers, and only then as expressions.

    >>> compare("(1,\\frac{1}{2})", "(1, 0.5)", ask=lambda gold, answer: Equality(False, "undecided"))
    Equality(equal=True, how='same number', reason='')

Pure: whoever can compare expressions is passed in as `ask`. `docs/answers.md` holds the rules in one table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lbt_solvers.answers._guards import guard
from lbt_solvers.answers._rational import as_fraction
from lbt_solvers.answers._structure import Structure, structure
from lbt_solvers.answers._units import split_unit
from lbt_solvers.answers.normalisation import MAX_LENGTH, normalise

How = Literal["same text", "same number", "math-verify", "different", "undecided"]
MAX_PARTS = 30
MAX_DEPTH = 8

_NAMED = re.compile(
    r"(?P<name>\([A-Za-z](?:,[A-Za-z])+\)|[A-Za-z]{1,12}(?:_\w|_\{\w+\})?(?:\([A-Za-z](?:,[A-Za-z])*\))?"
    r"|\\[A-Za-z]+(?: ?[A-Za-z]{1,4})?(?:_\w)?)(?:=|\\in ?)(?P<value>[^=]+)"
)
_RELATION = re.compile(r"[<>]|\\(?:le|ge|ne)(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Equality:
    """Whether two answers are equal, and how that was found. `undecided` counts as not equal and says why."""

    equal: bool
    how: How
    reason: str = ""


Ask = Callable[[str, str], Equality]


def compare(gold: str, answer: str, ask: Ask) -> Equality:
    """Whether `answer` is `gold`; `ask(gold_key, answer_key)` decides about two expressions."""
    keys = normalise(gold), normalise(answer)
    if not all(keys):
        return Equality(False, "different", "an empty answer equals nothing")
    if keys[0] != keys[1] and max(map(len, keys)) > MAX_LENGTH:
        return Equality(False, "undecided", f"an answer has more than {MAX_LENGTH:,} characters")
    return _keys(*keys, ask, MAX_DEPTH)


def _keys(gold: str, answer: str, ask: Ask, depth: int) -> Equality:
    if gold == answer:
        return Equality(True, "same text")
    if not gold or not answer:
        return Equality(False, "different")
    if not depth:
        return Equality(False, "undecided", "an answer is nested too deeply")
    numbers = as_fraction(gold), as_fraction(answer)
    if None not in numbers:
        return Equality(True, "same number") if numbers[0] == numbers[1] else Equality(False, "different")
    if all(number is not None or len(key) == 1 for number, key in zip(numbers, (gold, answer), strict=True)):
        return Equality(False, "different", "a letter is compared as text")
    left, right = _without_name(gold, answer)
    if (left, right) != (gold, answer):
        return _keys(normalise(left), normalise(right), ask, depth - 1)
    shapes = structure(gold), structure(answer)
    if shapes[0].kind == shapes[1].kind == "value":
        return _without_units(gold, answer, ask, depth) or _asked(gold, answer, ask)
    return _structures(gold, answer, shapes, ask, depth)


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


def _structures(gold: str, answer: str, shapes: tuple[Structure, Structure], ask: Ask, depth: int) -> Equality:
    left, right = shapes
    kinds = {left.kind, right.kind}
    alike = kinds <= {"list", "set"} or (left.kind == right.kind and left.brackets == right.brackets)
    related = bool(_RELATION.search(gold + answer))
    if alike or (related and kinds == {"list", "union"}):  # `x<0 or x>1` is a union of intervals
        found = _all_parts(left, right, ask, depth - 1)
        return found if left.kind != "union" or found.equal else _asked(gold, answer, ask)
    if related or "union" in kinds:
        return _asked(gold, answer, ask)
    if "list" not in kinds and (found := _without_units(gold, answer, ask, depth)):
        return found
    return Equality(False, "different", f"{_kind(left)} and {_kind(right)}")


def _all_parts(left: Structure, right: Structure, ask: Ask, depth: int) -> Equality:
    sizes = len(left.parts), len(right.parts)
    if sizes[0] != sizes[1]:
        return Equality(False, "different", f"{sizes[0]} parts and {sizes[1]}")
    if sizes[0] > MAX_PARTS:
        return Equality(False, "undecided", f"an answer has more than {MAX_PARTS} parts")
    return (_in_any_order if left.in_any_order else _in_order)(left.parts, right.parts, ask, depth)


def _kind(shape: Structure) -> str:
    return {"ordered": f"an ordered {shape.brackets}", "value": "one value"}.get(shape.kind, f"a {shape.kind}")


def _in_order(left: tuple[str, ...], right: tuple[str, ...], ask: Ask, depth: int) -> Equality:
    found: list[Equality] = []
    for gold, answer in zip(left, right, strict=True):
        found.append(_keys(gold, answer, ask, depth))
        if not found[-1].equal:
            return found[-1]
    return _strongest(found)


def _in_any_order(left: tuple[str, ...], right: tuple[str, ...], ask: Ask, depth: int) -> Equality:
    """Each part of the one is matched with the first part of the other, not yet matched, that it equals."""
    rest = list(right)
    found: list[Equality] = []
    for gold in left:
        tries = ((answer, _keys(gold, answer, ask, depth)) for answer in sorted(rest, key=lambda part: part != gold))
        match = next((each for each in tries if each[1].equal or each[1].how == "undecided"), None)
        if match is None or not match[1].equal:
            return match[1] if match else Equality(False, "different", "a part has no equal")
        rest.remove(match[0])
        found.append(match[1])
    return _strongest(found)


def _strongest(found: list[Equality]) -> Equality:
    order: tuple[How, ...] = ("same text", "same number", "math-verify")
    return max(found, key=lambda equality: order.index(equality.how))


def _without_units(gold: str, answer: str, ask: Ask, depth: int) -> Equality | None:
    """The comparison of the values where there is a unit; `None` where there is none."""
    (left, unit), (right, other) = split_unit(gold), split_unit(answer)
    if unit and other and unit != other:
        return Equality(False, "different", f"units {unit} and {other}")
    if (left, right) == (gold, answer):
        return None
    return _keys(normalise(left), normalise(right), ask, depth - 1)


def _asked(gold: str, answer: str, ask: Ask) -> Equality:
    if guarded := guard(gold, answer):
        return Equality(False, "undecided" if guarded.undecided else "different", guarded.reason)
    return ask(gold, answer)
