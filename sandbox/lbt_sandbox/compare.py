r"""Whether an answer is right: compares plain data. Pure, and safe on whatever an answer holds.

    >>> accepts(Checker("float", abs_tol=1e-6), expected=[0.3], got=[0.1 + 0.2])
    True
    >>> accepts(Checker("lines"), expected="1 2\n3\n", got="1 2 \n3")
    True

Answers are what `codec.decode` gives (types of its list, bounded depth), so no code of a solution runs here. The same
module compares small answers on the trusted side and large ones in a process that may be killed (`guest.comparing`);
it needs only the standard library.

| checker | accepts |
|---|---|
| exact | what Python's `==` accepts: `True == 1 == 1.0`, but `(1, 2) != [1, 2]`; NaN equals nothing |
| unordered | a list or tuple with the same items in any order, duplicates counted; the items themselves by `==` |
| set | a list, tuple or set with the same items, order and duplicates ignored |
| float | numbers within `rel_tol` or `abs_tol`, at any depth of sequences and dicts; everything else by `==` |
| any_of | what equals one item of `expected`; with a tolerance, what is close to one |
| lines | text with the same words in every line: white space around words and blank lines at the end are ignored |
| tokens | text with the same words, white space and lines ignored |

Words are the same when their characters are: `3`, `3.0` and `03` differ. With a tolerance, `lines` and `tokens` take
words that are decimal numbers as numbers: two whole numbers by value, others as `float` does; not `nan` and `inf`.

Close is what `math.isclose` says. It works on floats, which hold no whole number beyond 2**53 for sure; there the
difference is taken exactly, so that 10**17 is not close to 10**17 + 3 unless the tolerance says so. NaN is close to
NaN and an infinity to itself. True and False are no numbers. Time and memory are linear in the size of what is
compared, but for keys of sets and dicts whose hashes were chosen to collide.
"""

from __future__ import annotations

import cmath
import math
import re
from array import array
from collections import Counter, deque
from collections.abc import Callable, Hashable, ItemsView, KeysView
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

CheckerName = Literal["exact", "unordered", "set", "float", "any_of", "lines", "tokens", "code"]


@dataclass(frozen=True, slots=True)
class Checker:
    """How an answer is compared with the expected value."""

    name: CheckerName = "exact"
    rel_tol: float = 0.0
    abs_tol: float = 0.0
    source: str = ""
    """For "code": a program that defines `entry_point(args, kwargs, expected, got)`, run in a sandboxed process of its
    own that never holds the solution. What it returns counts by its truth."""
    entry_point: str = "check"


_NUMBER = re.compile(rb"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,6})?")
_INTEGER = re.compile(rb"[+-]?[0-9]++")
_LARGEST_EXPONENT = 5_000
"""Of a Decimal that is taken exactly; floats end at 308."""
_ATOMS = frozenset({type(None), bool, int, float, str})
_SETS = (set, frozenset, KeysView, ItemsView)
_SEQUENCES = (list, tuple, deque, array)


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
    if not (isinstance(expected, (list, tuple, *_SETS)) and isinstance(got, (list, tuple, *_SETS))):
        return False
    missing = dict.fromkeys(map(_key, expected), True)
    for item in got:
        key = _key(item)
        if key not in missing:
            return False
        missing[key] = False
    return not any(missing.values())


class _Key:
    """A container as a key: equal as it is, and hashed by its contents, also where it has no hash of its own."""

    __slots__ = ("content", "item")

    def __init__(self, item: Any, content: Hashable) -> None:
        self.item = item
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and bool(self.item == other.item)

    def __hash__(self) -> int:
        return hash(self.content)


def _key(item: Any) -> Hashable:
    """Equal for equal items, and hashed alike: sequences by their items in order, sets and dicts in any order."""
    if type(item) in _ATOMS:
        return item
    if isinstance(item, _SEQUENCES):
        return _Key(item, tuple(map(_hash, item)))
    if isinstance(item, dict):  # entries of 0 do not count: Counter(a=0) == Counter()
        return _Key(item, sum(hash((_hash(key), _hash(value))) for key, value in item.items() if value != 0))
    if isinstance(item, _SETS):
        return _Key(item, sum(map(_hash, item)))
    if isinstance(item, bytes | bytearray | memoryview):
        return _Key(item, bytes(item))
    return item


def _hash(item: Any) -> int:
    return hash(_key(item))


