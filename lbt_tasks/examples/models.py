"""The models of one run: answers that are known are not paid again, calls are counted and limited.

    replies = await models.ask("student: mockllm/model", [("answer", turns), ...])

Every call also goes through Inspect's cache (see `lbt_solvers.generation.Caller`), under the run's name: a run that was
killed repeats no call, whichever round it was in.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import ExamError
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import Turn
from lbt_solvers.types import Reply

Ask: TypeAlias = tuple[str, tuple[Turn, ...]]
"""A key that names the request among those of the same text, and the messages."""

TEST = "test"
"""The teacher, answering test rows: reported, but no part of the optimisation or its budget."""


class BudgetSpentError(Exception):
    """The next calls would exceed `max_calls`."""


@dataclass(slots=True)
class Models:
    """The callers of a run by role, and what they said."""

    run: str
    callers: dict[str, Caller]
    max_calls: int | None = None
    asked: Counter[str] = field(default_factory=Counter[str])
    _known: dict[tuple[str, Ask], Reply] = field(default_factory=dict[tuple[str, Ask], Reply])

    @property
    def spent(self) -> int:
        """Calls of the optimisation so far."""
        return sum(caller.usage.calls for role, caller in self.callers.items() if role != TEST)

    async def ask(self, asks: Sequence[tuple[str, Ask]]) -> list[Reply]:
        """One reply to each (role, request), in their order; equal requests to a role are one call.

        Raises:
            BudgetSpentError: the calls would exceed the budget; none of them is made.
            ExamError: a role gave no usable reply at all.
        """
        self.asked.update(role for role, _ in asks)
        new = [each for each in dict.fromkeys(asks) if each not in self._known]
        cost = sum(role != TEST for role, _ in new)
        if self.max_calls is not None and cost and self.spent + cost > self.max_calls:
            raise BudgetSpentError(f"max_calls={self.max_calls}: {self.spent} calls were made, {cost} more were due")
        replies = await in_order([self._calling(*each) for each in new])
        for role in dict.fromkeys(role for role, _ in new):
            mine = [reply for (asker, _), reply in zip(new, replies, strict=True) if asker == role]
            if not any(reply.usable for reply in mine):
                raise ExamError(self.run, f"{role}: {len(mine)} replies and not one with usable text.")
        self._known.update(zip(new, replies, strict=True))
        return [self._known[each] for each in asks]

    def _calling(self, role: str, ask: Ask):
        key, turns = ask

        async def call() -> Reply:
            replies = await self.callers[role].replies(turns, 1, key)
            return replies[0] if replies else Reply("", "unknown")

        return call
