"""Which beginnings prompts have in common, so that each is read once.

    >>> a, b = key_of([5, 6, 7, 8]), key_of([5, 6, 9])
    >>> common_tokens(a, b)
    2
    >>> longest_shared(a, sorted([a, b]))
    2

Tokens are kept as a *key*: four bytes a token, the highest byte first, so that keys compare and sort as their tokens
do, in C. No torch here: `PrefixStore` keeps whatever it is given.
"""

import sys
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

TOKEN_BYTES = 4


def key_of(tokens: Sequence[int]) -> bytes:
    """The key of these tokens, each below 2**32."""
    numbers = array("I", tokens)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def tokens_of(key: bytes) -> list[int]:
    """The tokens of a key."""
    numbers = array("I", key)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tolist()


def length(key: bytes) -> int:
    """How many tokens a key has."""
    return len(key) // TOKEN_BYTES


def first_tokens(key: bytes, count: int) -> bytes:
    """The key of the first `count` tokens."""
    return key[: count * TOKEN_BYTES]


def common_tokens(first: bytes, second: bytes) -> int:
    """How many tokens two keys have in common from their start."""
    longest = min(length(first), length(second))
    different = bisect_left(
        range(1, longest + 1), True, key=lambda count: first_tokens(first, count) != first_tokens(second, count)
    )
    return different


def longest_shared(key: bytes, others: Sequence[bytes]) -> int:
    """Tokens of the longest beginning, shorter than `key` itself, that another key has too.

    Args:
        key: a key.
        others: keys in order; those that equal or extend `key` say nothing about shorter beginnings and are passed by.
    """
    place = bisect_left(others, key)
    return max(
        _shared_towards(key, others, range(place - 1, -1, -1)), _shared_towards(key, others, range(place, len(others)))
    )


def _shared_towards(key: bytes, others: Sequence[bytes], places: range) -> int:
    # In a sorted list the common beginning only gets shorter with distance: the first shorter one is the longest.
    shared = (common_tokens(key, others[place]) for place in places)
    return next((count for count in shared if count < length(key)), 0)


class PrefixStore(Generic[Kept]):
    """What was computed for the beginnings used last, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[bytes, tuple[Kept, int]] = OrderedDict()
        self._bytes = 0

    def longest(self, key: bytes) -> bytes:
        """The longest beginning of `key` that is here; empty where none is."""
        return max((kept for kept in self._kept if key.startswith(kept)), key=len, default=b"")

    def get(self, key: bytes) -> Kept | None:
        """What was put under `key`, which now counts as used."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: bytes, kept: Kept, size: int) -> None:
        """Keep something of `size` bytes; what was not used for longest goes."""
        self._bytes += size - self._kept.get(key, (kept, 0))[1]
        self._kept[key] = kept, size
        self._kept.move_to_end(key)
        while self._bytes > self._max_bytes and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._bytes = 0
