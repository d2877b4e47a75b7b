r"""Expressions that surely differ, found without SymPy: by their values at one point, with a proven bound of the error.

    >>> surely_differ("\\frac{11+9a}{20}", "\\sqrt{51}"), surely_differ("x^2-1", "(x-1)(x+1)")
    (True, False)

A value is a ball: a complex centre, and a radius in which the true value lies whatever was rounded. Two expressions
whose balls at one point have no point in common are different; where they have, nothing is known. So this decides no
pair as equal, and `_compare` asks math-verify about what is left. Only what cannot be read in two ways is read:
`x(y+1)`, `1\frac{1}{2}`, `x2`, `e` and every function but roots have no value here.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lbt_solvers.answers._regions import has_many_points

ROUNDING = 2.0**-48
"""Relative error of one operation, more than the few units in the last place that it can be."""
TINY = 1e-300
"""Absolute error of one operation whose result is too small for a relative one."""
HUGE = 1e150
MAX_EXPONENT = 64
MAX_DEPTH = 20
MAX_ROOT = 9
_TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|\\(?P<command>frac|sqrt|pi|cdot)(?![A-Za-z])(?: (?![A-Za-z]{2}))?"  # ` cm` is a unit
    r"|(?P<letter>[A-CF-HJ-Za-cf-z])|[-+/^(){}\[\]]"
)
_MISREAD = re.compile(r"(?<!\\)(?:or|tr|pi|inf|lcm)", re.IGNORECASE)
"""Letters that math-verify does not multiply."""


class Ball(NamedTuple):
    """Every number within `radius` of `centre`."""

    centre: complex
    radius: float = 0.0

    def plus(self, other: "Ball") -> "Ball":
        """The ball of the sums."""
        return _rounded(self.centre + other.centre, self.radius + other.radius)

    def times(self, other: "Ball") -> "Ball":
        """The ball of the products."""
        sizes = abs(self.centre), abs(other.centre)
        spread = sizes[0] * other.radius + sizes[1] * self.radius + self.radius * other.radius
        return _rounded(self.centre * other.centre, spread)

    def inverse(self) -> "Ball":
        """The ball of the inverses.

        Raises:
            ZeroDivisionError: 0 may be in this ball.
        """
        size = abs(self.centre)
        if size <= 2 * self.radius:
            raise ZeroDivisionError
        return _rounded(1 / self.centre, self.radius / (size * (size - self.radius)))

    def root(self, degree: int) -> "Ball":
        """The ball of the principal roots.

        Raises:
            ArithmeticError: it is not all in the right half plane, where the root has no jump.
        """
        size = abs(self.centre)
        if self.centre.real <= 2 * self.radius:
            raise ArithmeticError
        steepest = (size - self.radius) ** (1 / degree - 1) / degree
        return _rounded(self.centre ** (1 / degree), 2 * self.radius * steepest)

    def power(self, exponent: int) -> "Ball":
        """The ball of the whole powers."""
        if exponent < 0:
            return self.power(-exponent).inverse()
        result = Ball(1.0)
        for _ in range(exponent):
            result = result.times(self)
        return result


def surely_differ(gold: str, answer: str) -> bool:
    """Whether two normalised answers have different values, or one is many; `False` where that is not known."""
    one, other = value(gold), value(answer)
    if one is None or other is None:
        return (one is not None and has_many_points(answer)) or (other is not None and has_many_points(gold))
    return abs(one.centre - other.centre) > 2 * (one.radius + other.radius)


@lru_cache(maxsize=1 << 14)
def value(key: str) -> Ball | None:
    """At the one point at which all are compared; `None` where it cannot be read, or has none there."""
    found = list(_TOKEN.finditer(key))
    if sum(len(token[0]) for token in found) != len(key) or _MISREAD.search(key):
        return None
    try:
        ball = _Reader(found).whole()
        return ball if abs(ball.centre) < HUGE and ball.radius < HUGE else None
    except (ArithmeticError, ValueError):
        return None


def _rounded(centre: complex, radius: float) -> Ball:
    return Ball(centre, radius * (1 + ROUNDING) + ROUNDING * abs(centre) + TINY)


def _at_point(letter: str) -> Ball:
    """Of an unknown: positive, of size 1, unlike the others; R and r are one, as math-verify reads them."""
    return Ball(1j) if letter == "i" else Ball(0.5 + (ord(letter.lower()) - 96) * 0.6180339887498949 % 1.0)


class _Reader:
    """Recursive descent over the tokens; what is not in this grammar is a `ValueError`."""

    def __init__(self, found: list[re.Match[str]]) -> None:
        self._found = found
        self._at = 0
        self._base = ""
        self._depth = 0

    def whole(self) -> Ball:
        """All tokens as one sum."""
        result = self._sum()
        if self._at < len(self._found):
            raise ValueError("more than a sum")
        return result

    def _sum(self) -> Ball:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        sign = self._take("-", "+")
        result = _signed(sign, self._product())
        while sign := self._take("-", "+"):
            result = result.plus(_signed(sign, self._product()))
        self._depth -= 1
        return result

    def _product(self) -> Ball:
        result = self._power()
        for factor in self._factors():
            result = result.times(factor)
        if self._take("/"):  # `x/2y` is read in two ways, `2x/3` in one
            result = result.times(_constant(self._next("number")).inverse())
            if self._peek() not in ("+", "-", ")", "}", ""):
                raise ValueError("a factor after a quotient")
        return result

    def _factors(self) -> Iterator[Ball]:
        """Behind the first one, with or without a sign of multiplication."""
        while True:
            multiplied = self._take("\\cdot", "\\cdot ")
            token = self._peek()
            if not multiplied and (token in ("", "+", "-", "/", ")", "}")):
                return
            if not multiplied and not self._is_product(self._found[self._at]):
                raise ValueError("a product that is read in two ways")
            yield self._power()

    def _is_product(self, token: re.Match[str]) -> bool:
        """Whether this token right behind the last factor can only be another one."""
        if token["number"]:  # `x2`
            return False
        if token[0] == "(":  # not `f(x)`, nor `f^2(x)`; and math-verify adds a number to one in brackets, `2(3)`
            opens_number = re.match(r"\((?:\(|\\frac|[\d.]+\))", token.string[token.start() :])
            return (self._base == "(" or self._base[0].isdecimal()) and not opens_number
        return not (token["command"] == "frac" and self._base[0].isdecimal())  # not a mixed number

    def _power(self) -> Ball:
        first = self._peek()
        base = self._atom()
        self._base = first
        if not self._take("^"):
            return base
        if self._take("{"):
            sign = self._take("-")
            exponent = int(sign + self._next("number"))
            self._need("}")
        else:
            exponent = int(self._next("number"))
        if abs(exponent) > MAX_EXPONENT or self._peek() == "^":
            raise ValueError("too large a power")
        return base.power(exponent)

    def _atom(self) -> Ball:
        token = self._found[self._at] if self._at < len(self._found) else None
        self._at += 1
        if token is None:
            raise ValueError("nothing where a value was needed")
        if token["number"]:
            return _constant(token[0])
        if token["letter"]:
            return _at_point(token[0])
        if token["command"] == "pi":
            return _rounded(math.pi, 0.0)
        if token["command"] == "frac":
            return self._group("{", "}").times(self._group("{", "}").inverse())
        if token["command"] == "sqrt":
            return self._root()
        if token[0] == "(":
            self._at -= 1
            return self._group("(", ")")
        raise ValueError(f"{token[0]} where a value was needed")

    def _root(self) -> Ball:
        degree = 2
        if self._take("["):
            degree = int(self._next("number"))
            self._need("]")
        if not 2 <= degree <= MAX_ROOT:
            raise ValueError("a root of another degree")
        return self._group("{", "}").root(degree)

    def _group(self, opening: str, closing: str) -> Ball:
        self._need(opening)
        inside = self._sum()
        self._need(closing)
        return inside

    def _peek(self) -> str:
        return self._found[self._at][0] if self._at < len(self._found) else ""

    def _take(self, *tokens: str) -> str:
        """The next token where it is one of these, else nothing."""
        token = self._peek()
        if token not in tokens:
            return ""
        self._at += 1
        return token

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token} was needed")

    def _next(self, kind: str) -> str:
        token = self._found[self._at][kind] if self._at < len(self._found) else None
        if token is None:
            raise ValueError(f"a {kind} was needed")
        self._at += 1
        return token


def _constant(written: str) -> Ball:
    return _rounded(float(written), 0.0)


def _signed(sign: str, ball: Ball) -> Ball:
    return Ball(-ball.centre, ball.radius) if sign == "-" else ball
