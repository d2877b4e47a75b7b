r"""Pairs that math-verify is not asked about, because it would answer wrongly or not at all.

    >>> guard("2516_8", "2516")
    Guarded(undecided=False, reason='a number with a base is compared as text')

It drops the base of `2516_8`, multiplies the letters of words, reads `12:30` as a ratio, and computes `10^{10^8}`.
"""

import math
import re
from typing import NamedTuple

_BASE = re.compile(r"\d(?:_\{?[A-Za-z0-9]|\s?base\b)")
_CLOCK = re.compile(r"\d:\d")
_WORDS = re.compile(r"(?<![\\A-Za-z])(?!(?:sqrt|frac|infty|matrix)\b)[A-Za-z]{4,}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[A-Za-z]+\*?\}|\\[A-Za-z]+")
_SENTENCE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){2,}")
_HUGE = re.compile(r"\d{6,}\)?!|\\d?binom\{\d{6,}|\^[{(]{0,2}-?\d{6,}|!!|!\)?!")
_TOWER = re.compile(r"\d+(?:\^[{(]{0,3}\d+){2,}")
_MISREAD = re.compile(
    r"'|\\(?:equiv|[pb]?mod)(?![A-Za-z])|(?:^|[^_^\d])\d+ \d"
    r"|(?<![A-Za-z}\]^_{\\\d.])\{?\d+\}?\\?\{\d+\\?\}|\\\{\d+\\\}\\?\{"  # `2{3}`, `{2}{3}`, `\{2\}\{3\}`
)
MAX_POWER_DIGITS = 5
"""Digits of an exponent, or of the argument of a factorial, that is still computed."""


class Guarded(NamedTuple):
    """Not to be asked: different where not `undecided`."""

    undecided: bool
    reason: str


def guard(gold: str, answer: str) -> Guarded | None:
    """Why these two keys, which are not the same text or number, are not compared as expressions; `None` to go on."""
    if any(_is_huge(key) for key in (gold, answer)):
        return Guarded(True, "a number too large to compute")
    if any(_BASE.search(key) for key in (gold, answer)):
        return Guarded(False, "a number with a base is compared as text")
    if any(_CLOCK.search(key) for key in (gold, answer)):
        return Guarded(False, "a ratio or a time is compared part by part")
    if any(_has_words(key) for key in (gold, answer)):
        return Guarded(False, "words are compared as text")
    if any(_MISREAD.search(key) for key in (gold, answer)):
        return Guarded(False, "math-verify drops primes and moduli, and adds up numbers side by side")
    if any(_mixes_cases(key) for key in (gold, answer)):
        return Guarded(False, "math-verify does not tell R from r")
    return None


def _is_huge(key: str) -> bool:
    return bool(_HUGE.search(key)) or any(_is_huge_tower(tower[0]) for tower in _TOWER.finditer(key))


def _is_huge_tower(tower: str) -> bool:
    """Whether an exponent of `2^{3^{4}}` has too many digits, computed from the top."""
    _, *bases, exponent = (int(number[:9]) for number in re.findall(r"\d+", tower))
    for base in reversed(bases):
        if exponent * math.log10(max(base, 1)) > MAX_POWER_DIGITS:
            return True
        exponent = base**exponent
    return False


def _has_words(key: str) -> bool:
    plain = _ENVIRONMENT.sub(" \\\\ ", key)
    return bool(_WORDS.search(plain) or _SENTENCE.search(plain))


def _mixes_cases(key: str) -> bool:
    letters = set(re.sub(r"[^A-Za-z]", "", _ENVIRONMENT.sub("", key)))
    return any(letter.lower() in letters for letter in letters if letter.isupper())
