"""Likelihood exams in the toy world: what they score, what they read, and what they refuse before anybody is asked.

Invariants:
 1. A sitting's raw value is log p(s | D, q) - log p(s | q), its score the logistic function of it; the control's are 0
    and one half, and each question is read once without a rationale, whoever sits after whatever.
 2. A published solution is read; without one a right reply of a model; without that the bare answer, with a note.
 3. A model without log-probabilities, and a kind that looks at the taught problem's gold, end the run with one line.
 4. Winners under `lossless` are those of the whole exam, and an exam beside it changes nothing of what is chosen.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.util._concurrency import init_concurrency

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_kinds import ExamKind, check_needs, exam_kind, further_kinds
from lbt_solvers.exam_kinds.likelihood import score_of_gain
from lbt_solvers.exams import variants
from lbt_solvers.log_probabilities import reply_scores
from lbt_solvers.rationale_scores import LbtScores, lbt_scores_sync
from lbt_solvers.sittings import SittingColumns
from lbt_solvers.types import Problem
from tests.synthetic import world
from tests.synthetic.running import reasons, record, scripted, sittings, toy_task, values


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Inspect's limits of calls under way belong to the event loop of the run before, perhaps trio's."""
    init_concurrency()


TAUGHT = world.problems(1)[0]
RIGHT, WRONG = (world.solve(TAUGHT.question, method) for method in (world.RIGHT, world.WRONG))
READERS = ("reader a", "reader b")


def with_solutions(problems: Sequence[Problem]) -> list[Problem]:
    return [replace(each, metadata={**each.metadata, "solution": f"{world.RIGHT}: I compute."}) for each in problems]


EXAM = with_solutions(world.variants_of(TAUGHT))


def scored(exam: Sequence[Problem] = EXAM, **options: Any) -> LbtScores:
    given: dict[str, Any] = {
        "students": [scripted("reader a"), scripted("reader b")],
        "exam_kind": "likelihood",
        **options,
    }
    return lbt_scores_sync(TAUGHT, [WRONG, RIGHT, WRONG], exam=exam, **given)


def test_the_raw_gain_and_its_score() -> None:
    """The solution has 6 words: `METHOD RIGHT: I compute. ANSWER: 14`."""
    found = scored()
    for row in found.sittings:
        taught = found.record.plans[row.plan][0] if row.plan is not None else None
        assert row.raw == pytest.approx(6 * 0.5 if taught == 1 else 0.0)
        assert row.score == pytest.approx(1 / (1 + exp(-(row.raw or 0.0))))
        assert row.written == 1 and row.tokens > 6
    assert (found.choice("max").rationale, found.choice("maj").rationale) == (1, 0)  # type: ignore[union-attr]
    assert found.control == 0.5 and not any("without an answer" in note for note in found.record.notes)
    assert {each.calls for role, each in found.record.usage.items() if "student" in role} == {3 * (3 + 1)}


def test_silver_solutions_are_written_once_and_bare_answers_are_noted() -> None:
    items = world.variants_of(TAUGHT)
    silver = scored(items, teacher=scripted("wise reader"))
    assert silver.record.usage["silver solutions: scripted/wise reader"].calls == 3
    assert silver.choice("max").rationale == 1  # type: ignore[union-attr]
    assert not any("no solution" in note for note in silver.record.notes)
    for bare in (scored(items, kind_options={"silver": 0}), scored(items, teacher=scripted("reader"))):
        assert any("3 of 3 exam questions have no solution" in note for note in bare.record.notes)
        assert {row.raw for row in bare.sittings} == {0.0}


