"""The protocol of an exam on a budget: ask which cells next, tell their results, read the scores.

    exam = BudgetedExam(table, Budget("lossless", rule="sum", proves=("sum", "max", "avg")))
    while cells := exam.ask():
        exam.tell({cell: sit(cell) for cell in cells})

Plain state and no I/O. What is asked depends only on what was told, so a run that was killed asks the same again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from lbt_solvers.budget.bandits import TopTwoThompson
from lbt_solvers.budget.state import ExamCell, ExamState, ExamTable
from lbt_solvers.budget.strategies import Strategy, full, lossless
from lbt_solvers.checks import at_least
from lbt_solvers.near_match import no_such
from lbt_solvers.rules import Value, rule_of
from lbt_solvers.types import Scored


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget by name, with its options."""

    name: str = "full"
    """`full`, `lossless` or `thompson`."""
    rule: str = "sum"
    """Name of the selection rule whose winner is wanted."""
    proves: tuple[str, ...] = ()
    """Of `lossless`: further rules whose winners the same sittings are to prove."""
    max_replies: int | None = None
    """At most so many student replies a problem."""
    certainty: float = 0.8
    """Of `thompson`: stop when the posterior gives one answer this probability of winning."""
    width: int = 4
    """Cells asked for at a time where no more are needed in any case; more waste less time and more calls."""
    seed: int = 0
    examine_once: bool | None = None
    """Equal rationales share one exam. That loses nothing with students at temperature 0, whose second look is the
    first; of others it is a look less at what they make of a rationale. `None` leaves it to who knows the students:
    a live run shares where all are at temperature 0, replay does not share."""


BUDGETS: Mapping[str, Callable[[Budget, ExamTable], Strategy]] = {
    "full": lambda budget, table: full,
    "lossless": lambda budget, table: lossless,
    "thompson": lambda budget, table: TopTwoThompson(budget.certainty, budget.seed),
}


def check_budget(budget: Budget) -> None:
    """Refuses what cannot work.

    Raises:
        ValueError: an unknown name or rule, or a number outside its range.
    """
    if budget.name not in BUDGETS:
        raise ValueError(no_such("budget", budget.name, BUDGETS))
    for rule in (budget.rule, *budget.proves):
        if not rule_of(rule).grows and budget.name == "lossless":
            raise ValueError(
                f"The budget lossless proves winners of rules that grow with every score; '{rule}' is not said to. "
                "Sit the full exams (budget=full), or take budget=thompson."
            )
    if budget.proves and budget.name != "lossless":
        raise ValueError(f"proves: only the budget lossless proves winners, found it with '{budget.name}'.")
    if not 0.5 < budget.certainty < 1:
        raise ValueError(f"certainty: a number between 0.5 and 1 was needed, found {budget.certainty}.")
    at_least(1, max_replies=budget.max_replies, width=budget.width)


class _Question(NamedTuple):
    """One rule's own view of the exam, and how it goes on."""

    state: ExamState
    strategy: Strategy


