"""What makes a set of examples fit for use: count, labels, balance, copies, and no row of the test split.

    >>> rules = SetRules(count=2, labels=("Yes", "No"))
    >>> rules.check([Example("a", "Yes"), Example("b", "No"), Example("c", "Maybe")])
    Checked(examples=(Example(text='a', label='Yes', rationale=''), Example(...)), faults=...)

Every example or set that is refused is counted under a fault; nothing is repaired by guessing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lbt_solvers.exam_bank import question_key
from lbt_solvers.examples.types import DataRow, Example, ExampleSet

SHORTEST_CONTAINED = 40
"""Characters from which a test text inside an example is a leak; shorter ones may stand there by chance."""


class Checked(NamedTuple):
    """A set that may be used, or `None`, and what was found wrong on the way."""

    examples: ExampleSet | None
    faults: Counter[str]


@dataclass(frozen=True, slots=True)
class SetRules:
    """What a set has to be."""

    count: int
    labels: tuple[str, ...] = ()
    """Known labels; empty where answers are open."""
    accept_short: bool = False
    forbidden: frozenset[str] = frozenset()
    """Keys of the test texts, see `forbidden_keys`."""

    def check(self, written: Sequence[Example]) -> Checked:
        """The set without unfit examples and cut to size, unless too little is left.

        Faults of single examples: `empty text`, `unknown label`, `copy in the set`, `row of the test split`,
        `more than asked for`. Faults of a set: `unbalanced` (used all the same); `fewer than asked for`,
        `label missing`, `nothing usable` (rejected).
        """
        faults: Counter[str] = Counter()
        kept: dict[str, Example] = {}
        for example in written:
            fault = self._fault(example, kept)
            if fault:
                faults[fault] += 1
            else:
                kept[question_key(example.text)] = example
        examples = tuple(kept.values())
        if rejected := self._rejected(examples):
            faults[rejected] += 1
            return Checked(None, faults)
        if self.labels and not is_balanced(examples, self.labels):
            faults["unbalanced"] += 1
        return Checked(examples, faults)

    def _fault(self, example: Example, kept: dict[str, Example]) -> str:
        key = question_key(example.text)
        if not key:
            return "empty text"
        if self.labels and example.label not in self.labels:
            return "unknown label"
        if key in kept:
            return "copy in the set"
        if self._leaks(key):
            return "row of the test split"
        return "more than asked for" if len(kept) == self.count else ""

    def _leaks(self, key: str) -> bool:
        return key in self.forbidden or any(
            len(test) >= SHORTEST_CONTAINED and test in key for test in self.forbidden if len(test) < len(key)
        )

    def _rejected(self, examples: ExampleSet) -> str:
        if not examples:
            return "nothing usable"
        if len(examples) < self.count and not self.accept_short:
            return "fewer than asked for"
        if self.count >= len(self.labels) and {example.label for example in examples} < set(self.labels):
            return "label missing"
        return ""


def is_balanced(examples: ExampleSet, labels: Sequence[str]) -> bool:
    """Whether the numbers of examples of any two labels differ by at most one."""
    counts = Counter(example.label for example in examples)
    return max(counts[label] for label in labels) - min(counts[label] for label in labels) <= 1


def forbidden_keys(test: Iterable[DataRow]) -> frozenset[str]:
    """What examples are compared with, so that none is a row of the test split."""
    return frozenset(question_key(row.text) for row in test)


def without_test_rows(train: Sequence[DataRow], test: Sequence[DataRow]) -> list[DataRow]:
    """The training rows whose text is not also in the test split."""
    forbidden = forbidden_keys(test)
    return [row for row in train if question_key(row.text) not in forbidden]
