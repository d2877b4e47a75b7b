"""Whether an answer is right: compares plain data on the trusted side. Pure, and safe on whatever an answer holds.

    >>> accepts(Checker("float", abs_tol=1e-6), expected=[0.3], got=[0.1 + 0.2])
    True
    >>> accepts(Checker("unordered"), expected=[[1, 2], [3]], got=[[3], [1, 2]])
    True

Answers are what `codec.decode` gives (exact built-in types, bounded depth), so no code of a solution runs here.

| checker | accepts |
|---|---|
| exact | what Python's `==` accepts: `True == 1 == 1.0`, but `(1, 2) != [1, 2]`; NaN equals nothing |
| unordered | a list or tuple with the same items in any order, duplicates counted; the items themselves by `==` |
| set | a list, tuple or set with the same items, order and duplicates ignored |
| float | numbers within `rel_tol` or `abs_tol` (`math.isclose`), in any depth of lists, tuples and dicts |
| any_of | what equals one item of `expected`; with a tolerance, what is close to one |
| tokens | text with the same words, white space ignored; decimals within the tolerance, integers by value |

With `float`, NaN is close to NaN and an infinity to itself; True and False are no numbers there.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable
from decimal import Decimal, InvalidOperation
from typing import Any

from lbt_sandbox.types import Checker

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?", re.ASCII)
_CONTAINERS = (list, tuple, set, frozenset)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def accepts(checker: Checker, expected: Any, got: Any) -> bool:
    """Whether the answer `got` is right where `expected` was wanted.

    Raises:
        ValueError: The checker is "code", which runs in a sandboxed process and not here.
    """
    compare = _COMPARISONS.get(checker.name)
    if compare is None:
        raise ValueError(f"The checker '{checker.name}' is a program; the engine runs it, this module cannot.")
    return compare(checker, expected, got)


def _exact(_: Checker, expected: Any, got: Any) -> bool:
    return bool(expected == got)


def _unordered(_: Checker, expected: Any, got: Any) -> bool:
    if not (isinstance(expected, list | tuple) and isinstance(got, list | tuple) and len(expected) == len(got)):
        return False
    left = Counter(map(_key, expected))
    # Items of the answer are only looked up, never stored: hashes chosen to collide would make a table slow
    for item in got:
        key = _key(item)
        if left[key] == 0:
            return False
        left[key] -= 1
    return True


def _as_set(_: Checker, expected: Any, got: Any) -> bool:
    if not (isinstance(expected, _CONTAINERS) and isinstance(got, _CONTAINERS)):
        return False
    missing = dict.fromkeys(map(_key, expected), True)
    for item in got:
        key = _key(item)
        if key not in missing:
            return False
        missing[key] = False
    return not any(missing.values())


class _Key:
    """An item that has no hash of its own; equal as the item is, hashed by no more than its kind and size."""

    __slots__ = ("item", "size")

    def __init__(self, item: Any, size: Hashable) -> None:
        self.item = item
        self.size = size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and bool(self.item == other.item)

    def __hash__(self) -> int:
        return hash(self.size)


def _key(item: Any) -> Hashable:
    """Equal for equal items: lists by their contents, dicts and sets by their size (their order means nothing)."""
    if isinstance(item, list | tuple):
        return _Key(item, (type(item).__name__, tuple(map(_hash, item))))
    if isinstance(item, dict | set | frozenset):
        return _Key(item, len(item))
    return item


def _hash(item: Any) -> int:
    return hash(_key(item))


def _close(checker: Checker, expected: Any, got: Any) -> bool:
    if _is_number(expected) and _is_number(got):
        return _close_numbers(checker, expected, got)
    if type(expected) is not type(got):
        return False
    if isinstance(expected, list | tuple):
        return len(expected) == len(got) and all(map(lambda e, g: _close(checker, e, g), expected, got))
    if isinstance(expected, dict):
        same_keys = expected.keys() == got.keys()
        return same_keys and all(_close(checker, value, got[key]) for key, value in expected.items())
    return bool(expected == got)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close_numbers(checker: Checker, expected: float, got: float) -> bool:
    if expected != expected:
        return got != got
    try:
        return math.isclose(expected, got, rel_tol=checker.rel_tol, abs_tol=checker.abs_tol)
    except OverflowError:  # an int beyond the largest float
        return expected == got


def _any_of(checker: Checker, expected: Any, got: Any) -> bool:
    compare = _close if checker.rel_tol or checker.abs_tol else _exact
    return any(compare(checker, one, got) for one in expected)


def _tokens(checker: Checker, expected: Any, got: Any) -> bool:
    wanted, found = _words(expected), _words(got)
    return len(wanted) == len(found) and all(map(lambda w, f: _same_word(checker, w, f), wanted, found))


def _words(text: Any) -> list[str]:
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)).split()


def _same_word(checker: Checker, wanted: str, found: str) -> bool:
    if wanted == found:
        return True
    if not (_NUMBER.fullmatch(wanted) and _NUMBER.fullmatch(found)):
        return False
    if _INTEGER.fullmatch(wanted) or not (checker.rel_tol or checker.abs_tol):
        return _same_value(wanted, found)
    return _close_numbers(checker, float(wanted), float(found))


def _same_value(wanted: str, found: str) -> bool:
    """Exact, so that neighbouring large integers stay apart: `3` is `3.0`, and 10**17 is not 10**17 + 1."""
    try:
        return Decimal(wanted) == Decimal(found)
    except InvalidOperation:
        return False


_COMPARISONS: dict[str, Callable[[Checker, Any, Any], bool]] = {
    "exact": _exact,
    "unordered": _unordered,
    "set": _as_set,
    "float": _close,
    "any_of": _any_of,
    "tokens": _tokens,
}
