r"""Inequalities, memberships and set builders as intervals, so that one region has one form.

    >>> region("4<t"), region("t\\in (4,\\infty)"), region("-2\\le x\\le 7")
    (Region(variable='t', parts=('(4,\\infty)',)), Region(variable='t', parts=('(4,\\infty)',)),
     Region(variable='x', parts=('[-2,7]',)))

Pure text: bounds are compared later, part by part, as any two values are.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from lbt_solvers.answers._latex import brackets_match, split_top
from lbt_solvers.answers._rational import as_fraction

_VARIABLE = re.compile(r"[A-Za-z](?:_(?:\w|\{\w+\}))?'?|\\(?:theta|alpha|beta|lambda|mu|phi|varphi|omega|gamma|delta)")
_RELATION = re.compile(r"(<|>|\\(?:le|ge|ne)(?![A-Za-z]))\s*")
_OR = re.compile(r"(?:,| |(?<=[^A-Za-z\\ ]))(?:or|\\vee|\\lor) ?(?![A-Za-z])|\\vee ?")
_AND = re.compile(r"(?:,| |(?<=[^A-Za-z\\ ]))(?:and|\\wedge|\\land) ?(?![A-Za-z])|\\wedge ?")
_MEMBER = re.compile(rf"(?P<name>{_VARIABLE.pattern})\\in ?(?P<set>.+)")
_BUILDER = re.compile(
    rf"\\\{{(?P<name>{_VARIABLE.pattern})(?:\\in ?(?:\(-\\infty,\\infty\)|\\mathbb\{{R\}}))?(?:\||:|\\mid ?|\\vert ?)"
    r"(?P<condition>.+)\\\}"
)
_FLIPPED = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le", "\\ne": "\\ne"}


class Region(NamedTuple):
    """A union of intervals; `variable` is empty where none is named."""

    variable: str
    parts: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def region(key: str) -> Region | None:
    """The region that a normalised answer says; `None` where it says none, or more than one variable."""
    if builder := _BUILDER.fullmatch(key):
        return _conditions(builder["condition"])
    if member := _MEMBER.fullmatch(key):
        parts = _intervals(member["set"])
        return Region(member["name"], parts) if parts else None
    if _RELATION.search(key):
        return _conditions(key)
    parts = _intervals(key)
    return Region("", parts) if parts else None


def has_many_points(key: str) -> bool:
    """Whether a normalised answer is a union of intervals, one of which has more than one point."""
    return any(_has_many_points(*split_top(part[1:-1], ",")) for part in _intervals(key))


def _has_many_points(low: str, high: str) -> bool:
    numbers = [as_fraction(bound) for bound in (low, high) if not bound.endswith("\\infty")]
    if len(numbers) == 2:
        return _below(low, high)
    return len(numbers) == 1 and numbers[0] is not None and (low == "-\\infty" or high == "\\infty")


def _intervals(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in split_top(text, "\\cup"))
    return parts if all(map(_is_interval, parts)) else ()


def _is_interval(text: str) -> bool:
    is_bracket = text[:1] in ("(", "[") and text[-1:] in (")", "]") and brackets_match(text[1:-1])
    return is_bracket and len(split_top(text[1:-1], ",")) == 2


def _conditions(text: str) -> Region | None:
    """Of inequalities joined by `or`, and by `and` where they bound one interval from both sides."""
    found: list[Region] = []
    for alternative in _OR.split(text):
        every = [part for piece in _AND.split(alternative) for part in split_top(piece, ",")]
        relations = [_inequality(part.strip()) for part in every]
        if not relations or any(relation is None for relation in relations):
            return None
        found += _intersected([relation for relation in relations if relation])
    if len({each.variable for each in found}) != 1:
        return None
    return Region(found[0].variable, tuple(part for each in found for part in each.parts))


def _intersected(regions: list[Region]) -> list[Region]:
    """`x>4` and `x<7` bound one interval; what bounds on the same side stays apart."""
    if len(regions) != 2 or any(len(each.parts) != 1 for each in regions):
        return regions
    one, other = (each.parts[0] for each in regions)
    if one.startswith("(-\\infty,"):
        one, other = other, one
    if not (
        one.endswith(",\\infty)") and other.startswith("(-\\infty,") and regions[0].variable == regions[1].variable
    ):
        return regions
    low, high = one[1 : -len(",\\infty)")], other[len("(-\\infty,") : -1]
    if not (_below(low, high)):
        return regions
    return [Region(regions[0].variable, (f"{one[0]}{low},{high}{other[-1]}",))]


def _below(low: str, high: str) -> bool:
    numbers = as_fraction(low), as_fraction(high)
    return numbers[0] is not None and numbers[1] is not None and numbers[0] < numbers[1]


def _inequality(text: str) -> Region | None:
    pieces = _RELATION.split(text)
    sides, relations = [side.strip() for side in pieces[::2]], pieces[1::2]
    if not all(sides) or any("=" in side for side in sides):
        return None
    if len(sides) == 2:
        return _one_sided(sides[0], relations[0], sides[1])
    if len(sides) == 3 and _VARIABLE.fullmatch(sides[1]):
        return _between(sides, relations)
    return None


def _one_sided(left: str, relation: str, right: str) -> Region | None:
    if _VARIABLE.fullmatch(right) and not _VARIABLE.fullmatch(left):
        left, relation, right = right, _FLIPPED[relation], left
    if not _VARIABLE.fullmatch(left) or _VARIABLE.fullmatch(right):
        return None
    parts = {
        "<": (f"(-\\infty,{right})",),
        "\\le": (f"(-\\infty,{right}]",),
        ">": (f"({right},\\infty)",),
        "\\ge": (f"[{right},\\infty)",),
        "\\ne": (f"(-\\infty,{right})", f"({right},\\infty)"),
    }[relation]
    return Region(left, parts)


def _between(sides: list[str], relations: list[str]) -> Region | None:
    low, variable, high = sides
    if all(relation in (">", "\\ge") for relation in relations):
        low, high = high, low
        relations = [_FLIPPED[relation] for relation in reversed(relations)]
    if any(relation not in ("<", "\\le") for relation in relations):
        return None
    opening, closing = ("(" if relations[0] == "<" else "["), (")" if relations[1] == "<" else "]")
    return Region(variable, (f"{opening}{low},{high}{closing}",))
