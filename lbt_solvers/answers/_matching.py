"""One-to-one matching of the parts of two answers, so that no order of trying decides.

>>> matched(("a", "b"), ("b", "a"), lambda i, j: True if "ab"[i] == "ba"[j] else None)
[True, True]
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

Found = TypeVar("Found")


def matched(left: Sequence[str], right: Sequence[str], fits: Callable[[int, int], Found | None]) -> list[Found] | None:
    """What `fits` says of each pair of a perfect matching, in the order of `left`; `None` where there is none.

    Augmenting paths; equal texts are tried first, and no pair is asked about twice: at most `len(left) * len(right)`
    comparisons.
    """
    asked: dict[tuple[int, int], Found | None] = {}
    partner: dict[int, int] = {}

    def pair(one: int, other: int) -> Found | None:
        if (one, other) not in asked:
            asked[one, other] = fits(one, other)
        return asked[one, other]

    def place(one: int, tried: set[int]) -> bool:
        for other in sorted(range(len(right)), key=lambda at: (right[at] != left[one], at in partner, at)):
            if other in tried or pair(one, other) is None:
                continue
            tried.add(other)
            if other not in partner or place(partner[other], tried):
                partner[other] = one
                return True
        return False

    if not all(place(one, set()) for one in range(len(left))):
        return None
    chosen = {one: other for other, one in partner.items()}
    return [found for one in range(len(left)) if (found := asked[one, chosen[one]]) is not None]
