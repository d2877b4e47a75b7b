"""What a problem type is: phrasings, numbers, a right method and one or two tempting misconceptions.

    >>> from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES
    >>> PROBLEM_TYPES["posts"].phrasings[0].format(a=18, b=6, c=5)
    'A 18 m fence has a post every 6 m, 5 kg each. Total kg?'

The types themselves are data: `counting_types.py` and `measuring_types.py`.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, TypeAlias, cast, get_args

from lbt_solvers.checks import one_of
from lbt_tasks.classroom.arithmetic.methods import Method, method, work

Split: TypeAlias = Literal["train", "held_out"]
Numbers: TypeAlias = Mapping[str, int]

HELD_OUT_SHARE = 8
"""One in so many combinations of numbers is never trained on."""


@dataclass(frozen=True, slots=True, eq=False)
class ProblemType:
    """A kind of question, its right method and its misconceptions."""

    name: str
    family: str
    phrasings: tuple[str, ...]
    """Ways to ask, with slots for the numbers; all name the numbers in the same order."""
    numbers: Mapping[str, range | tuple[int, ...]]
    right: Method
    wrong: tuple[tuple[Method, float], ...]
    """Misconceptions and their share among the wrong solutions."""
    right_share: float
    where: Callable[[Numbers], bool] = field(default=lambda numbers: True)
    """Which combinations make sense, beyond all methods staying in the domain's range."""
    seen_by_students: bool = True

    @property
    def methods(self) -> tuple[Method, ...]:
        """All methods, the right one first."""
        return (self.right, *(wrong for wrong, _ in self.wrong))

    @property
    def level(self) -> int:
        """How hard it is: the number of steps of the right method."""
        return len(self.right.steps)


def problem_type(
    name: str,
    family: str,
    *phrasings: str,
    numbers: Mapping[str, range | tuple[int, ...]],
    right: str,
    wrong: Mapping[str, str],
    right_share: float,
    wrong_shares: tuple[float, ...] = (1.0,),
    where: Callable[[Numbers], bool] = lambda numbers: True,
    seen_by_students: bool = True,
) -> ProblemType:
    """A type from its data; a method is a line such as `Gaps: a/b. Posts: Gaps+1`."""
    misconceptions = tuple(
        (method(label, *steps.split(". ")), share)
        for (label, steps), share in zip(wrong.items(), wrong_shares, strict=True)
    )
    return ProblemType(
        name=name,
        family=family,
        phrasings=phrasings,
        numbers=numbers,
        right=method("right", *right.split(". ")),
        wrong=misconceptions,
        right_share=right_share,
        where=where,
        seen_by_students=seen_by_students,
    )


@functools.cache
def number_pool(kind: ProblemType, split: Split) -> tuple[tuple[int, ...], ...]:
    """All combinations of numbers of a type in that split, in a fixed order."""
    return tuple(values for values in _combinations(kind) if split_of(kind.name, values) == split)


def _combinations(kind: ProblemType) -> Iterator[tuple[int, ...]]:
    for values in itertools.product(*kind.numbers.values()):
        numbers = dict(zip(kind.numbers, values, strict=True))
        # Equal numbers would leave open which of them a step uses.
        if len(set(values)) == len(values) and kind.where(numbers) and _all_methods_work(kind, numbers):
            yield values


def _all_methods_work(kind: ProblemType, numbers: Numbers) -> bool:
    try:
        for candidate in kind.methods:
            work(candidate, numbers)
    except ArithmeticError:
        return False
    return True


def checked_split(name: str) -> Split:
    """The split of that name.

    Raises:
        ValueError: there is none.
    """
    one_of("split", name, get_args(Split))
    return cast(Split, name)


def split_of(name: str, values: tuple[int, ...], held_out_share: int = HELD_OUT_SHARE) -> Split:
    """Which split a combination of numbers of that type belongs to, whatever the phrasing."""
    digest = blake2b(f"{name}:{values}".encode(), digest_size=8).digest()
    return "held_out" if int.from_bytes(digest) % held_out_share == 0 else "train"
