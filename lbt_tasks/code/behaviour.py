"""Which programs behave alike: classes for votes, from what programs answer to the same inputs.

    behaviour_classes([a, b, None], {a: outcomes_a, b: outcomes_b}, problem, passing={a})

Two programs are of one class where they answer alike to every input that counts: each visible one, and each generated
one on which no program that passes the visible tests fails (such an input is probably not allowed by the statement, and
says nothing). "Alike" is what the problem's own checker says, so that an order that does not matter does not divide a
class. A program that fails on every visible input has no class and never votes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lbt_sandbox import Checker, Kind, Problem
from lbt_sandbox.codec import CodecError, decode
from lbt_sandbox.compare import accepts
from lbt_sandbox.types import Outcome

from lbt_solvers.answers import answer_classes

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

    def alike(one: str, other: str) -> bool:
        return all(_alike(works[one][at], works[other][at], checker, problem.kind) for at in counting)

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


def _alike(one: Outcome, other: Outcome, checker: Checker, kind: Kind) -> bool:
    if one.verdict is not None or other.verdict is not None:
        return one.verdict is other.verdict
    if one.answer == other.answer:
        return True
    answers = [_answer(outcome, kind) for outcome in (one, other)]
    return accepts(checker, *answers)


def _answer(outcome: Outcome, kind: Kind) -> Any:
    if kind is Kind.STDIO:
        return outcome.answer.decode("utf-8", "replace")
    try:
        return decode(outcome.answer)
    except CodecError:
        return object()
