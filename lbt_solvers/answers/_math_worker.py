r"""The process that compares expressions with math-verify, one JSON line each way.

    $ echo '{"gold": "x^2-1", "answer": "(x-1)(x+1)", "limit": 5}' | python -m lbt_solvers.answers._math_worker
    {"ready": true}
    {"verdict": "equal", "reason": ""}

It runs apart because SymPy hangs on some inputs in a way that only killing the process ends. Three of math-verify's
tolerances are closed before it is asked: decimals are exact (`0.333333x` is not `x/3`), two constants must agree in 45
significant digits of their own size (`1/2^{99}` is not `1/2^{98}`), and expressions that differ at a point differ.
Nothing here prints a parsed expression, not even in an error: that can hang too.
"""

import faulthandler
import json
import logging
import os
import re
import signal
import sys
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from math_verify import LatexExtractionConfig, parse, verify
from math_verify.parser import NormalizationConfig
from sympy import Basic, Expr, Float, I, MatrixBase, Rational, Symbol, nan, oo, zoo

Verdict = Literal["equal", "different", "undecided"]

DIGITS = 50
MAX_DIGITS = 5_000
POINTS = 3
MEMORY_BYTES = 4 << 30
CACHED_EXPRESSIONS = 4_096
SECONDS_OF_GRACE = 2.0
WARM_UP = (
    "\\frac{1}{2}",
    "x^2-1",
    "(x-1)(x+1)",
    "3\\sqrt{13}",
    "\\pi r^2",
    "6-5i",
    "\\cot x",
    "x<2",
    "(-\\infty,2)",
    "y=2x+3",
)
_BESIDE = re.compile(r"(?<![\^_\d.])(\d+(?:\.\d+)?) ?(?=[(\[](?:[\d.]+|\\frac\{[^{}]*\}\{[^{}]*\})[)\]])")
_CLOSED = re.compile(r"([)\]]) ?(?=[(\[\d]|\\frac)")
_READING = LatexExtractionConfig(
    boxed_match_priority=-1,
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=False, boxed="none", equations=False
    ),
)


def verdict(gold: str, answer: str) -> tuple[Verdict, str]:
    """Whether two normalised answers are equal as expressions, in either direction, or why nobody can tell."""
    left, right = parsed(gold), parsed(answer)
    if left is None:
        return "undecided", "math-verify cannot read the gold answer"
    if right is None:
        return "different", "math-verify cannot read the answer"
    return _constants(left, right) or _counterexample(left, right) or _verified(left, right)


@lru_cache(maxsize=CACHED_EXPRESSIONS)
def parsed(key: str) -> Any:
    """The expression as math-verify reads it, with exact decimals and `i` as the imaginary unit, or `None`."""
    found = parse(f"${_with_signs(key)}$", [_READING], fallback_mode="no_fallback", parsing_timeout=None)  # pyright: ignore[reportArgumentType]
    if not found or not isinstance(found[0], (Basic, MatrixBase)):
        return None
    expression: Any = found[0]
    exact: dict[Any, Any] = {decimal: Rational(str(decimal)) for decimal in expression.atoms(Float)}
    for symbol in expression.atoms(Symbol):
        exact[symbol] = I if symbol.name == "i" else Symbol(symbol.name, real=True)
    return expression.xreplace(exact)


def _with_signs(key: str) -> str:
    """Numbers in brackets side by side with a sign of multiplication: math-verify adds up `2(3)` and `(2)(3)`."""
    if "," in key or ";" in key:  # points, intervals, cycles
        return key
    return _CLOSED.sub(r"\1\\cdot ", _BESIDE.sub(r"\1\\cdot ", key))


