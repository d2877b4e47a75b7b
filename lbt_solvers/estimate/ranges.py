"""Ranges instead of numbers: what a few measurements say about a mean, and how such ranges are written.

>>> Range(10, 14) * 3 + Range(1, 1)
Range(low=31, high=43)
>>> mean_range([100, 200, 300])
Range(low=100.0, high=300.0)
>>> shown(Range(12345, 26789))
'12,000 to 27,000'
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from math import floor, log10
from operator import add
from statistics import fmean
from typing import NamedTuple

from lbt_solvers.statistics import mean_interval

_LEAST = 0.1
"""No mean of a handful of calls is known better than to this share."""
_ALONE = 0.5
"""How well one measurement by itself is known."""


class Range(NamedTuple):
    """From the least that is likely to the most."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":  # type: ignore[override]
        """Of both together."""
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, other: "Range | float") -> "Range":  # type: ignore[override]
        """Of so many; both may err the same way."""
        low, high = other if isinstance(other, Range) else (other, other)
        return Range(self.low * low, self.high * high)


NOTHING = Range(0, 0)


def total(ranges: Iterable[Range]) -> Range:
    """Their sum."""
    return reduce(add, ranges, NOTHING)


def mean_range(values: Sequence[float]) -> Range:
    """Where the mean of many such values is likely to be.

    Student's t interval at 95 %, but within the values that were seen, and a tenth of the mean to both sides at least;
    half of it where there is one value.

    Raises:
        ValueError: no value.
    """
    if not values:
        raise ValueError("At least one value was needed.")
    mean = fmean(values)
    if len(values) == 1:
        return Range(mean * (1 - _ALONE), mean * (1 + _ALONE))
    found = mean_interval(values)
    return Range(
        min(max(found.low, min(values)), mean * (1 - _LEAST)), max(min(found.high, max(values)), mean * (1 + _LEAST))
    )


def shown(range: Range, digits: int = 2) -> str:
    """`12,000 to 27,000`; one number where both ends look the same, and an exact one where they are the same."""
    if range.low == range.high:
        return f"{range.low:,.0f}" if range.low == round(range.low) else f"{range.low:,.2f}"
    low, high = (rounded(each, digits) for each in range)
    return low if low == high else f"{low} to {high}"


def rounded(value: float, digits: int = 2) -> str:
    """With so many digits that say something."""
    if value <= 0:
        return "0"
    places = digits - 1 - floor(log10(value))
    return f"{round(value, places):,.{max(0, places)}f}"
