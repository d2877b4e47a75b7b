"""Replays policies: a budget, a selection rule, and how long the teacher samples; counted against the full exam.

    outcome = replay(matrix, Policy(Budget("lossless", rule="sum")), seeds=range(20), rationales=16)
    outcome.accuracy.mean, outcome.calls, outcome.agreement.mean

A seed draws the rationales (and students) of every problem; intervals are over problems, each with
the mean of its seeds and epochs, in their families. The budget runs by the very object that runs it live.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lbt_solvers import selection
from lbt_solvers.budget import Budget, BudgetedExam, ExamCell, ExamTable, samples_needed
from lbt_solvers.rules import rule_of
from lbt_solvers.statistics import Interval, by_problem, share_interval
from lbt_tasks.replay.design import Design
from lbt_tasks.replay.matrix import Floats, Ints, Matrix, choose, lbt_scores


@dataclass(frozen=True, slots=True)
class Policy:
    """What is replayed."""

    budget: Budget
    stop_sampling: float | None = None
    """The teacher stops when its vote is this certain; `None` samples all rationales."""
    design: Design = Design()

    @property
    def spares(self) -> bool:
        """Whether anything is left out of the full exam."""
        budget = self.budget
        limited = budget.name != "full" or budget.max_replies is not None or budget.examine_once
        return limited or self.stop_sampling is not None

    @property
    def examines_less(self) -> bool:
        """Whether a budget chooses which sittings are needed; a plain vote needs none whatever the budget."""
        return self.spares and not rule_of(self.rule).ignores_scores

    @property
    def rule(self) -> str:
        """The selection rule."""
        return self.budget.rule


class Outcome(NamedTuple):
    """A policy in numbers; costs are means a problem."""

    accuracy: Interval
    agreement: Interval
    """Share of problems in which the policy chooses the answer of the full exam of the same rationales and students."""
    samples: float
    """Teacher samples."""
    calls: float
    """Student replies."""
    share: float
    """Of the full exam's student replies."""
    tokens: float
    """Read and written, by teacher and students."""
    full_tokens: float


def replay(
    matrix: Matrix,
    policy: Policy,
    seeds: Iterable[int] = (0,),
    rationales: int | None = None,
    students: int | None = None,
) -> Outcome:
    """Plays the policy for every seed.

    Raises:
        ValueError: an unknown budget or rule.
    """
    if policy.budget.name != "full" and not policy.design.plain:
        raise ValueError("Budgets examine by plain LbT scores: use the budget full with scores by control or weight.")
    if policy.examines_less and not matrix.taught[matrix.answer_class >= 0].all():
        raise ValueError(
            "A budget examines every rationale with an answer, and these logs hold some that nobody was taught: "
            "use the budget full, or logs of a run with plans=every."
        )
    runs = np.stack([_draw(matrix, policy, seed, rationales, students) for seed in seeds])
    known = ~np.isnan(runs).all(axis=(0, 1))
    runs = runs[:, :, known]
    right, agreed, samples, calls, full, tokens, full_tokens = np.nanmean(runs, axis=0)
    names = [name for name, kept in zip(matrix.names, np.atleast_1d(known), strict=True) if kept]
    problems, [rights, agreements] = by_problem(names, right.tolist(), agreed.tolist())
    family = dict(zip(matrix.names, matrix.families, strict=True))
    clusters = [family[problem] for problem in problems]
    return Outcome(
        accuracy=share_interval(rights, clusters),
        agreement=share_interval(agreements, clusters),
        samples=float(samples.mean()),
        calls=float(calls.mean()),
        share=float(calls.sum() / full.sum()) if full.sum() else 0.0,
        tokens=float(tokens.mean()),
        full_tokens=float(full_tokens.mean()),
    )


def _draw(matrix: Matrix, policy: Policy, seed: int, rationales: int | None, students: int | None) -> Floats:
    """One seed's run; nan in the problems that a design learnt from."""
    matrix = matrix.with_students(students, seed)
    drawn = matrix.drawn(rationales, seed)
    part = matrix.rows(drawn)
    rest = matrix.rows(~drawn) if policy.design.ranked else part
    designed = policy.design.applied(part, rest)
    played = _play(designed, policy, seed, choose(part, lbt_scores(part), policy.rule), _replies(part))
    return np.where(policy.design.measured(matrix.names, seed), played, np.nan)


