"""Dialogues, handoffs and blanks in the toy world: what is asked, what is told, what scores.

Invariants:
 1. A dialogue's score is max(0, success - penalty * telling); a leak that no judge can tell is left out; its cost is
    the student's, the teacher's and the judge's. success@T and telling@T come back from the log.
 2. A handed-off prefix never holds the answer; a handoff chooses nothing, in a run or of a log, and is a reward.
 3. A blank exam's score is the gold option's share, from passes alone.
"""

from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.model import GenerateConfig

from lbt_solvers.answers import MathAnswers
from lbt_solvers.errors import ExamError, UsageError
from lbt_solvers.exam_kinds import exam_kind
from lbt_solvers.exam_kinds.dialogue import holds, leaked, success_and_telling
from lbt_solvers.exam_kinds.handoff import begun
from lbt_solvers.prompts import load_prompt
from lbt_solvers.rationale_scores import LbtScores, lbt_scores_sync
from lbt_solvers.sittings import Sitting, SittingColumns
from lbt_solvers.types import Problem, Rationale
from lbt_tasks.selectors.columns import Prices, read_candidates
from lbt_tasks.selectors.compare import default_selectors, parsed
from lbt_tasks.training.exam_rewards import ExamReward
from tests.exams.test_likelihood import EXAM, RIGHT, TAUGHT, WRONG
from tests.synthetic.running import record, scripted, toy_task


def talked(student: str = "student", teacher: str = "guide", **options: Any) -> LbtScores:
    given: dict[str, Any] = {"students": [scripted(student)], "exam": EXAM, "exam_kind": "dialogue", **options}
    return lbt_scores_sync(TAUGHT, [WRONG, RIGHT], teacher=scripted(teacher), **given)


def test_a_teacher_that_knows_the_method_helps() -> None:
    """After the right rationale it says so; the student that asks does as it is told."""
    found = talked(kind_options={"turns": 2, "solutions": 2})
    assert found.scores == [0, 1] and len(found.sittings) == (2 + 1) * len(EXAM) * 2
    usage = found.record.usage
    assert usage["dialogue: teacher"].calls == 3 * len(EXAM) * 2
    assert usage["dialogue: leak judge"].calls == 3 * len(EXAM)
    assert sum(row.tokens for row in found.sittings) == pytest.approx(
        sum(each.input_tokens + each.output_tokens for each in usage.values())
    )
    golds = [item.answer for item in found.record.items]
    taught = [row for row in found.sittings if row.plan == 1]
    assert success_and_telling(taught, golds) == (1, 0)


def test_who_tells_loses_the_penalty() -> None:
    told = talked(teacher="telling guide", kind_options={"penalty": 0.25})
    assert told.scores == [0, 0.75]
    golds = [item.answer for item in told.record.items]
    assert success_and_telling([row for row in told.sittings if row.plan == 1], golds, 0.25) == (1, 1)
    whole = talked(teacher="telling guide")
    assert whole.scores == [0, 0]
    assert success_and_telling([row for row in whole.sittings if row.plan == 1], golds) == (1, 1)
    assert talked("silent student", "telling guide").scores == [0, 1]  # it asks nothing, and learns from the rationale


def test_a_leak_that_cannot_be_told_is_left_out() -> None:
    with pytest.raises(ExamError, match="whoever grades gave no grade to any reply of student"):
        talked(teacher="vague guide")
    assert talked(teacher="vague guide", kind_options={"leak": "answer"}).scores == [0, 1]


@pytest.mark.parametrize(
    ("told", "gold", "found"),
    [("It is 14.", "14", True), ("140 or 1.14", "14", False), ("Take Paris", "paris", True), ("Take it.", "", False)],
)
def test_what_a_teacher_told(told: str, gold: str, found: bool) -> None:
    assert holds(told, gold) is found


