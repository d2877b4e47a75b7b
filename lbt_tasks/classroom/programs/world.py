"""The world of the code classroom: programming problems, functional variants, and which method a reply follows.

    >>> taught = problems("held_out", 96, seed=0)[0]
    >>> exam = variants(taught, 3, seed=0)          # same type, other constants, perhaps another phrasing
    >>> reading = method_of(taught, reply)

A problem is fixed by its type, constants and phrasing: its tests do not depend on the seed. Constants of the split
"held_out" were never trained on by any model of the code classroom, in any phrasing of their type.
"""

import functools
import random
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from lbt_sandbox import Case, Limits, Problem

from lbt_tasks.classroom.arithmetic.problem_types import Split, split_of
from lbt_tasks.classroom.drawing import others, spread
from lbt_tasks.classroom.programs.list_types import LIST_TYPES
from lbt_tasks.classroom.programs.number_types import NUMBER_TYPES
from lbt_tasks.classroom.programs.problem_types import (
    HELD_OUT_SHARE,
    Arguments,
    Constants,
    Method,
    ProblemType,
    constants_pool,
    run_method,
)
from lbt_tasks.classroom.programs.text_types import TEXT_TYPES
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.programs import read_reply

PROBLEM_TYPES = {kind.name: kind for kind in NUMBER_TYPES + LIST_TYPES + TEXT_TYPES}
UNSEEN_TYPES = tuple(kind.name for kind in PROBLEM_TYPES.values() if not kind.seen_by_students)
"""Types that no student met in training; the teacher did."""
VISIBLE, HIDDEN = 2, 8
LENIENT = 0.55
"""Share of problems whose examples are chosen so that a misconception passes them."""
SEPARATING = 2
"""Hidden tests, at least, that each misconception fails."""
LIMITS = Limits(cpu=2.0, total_cpu=6.0)
"""The programs are short; one that never ends should not hold up a demonstration."""
_CANDIDATES, _FEWEST_CANDIDATES, _MOST_DRAWS = 24, 14, 400


class Reading(NamedTuple):
    """Which methods a reply shows; `None` where none is recognised."""

    rationale: str | None
    program: str | None
    slip: bool
    """The program follows the method but differs in a number, or lacks a bracket or a colon."""


def problems(split: Split, count: int, seed: int, types: Sequence[str] = ()) -> list[CodeProblem]:
    """Problems with distinct constants, spread evenly over the types (all of them, or those named).

    Raises:
        ValueError: an unknown type, or more problems than the split has.
    """
    kinds = [_kind(name) for name in types] or list(PROBLEM_TYPES.values())
    rng = random.Random(f"{seed}:{split}")
    pools = {kind.name: constants_pool(kind, split) for kind in kinds}
    return spread(kinds, pools, count, split, rng, make_problem)


def variants(problem: CodeProblem, count: int, seed: int) -> list[CodeProblem]:
    """Functional variants: same type and split, other constants than the problem and each other.

    Raises:
        ValueError: not a problem of the code classroom, or more variants than its type has.
    """
    kind, values = kind_of(problem), tuple(constants_of(problem).values())
    pool, make = (
        constants_pool(kind, problem.metadata["split"]),
        functools.partial(make_problem, kind, variant_of=problem.id),
    )
    return others(kind, pool, values, count, seed, problem.id, make)


def method_of(problem: CodeProblem, text: str) -> Reading:
    """The methods that a reply's rationale and program follow.

    Ground truth for reports and tests: nothing that selects or scores may look at it.
    """
    kind, constants = kind_of(problem), constants_of(problem)
    rationale = next((m.name for m in kind.methods if kind.rationale(m, constants) in text), None)
    program = read_reply(text, problem).answer or ""
    for used in kind.methods:
        if program == kind.program(used, constants):
            return Reading(rationale, used.name, slip=False)
    close = [m.name for m in kind.methods if _skeleton(kind.program(m, constants)) == _skeleton(program)]
    return Reading(rationale, rationale if rationale in close else next(iter(close), None), slip=bool(close))


def kind_of(problem: CodeProblem) -> ProblemType:
    """The type of a problem of the code classroom."""
    return _kind(str(problem.metadata.get("type", "")))


def constants_of(problem: CodeProblem) -> Constants:
    """The constants of a problem, by slot."""
    return dict(zip(kind_of(problem).constants, problem.metadata["constants"], strict=True))


