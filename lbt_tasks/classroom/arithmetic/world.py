"""The world of the classroom: problems, functional variants, and which method a text follows.

    >>> taught = problems("held_out", 100, seed=0)[0]
    >>> exam = variants(taught, 3, seed=0)          # same type, other numbers, perhaps another phrasing
    >>> reading = method_of(taught, "Gaps: 18/6=3. Posts: 3+1=4. Weight: 4*5=20.")

Numbers of the split "held_out" were never trained on by any model of the classroom, in any phrasing.
"""

import random
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.counting_types import COUNTING_TYPES
from lbt_tasks.classroom.arithmetic.measuring_types import MEASURING_TYPES
from lbt_tasks.classroom.arithmetic.methods import Reading, read, render, work
from lbt_tasks.classroom.arithmetic.problem_types import Numbers, ProblemType, Split, number_pool, split_of
from lbt_tasks.classroom.drawing import others, spread

PROBLEM_TYPES = {kind.name: kind for kind in COUNTING_TYPES + MEASURING_TYPES}
UNSEEN_TYPES = tuple(kind.name for kind in PROBLEM_TYPES.values() if not kind.seen_by_students)
"""Types that no student met in training; the teacher did."""
LUCKY_TYPES = (
    "last-digit",
    "remainder",
    "left-over",
    "wheel",
    "full-boxes",
    "mean",
    "weekday",
    "nearest-ten",
    "discount",
    "club",
)
"""Types with coarse answers, in which a misconception is right by luck in 13 to 36 % of problems."""
TYPE_GROUPS = {"lucky": LUCKY_TYPES, "unseen": UNSEEN_TYPES}
"""Names for several types."""
_KNOWN = ", ".join([*TYPE_GROUPS, *PROBLEM_TYPES])


def problems(
    split: Split, count: int, seed: int, types: Sequence[str] = (), luck: float | None = None
) -> list[Problem]:
    """Problems with distinct numbers, spread evenly over the types (all of them, or those and the groups named).

    Args:
        split: Which numbers.
        count: How many problems.
        seed: Of the draw.
        types: Names of types or groups of types.
        luck: Share of problems in which a misconception gives the right answer; as it comes where `None`.

    Raises:
        ValueError: an unknown type, or more problems than the split has.
    """
    named = [member for name in types for member in TYPE_GROUPS.get(name, (name,))]
    kinds = [_kind(name) for name in dict.fromkeys(named)] or list(PROBLEM_TYPES.values())
    rng = random.Random(f"{seed}:{split}")
    pools = {kind.name: number_pool(kind, split) for kind in kinds}
    if luck is not None:
        pools = {kind.name: _with_luck(kind, pools[kind.name], luck, rng) for kind in kinds}
    return spread(kinds, pools, count, split, rng, _problem)


def variants(problem: Problem, count: int, seed: int) -> list[Problem]:
    """Functional variants: same type and split, other numbers than the problem and each other.

    Raises:
        ValueError: not a classroom problem, or more variants than its type has.
    """
    kind, values = kind_of(problem), tuple(numbers_of(problem).values())
    pool, make = number_pool(kind, problem.metadata["split"]), partial(_problem, kind, variant_of=problem.id)
    return others(kind, pool, values, count, seed, problem.id, make)


def problem_by_id(name: str) -> Problem:
    """The problem of that id, such as `mean-4-8-6-p0`.

    Raises:
        ValueError: no problem has it.
    """
    parts = re.fullmatch(r"(.+?)((?:-\d+)+)-p(\d+)", name)
    if parts is None:
        raise ValueError(f"The id of a classroom problem was needed, found {name!r}.")
    kind, values = _kind(parts[1]), tuple(map(int, parts[2].split("-")[1:]))
    if len(values) != len(kind.numbers) or int(parts[3]) >= len(kind.phrasings):
        raise ValueError(f"No classroom problem has the id {name!r}.")
    return _problem(kind, values, int(parts[3]))


def method_of(problem: Problem, rationale: str) -> Reading | None:
    """The method that a rationale follows and its slips, from its steps; `None` where it follows none.

    Ground truth for reports and tests: nothing that selects or scores may look at it.
    """
    return read(rationale, kind_of(problem).methods, numbers_of(problem))


def right_solution(problem: Problem) -> str:
    """The right method's steps on the problem's numbers, as a model would write them."""
    return render(work(kind_of(problem).right, numbers_of(problem)))


def right_by_luck(kind: ProblemType, values: tuple[int, ...]) -> bool:
    """Whether a misconception gives the right answer for these numbers."""
    numbers = dict(zip(kind.numbers, values, strict=True))
    right = work(kind.right, numbers)[-1].result
    return any(work(wrong, numbers)[-1].result == right for wrong, _ in kind.wrong)


def kind_of(problem: Problem) -> ProblemType:
    """The type of a classroom problem."""
    return _kind(str(problem.metadata.get("type", "")))


def numbers_of(problem: Problem) -> Numbers:
    """The numbers of a classroom problem, by slot."""
    return dict(zip(kind_of(problem).numbers, problem.metadata["numbers"], strict=True))


def _problem(kind: ProblemType, values: tuple[int, ...], phrasing: int, variant_of: str | None = None) -> Problem:
    numbers = dict(zip(kind.numbers, values, strict=True))
    steps = work(kind.right, numbers)
    metadata: dict[str, Any] = {
        "subject": kind.family,
        "type": kind.name,
        "level": kind.level,
        "numbers": values,
        "split": split_of(kind.name, values),
        "variant_of": variant_of,
    }
    return Problem(
        id="-".join([kind.name, *map(str, values), f"p{phrasing}"]),
        question=kind.phrasings[phrasing].format(**numbers),
        answer=str(steps[-1].result),
        # Of exam questions alone: what is taught goes into logs and to whoever reads a sample's metadata.
        metadata=metadata | ({"solution": render(steps)} if variant_of else {}),
    )


def _with_luck(
    kind: ProblemType, pool: Sequence[tuple[int, ...]], luck: float, rng: random.Random
) -> tuple[tuple[int, ...], ...]:
    """As many of the pool as there can be with that share of luck, thinned at random."""
    lucky = [values for values in pool if right_by_luck(kind, values)]
    others = [values for values in pool if not right_by_luck(kind, values)]
    if not 0 <= luck < 1 or (luck and not lucky):
        raise ValueError(f"luck: a share in [0, 1) of a type that has luck was needed, found {luck} of {kind.name}.")
    most = min(len(lucky) / luck if luck else len(others), len(others) / (1 - luck))
    drawn = rng.sample(lucky, round(luck * most)) + rng.sample(others, round((1 - luck) * most))
    return tuple(drawn)


def _kind(name: str) -> ProblemType:
    if name not in PROBLEM_TYPES:
        raise ValueError(f"A classroom problem type was needed, found {name!r}; known are {_KNOWN}.")
    return PROBLEM_TYPES[name]
