"""Arguments for tests: drawn so that the cases in which a misconception shows come up often, and not always.

>>> draw = near_multiples("a")
>>> draw(random.Random(0), {"a": 7})
(28,)
"""

import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

from lbt_tasks.classroom.programs.problem_types import Arguments, Constants

Draw: TypeAlias = Callable[[random.Random, Constants], Arguments]
WORDS = (
    "kayak",
    "level",
    "noon",
    "radar",
    "river",
    "stone",
    "apple",
    "orange",
    "under",
    "zebra",
    "pizza",
    "jazz",
    "fox",
)


def whole(low: int, high: int) -> Draw:
    """A number of `low` to `high`, both included."""
    return lambda rng, constants: (rng.randint(low, high),)


def beyond(slot: str, most: int, least: int = 0) -> Draw:
    """A number up to `most` larger than a constant."""
    return lambda rng, constants: (constants[slot] + rng.randint(least, most),)


def near_multiples(slot: str, most: int = 12) -> Draw:
    """A multiple of a constant, every second time with something added."""

    def draw(rng: random.Random, constants: Constants) -> Arguments:
        step = constants[slot]
        return (step * rng.randint(1, most) + rng.choice((0, rng.randrange(1, step))),)

    return draw


def numbers(low: int, high: int, lengths: Sequence[int] = (4, 5), often: Sequence[str] = ()) -> Draw:
    """A list of numbers, in every second of which a constant named in `often` takes a place or two."""

    def draw(rng: random.Random, constants: Constants) -> Arguments:
        drawn = [rng.randint(low, high) for _ in range(rng.choice(lengths))]
        if often and rng.random() < 0.5:
            for at in rng.sample(range(len(drawn)), rng.choice((1, 2))):
                drawn[at] = constants[rng.choice(often)]
        return (drawn,)

    return draw


def with_repeats(draw: Draw) -> Draw:
    """Lists in which, every second time, the largest number stands twice."""

    def repeated(rng: random.Random, constants: Constants) -> Arguments:
        (drawn,) = draw(rng, constants)
        if rng.random() < 0.5:
            drawn[rng.randrange(len(drawn))] = max(drawn)
        return (drawn,)

    return repeated


def word(rng: random.Random, constants: Constants) -> Arguments:
    """A word, every second time with capitals."""
    drawn = rng.choice(WORDS)
    return (drawn if rng.random() < 0.5 else "".join(rng.choice((c, c.upper())) for c in drawn),)


def small_word(rng: random.Random, constants: Constants) -> Arguments:
    """A word without capitals, sometimes cut short."""
    drawn = rng.choice(WORDS)
    return (drawn[: rng.randint(2, len(drawn))],)


def sentence(rng: random.Random, constants: Constants) -> Arguments:
    """Two to four words, every second time one of them as long as the constant `a`."""
    words = [rng.choice(WORDS) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.5:
        words[0] = (words[0] * 3)[: constants["a"]]
    return (" ".join(words),)