def _play(matrix: Matrix, policy: Policy, seed: int, full: Ints, full_replies: Floats) -> Floats:
    """One run, shape (7, problems): right, agreed, samples, calls, full calls, tokens, full tokens."""
    reply_tokens = np.nanmean(matrix.student_tokens, axis=1)
    samples = np.bincount(matrix.problem, minlength=matrix.problems).astype(np.float64)
    full_calls = np.bincount(matrix.problem, full_replies, matrix.problems)
    teacher = np.bincount(matrix.problem, matrix.teacher_tokens, matrix.problems)
    # A problem's reply costs the same after every rationale, as far as the recording tells.
    reply = np.bincount(matrix.problem, reply_tokens, matrix.problems) / np.maximum(samples, 1)
    chosen = choose(matrix, policy.design.scores(matrix, seed), policy.rule)
    calls, kept = np.bincount(matrix.problem, _needed(matrix, policy.rule), matrix.problems), samples
    if policy.spares:
        played = [_problem(matrix, policy, rows, seed) for rows in _rows_of(matrix)]
        chosen, calls, kept = (np.array(column) for column in zip(*played, strict=True))
    answers = np.append(matrix.answer_class, -1)  # -1 indexes the last: no choice
    right = np.where(chosen >= 0, matrix.correct[chosen], 0.0)
    return np.stack(
        [
            right,
            (answers[chosen] == answers[full]).astype(np.float64),
            kept,
            calls,
            full_calls,
            teacher * kept / np.maximum(samples, 1) + calls * reply,
            teacher + full_calls * reply,
        ]
    ).astype(np.float64)


def _replies(matrix: Matrix) -> Floats:
    """Student replies of each rationale's full exam."""
    examined = (matrix.answer_class >= 0) & matrix.taught
    return np.where(examined, matrix.shape.prod(axis=1), 0).astype(np.float64)


def _needed(matrix: Matrix, name: str) -> Floats:
    """Those that the rule looks at: none of a vote, only those of passing answers where the choice is among them."""
    rule, replies = rule_of(name), _replies(matrix)
    if rule.ignores_scores:
        return np.zeros_like(replies)
    if rule.passing_only:
        passing = (matrix.visible == 1) & (matrix.answer_class >= 0)
        some = np.bincount(matrix.problem[passing], minlength=matrix.problems) > 0
        return np.where(passing | ~some[matrix.problem], replies, 0.0)
    return replies


def _rows_of(matrix: Matrix) -> list[NDArray[np.int64]]:
    bounds = np.searchsorted(matrix.problem, np.arange(matrix.problems + 1))
    return [np.arange(start, end) for start, end in zip(bounds[:-1], bounds[1:], strict=True)]


def _problem(matrix: Matrix, policy: Policy, rows: NDArray[np.int64], seed: int) -> tuple[int, float, float]:
    """Chosen row, student replies and teacher samples of one problem."""
    if policy.stop_sampling is not None:
        numbers: list[int | None] = [number if number >= 0 else None for number in matrix.answer_class[rows].tolist()]
        rows = rows[: samples_needed(numbers, len(rows), policy.stop_sampling)]
    if not len(rows):
        return -1, 0.0, 0.0
    if not policy.examines_less:
        return _chosen(matrix, rows, [0.0] * len(rows), policy.rule), 0.0, float(len(rows))
    exam = _exam(matrix, policy, rows, seed)
    while cells := exam.ask():
        exam.tell({cell: _result(matrix, rows, cell, exam.state.table.repetitions) for cell in cells})
    return _chosen(matrix, rows, exam.scores(), policy.rule), float(exam.calls), float(len(rows))


def _exam(matrix: Matrix, policy: Policy, rows: NDArray[np.int64], seed: int) -> BudgetedExam:
    students, items, repetitions = matrix.shape[rows].max(axis=0).tolist()
    first = {int(row): at for at, row in enumerate(rows)}
    table = ExamTable(
        classes=tuple(number if number >= 0 else None for number in matrix.answer_class[rows].tolist()),
        students=students,
        items=items,
        repetitions=repetitions,
        same_as=tuple(first[row] for row in matrix.same_as[rows].tolist()),
        # Only programs have visible tests, and programs of one class may differ on hidden ones.
        alike=bool(np.isnan(matrix.visible[rows]).all()),
    )
    seeded = replace(policy.budget, seed=seed * len(matrix.problem) + int(rows[0]))
    return BudgetedExam(table, seeded, (matrix.visible[rows] == 1).tolist())


def _result(matrix: Matrix, rows: NDArray[np.int64], cell: ExamCell, repetitions: int) -> Sequence[float | None]:
    replies = matrix.scores[rows[cell.rationale], cell.student, cell.item, :repetitions].tolist()
    return [None if reply != reply else reply for reply in replies]


def _chosen(matrix: Matrix, rows: NDArray[np.int64], scores: Sequence[float], rule: str) -> int:
    classes = [number if number >= 0 else None for number in matrix.answer_class[rows].tolist()]
    choice = selection.choose(classes, scores, rule, matrix.visible[rows].tolist())
    return int(rows[choice.rationale]) if choice else -1
