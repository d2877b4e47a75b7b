"""Counts what an export read and made: shown by `--stats`, kept beside the data, quoted in model cards.

tally = Tally()
tally.add(taught, pairs)
print(tally.described())
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lbt_solvers.preferences import Pair
from lbt_tasks.preferences.sources import TaughtProblem

_BINS = 10
_BAR = 40


@dataclass(slots=True)
class Tally:
    """Counts over all problems."""

    samples: int = 0
    """Problems by their epochs and logs."""
    names: set[str] = field(default_factory=set[str])
    """Of the problems."""
    samples_without_pairs: int = 0
    rationales: int = 0
    distinct: int = 0
    """Different texts, problem by problem."""
    without_exam: int = 0
    """Rationales that no student sat an exam with: only correctness alone can pair them."""
    pairs: int = 0
    rows: int = 0
    """Written: one a pair, in the KTO form one a text."""
    kinds: Counter[str] = field(default_factory=Counter[str])
    """Pairs by what is right of them; a correctness of 1 is right."""
    margins: Counter[int] = field(default_factory=Counter[int])
    """Pairs by tenths of the margin, rounded down."""

    @property
    def problems(self) -> int:
        """How many, however many epochs and logs they are in."""
        return len(self.names)

    def add(self, taught: TaughtProblem, pairs: Sequence[Pair]) -> None:
        """Counts one problem."""
        self.samples += 1
        self.names.add(taught.problem)
        self.samples_without_pairs += not pairs
        self.rationales += len(taught.rationales)
        self.distinct += len(taught.candidates)
        self.without_exam += sum(rationale.lbt is None for rationale in taught.rationales)
        self.pairs += len(pairs)
        for pair in pairs:
            right = [taught.candidates[index].correctness >= 1 for index in pair[:2]]
            self.kinds[_KINDS[right[0], right[1]]] += 1
            self.margins[min(_BINS - 1, int(pair.margin * _BINS + 1e-9))] += 1

    def described(self) -> dict[str, Any]:
        """For a JSON file."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        kinds = {kind: self.kinds[kind] for kind in _KINDS.values()}
        return {**counts, "kinds": kinds, "margins": {_bin(i): self.margins[i] for i in range(_BINS)}}

    def table(self) -> str:
        """For the terminal."""
        lines = [f"{name.replace('_', ' '):<40}{getattr(self, name):>10,}" for name in _COUNTS]
        lines += [f"  {kind:<38}{self.kinds[kind]:>10,}" for kind in _KINDS.values()]
        most = max(self.margins.values(), default=0)
        lines += [
            f"  margin {_bin(i):<31}{self.margins[i]:>10,}  {'#' * -(-_BAR * self.margins[i] // most)}"
            for i in range(_BINS)
            if self.margins[i]
        ]
        return "\n".join(lines)


_COUNTS = ("problems", "samples", "samples_without_pairs", "rationales", "distinct", "without_exam", "pairs", "rows")
_KINDS = {
    (True, False): "right over wrong",
    (True, True): "both right",
    (False, False): "both wrong",
    (False, True): "wrong over right",
}


def _bin(number: int) -> str:
    return f"{number / _BINS:.1f} to {(number + 1) / _BINS:.1f}"