def test_what_cannot_work_is_said_before_anybody_is_asked(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(calls))
    log = run(toy_task(1, exam_kind="likelihood"))
    assert log.status == "error" and log.error is not None
    assert "needs log-probabilities of prompts, which scripted/" in log.error.message
    assert not calls.exists()
    peeking = ExamKind("peeking", frozenset({"gold_of_taught"}), lambda maker: maker)
    with pytest.raises(UsageError, match="nothing can be chosen by it"):
        check_needs(peeking, [])
    check_needs(peeking, [], selects=False)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: exam_kind("likelyhood"), "Did you mean 'likelihood'"),
        (lambda: exam_kind("likelihood", {"sliver": 1}), "Did you mean 'silver'"),
        (lambda: exam_kind("likelihood", {"silver": -1}), "at least 0 was needed"),
        (lambda: further_kinds("likelihood, likelihood", exam_kind("generative")), "likelihood is sat once"),
        (lambda: further_kinds(["generative"], exam_kind("generative")), "exam_kind=generative chooses"),
    ],
)
def test_a_mistyped_kind_is_one_line(call: Any, said: str) -> None:
    with pytest.raises(UsageError) as error:
        call()
    assert said in str(error.value)


def toy(**options: Any) -> Any:
    problems = world.problems(4)
    exam = variants(with_solutions(world.bank(problems)), items=3, repetitions=2)
    return toy_task(4, exam=exam, **options)


def test_lossless_chooses_what_the_whole_exam_chooses(run) -> None:
    whole = run(toy(exam_kind="likelihood", budget="full"), students=READERS)
    spared = run(toy(exam_kind="likelihood"), students=READERS)
    assert values(spared) == values(whole) and values(whole)["sum"] == 1 > values(whole)["maj"]
    assert len(sittings(spared)) < len(sittings(whole))
    assert record(whole)["repetitions"] == 1  # who reads the same again finds the same again
    assert record(whole)["settings"]["exam_kind"] == "likelihood"


def test_an_exam_beside_the_one_that_chooses_changes_nothing_of_it(run) -> None:
    alone = run(toy(budget="full"), students=READERS)
    both = run(toy(budget="full", also_examine="likelihood"), students=READERS)
    assert values(both) == values(alone) and sittings(both) == sittings(alone)
    further = record(both)["further"]["likelihood"]
    rows = SittingColumns.model_validate(further["sitting_columns"]).rows()
    assert len({row.plan for row in rows}) < len({row.plan for row in sittings(both)})  # equal rationales once
    assert further["gold"] == "solutions of exam questions" and len(further["examined_as"]) == 8
    assert set(further["usage"]) <= set(record(both)["usage"])
    assert "further" not in record(alone) or not record(alone)["further"]


def test_tokens_that_are_not_the_replys_are_refused() -> None:
    with pytest.raises(ValueError, match="do not make up the reply"):
        reply_scores([("a", -1.0)], "b", "vllm/model")
    with pytest.raises(ValueError, match="told no log-probability"):
        reply_scores([], "b", "hf-batch/model")


WORD = st.text("abc", min_size=1, max_size=3)


@given(st.lists(WORD, max_size=4), st.lists(WORD, min_size=1, max_size=5), st.booleans(), st.data())
def test_the_replys_tokens_are_found_however_it_is_cut(
    before: list[str], words: list[str], blanks: bool, data: st.DataObject
) -> None:
    """Servers tell tokens with the blank before them, or without; a template may put an end mark after the reply."""
    reply = "  ".join(words)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(reply)), max_size=4)) | {0, len(reply)})
    pieces = [reply[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]
    told = [*((f"{word}|", -9.0) for word in before), *((piece, -float(at)) for at, piece in enumerate(pieces, 1))]
    told.append(("<end>", -9.0))
    told = told if blanks else [(token.strip(), value) for token, value in told]
    assert reply_scores(told, reply, "vllm/model") == [-float(at) for at in range(1, len(pieces) + 1)]


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_scores_are_shares_that_grow_with_the_gain(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= score_of_gain(low) <= score_of_gain(high) <= 1
    if abs(one) < 700:
        assert score_of_gain(one) + score_of_gain(-one) == pytest.approx(1)


def test_a_failing_reader_is_an_errored_sample(run) -> None:
    log = run(toy(exam_kind="likelihood"), students=(scripted("reader", fail_after=2),))
    assert "the scripted model fails now" in reasons(log)