def _constants(left: Any, right: Any) -> tuple[Verdict, str] | None:
    """Settled by value where both are numbers."""
    if any(not isinstance(side, Expr) or side.free_symbols or side.has(oo, -oo, nan, zoo) for side in (left, right)):
        return None
    left, right = left.doit(), right.doit()
    if left.is_Rational and right.is_Rational:
        return ("equal" if left == right else "different"), ""
    difference = _relative_difference(left, right, DIGITS)
    if difference is None:
        return None
    if difference > Float(10) ** (5 - DIGITS):
        return "different", ""
    size = max(0, round(_decimal_exponent(left)))
    if size + DIGITS > MAX_DIGITS:
        return "undecided", "a number too large to compare exactly"
    difference = _relative_difference(left, right, size + DIGITS) if size else difference
    return (
        None if difference is None else ("equal" if difference < Float(10) ** (5 - DIGITS - size) else "different", "")
    )


def _counterexample(left: Any, right: Any) -> tuple[Verdict, str] | None:
    """Different where the two differ at a point; that they agree there proves nothing."""
    if not (isinstance(left, Expr) and isinstance(right, Expr)):
        return None
    symbols: list[Any] = sorted(left.free_symbols | right.free_symbols, key=str)
    for point in range(POINTS):
        values = {symbol: Rational(17 + 10 * index + 7 * point, 13 + 4 * point) for index, symbol in enumerate(symbols)}
        difference = _relative_difference(left.xreplace(values), right.xreplace(values), DIGITS)
        if difference is not None and difference > Float(10) ** (10 - DIGITS):
            return "different", ""
    return None


def _relative_difference(left: Any, right: Any, digits: int) -> Any:
    """`|left - right|` relative to the larger one; `None` where a value cannot be computed to that many digits."""
    values = [side.evalf(digits, maxn=2 * digits + 100) for side in (left, right)]
    if any(not value.is_number or value.has(oo, -oo, nan, zoo) or _is_imprecise(value) for value in values):
        return None
    size = max(abs(value) for value in values)
    return abs(values[0] - values[1]) / size if size else size


def _is_imprecise(value: Any) -> bool:
    """A zero that SymPy found only by cancellation comes with a precision of one bit."""
    return any(part._prec == 1 for part in value.atoms(Float))


def _decimal_exponent(value: Any) -> float:
    number = abs(value.evalf(15))
    return 0.0 if not number else float((number._mpf_[2] + number._mpf_[3]) * 0.30103)


def _verified(left: Any, right: Any) -> tuple[Verdict, str]:
    failures: list[str] = []
    # It is not symmetric between a set and a relation, between relations, or sets of sets.
    both_values = isinstance(left, Expr) and isinstance(right, Expr)
    directions = [(left, right)] if both_values else [(left, right), (right, left)]
    for gold, answer in directions:
        try:
            if verify(gold, answer, allow_set_relation_comp=True, timeout_seconds=None, raise_on_error=True):
                return "equal", ""
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # SymPy raises nearly anything on operands that cannot be compared
            failures.append(type(error).__name__)
    return "different", f"math-verify raised {failures[0]}" if len(failures) == len(directions) else ""


def _limit_resources() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when this ends, by closing the pipe
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main() -> None:
    """Answer requests until standard input ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    nothing = open(os.devnull, "w")
    os.dup2(nothing.fileno(), sys.stdout.fileno())  # a stray print of a library would break the protocol
    logging.disable()
    _limit_resources()
    for one, other in product(WARM_UP, WARM_UP[:2]):
        verdict(one, other)
    print(json.dumps({"ready": True}), file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        # Ends this process even in the middle of a computation that holds the interpreter, if the parent is gone.
        faulthandler.dump_traceback_later(request["limit"] + SECONDS_OF_GRACE, exit=True, file=nothing)
        failure: Exception | None = None
        try:
            found, reason = verdict(request["gold"], request["answer"])
        except Exception as error:
            found, reason, failure = "undecided", f"math-verify raised {type(error).__name__}", error
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps({"verdict": found, "reason": reason}), file=replies, flush=True)
        if isinstance(failure, MemoryError):
            return  # a fresh process has its memory back


if __name__ == "__main__":
    main()