class BudgetedExam:
    """The exams of one problem, as far as the budget wants them.

    Args:
        table: The full exam.
        budget: How much of it is sat.
        visible: Per rationale whether it passes every visible test; needed by rules among those.
    """

    def __init__(self, table: ExamTable, budget: Budget, visible: Sequence[bool] = ()) -> None:
        check_budget(budget)
        self.budget = budget
        table = table if budget.examine_once else replace(table, same_as=())
        self.full_calls = table.full_calls
        """Student replies of the full exam."""
        views: dict[tuple[Value, bool], ExamState] = {}
        self._views: dict[str, ExamState] = {}
        # Where no answer passes, the choice is among all of them.
        some = any(passes and number is not None for number, passes in zip(table.classes, visible, strict=False))
        for rule in map(rule_of, (budget.rule, *budget.proves)):
            among = rule.passing_only and some
            # Rules that value alike among the same answers are one question.
            state = views.setdefault((rule.value, among), ExamState(_among(table, visible) if among else table, rule))
            self._views[rule.name] = state
        self._questions = [_Question(state, BUDGETS[budget.name](budget, table)) for state in views.values()]
        whole = (state for state, _ in self._questions if state.table is table)
        self.state = next(whole, None) or ExamState(table, budget.rule)
        """All that was sat."""
        self._rationale_matters = budget.name == "lossless" and not table.alike

    def ask(self) -> list[ExamCell]:
        """Cells to take next, those of one rationale together; empty when the exams are over.

        All results of one answer are to be told before the next question.
        """
        cells = self._wanted()
        if not cells and self._rationale_matters:
            self._rationale_matters = False
            by_score = [state for state, _ in self._questions if not state.rule.ignores_scores]
            self._questions = [self._best_of_winner(state) for state in by_score]
            cells = self._wanted()
        if self.budget.max_replies is not None:
            cells = cells[: max(0, (self.budget.max_replies - self.state.calls) // self.state.table.repetitions)]
        for state in self._states():
            state.ask(cell for cell in cells if state.examines(cell))
        return sorted(cells)

    def _wanted(self) -> list[ExamCell]:
        wanted = (strategy(state, self.budget.width) for state, strategy in self._questions)
        return list(dict.fromkeys(chain.from_iterable(wanted)))

    def _best_of_winner(self, decided: ExamState) -> _Question:
        """Which rationale of the winning class has the best score, the first of equals: MAX with a class for each."""
        table = decided.table
        winner = max(decided.members, key=decided.worst, default=None)
        own = [
            index if number is not None and number == winner and table.examined_as(index) == index else None
            for index, number in enumerate(table.classes)
        ]
        state = ExamState(replace(table, classes=tuple(own), same_as=()), "max")
        known = {cell: scores for cell, scores in decided.results.items() if state.examines(cell)}
        state.ask(known)
        for cell, scores in known.items():
            state.tell(cell, scores)
        return _Question(state, lossless)

    def _states(self) -> list[ExamState]:
        """All of which results are told: each rule's view, too, once its winner is sure and its rationale is not."""
        own = (question.state for question in self._questions)
        return list(dict.fromkeys([self.state, *self._views.values(), *own]))

    def tell(self, results: Mapping[ExamCell, Sequence[float | None]]) -> None:
        """Enters the results of cells that were asked for; `None` is a sitting without a usable reply."""
        for state in self._states():
            for cell, scores in results.items():
                if state.examines(cell):
                    state.tell(cell, scores)

    def scores(self) -> list[float]:
        """An LbT score for every rationale, complete exams exact, the others estimated within their bounds.

        `select` with these scores gives the budget's winner: for `lossless` that of the full exam, under every rule
        that it proves.
        """
        return [self.state.estimate(index) for index in range(len(self.state.table.classes))]

    @property
    def decides(self) -> tuple[str, ...]:
        """Rules whose winner is sure, the budget's own first: of `thompson` its own, as sure as it was asked to be.

        What `max_replies` cut short decides what it has proved until then; by its own rule it chooses all the same,
        and that choice is a guess.
        """
        return tuple(name for name, state in self._views.items() if self._is_decided(state))

    def _is_decided(self, state: ExamState) -> bool:
        if state.rule.ignores_scores:
            return True
        if BUDGETS[self.budget.name](self.budget, state.table)(state, 1):
            return False
        if self.budget.name != "lossless" or state.table.alike:
            return True
        best_of_winner = self._best_of_winner(state)
        return not best_of_winner.strategy(best_of_winner.state, 1)

    @property
    def calls(self) -> int:
        """Student replies so far."""
        return self.state.calls


def _among(table: ExamTable, visible: Sequence[bool]) -> ExamTable:
    pairs = zip(table.classes, visible, strict=True)
    return replace(table, classes=tuple(number if passes else None for number, passes in pairs))


def with_scores(scored: Sequence[Scored], scores: Sequence[float]) -> list[Scored]:
    """The same rationales with other LbT scores."""
    return [replace(each, score=score) for each, score in zip(scored, scores, strict=True)]
