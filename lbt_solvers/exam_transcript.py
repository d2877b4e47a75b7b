"""What a transcript says of exams: how each rationale is called there, and what its students came to.

>>> outcome("a", [Sitting(0, 0, 0, 0, "17", 1.0), Sitting(0, 0, 1, 0, None, 0.0), Sitting(0, 0, 2, 0, "8", None)])
'a 1/2: 17 (right), none (wrong), 8 (not graded)'
"""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from math import fsum

from lbt_solvers.exam_bank import shortened
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration
from lbt_solvers.sittings import Sitting

TRANSCRIPT_IS_READ: ContextVar[bool] = ContextVar("lbt_transcript_is_read", default=True)
"""Whether this context has a transcript that anybody will read: spans and notes cost more than a call."""


def taught_name(plan: str, demonstrations: Sequence[Demonstration], shown: TeachingPlan) -> str:
    """`4 (answer 29)` of a plan that ends with rationale 4; `control` of the one without any."""
    if not shown.demonstrations:
        return plan
    return f"{plan} (answer {_short(demonstrations[shown.demonstrations[-1]].answer)})"


def outcomes(rows: Iterable[Sitting], students: Sequence[str], demonstrations: Sequence[Demonstration]) -> str:
    """A line for each rationale and student of sittings whose plans are single rationales."""
    found: dict[tuple[int, int], list[Sitting]] = {}
    for row in rows:
        found.setdefault((row.plan or 0, row.student), []).append(row)
    lines: list[str] = []
    for (plan, student), sittings in sorted(found.items()):
        name = taught_name(str(plan), demonstrations, TeachingPlan((plan,)))
        lines.append(f"- {name}: {outcome(students[student].rpartition('/')[2], sittings)}")
    return "\n".join(lines)


def outcome(student: str, rows: Sequence[Sitting]) -> str:
    """A student's points of the sittings that were graded, and every answer with its grade."""
    graded = [row.score for row in rows if row.score is not None]
    points = f"{fsum(graded):.3g}/{len(graded)}"
    return f"{student} {points}: {', '.join(f'{_short(row.answer)} ({_mark(row.score)})' for row in rows)}"


def _short(answer: str | None) -> str:
    line = " ".join((answer or "none").replace("/", "∕").split())  # a span's name ends at a slash
    return shortened(line)


def _mark(score: float | None) -> str:
    return "not graded" if score is None else {1.0: "right", 0.0: "wrong"}.get(score, f"{score:.2g}")
