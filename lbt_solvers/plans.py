"""Teaching plans: which rationales each exam is sat with.

    >>> teaching_plans("every", rationales=3)
    [TeachingPlan(demonstrations=(0,)), TeachingPlan(demonstrations=(1,)), TeachingPlan(demonstrations=(2,))]
    >>> teaching_plans([[0, 2]], rationales=3)
    [TeachingPlan(demonstrations=(0, 2))]

The exam's score belongs to the plan's last demonstration, as in the paper (section 3.1); those before it are context.
A plan without demonstrations is the question-only control: the same exam questions, nobody taught.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TeachingPlan:
    """Indexes of the rationales that students are shown, in this order; empty for the question-only control."""

    demonstrations: tuple[int, ...]

    @property
    def taught(self) -> int | None:
        """Index of the rationale to which the exam's score belongs; `None` for the control."""
        return self.demonstrations[-1] if self.demonstrations else None


QUESTION_ONLY = TeachingPlan(())

Plans = Literal["every", "no demo"] | Sequence[Sequence[int]]


def teaching_plans(plans: Plans, rationales: int) -> list[TeachingPlan]:
    """The plans for a problem with that many rationales.

    Args:
        plans: `every` (one plan per rationale), `no demo` (only the control), or lists of rationale indexes.
        rationales: How many rationales there are.

    Raises:
        ValueError: an unknown name, an index out of range, or a plan that shows a rationale twice.
    """
    if plans == "every":
        return [TeachingPlan((index,)) for index in range(rationales)]
    if plans == "no demo":
        return [QUESTION_ONLY]
    if isinstance(plans, str):
        raise ValueError(f"No teaching plan '{plans}': plans are 'every', 'no demo', or lists of rationale indexes.")
    return [_checked(tuple(plan), rationales) for plan in plans]


def _checked(plan: tuple[int, ...], rationales: int) -> TeachingPlan:
    if outside := [index for index in plan if not 0 <= index < rationales]:
        raise ValueError(f"Teaching plan {list(plan)} names {outside}; there are rationales 0 to {rationales - 1}.")
    if len(set(plan)) < len(plan):
        raise ValueError(f"Teaching plan {list(plan)} shows a rationale twice.")
    return TeachingPlan(plan)
