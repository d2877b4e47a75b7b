"""What of a run was cut short or came to nothing, which its accuracies do not show.

for line in run.lost.lines():
print(line)   # 12 of 480 sittings hit a limit on tokens (max_tokens or the context)
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lbt_solvers.record import TeachingRecord


class Lost(NamedTuple):
    """What was cut short or came to nothing, over all samples of a run."""

    rationales: int = 0
    truncated_rationales: int = 0
    voteless: int = 0
    """Rationales without an answer that could vote."""
    sittings: int = 0
    truncated_sittings: int = 0
    unusable: int = 0
    """Sittings without a reply or a grade, which count neither for nor against."""
    limits: Mapping[str, int] = {}
    """Samples that a limit of Inspect ended, by its kind."""

    def lines(self) -> list[str]:
        """For a reader of the report; nothing where nothing was lost."""
        cut = "hit a limit on tokens (max_tokens or the context)"
        counts = [
            (self.truncated_rationales, self.rationales, f"rationales {cut}"),
            (self.voteless, self.rationales, "rationales have no answer that could vote"),
            (self.truncated_sittings, self.sittings, f"sittings {cut}"),
            (self.unusable, self.sittings, "sittings have no usable reply or no grade, and are left out"),
        ]
        lines = [f"{count:,} of {whole:,} {what}" for count, whole, what in counts if count]
        ended = [f"{count:,} samples were ended by Inspect's {kind} limit" for kind, count in self.limits.items()]
        return [*lines, *ended]


def lost_in(records: Sequence[TeachingRecord], limits: Mapping[str, int]) -> Lost:
    """What these records lost."""
    rationales = [
        (each, number) for record in records for each, number in zip(record.rationales, record.classes, strict=True)
    ]
    rows = [row for record in records for row in record.sittings]
    return Lost(
        rationales=len(rationales),
        truncated_rationales=sum(each.truncated for each, _ in rationales),
        voteless=sum(number is None for _, number in rationales),
        sittings=len(rows),
        truncated_sittings=sum(row.truncated for row in rows),
        unusable=sum(row.score is None for row in rows),
        limits=limits,
    )