def make_problem(
    kind: ProblemType, values: tuple[int, ...], phrasing: int, variant_of: str | None = None
) -> CodeProblem:
    """The problem with these constants, in that phrasing."""
    constants = dict(zip(kind.constants, values, strict=True))
    name = "-".join([kind.name, *map(str, values), f"p{phrasing}"])
    cases = _cases(kind, values, phrasing)
    return CodeProblem.split(
        Problem(task_id=name, entry_point=kind.entry_point, cases=cases, limits=LIMITS),
        question="\n".join([kind.phrasings[phrasing].format(**constants), *_examples(kind, cases[:VISIBLE])]),
        visible=VISIBLE,
        starter_code=kind.starter_code,
        reference=kind.program(kind.right, constants),
        metadata={
            "tags": [kind.family],
            "difficulty": "Easy",
            "type": kind.name,
            "constants": values,
            "split": split_of(kind.name, values, HELD_OUT_SHARE),
            "variant_of": variant_of,
        },
    )


def _examples(kind: ProblemType, cases: Sequence[Case]) -> list[str]:
    def text(value: Any) -> str:
        return f'"{value}"' if isinstance(value, str) else repr(value)

    return [
        ", ".join(f"{name} = {text(value)}" for name, value in zip(kind.parameter_names, case.args, strict=True))
        + f" -> {text(case.expected)}"
        for case in cases
    ]


@functools.lru_cache(maxsize=50_000)
def _cases(kind: ProblemType, values: tuple[int, ...], phrasing: int) -> tuple[Case, ...]:
    """The tests, visible ones first; each misconception fails at least `SEPARATING` of the hidden ones."""
    constants = dict(zip(kind.constants, values, strict=True))
    rng = random.Random(f"tests:{kind.name}:{values}:{phrasing}")
    drawn = _draw(kind, constants, rng)
    tempting = rng.choices([wrong for wrong, _ in kind.wrong], [share for _, share in kind.wrong])[0]
    passed = [case for case in drawn if _passes(kind, tempting, constants, case)]
    lenient = rng.random() < LENIENT and len(passed) >= VISIBLE
    shown = rng.sample(passed if lenient else drawn, VISIBLE)
    rest = [case for case in drawn if case not in shown]
    hidden: list[Case] = []
    for wrong, _ in kind.wrong:
        failed = [case for case in rest if not _passes(kind, wrong, constants, case)]
        hidden += [case for case in rng.sample(failed, SEPARATING) if case not in hidden]
    others = [case for case in rest if case not in hidden]
    hidden += rng.sample(others, HIDDEN - len(hidden))
    rng.shuffle(hidden)
    return (*shown, *hidden)


def _draw(kind: ProblemType, constants: Constants, rng: random.Random) -> list[Case]:
    """Enough distinct tests that each misconception fails some of them, whichever are shown."""
    drawn: dict[str, Case] = {}
    for _ in range(_MOST_DRAWS):
        arguments: Arguments = kind.draw(rng, constants)
        expected = kind.truth(*arguments, **constants)
        drawn.setdefault(repr(arguments), Case(args=arguments, expected=expected))
        if len(drawn) >= _CANDIDATES and _separate(kind, constants, list(drawn.values())):
            break
    if len(drawn) >= _FEWEST_CANDIDATES and _separate(kind, constants, list(drawn.values())):
        return list(drawn.values())
    raise AssertionError(f"the type {kind.name} has no tests that separate its methods for {dict(constants)}")


def _separate(kind: ProblemType, constants: Constants, cases: Sequence[Case]) -> bool:
    """Whether each misconception fails enough of the tests, even without those that are shown."""
    failed = [sum(not _passes(kind, wrong, constants, case) for case in cases) for wrong, _ in kind.wrong]
    return min(failed) >= SEPARATING + VISIBLE


def _passes(kind: ProblemType, used: Method, constants: Constants, case: Case) -> bool:
    return run_method(kind, used, constants, case.args) == case.expected


def _skeleton(program: str) -> str:
    """The program without its numbers and without what a typing slip leaves out."""
    return re.sub(r"\d+|[:)\]\s]", "", program)


def _kind(name: str) -> ProblemType:
    if name not in PROBLEM_TYPES:
        raise ValueError(
            f"A type of the code classroom was needed, found {name!r}; known are {', '.join(PROBLEM_TYPES)}."
        )
    return PROBLEM_TYPES[name]
