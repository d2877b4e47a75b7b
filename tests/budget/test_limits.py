"""What `max_replies` cuts short says so, and decides nothing that it has not proved.

Invariants:
 1. Every rule that a limited exam decides has the full exam's winner, and its rationale where that matters; this holds
    for any limit, with ties, graded scores, unusable replies, visible tests and rules of one's own.
 2. A limit that is not reached changes nothing, and one that leaves something open is seen by its rules.
 3. A plain vote is always decided and never asks; a rule that does not grow is refused, not guessed.
"""

import random
from dataclasses import replace
from math import prod

import pytest

from lbt_solvers.budget import Budget, BudgetedExam, ExamTable, with_scores
from lbt_solvers.rules import Rule, known_rules
from lbt_solvers.selection import select
from tests.budget.exams import full_scores, random_matrix, random_table, sit

RULES = ("sum", "max", "avg", "maj", "max_v1")


@pytest.mark.parametrize("alike", [True, False], ids=["any of its rationales", "its rationale"])
@pytest.mark.parametrize("name", ["lossless", "full"])
def test_a_limited_exam_decides_only_what_the_full_exam_decides(name: str, alike: bool) -> None:
    rng, guessed, wrong = random.Random(3), 0, 0
    for _ in range(800):
        table = replace(random_table(rng), alike=alike)
        matrix = random_matrix(table, rng, unusable=rng.choice([0.0, 0.2]), graded=rng.random() < 0.3)
        visible = [rng.random() < 0.4 for _ in table.classes]
        pairs = zip(full_scores(table, matrix), visible, strict=True)
        scored = [replace(each, visible=float(passes)) for each, passes in pairs]
        proves = RULES if name == "lossless" else ()
        budget = Budget(name, rng.choice(RULES), proves, max_replies=rng.randint(1, 40), width=rng.choice([1, 4]))
        exam = BudgetedExam(table, budget, visible)
        sit(exam, matrix)
        assert exam.calls <= (budget.max_replies or 0)
        chosen = with_scores(scored, exam.scores())
        for rule in exam.decides:
            found, expected = select(chosen, rule), select(scored, rule)
            assert (found and found.answer_class) == (expected and expected.answer_class)
            assert alike or (found and found.rationale) == (expected and expected.rationale)
        if budget.rule not in exam.decides:
            found, expected = select(chosen, budget.rule), select(scored, budget.rule)
            guessed += 1
            wrong += found is not None and expected is not None and found.answer_class != expected.answer_class
    assert guessed > 100 and wrong > 20, "limits were meant to leave winners open"


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    rng = random.Random(5)
    for _ in range(200):
        table = random_table(rng)
        matrix = random_matrix(table, rng)
        exams = [BudgetedExam(table, Budget("lossless", "sum", ("max",), limit)) for limit in (None, 10_000)]
        for exam in exams:
            sit(exam, matrix)
        assert exams[0].decides == exams[1].decides == ("sum", "max") and exams[0].calls == exams[1].calls


def test_max_among_visible_by_itself_chooses_as_the_full_exam() -> None:
    """Also where the only rationale that passes has no answer class, so that the choice is among all."""
    rng, without_class = random.Random(11), 0
    for _ in range(2_000):
        table = random_table(rng)
        matrix = random_matrix(table, rng)
        visible = [rng.random() < 0.2 for _ in table.classes]
        pairs = zip(full_scores(table, matrix), visible, strict=True)
        scored = [replace(each, visible=float(passes)) for each, passes in pairs]
        exam = BudgetedExam(table, Budget("lossless", "max_v1"), visible)
        sit(exam, matrix)
        found, expected = select(with_scores(scored, exam.scores()), "max_v1"), select(scored, "max_v1")
        assert (found and found.answer_class) == (expected and expected.answer_class)
        passing = [number for number, passes in zip(table.classes, visible, strict=True) if passes]
        without_class += bool(passing) and not any(number is not None for number in passing)
    assert without_class > 50


@pytest.mark.parametrize("name", ["lossless", "thompson"])
def test_a_vote_needs_no_exam(name: str) -> None:
    exam = BudgetedExam(ExamTable((0, 1, 0, 1, 2), 2, 3), Budget(name, "maj"))
    assert exam.ask() == [] and exam.decides == ("maj",)


def test_a_rule_of_ones_own_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that prefers what teaches badly: refused where growth is needed, followed by thompson, never summed."""
    worst = Rule("worst", "WORST", value=lambda scores: -max(scores))
    product = Rule("product", "PRODUCT", value=prod, grows=True)
    known = {**known_rules(), "worst": worst, "product": product}
    monkeypatch.setattr("lbt_solvers.rules.known_rules", lambda: known)
    with pytest.raises(ValueError, match="grow with every score; 'worst'"):
        BudgetedExam(ExamTable((0, 1), 1, 2), Budget("lossless", "worst"))
    rng, agreed = random.Random(2), 0
    for _ in range(300):
        table = random_table(rng)
        matrix = random_matrix(table, rng)
        scored = full_scores(table, matrix)
        for name, rule in (("lossless", "product"), ("thompson", "worst")):
            exam = BudgetedExam(table, Budget(name, rule, certainty=0.99))
            sit(exam, matrix)
            found, expected = select(with_scores(scored, exam.scores()), rule), select(scored, rule)
            same = (found and found.answer_class) == (expected and expected.answer_class)
            assert same or name == "thompson"
            agreed += same and name == "thompson"
    assert agreed > 0.9 * 300


def test_former_budgets_are_refused() -> None:
    with pytest.raises(ValueError, match="No budget 'successive_halving'"):
        BudgetedExam(ExamTable((0, 1), 1, 2), Budget("successive_halving"))
