"""What is worked out once for a problem and kept for all its submissions: encoded tests, limits, texts.

    prepared = prepare(problem)
    prepared.expected[0].known       # answers, as bytes, that are right without a look inside

Answers that come as the very bytes that the expected value is encoded to are right: they need not be decoded. Whether
that holds for a value (not where it contains NaN, say) is tried out here.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from lbt_sandbox import codec
from lbt_sandbox.compare import accepts
from lbt_sandbox.texts import visible
from lbt_sandbox.types import Case, Kind, Limits, Problem, ProblemError, encode_inputs

TEXT_LIMIT = 500
_ROOM = 1024
_OPAQUE = b'{"o":'  # quotes inside of strings are escaped, so that this is nothing else


class Expected(NamedTuple):
    """What one test wants."""

    value: Any
    """Of the codec's types exactly; text as bytes for stdio."""
    encoded: bytes
    known: frozenset[bytes]
    """Answers that are right, as they travel; of text without the white space at its end."""


class Prepared(NamedTuple):
    """A problem's tests as they are used."""

    inputs: tuple[bytes, ...]
    """As the solution's process gets them."""
    expected: tuple[Expected, ...]
    """Empty where tests are code."""
    limits: Limits
    """The problem's, raised where what is expected would not fit."""
    texts: tuple[tuple[str, str], ...]
    """Input and expected value of every test for people, bounded."""


_prepared: WeakKeyDictionary[Problem, Prepared] = WeakKeyDictionary()


def prepare(problem: Problem) -> Prepared:
    """The problem's tests, kept from the first call on.

    Raises:
        ProblemError: It has no tests, or some that cannot be sent or compared.
    """
    found = _prepared.get(problem)
    if found is None:
        found = _prepared[problem] = _prepare(problem)
    return found


def _prepare(problem: Problem) -> Prepared:
    if not problem.cases:
        raise ProblemError(f"problem {problem.task_id!r} has no tests")
    tolerances = (problem.checker.rel_tol, problem.checker.abs_tol)
    if not all(0 <= tolerance < math.inf for tolerance in tolerances):
        raise ProblemError(f"problem {problem.task_id!r} has a tolerance that is no number from 0 up: {tolerances}")
    try:
        inputs = tuple(encode_inputs(problem.kind, case) for case in problem.cases)
    except (codec.CodecError, IndexError, TypeError, ValueError) as error:
        raise ProblemError(f"problem {problem.task_id!r} has inputs that cannot be sent: {error}") from error
    expected: tuple[Expected, ...] = ()
    if problem.kind is not Kind.ASSERT_CODE:
        expected = tuple(_expected(problem, number, case) for number, case in enumerate(problem.cases, 1))
    texts = tuple((visible(_input_text(problem.kind, case)), visible(short(case.expected))) for case in problem.cases)
    return Prepared(inputs, expected, _limits(problem, expected), texts)


def _expected(problem: Problem, number: int, case: Case) -> Expected:
    if problem.kind is Kind.STDIO:
        return _expected_text(problem, case.expected)
    odd: list[Any] = []
    try:
        encoded = codec.encode(case.expected, refer=odd.append, subclasses=True)
        value = codec.decode(encoded) if odd else case.expected
        if _OPAQUE in encoded:
            raise codec.CodecError(f"{', '.join(sorted({type(one).__name__ for one in odd}))} is no data")
        return Expected(value, encoded, _known(problem, value, encoded))
    except codec.CodecError as error:
        raise ProblemError(
            f"problem {problem.task_id!r}: what test {number} expects cannot be compared: {error}"
        ) from error


def _known(problem: Problem, value: Any, encoded: bytes) -> frozenset[bytes]:
    if problem.checker.name == "code":
        return frozenset()
    candidates = [encoded]
    if problem.checker.name == "any_of":
        if not isinstance(value, list | tuple):
            raise codec.CodecError("the checker any_of needs a list of right answers")
        candidates = [codec.encode(one) for one in value]
    return frozenset(one for one in candidates if accepts(problem.checker, value, codec.decode(one)))


def _expected_text(problem: Problem, given: Any) -> Expected:
    text = given if isinstance(given, bytes) else str(given).encode("utf-8", "surrogatepass")
    encoded = codec.encode(given if isinstance(given, bytes) else str(given))
    known = [text.rstrip()] if problem.checker.name in ("lines", "tokens") else [text]
    return Expected(text, encoded, frozenset(one for one in known if problem.checker.name != "code"))


def _limits(problem: Problem, expected: tuple[Expected, ...]) -> Limits:
    """At least what the expected values take, and room for another way of writing them."""
    limits = problem.limits
    if not expected:
        return limits
    largest = max(len(one.encoded) for one in expected)
    total = max(limits.total_answer, 4 * sum(len(one.encoded) for one in expected) + _ROOM)
    if problem.kind is Kind.STDIO:
        return replace(limits, output=max(limits.output, 2 * largest + _ROOM), total_answer=total)
    return replace(limits, answer=max(limits.answer, 4 * largest + _ROOM), total_answer=total)


def _input_text(kind: Kind, case: Case) -> str:
    if kind in (Kind.STDIO, Kind.ASSERT_CODE):
        return cut(str(case.args[0]))
    given = [short(value) for value in case.args] + [f"{name}={short(value)}" for name, value in case.kwargs.items()]
    return cut(", ".join(given))


def short(value: Any) -> str:
    """A value as text of a bounded length; a large one as the beginning of its encoding."""
    if isinstance(value, str):
        return cut(repr(value[:TEXT_LIMIT]))
    try:
        encoded = codec.encode(value)
    except codec.CodecError as error:
        return f"({error})"
    return repr(value) if len(encoded) <= TEXT_LIMIT else cut(encoded[: TEXT_LIMIT + 1].decode())


def cut(text: str) -> str:
    """The text up to a bounded length."""
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}…"
