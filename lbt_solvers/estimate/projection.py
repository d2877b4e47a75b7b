"""From a few measured problems to the whole run: calls, tokens, time and cost, by budget and role. No I/O.

    estimate = projected([problem, other], problems=1319)
    estimate.budgets["lossless"]["teacher"].written     # Range(low=2.1e6, high=3.4e6)

Tokens read are counted by request, since a prompt is read once for all its completions where a provider gives several;
tokens written by reply. Time is the seconds of all calls over how many of them run at a time: from as many as were
measured, to as many as the run may have if calls then take no longer, at most `FASTER` times as many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from lbt_solvers.estimate.ranges import NOTHING, Range, mean_range, total
from lbt_solvers.measured_calls import MeasuredCall

UNTAUGHT = ", untaught"
"""Ends the role of students to whom nothing is shown: they read less, and no budget spares them."""
SHOWN_SOLUTION = ", after the worked solution"
"""Ends the role of students who are shown the problem's worked solution instead of a rationale."""
FASTER = 4
"""No model was seen to answer more calls at once than this times the measured ones without becoming slower."""


class Needs(Protocol):
    """Replies of one role for one problem."""

    @property
    def replies(self) -> Range:
        """In the whole run, of a problem like this."""
        ...

    @property
    def alone(self) -> int:
        """Further replies, each with a request of its own."""
        ...

    @property
    def per_prompt(self) -> int:
        """Replies that are asked for with one prompt; 0 is as many as were measured."""
        ...


class Measured(Protocol):
    """One measured problem; `MeasuredProblem` is one."""

    calls: list[MeasuredCall]
    needs: Any
    choices_per_call: int
    connections: dict[str, int]


@dataclass(frozen=True, slots=True)
class Share:
    """What one role, or all of them, take."""

    calls: Range = NOTHING
    replies: Range = NOTHING
    read: Range = NOTHING
    """Tokens."""
    written: Range = NOTHING
    """Tokens."""
    seconds: Range = NOTHING
    cost: Range | None = NOTHING
    """Dollars; `None` where nobody knows a price."""

    @staticmethod
    def of(shares: Sequence["Share"], seconds: Range) -> "Share":
        """Their sum, which takes so long."""
        costs = [share.cost for share in shares]
        return Share(
            *(total(getattr(share, name) for share in shares) for name in ("calls", "replies", "read", "written")),
            seconds=seconds,
            cost=None if None in costs else total(cost for cost in costs if cost),
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a whole run."""

    budgets: dict[str, dict[str, Share]]
    """By budget, then by role; `all` is their sum."""
    problems: int
    measured: int
    calls: int
    """On which it rests."""
    seconds: float
    """That they took."""
    at_a_time: float
    """Calls that were under way at a time, as the mean of the time in which any was."""
    per_call: float
    """Seconds of one."""


def projected(measured: Sequence[Measured], problems: int) -> Estimate:
    """The whole run, of so many problems like these; of exactly these, where they are as many.

    Raises:
        ValueError: nothing was measured.
    """
    if not any(problem.calls for problem in measured):
        raise ValueError("At least one measured problem was needed.")
    calls = [call for problem in measured for call in problem.calls]
    busy, wall = sum(call.seconds for call in calls), _covered(calls)
    speed = {model: _at_a_time([call for call in calls if call.model == model]) for model in {c.model for c in calls}}
    budgets: dict[str, dict[str, Share]] = {}
    for budget in measured[0].needs:
        shares = {
            role: _share(role, [problem.needs[budget].get(role) for problem in measured], measured, problems, speed)
            for role in dict.fromkeys(role for problem in measured for role in problem.needs[budget])
            if any(problem.needs[budget][role].replies.high for problem in measured if role in problem.needs[budget])
        }
        by_model: dict[str, Range] = {}
        for role, share in shares.items():
            model = _model_of(role, calls)
            by_model[model] = by_model.get(model, NOTHING) + share.seconds
        # Models that do not wait for each other work side by side at best.
        seconds = Range(max(each.low for each in by_model.values()), total(by_model.values()).high)
        budgets[budget] = {**shares, "all": Share.of(list(shares.values()), seconds)}
    called = sum(bool(problem.calls) for problem in measured)
    return Estimate(budgets, problems, called, len(calls), wall, busy / wall if wall else 0.0, busy / len(calls))


def _share(
    role: str,
    needs: Sequence[Needs | None],
    measured: Sequence[Measured],
    problems: int,
    speed: dict[str, float],
) -> Share:
    calls = _calls_of(role, [call for problem in measured for call in problem.calls])
    wanted = [each.replies if each else NOTHING for each in needs]
    replies = total(wanted) if len(wanted) == problems else _mean_need(wanted) * problems
    if not calls:
        raise ValueError(f"No call of {role} was measured, of which the run has {replies.low:.0f} or more.")
    requests = replies * _requests_per_reply(calls, needs, measured[0].choices_per_call)
    alone = problems * max((each.alone for each in needs if each), default=0)
    requests, replies = requests + Range(alone, alone), replies + Range(alone, alone)
    read = requests * mean_range([call.input_tokens for call in calls])
    written = replies * mean_range([call.output_tokens / max(1, call.replies) for call in calls])
    model = calls[0].model
    most = max(each.connections.get(model, 0) for each in measured)
    at_once = Range(speed[model], max(speed[model], min(FASTER * speed[model], most)))
    busy = requests * mean_range([call.seconds for call in calls])
    seconds = Range(busy.low / at_once.high, busy.high / at_once.low)
    price = calls[0].price
    cost = (read * (price[0] / 1e6) + written * (price[1] / 1e6)) if price else None
    return Share(requests, replies, read, written, seconds, cost)


def _calls_of(role: str, calls: Sequence[MeasuredCall]) -> list[MeasuredCall]:
    """Those of the role; of untaught ones where no rationale could be shown."""
    own = [call for call in calls if call.role == role]
    return own or [call for call in calls if call.role == role + UNTAUGHT]


def _mean_need(wanted: Sequence[Range]) -> Range:
    """Of many problems like these: never less than the least of them, and exact where the options say the number."""
    lows, highs = [each.low for each in wanted], [each.high for each in wanted]
    return Range(max(min(lows), mean_range(lows).low), min(max(highs), mean_range(highs).high))


def _requests_per_reply(calls: Sequence[MeasuredCall], needs: Sequence[Needs | None], choices_per_call: int) -> float:
    """What a reply has of a request; 1 where the provider gives one completion a request."""
    per_prompt = max((each.per_prompt for each in needs if each), default=0)
    if not per_prompt:
        return len(calls) / max(1, sum(call.replies for call in calls))
    if not any(call.replies > 1 for call in calls):
        return 1.0
    return ceil(per_prompt / choices_per_call) / per_prompt


def _model_of(role: str, calls: Sequence[MeasuredCall]) -> str:
    return next(call.model for call in _calls_of(role, calls))


def _at_a_time(calls: Sequence[MeasuredCall]) -> float:
    covered = _covered(calls)
    return max(1.0, sum(call.seconds for call in calls) / covered) if covered else 1.0


def _covered(calls: Sequence[MeasuredCall]) -> float:
    """Seconds in which any of them was under way."""
    seconds, until = 0.0, float("-inf")
    for call in sorted(calls, key=lambda call: call.started):
        end = call.started + call.seconds
        seconds += max(0.0, end - max(until, call.started))
        until = max(until, end)
    return seconds
