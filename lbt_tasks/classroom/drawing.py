"""How both classrooms draw problems: evenly over their types, and variants with other values.

spread(kinds, {"mean": [(4, 8, 6), ...]}, 10, "held_out", random.Random("0:held_out"), make_problem)
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from random import Random
from typing import Protocol, TypeVar


class Kind(Protocol):
    """A problem type."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def phrasings(self) -> Sequence[object]:
        """Ways to put its problems."""
        ...


K = TypeVar("K", bound=Kind)
V = TypeVar("V")
P = TypeVar("P")


def spread(
    kinds: list[K],
    pools: Mapping[str, Sequence[V]],
    count: int,
    split: str,
    rng: Random,
    make: Callable[[K, V, int], P],
) -> list[P]:
    """Problems with distinct values, spread evenly over the types, in random order.

    Args:
        kinds: The types.
        pools: The values of each, by its name.
        count: How many problems.
        split: For the message.
        rng: What draws.
        make: A problem from its type, values and phrasing.

    Raises:
        ValueError: more problems than there are values.
    """
    if count > (available := sum(map(len, pools.values()))):
        raise ValueError(f"{count} problems were asked for; the split {split} of these types has {available}.")
    shuffled = {name: rng.sample(pool, min(count, len(pool))) for name, pool in pools.items()}
    rng.shuffle(kinds)
    drawn: list[P] = []
    for kind in cycle(kinds):
        if len(drawn) == count:
            break
        if shuffled[kind.name]:
            drawn.append(make(kind, shuffled[kind.name].pop(), rng.randrange(len(kind.phrasings))))
    rng.shuffle(drawn)
    return drawn


def others(
    kind: Kind, pool: Sequence[V], values: V, count: int, seed: int, problem_id: str, make: Callable[[V, int], P]
) -> list[P]:
    """Problems of the same type with other values than a problem's and each other's.

    Raises:
        ValueError: more than the type has.
    """
    left = [other for other in pool if other != values]
    if count > len(left):
        raise ValueError(f"{count} variants of {problem_id} were asked for; there are {len(left)}.")
    rng = Random(f"{seed}:{problem_id}")
    return [make(other, rng.randrange(len(kind.phrasings))) for other in rng.sample(left, count)]
