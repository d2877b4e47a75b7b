"""The steps of a round that need no model: rows, groups of errors, mixed reasons, copies, first sets.

    >>> groups([[failure_a, failure_b, failure_c]], count=8, size=4, rng=random.Random(0))

Every choice is drawn from a generator that depends on seed and round alone, so the same answers give the same beam.
"""

import itertools
import random
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from lbt_solvers.examples.types import DataRow, Example, ExampleSet, Failure, NotEnoughDataError

T = TypeVar("T", bound=Hashable)


class Gradient(NamedTuple):
    """Why students err, and the errors that show it: what a set is rewritten by."""

    reasons: tuple[str, ...]
    failures: tuple[Failure, ...]


def random_of(seed: int, *names: object) -> random.Random:
    """A generator of its own for every purpose."""
    return random.Random("/".join(map(str, (seed, *names))))


def minibatch(train: Sequence[DataRow], size: int, rng: random.Random) -> list[DataRow]:
    """Distinct training rows, all of them where there are fewer."""
    return rng.sample(train, min(size, len(train)))


def groups(pools: Sequence[Sequence[Failure]], count: int, size: int, rng: random.Random) -> list[tuple[Failure, ...]]:
    """`count` groups of up to `size` distinct failures; the pools take turns, empty ones are skipped."""
    filled = [pool for pool in pools if pool]
    if not filled:
        return []
    turns = itertools.islice(itertools.cycle(filled), count)
    return [tuple(rng.sample(pool, min(size, len(pool)))) for pool in turns]


def mixed(gradients: Sequence[Gradient], mix: int, size: int, rng: random.Random) -> list[Gradient]:
    """As many gradients, each of `mix` different ones: all combinations in random order, repeated where they are few.

    Reasons stand one after the other; failures are pooled and cut to `size` at random.
    """
    if mix <= 1 or len(gradients) < mix:
        return list(gradients)
    combinations = list(itertools.combinations(gradients, mix))
    order: list[tuple[Gradient, ...]] = []
    while len(order) < len(gradients):
        order += rng.sample(combinations, len(combinations))
    return [_joined(parts, size, rng) for parts in order[: len(gradients)]]


def _joined(parts: Sequence[Gradient], size: int, rng: random.Random) -> Gradient:
    failures = distinct(failure for part in parts for failure in part.failures)
    reasons = tuple(distinct(reason for part in parts for reason in part.reasons))
    return Gradient(reasons, tuple(rng.sample(failures, min(size, len(failures)))))


def distinct(items: Iterable[T]) -> list[T]:
    """Each item once, in the order of first appearance."""
    return list(dict.fromkeys(items))


def drawn_set(train: Sequence[DataRow], count: int, labels: Sequence[str], rng: random.Random) -> ExampleSet:
    """A first set of training rows: equally many of each label (up to one), in random order.

    Raises:
        NotEnoughDataError: fewer rows than examples, or too few of a label.
    """
    if len(train) < count:
        raise NotEnoughDataError(f"{count} examples were asked for; there are {len(train)} training rows.")
    if not labels:
        return tuple(Example(row.text, row.label) for row in rng.sample(train, count))
    shuffled = rng.sample(labels, len(labels))
    quotas = {label: count // len(labels) + (at < count % len(labels)) for at, label in enumerate(shuffled)}
    chosen: list[DataRow] = []
    for label, quota in quotas.items():
        rows = [row for row in train if row.label == label]
        if len(rows) < quota:
            raise NotEnoughDataError(
                f"{quota} examples of the label '{label}' were needed, found {len(rows)} training rows of it. "
                "Give more rows, ask for fewer examples (examples=), or let the teacher write them (init=written)."
            )
        chosen += rng.sample(rows, quota)
    return tuple(Example(row.text, row.label) for row in rng.sample(chosen, len(chosen)))


def check_rows(train: Sequence[DataRow], labels: Sequence[str]) -> None:
    """Refuses training rows that nothing can be learned from.

    Raises:
        NotEnoughDataError: no rows, or rows of one label only.
    """
    if not train:
        raise NotEnoughDataError("Training rows were needed, found none.")
    found = {row.label for row in train}
    if labels and len(found) < 2:
        raise NotEnoughDataError(f"Training rows of at least two labels were needed, found only '{found.pop()}'.")
