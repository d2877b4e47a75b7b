"""Families of problems: those that are made alike are right or wrong together, so they are one draw and not several.

    >>> families([{"type": "sum"}, {"type": "sum"}, {"type": "sale"}], ["a", "b", "c"], least=2)
    Families(name='type', of=['sum', 'sum', 'sale'])

The first key counts under which problems fall into at least five families. Fewer are no sample from which a spread
could be told: they are taken for fixed parts of the test, as subjects are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

KEYS = ("family", "type", "template", "variant_of", "source")
"""Of a problem's metadata, what makes problems alike, the first that is there."""
LEAST = 5


class Families(NamedTuple):
    """The family of each problem, and by what they are told."""

    name: str
    """A key of the metadata; empty where every problem stands alone."""
    of: list[str]


def families(metadata: Sequence[Mapping[str, Any]], problems: Sequence[str], least: int = LEAST) -> Families:
    """The family of each problem; a problem without the key is one of its own.

    Args:
        metadata: Of each problem.
        problems: Their ids, in the same order.
        least: How many families there have to be.
    """
    distinct = len(set(problems))
    for key in KEYS:
        pairs = zip(metadata, problems, strict=True)
        found = [str(each[key]) if each.get(key) not in (None, "") else f"problem {name}" for each, name in pairs]
        if least <= len(set(found)) < distinct:
            return Families(key, found)
    return Families("", list(problems))
