"""Exams on a budget, live: rounds of sittings that the budget asks for, each round's calls side by side.

    exam, rows = await sit_on_budget(session, record, Budget("lossless", rule="sum", proves=("max", "avg"), width=16))

The budget is the object that `lbt replay` plays. It sees results only between rounds, so what it asks depends on them,
not on their order of arrival: a run that was killed asks the same again, and finds the replies in Inspect's cache.
Rounds of one problem follow each other; those of different problems overlap, and keep the connections busy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.util import span

from lbt_solvers.budget import Budget, BudgetedExam, ExamTable, check_budget
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_session import ExamSession
from lbt_solvers.exam_transcript import outcomes
from lbt_solvers.plans import Plans, TeachingPlan
from lbt_solvers.record import TeachingRecord, is_full_exam
from lbt_solvers.rules import Rule, Value, known_rules, rule_of
from lbt_solvers.sittings import Sitting, rows_of_replies

ROUND = 16
"""Sittings of one problem that lossless asks for at a time, half of them for each rule where it proves several: enough
to keep connections busy, few enough to stop soon. Budgets that need a dozen sittings in all ask for fewer."""
OPTIONS = frozenset({"certainty", "examine_once", "proves", "seed", "width"})


def budget_of(
    name: str, rule: str | Rule | Value, max_replies: int | None, options: Mapping[str, Any] | None, plans: Plans
) -> Budget | None:
    """The budget that a user asked for; `None` for the full exam.

    Raises:
        UsageError: an unknown budget or option, or one that does not go with the rule or the plans.
    """
    if unknown := sorted(set(options or {}) - OPTIONS):
        raise UsageError(f"budget_options: no option '{unknown[0]}'; known are {', '.join(sorted(OPTIONS))}.")
    with usage_errors():
        check_budget(Budget(name))
        wanted = rule_of(rule)
    can_reason = wanted.name in known_rules() and plans == "every"
    if max_replies is None and not options and (name == "full" or (name == "lossless" and not can_reason)):
        return None
    if wanted.name not in known_rules():
        raise UsageError(f"A budget needs a rule by name ({', '.join(known_rules())}): it reasons about what can win.")
    if plans != "every":
        raise UsageError("A budget examines rationales one by one: use it with plans=every, or leave it out.")
    given = dict(options or {})
    asked = given.pop("proves", provable() if name == "lossless" else ())
    if isinstance(asked, str) or not isinstance(asked, Sequence):
        raise UsageError(f"budget_options: proves is a list of rules such as [sum, max], found {asked!r}.")
    proves = tuple(other for other in asked if other != wanted.name)
    if name == "lossless":
        given.setdefault("width", ROUND // 2 if proves else ROUND)
    budget = Budget(name, wanted.name, proves, max_replies, **given)
    with usage_errors():
        check_budget(budget)
    return budget


def provable() -> tuple[str, ...]:
    """What `lossless` proves where it is not told otherwise: all that tasks show and that exams bear on."""
    return tuple(name for name, rule in known_rules().items() if rule.grows and not rule.ignores_scores)


async def sit_on_budget(
    session: ExamSession, record: TeachingRecord, budget: Budget
) -> tuple[BudgetedExam, list[Sitting]]:
    """Sits what the budget asks for; the plan of a sitting is its rationale.

    Raises:
        ExamError: a student failed.
    """
    names = list(session.students)
    if budget.examine_once is None:
        greedy = all(student.greedy for student in session.students.values())
        budget = replace(budget, examine_once=greedy or not session.exam.repeats)
    if all(rationale.visible is None for rationale in record.rationales):  # rules among passing answers are as others
        budget = replace(budget, proves=tuple(rule for rule in budget.proves if not rule_of(rule).passing_only))
    table = ExamTable(
        classes=tuple(record.classes),
        students=len(names),
        items=len(session.exam.items),
        repetitions=session.exam.repetitions,
        same_as=record.first_of_equals(),
        alike=session.answers.equals_share_grades,
    )
    exam = BudgetedExam(table, budget, [rationale.visible == 1 for rationale in record.rationales])
    rows: list[Sitting] = []
    while cells := exam.ask():
        async with span(f"lbt/exam round of {len(cells)} sittings", type="lbt"):
            calls = [partial(session.sitting, TeachingPlan((r,)), names[s], session.exam.items[i]) for r, s, i in cells]
            answered = list(zip(cells, await in_order(calls), strict=True))
            sittings = [row for cell, replies in answered for row in rows_of_replies(*cell, replies)]
            transcript().info(outcomes(sittings, names, session.demonstrations), source="lbt exam")
        rows += sittings
        exam.tell({cell: [reply.score for reply in replies] for cell, replies in answered})
    return exam, sorted(rows, key=lambda row: row[:4])


def described(exam: BudgetedExam) -> dict[str, Any]:
    """What the record keeps: the budget, what it cost, and the scores that select by its rule."""
    cost = {"calls": exam.calls, "full_calls": exam.full_calls}
    return {**asdict(exam.budget), **cost, "decides": list(exam.decides), "estimates": exam.scores()}


def budget_note(exam: BudgetedExam) -> str:
    """What a reader of the numbers should know."""
    spent = f"Exams on the budget {exam.budget.name}: {exam.calls} of {exam.full_calls} student replies"
    if is_full_exam(asdict(exam.budget)):
        return spent
    rules, own = [rule.upper() for rule in exam.decides if not rule_of(rule).ignores_scores], list[str]()
    if (rule := exam.budget.rule) not in exam.decides:
        own = [f"cut short at {exam.budget.max_replies} replies, so that the choice of {rule.upper()} is a guess"]
    select = [f"LbT scores are estimates that select by {', '.join(rules)} and no other rule"] if rules else []
    return "; ".join([spent, *own, *select])
