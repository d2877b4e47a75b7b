"""The record and its replay choose the same, whatever was taught how often.

Invariants:
 1. Scores and choices of a record are those of its recording, under every rule: with plans that teach a rationale
    several times or not at all, answers that are missing, equal rationales, students without a usable reply.
 2. A plain vote is charged no student reply, on any budget; MAX among visible only those of passing answers.
 3. A budget refuses exams in which somebody was not taught, instead of asking for what nobody sat.
"""

import random
from typing import Any

import pytest
from inspect_ai.util import Store

from lbt_solvers.budget import BUDGETS, Budget
from lbt_solvers.record import ExamItem, SampledRationale, TeachingRecord
from lbt_solvers.rules import known_rules
from lbt_solvers.selection import select
from lbt_solvers.sittings import Sitting
from lbt_tasks.replay.matrix import Matrix, choose, lbt_scores, matrix_of
from lbt_tasks.replay.policies import Policy, replay
from lbt_tasks.replay.recording import SCHEMA, pa, rows_of_record
from tests.replay.recorded import recorded


def record_of(plans: list[list[int]], classes: list[int | None], rows: list[Sitting], **more: Any) -> TeachingRecord:
    record = TeachingRecord(store=Store())
    record.rationales = [SampledRationale(text=f"text {i}", answer=None if c is None else str(c), visible=more.get("v"))
                         for i, c in enumerate(classes)]  # fmt: skip
    record.classes, record.plans, record.students = classes, plans, ["a", "b"]
    record.items = [ExamItem(id=str(i), question="?", answer="1") for i in range(2)]
    record.keep(rows)
    return record


def recorded_matrix(record: TeachingRecord) -> Matrix:
    about = {"log": "l", "problem": "p", "family": "p", "epoch": 1, "subject": "", "level": ""}
    rows = [{**about, **row} for row in rows_of_record(record, [1.0] * len(record.rationales), "l")]
    return matrix_of(pa.Table.from_pylist(rows, schema=SCHEMA))


def random_record(rng: random.Random) -> TeachingRecord:
    count = rng.randint(1, 5)
    classes = [rng.choice([None, 0, 0, 1, 2]) for _ in range(count)]
    plans = [rng.sample(range(count), rng.randint(1, count)) for _ in range(rng.randint(1, 6))]
    rows = [
        Sitting(plan, student, item, 0, "x", rng.choice([None, 0.0, 0.4, 1.0, 1.0]) if student else rng.random())
        for plan in range(len(plans)) for student in range(2) for item in range(2)
    ]  # fmt: skip
    return record_of(plans, classes, rows)


def test_the_record_and_its_replay_choose_the_same() -> None:
    rng, untaught = random.Random(1), 0
    for _ in range(400):
        record = random_record(rng)
        matrix, scored = recorded_matrix(record), record.scored()
        assert lbt_scores(matrix).tolist() == pytest.approx([each.score for each in scored])
        for rule in known_rules():
            choice = select(scored, rule)
            assert choose(matrix, lbt_scores(matrix), rule).tolist() == [choice.rationale if choice else -1]
        untaught += any(not each.results and each.answer_class is not None for each in scored)
    assert untaught > 100, "rationales that nobody was taught were meant to be among them"


def test_two_plans_of_one_rationale() -> None:
    plans = [[0], [1, 0], [1]]
    rows = [Sitting(p, s, i, 0, "x", score) for p, score in enumerate((1.0, 0.0, 0.4)) for s in (0, 1) for i in (0, 1)]
    record = record_of(plans, [0, 1], rows)
    assert [each.score for each in record.scored()] == pytest.approx([0.5, 0.4])
    matrix = recorded_matrix(record)
    assert choose(matrix, lbt_scores(matrix), "sum").tolist() == [0]


def test_a_budget_refuses_what_nobody_was_taught() -> None:
    rows = [Sitting(0, s, i, 0, "x", 1.0) for s in (0, 1) for i in (0, 1)]
    matrix = recorded_matrix(record_of([[0]], [0, 1, 1], rows))
    assert replay(matrix, Policy(Budget("full", "maj"))).accuracy.mean == 1.0
    with pytest.raises(ValueError, match="nobody was taught"):
        replay(matrix, Policy(Budget("lossless", "sum")))


@pytest.mark.parametrize("name", BUDGETS)
@pytest.mark.parametrize("stop", [None, 1.0])
def test_a_vote_is_charged_no_exam(name: str, stop: float | None) -> None:
    outcome = replay(matrix_of(recorded(20)), Policy(Budget(name, "maj"), stop))
    assert outcome.calls == outcome.share == 0.0 and outcome.agreement.mean == 1.0
    assert outcome.tokens == pytest.approx(100 * outcome.samples)


def test_max_among_visible_is_charged_for_passing_answers() -> None:
    matrix = matrix_of(recorded(20))
    alone, all_ = (replay(matrix, Policy(Budget("full", rule))) for rule in ("max_v1", "max"))
    limited = replay(matrix, Policy(Budget("full", "max_v1", max_replies=10_000)))
    assert 0 < alone.calls == limited.calls < all_.calls