def _close(checker: Checker, expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return type(expected) is type(got) and expected == got
    if _is_number(expected) and _is_number(got):
        return _close_numbers(checker, expected, got)
    if isinstance(expected, dict) and isinstance(got, dict):
        same_keys = expected.keys() == got.keys()
        return same_keys and all(_close(checker, value, got[key]) for key, value in expected.items())
    if any(isinstance(expected, kind) and isinstance(got, kind) for kind in _SEQUENCES):
        return len(expected) == len(got) and all(map(lambda e, g: _close(checker, e, g), expected, got))
    return bool(expected == got)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex | Decimal | Fraction)


def _close_numbers(checker: Checker, expected: Any, got: Any) -> bool:
    if expected != expected or got != got:
        return expected != expected and got != got
    if expected == got:
        return True
    if isinstance(expected, complex) or isinstance(got, complex):
        return _close_complex(checker, expected, got)
    if _is_a_float(expected) and _is_a_float(got):
        return math.isclose(float(expected), float(got), rel_tol=checker.rel_tol, abs_tol=checker.abs_tol)
    one, other = _exact_value(expected), _exact_value(got)
    if one is None or other is None:
        return False
    difference, largest = abs(one - other), max(abs(one), abs(other))
    return difference <= Fraction(checker.abs_tol) or difference <= Fraction(checker.rel_tol) * largest


def _close_complex(checker: Checker, expected: Any, got: Any) -> bool:
    try:
        return cmath.isclose(complex(expected), complex(got), rel_tol=checker.rel_tol, abs_tol=checker.abs_tol)
    except OverflowError:  # beyond the largest float, and not equal
        return False


def _is_a_float(value: Any) -> bool:
    """Whether a float holds the number exactly."""
    try:
        return isinstance(value, float) or float(value) == value
    except OverflowError:
        return False


def _exact_value(value: Any) -> Fraction | None:
    """None for an infinity, and for a Decimal whose exponent alone would fill the memory."""
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= _LARGEST_EXPONENT):
        return None
    return Fraction(value) if not isinstance(value, float) or math.isfinite(value) else None


def _any_of(checker: Checker, expected: Any, got: Any) -> bool:
    compare = _close if checker.rel_tol or checker.abs_tol else _exact
    return any(compare(checker, one, got) for one in expected)


def _bytes(text: Any) -> bytes | None:
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    return text if isinstance(text, bytes) else None


def _tokens(checker: Checker, expected: Any, got: Any) -> bool:
    wanted, found = _bytes(expected), _bytes(got)
    return wanted is not None and found is not None and _same_words(checker, wanted.split(), found.split())


def _lines(checker: Checker, expected: Any, got: Any) -> bool:
    wanted, found = _bytes(expected), _bytes(got)
    if wanted is None or found is None:
        return False
    wanted_lines, found_lines = wanted.rstrip().split(b"\n"), found.rstrip().split(b"\n")
    return len(wanted_lines) == len(found_lines) and all(
        map(lambda w, f: w == f or _same_words(checker, w.split(), f.split()), wanted_lines, found_lines)
    )


def _same_words(checker: Checker, wanted: list[bytes], found: list[bytes]) -> bool:
    if wanted == found:
        return True
    tolerant = len(wanted) == len(found) and (checker.rel_tol or checker.abs_tol)
    return bool(tolerant) and all(map(lambda w, f: _same_word(checker, w, f), wanted, found))


def _same_word(checker: Checker, wanted: bytes, found: bytes) -> bool:
    if wanted == found:
        return True
    if not (_NUMBER.fullmatch(wanted) and _NUMBER.fullmatch(found)):
        return False
    if _INTEGER.fullmatch(wanted) and _INTEGER.fullmatch(found):
        return _digits(wanted) == _digits(found)
    one, other = float(wanted), float(found)
    return math.isfinite(one) and math.isfinite(other) and _close_numbers(checker, one, other)


def _digits(integer: bytes) -> bytes:
    """The integer in one way of writing it, whatever its length."""
    digits = integer.lstrip(b"+-").lstrip(b"0")
    return b"-" + digits if integer.startswith(b"-") and digits else digits


_COMPARISONS: dict[str, Callable[[Checker, Any, Any], bool]] = {
    "exact": _exact,
    "unordered": _unordered,
    "set": _as_set,
    "float": _close,
    "any_of": _any_of,
    "lines": _lines,
    "tokens": _tokens,
}
