"""Made-up types and freely composed methods: so that a student learns to follow a demonstration, not to recall.

    >>> kind = made_up_type(random.Random(0))
    >>> solution = compose(random.Random(0), [draw_numbers(kind, rng), draw_numbers(kind, rng)])

A composed method draws its labels, operands and operations at random. What follows it can only be read from the
demonstration. Words and labels come from the whole vocabulary, so that those of a type that students never see are
at least known as words.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_tasks.classroom.arithmetic.methods import OPERATIONS, Method, Step
from lbt_tasks.classroom.arithmetic.problem_types import Numbers
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES

LABELS = tuple(
    sorted({step.label for kind in PROBLEM_TYPES.values() for method in kind.methods for step in method.steps})
)
_PHRASINGS = [phrasing for kind in PROBLEM_TYPES.values() for phrasing in kind.phrasings]
WORDS = tuple(sorted(set(re.findall(r"(?<!{)\b[A-Za-z]+\b(?!})", " ".join(_PHRASINGS)))))

_NUMBER_RANGES = (range(2, 13), range(2, 13), range(2, 31), range(10, 61))
_OPERATION_WEIGHTS = {"+": 3, "-": 3, "*": 3, "/": 2, "//": 1, "%": 1}
_CONSTANTS = (1, 1, 2, 2, 3, 4, 5, 7, 10, 12)
_LARGEST_RESULT = 200
_LARGEST_FACTOR = 12
_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class MadeUpType:
    """A question without a meaning: two phrasings of random words around the same numbers."""

    phrasings: tuple[str, ...]
    ranges: tuple[range, ...]


def made_up_type(rng: random.Random) -> MadeUpType:
    """A random question template with two or three numbers."""
    ranges = tuple(rng.choices(_NUMBER_RANGES, k=rng.choice((2, 3, 3, 3))))
    return MadeUpType(tuple(_template(rng, len(ranges)) for _ in range(2)), ranges)


def draw_numbers(kind: MadeUpType, rng: random.Random) -> Numbers:
    """Distinct numbers for a made-up question."""
    while True:
        values = [rng.choice(numbers) for numbers in kind.ranges]
        if len(set(values)) == len(values):
            return dict(zip("abc", values, strict=False))


def compose(rng: random.Random, numbers: Sequence[Numbers]) -> Method | None:
    """A random method that works for all the given numbers, or `None` after too many attempts.

    In the first of them no value occurs twice, so the demonstration shows which number each step uses.
    """
    values = [dict(each) for each in numbers]
    steps: list[Step] = []
    for label in rng.sample(LABELS, rng.choices((1, 2, 3, 4), (1, 4, 4, 2))[0]):
        step = _compose_step(rng, label, values, previous=steps[-1].label if steps else None)
        if step is None:
            return None
        steps.append(step)
    return Method("composed", tuple(steps))


def _compose_step(rng: random.Random, label: str, values: list[dict[str, int]], previous: str | None) -> Step | None:
    """Draws one step and enters its results into `values`."""
    names = list(values[0])
    for _ in range(_ATTEMPTS):
        left = previous if previous and rng.random() < 0.6 else rng.choice(names)
        right = str(rng.choice(_CONSTANTS)) if rng.random() < 0.25 else rng.choice(names)
        operation = rng.choices(list(_OPERATION_WEIGHTS), list(_OPERATION_WEIGHTS.values()))[0]
        if left == right:
            continue
        results = [_result(each, left, operation, right) for each in values]
        if all(result is not None for result in results) and results[0] not in values[0].values():
            for each, result in zip(values, results, strict=True):
                each[label] = result or 0
            return Step(label, left, operation, right)
    return None


def _result(values: dict[str, int], left: str, operation: str, right: str) -> int | None:
    """The result where it is as easy as the domain's own arithmetic, otherwise `None`."""
    x = values[left]
    y = int(right) if right.isdigit() else values[right]
    if operation == "*" and min(x, y) > _LARGEST_FACTOR:
        return None
    try:
        result = OPERATIONS[operation](x, y)
    except ArithmeticError:
        return None
    return result if 0 <= result <= _LARGEST_RESULT else None


def _template(rng: random.Random, slots: int) -> str:
    words = [_words(rng) for _ in range(slots + 1)]
    parts = [f"{text} {{{name}}}" for text, name in zip(words, "abc", strict=False)]
    sentence = rng.choice((" ", " ", ", ")).join(parts[:slots]) + f" {words[-1]}"
    return sentence[0].upper() + sentence[1:] + rng.choice(".?")


def _words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.choice((1, 2, 2, 3))))
