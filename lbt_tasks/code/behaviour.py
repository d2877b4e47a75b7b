"""Which programs behave alike: classes for votes, from what programs answer to the same inputs.

    behaviour_classes([a, b, None], {a: outcomes_a, b: outcomes_b}, problem, passing={a})

Two programs are of one class where they answer alike to every input that counts: each visible one, and each generated
one on which no program that passes the visible tests fails (such an input is probably not allowed by the statement, and
says nothing). "Alike" is what the problem's own checker says, so that an order that does not matter does not divide a
class. A program that fails on every visible input has no class and never votes. Answers too large to read are alike
where their bytes are.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lbt_sandbox import Checker, Kind, Problem
from lbt_sandbox.codec import CodecError, decode
from lbt_sandbox.compare import accepts
from lbt_sandbox.types import Outcome

from lbt_solvers.answers import answer_classes

_READ_BYTES = 1 << 15
"""Of all answers of one program; what is beyond equals only the very same bytes."""
_READ_ENTRIES = 500
"""Of the sets and dicts of one answer."""
Behaviour = Sequence[Outcome]
"""What a program did on each input, the visible ones first."""


def behaviour_classes(
    programs: Sequence[str | None], behaviours: Mapping[str, Behaviour], problem: Problem, passing: Collection[str]
) -> list[int | None]:
    """Number of the class of each program, by first appearance; `None` for no program, or one that always fails.

    Args:
        programs: In the order in which they were sampled.
        behaviours: Of each program that could be run, on the same inputs: those of `problem`, then generated ones.
        problem: The visible tests.
        passing: The programs that pass all of them.
    """
    shown = len(problem.cases)
    works = {
        program: behaviour
        for program, behaviour in behaviours.items()
        if any(outcome.verdict is None for outcome in behaviour[:shown])
    }
    counting = _counting(works, shown, passing)
    checker = _between_answers(problem)
    values = {program: _values(behaviour, problem.kind) for program, behaviour in works.items()}

    def alike(one: str, other: str) -> bool:
        return all(
            _same(works[one][at], works[other][at]) or _equal(checker, values[one][at], values[other][at])
            for at in counting
        )

    running = [program if program in works else None for program in programs]
    return answer_classes(running, alike, key=lambda program: program)


def _counting(works: Mapping[str, Behaviour], shown: int, passing: Collection[str]) -> list[int]:
    """Positions of the inputs that count."""
    judges = [behaviour for program, behaviour in works.items() if program in passing]
    total = len(next(iter(works.values()), ()))
    return [at for at in range(total) if at < shown or all(behaviour[at].verdict is None for behaviour in judges)]


def _between_answers(problem: Problem) -> Checker:
    """The problem's checker as one between two answers: nobody vouches for either."""
    return Checker() if problem.checker.name in ("any_of", "code") else problem.checker


def _same(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same at sight."""
    return one.verdict is other.verdict and (one.verdict is not None or one.answer == other.answer)


_UNREAD = object()
"""Stands for no answer, and for one that is not read: malformed, or too large to read here."""


def _equal(checker: Checker, one: Any, other: Any) -> bool:
    return one is not _UNREAD and other is not _UNREAD and accepts(checker, one, other)


def _values(behaviour: Behaviour, kind: Kind) -> list[Any]:
    """What a program answered, as far as that costs little: programs decide how large their answers are."""
    left = _READ_BYTES
    values: list[Any] = []
    for outcome in behaviour:
        readable = outcome.verdict is None and len(outcome.answer) <= left
        values.append(_value(outcome.answer, kind) if readable else _UNREAD)
        left -= len(outcome.answer) if readable else 0
    return values


def _value(answer: bytes, kind: Kind) -> Any:
    if kind is Kind.STDIO:
        return answer
    try:
        return decode(answer, entries=_READ_ENTRIES)
    except CodecError:
        return _UNREAD