def test_verdicts_and_what_a_log_does_not_say() -> None:
    assert (leaked("leak: YES"), leaked("LEAK: Yes\n**LEAK:** no"), leaked("Yes")) == (True, False, None)
    with pytest.raises(ValueError, match="a penalty above 0"):
        success_and_telling([Sitting(0, 0, 0, 0, "1", 1.0, raw=1.0)], ["1"], 0.0)
    for options in ({"leak": "teacher"}, {"penalty": -1}, {"turns": 0}):
        with pytest.raises(UsageError, match="was needed, found"):
            exam_kind("dialogue", options)


@given(st.text("ab 1.", max_size=30), st.sampled_from(["1", "a", "11", ""]), st.floats(0.01, 1))
def test_a_prefix_is_one_and_never_holds_the_answer(rationale: str, answer: str, share: float) -> None:
    prefix = begun(rationale, answer, share)
    assert rationale.startswith(prefix) and len(prefix.split()) <= share * len(rationale.split())
    assert not answer or answer not in prefix.split()


def test_a_handoff_in_python_and_as_a_reward() -> None:
    """The right method's name stands in the second word, so a quarter of four words does not help."""
    with pytest.raises(UsageError, match="nothing can be chosen by it"):
        lbt_scores_sync(TAUGHT, [RIGHT], students=[scripted("finisher")], exam=EXAM, exam_kind="handoff")
    columns: dict[str, Any] = {"problem": ["p"] * 2, "question": [TAUGHT.question] * 2, "exam": [[]] * 2}

    async def rewards(student: str = "finisher", **more: Any) -> list[float | None]:
        config = GenerateConfig()
        reward = ExamReward([scripted(student)], load_prompt("chat"), MathAnswers(), config, kind="handoff")
        completions = [[{"role": "assistant", "content": text}] for text in (RIGHT, WRONG)]
        return await reward(completions=completions, **columns, **more)

    assert anyio.run(lambda: rewards(answer=[TAUGHT.answer] * 2)) == [pytest.approx(2 / 3), 0]
    with pytest.raises(ValueError, match="needs the gold answer of p, found none"):
        anyio.run(rewards)
    with pytest.raises(UsageError, match="go on with a begun reply"):
        anyio.run(lambda: rewards("student"))


def test_a_handoff_beside_an_exam_chooses_nothing(run) -> None:
    log = run(toy_task(2, budget="full", also_examine="handoff"), students=("finisher",))
    further = record(log)["further"]["handoff"]
    rows = SittingColumns.model_validate(further["sitting_columns"]).rows()
    assert {row.score for row in rows} == {0, 1} and further["gold"] == "the taught problem's own answer"
    candidates = read_candidates([log.location], Prices())
    assert not any("handoff" in name for name in default_selectors(candidates))
    with pytest.raises(ValueError, match="so nothing can be chosen by it"):
        parsed(["handoff:max"], candidates)


BLANKS = [Problem(f"b{n}", f"Which method is number {n}?\n(A) METHOD WRONG\n(B) METHOD RIGHT", "B") for n in range(2)]


def test_a_blank_exam_reads_the_options() -> None:
    """A reader finds the method that it was shown likelier by 0.5 a word, by itself the wrong one."""
    shown = [Rationale(WRONG, "A"), Rationale(RIGHT, "B")]
    found = lbt_scores_sync(
        TAUGHT, shown, students=[scripted("reader")], exam=BLANKS, exam_kind="blank", answers="choice"
    )
    assert found.scores == [pytest.approx(0.5), pytest.approx(1 / (1 + 2.718281828**-1))]
    assert [row.answer for row in found.sittings if row.plan == 1] == ["B", "B"]
    calls = [each.calls for role, each in found.record.usage.items() if "student" in role]
    assert calls == [2 * 2 * 3 + 2]  # two options, two questions, two rationales and the control; two words alone
    with pytest.raises(ExamError, match="needs options of which one is right, found 0 of 0"):
        lbt_scores_sync(TAUGHT, [WRONG], students=[scripted("reader")], exam=EXAM, exam_kind="blank")
