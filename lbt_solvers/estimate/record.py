"""What was measured on one problem, as the sample's store keeps it; `lbt estimate` reads it again.

state.store_as(MeasuredProblem).calls
"""

from inspect_ai.util import StoreModel
from pydantic import BaseModel, Field

from lbt_solvers.estimate.ranges import Range
from lbt_solvers.measured_calls import MeasuredCall


class RoleNeeds(BaseModel):
    """What a run needs of one role for a problem like this."""

    replies: Range
    alone: int = 0
    """Further replies, each with a request of its own."""
    per_prompt: int = 0
    """Replies that are asked for with one prompt; 0 is as many as were measured."""


class MeasuredProblem(StoreModel):
    """Empty in samples of which nothing is told; without calls where another sample was measured for it."""

    calls: list[MeasuredCall] = Field(default_factory=list[MeasuredCall])
    needs: dict[str, dict[str, RoleNeeds]] = Field(default_factory=dict[str, dict[str, RoleNeeds]])
    """By budget, then by role."""
    budget: str = ""
    """That of the run; empty where there are none."""
    about: str = ""
    """The run in words."""
    counted: str = "problem"
    """What a sample is."""
    choices_per_call: int = 1
    connections: dict[str, int] = Field(default_factory=dict[str, int])
    """By model: calls that the run may have under way."""
    notes: list[str] = Field(default_factory=list[str])
