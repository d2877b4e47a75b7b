"""Judges in the toy world: what they are asked, what their verdicts are, and that no gold answer has a part in it.

Invariants:
 1. P(True) is p(Yes) / (p(Yes) + p(No)) of the first token; a provider without log-probabilities ends the run.
 2. A judge that reasons gives shares of Yes; a verdict that cannot be read is left out, never a No.
 3. No exam question is asked, there is no control, and braces in a rationale stay as they are.
"""

from math import exp
from pathlib import Path
from typing import Any

import pytest

from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_kinds import exam_kind
from lbt_solvers.exam_kinds.judge import REASONED, request, verdict
from lbt_solvers.log_probabilities import begins_with
from lbt_solvers.prompts import Demonstration
from lbt_solvers.rationale_scores import LbtScores, lbt_scores_sync
from tests.exams.test_likelihood import EXAM, RIGHT, TAUGHT, WRONG
from tests.synthetic.running import record, scripted, toy_task, values


def judged(kind: str, student: str = "sure judge", **options: Any) -> LbtScores:
    students = [scripted(student, **options.pop("model", {}))]
    return lbt_scores_sync(TAUGHT, [WRONG, RIGHT], students=students, exam=EXAM, exam_kind=kind, **options)


def test_the_first_token_is_the_probability_of_yes() -> None:
    """A judge finds Yes twice as likely as No after METHOD RIGHT, half as likely after METHOD WRONG."""
    found = judged("ptrue")
    assert found.scores == [pytest.approx(1 / 3, abs=1e-4), pytest.approx(2 / 3, abs=1e-4)]
    assert found.control is None and [item.id for item in found.record.items] == [f"{TAUGHT.id}/judged"]
    assert [row.answer for row in found.sittings] == ["No", "Yes"]
    with pytest.raises(UsageError, match="take exam_kind=judge"):
        judged("ptrue", "judge")


def test_a_judge_that_reasons() -> None:
    found = judged("judge", kind_options={"votes": 3})
    assert found.scores == [0, 1] and len(found.sittings) == 2 * 3
    with pytest.raises(ExamError, match="no usable reply after rationale"):
        judged("judge", model={"text": "I cannot say."})


def test_in_a_run_and_beside_another_exam(run) -> None:
    """The vote is wrong in the toy world, and these judges know better."""
    log = run(toy_task(2, budget="full", also_examine="ptrue,judge"), students=("sure judge a", "sure judge b"))
    further = record(log)["further"]
    assert {kind: exam["gold"] for kind, exam in further.items()} == {"ptrue": "none", "judge": "none"}
    assert values(run(toy_task(2, exam_kind="judge"), students=("sure judge",)))["max"] == 1


def test_what_is_judged_stays_as_it_is(tmp_path: Path) -> None:
    [turn] = request(REASONED, Demonstration("Q {answer}", "R {question}", "A"))
    assert "Q {answer}" in turn.text and "R {question}" in turn.text
    with pytest.raises(UsageError, match="a text file was needed"):
        exam_kind("ptrue", {"rubric": str(tmp_path / "none.txt")})
    (tmp_path / "empty.txt").write_text("Is it right?")
    with pytest.raises(UsageError, match="needs the slot"):
        exam_kind("judge", {"rubric": str(tmp_path / "empty.txt")})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("VERDICT: Yes", True),
        ("Verdict: no.\n**Verdict:** Yes", True),
        ("verdict - NO", False),
        ("Yes", None),
        ("", None),
    ],
)
def test_verdicts(text: str, said: bool | None) -> None:
    assert verdict(text) is said


def test_beginnings_of_words_count_together() -> None:
    yes, no = begins_with([("Yes", -1.0), (" y", -2.0), ("Nope", -0.1), ("", 0.0)], ["Yes", "No"])
    assert exp(yes) == pytest.approx(exp(-1) + exp(-2), abs=1e-5) and no == float("-inf")
