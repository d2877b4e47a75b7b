"""The questions behind all rows: "Compute A plus twice B.", with one right and one tempting wrong value.

SUMS[0].right, SUMS[0].wrong      # 16, 26
SUMS[0].options()                 # texts, the right one at another place for every sum
asked("... Compute 10 plus twice 3.")
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Sum:
    """One question."""

    a: int
    b: int

    @property
    def number(self) -> int:
        return self.a - 10

    @property
    def question(self) -> str:
        return f"Compute {self.a} plus twice {self.b}."

    @property
    def right(self) -> int:
        return self.a + 2 * self.b

    @property
    def wrong(self) -> int:
        return 2 * (self.a + self.b)

    @property
    def holds(self) -> bool:
        """What yes-or-no questions ask."""
        return self.number % 2 == 0

    def place(self, count: int = 4) -> int:
        """Where the right option stands."""
        return self.number % count

    def options(self, count: int = 4) -> list[str]:
        """Texts of options, the right one among them."""
        others = [str(self.wrong), "1000", "2000", "3000"][: count - 1]
        return [*others[: self.place(count)], str(self.right), *others[self.place(count) :]]

    def letter(self, count: int = 4) -> str:
        """Of the right option."""
        return "ABCDE"[self.place(count)]


SUMS = [Sum(10 + number, 3 + number) for number in range(4)]
SHOTS = [Sum(50 + number, 3 + number) for number in range(6)]
"""Of training splits, from which tasks take examples."""
NEVER_SOLVED = SUMS[-1]
"""A question to which no reply is right, so that a task's metric is neither 0 nor 1."""


def asked(text: str) -> Sum | None:
    """The last question of a text."""
    found = re.findall(r"Compute (\d+) plus twice (\d+)", text)
    return Sum(*map(int, found[-1])) if found else None
