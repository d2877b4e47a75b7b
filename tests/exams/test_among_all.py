"""Exams without a question: universal self-consistency and the rank-surprisal ratio, in the toy world.

Invariants:
 1. A student that reads all rationales in an order of its own chooses the one that it names; one that names none leaves
    the choice to the majority; one call a student and vote is all that is paid.
 2. RSR is the sum of the clipped ranks over the surprisal, lower for better; a student without ranks is refused.
 3. What reads all rationales at once chooses nothing by itself.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_kinds import check_needs, exam_kind
from lbt_solvers.exam_kinds.universal import named, request
from lbt_solvers.generation import RoleUsage
from lbt_solvers.prompts import Demonstration
from lbt_solvers.rationale_scores import lbt_scores_sync
from lbt_solvers.selectors import selector_of
from lbt_tasks.selectors.columns import Prices, read_candidates
from lbt_tasks.selectors.compare import compare
from tests.exams.test_likelihood import EXAM, RIGHT, TAUGHT, WRONG
from tests.synthetic.running import record, scripted, toy_task


def accuracies(log: Any, *names: str) -> list[float]:
    candidates = read_candidates([log.location], Prices())
    return [row.accuracy.mean for row in compare(candidates, [selector_of(name) for name in names])]


def test_the_one_that_is_named_is_chosen(run) -> None:
    """The vote is wrong in the toy world, and these students know better."""
    log = run(toy_task(3, budget="full", also_examine="usc"), students=("a", "b"))
    assert accuracies(log, "usc", "usc:sum", "maj") == [1, 1, 0]
    exam = record(log)["further"]["usc"]
    usage = [RoleUsage.model_validate(used) for used in exam["usage"].values()]
    assert [used.calls for used in usage] == [1, 1] and exam["gold"] == "none"
    [column] = {read_candidates([log.location], Prices())[0].columns["usc"].once}
    assert column == sum(Prices().of(u.input_tokens + u.output_tokens, u.output_tokens, 0) for u in usage)


def test_where_none_is_named_the_majority_wins(run) -> None:
    log = run(toy_task(3, budget="full", also_examine="usc"), students=("mute",))
    candidates = read_candidates([log.location], Prices())
    for each in candidates:
        assert set(each.columns["usc"].scores) == {None}
        choices = [selector_of(name) for name in ("usc", "maj")]
        usc, maj = (one.choose(each.classes, each.columns[one.column].scores) for one in choices)
        assert usc and maj and usc.answer_class == maj.answer_class


def test_it_is_no_exam_by_itself() -> None:
    with pytest.raises(UsageError, match="also_examine=usc"):
        check_needs(exam_kind("usc"), [])
    check_needs(exam_kind("usc"), [], selects=False, beside=True)


def test_what_is_read_and_what_is_named() -> None:
    [turn] = request("Q", [Demonstration("Q", "because", "7"), Demonstration("Q", "since", "8")])
    assert "Response 1: because\nAnswer: 7" in turn.text and "Response 2: since\nAnswer: 8" in turn.text
    assert named("**The most consistent response is Response 2**, not Response 1.", 2) == 1
    assert named("Of response 1 and 2, the most consistent response is response #2.", 2) == 0
    assert named("", 2) is None and named("Response 0", 2) is None


@given(st.text(), st.integers(1, 9))
def test_what_is_named_is_one_of_them(text: str, number: int) -> None:
    assert named(text, number) in (None, *range(number))


def test_rank_over_surprisal(run) -> None:
    """The right method is not what these readers would do: each word ranks 3, at a surprisal of 0.6; else 1, 0.1."""
    found = lbt_scores_sync(TAUGHT, [WRONG, RIGHT], students=[scripted("ranking reader")], exam=EXAM, exam_kind="rsr")
    assert [row.raw for row in found.sittings] == [pytest.approx(-1 / 0.1), pytest.approx(-3 / 0.6)]
    assert found.scores == [pytest.approx(1 / 11), pytest.approx(1 / 6)] and found.control is None
    with pytest.raises(UsageError, match="needs the ranks of a prompt's tokens"):
        lbt_scores_sync(TAUGHT, [WRONG], students=[scripted("reader")], exam=EXAM, exam_kind="rsr")
    log = run(toy_task(2, budget="full", also_examine="rsr"), students=("ranking reader",))
    assert Path(log.location).exists() and accuracies(log, "rsr:max", "maj") == [1, 0]
