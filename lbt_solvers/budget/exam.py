"""The protocol of an exam on a budget: ask which seats next, tell their results, read the scores.

    exam = BudgetedExam(table, Budget("thompson", rule="sum", max_calls=60))
    while seats := exam.ask():
        exam.tell({seat: sit(seat) for seat in seats})

Plain state and no I/O. What is asked depends only on what was told, so a run that was killed asks the same again.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lbt_solvers.budget.bandits import SuccessiveHalving, TopTwoThompson
from lbt_solvers.budget.ledger import ExamTable, Ledger, Seat
from lbt_solvers.budget.strategies import Strategy, full, lossless, one_item
from lbt_solvers.selection import AMONG_VISIBLE, RULES
from lbt_solvers.types import Scored


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget by name, with its options."""

    name: str = "none"
    """`none`, `lossless`, `thompson`, `successive_halving` or `one_item`."""
    rule: str = "sum"
    """The selection rule whose winner is wanted: `sum`, `max`, `avg`, `maj` or `max_v1`."""
    max_calls: int | None = None
    """At most so many student replies a problem. `successive_halving` spends them, by default a quarter of the exam."""
    certainty: float = 0.7
    """Of `thompson`: stop when the posterior gives one answer this probability of winning."""
    width: int = 4
    """Seats asked for at a time where no more are needed in any case; more waste less time and more calls."""
    seed: int = 0
    examine_once: bool | None = None
    """Equal rationales share one exam. That loses nothing with students at temperature 0, whose second look is the
    first; of others it is a look less at what they make of a rationale. `None` leaves it to who knows the students:
    a live run shares where all are at temperature 0, replay does not share."""


BUDGETS: Mapping[str, Callable[[Budget, ExamTable], Strategy]] = {
    "none": lambda budget, table: full,
    "lossless": lambda budget, table: lossless,
    "thompson": lambda budget, table: TopTwoThompson(budget.certainty, budget.seed),
    "successive_halving": lambda budget, table: SuccessiveHalving(budget.max_calls or table.full_calls // 4),
    "one_item": lambda budget, table: one_item,
}


def check_budget(budget: Budget) -> None:
    """Refuses what cannot work.

    Raises:
        ValueError: an unknown name or rule, or a number outside its range.
    """
    if budget.name not in BUDGETS:
        near = difflib.get_close_matches(budget.name.lower(), BUDGETS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"No budget '{budget.name}': budgets are {', '.join(BUDGETS)}.{hint}")
    if budget.rule not in RULES and budget.rule not in AMONG_VISIBLE:
        raise ValueError(f"Budgets know the rules {', '.join([*RULES, *AMONG_VISIBLE])}, not '{budget.rule}'.")
    if not 0.5 < budget.certainty < 1:
        raise ValueError(f"certainty: a number between 0.5 and 1 was needed, found {budget.certainty}.")
    if budget.max_calls is not None and budget.max_calls < 1:
        raise ValueError(f"max_calls: at least 1 was needed, found {budget.max_calls}.")
    if budget.width < 1:
        raise ValueError(f"width: at least 1 was needed, found {budget.width}.")


class BudgetedExam:
    """The exams of one problem, as far as the budget wants them.

    Args:
        table: The full exam.
        budget: How much of it is sat.
        visible: Per rationale whether it passes every visible test; needed by the rule `max_v1`.
    """

    def __init__(self, table: ExamTable, budget: Budget, visible: Sequence[bool] = ()) -> None:
        check_budget(budget)
        self.budget = budget
        table = table if budget.examine_once else replace(table, same_as=())
        self.full_calls = table.full_calls
        """Student replies of the full exam."""
        rule = AMONG_VISIBLE.get(budget.rule, budget.rule)
        if rule != budget.rule and any(visible):
            pairs = zip(table.classes, visible, strict=True)
            table = replace(table, classes=tuple(number if passes else None for number, passes in pairs))
        self.ledger = Ledger(table, rule)
        self._strategy = BUDGETS[budget.name](budget, table)

    def ask(self) -> list[Seat]:
        """Seats to take next, those of one rationale together; empty when the exams are over.

        All results of one answer are to be told before the next question.
        """
        seats = list(self._strategy(self.ledger, self.budget.width))
        if self.budget.max_calls is not None:
            left = self.budget.max_calls - self.ledger.calls
            seats = seats[: max(0, left // self.ledger.table.repetitions)]
        self.ledger.ask(seats)
        return sorted(seats)

    def tell(self, results: Mapping[Seat, Sequence[float | None]]) -> None:
        """Enters the results of seats that were asked for; `None` is a sitting without a usable reply."""
        for seat, scores in results.items():
            self.ledger.tell(seat, scores)

    def scores(self) -> list[float]:
        """An LbT score for every rationale, complete exams exact, the others estimated within their bounds.

        `select` with these scores gives the budget's winner: for `lossless` that of the full exam.
        """
        return [self.ledger.estimate(index) for index in range(len(self.ledger.table.classes))]

    @property
    def calls(self) -> int:
        """Student replies so far."""
        return self.ledger.calls


def with_scores(scored: Sequence[Scored], scores: Sequence[float]) -> list[Scored]:
    """The same rationales with other LbT scores."""
    return [replace(each, score=score) for each, score in zip(scored, scores, strict=True)]
