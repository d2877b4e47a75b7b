"""Bad input and failing models: a clear line or an errored sample with its reason, never a silent 0."""

from typing import Any

import pytest
from inspect_ai.model import get_model

from lbt_solvers.bank import load_problems
from lbt_solvers.errors import UsageError
from lbt_solvers.exams import fixed, variants
from lbt_solvers.solvers import learn_by_teaching
from lbt_solvers.types import Problem
from lbt_tasks._task import lbt_task
from tests.evaluating import evaluate
from tests.synthetic import world
from tests.synthetic.running import reasons, record, scores, scripted, toy_task, values


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rationales": 0}, "rationales: at least 1"),
        ({"prompt": "chatt"}, "Did you mean 'chat'"),
        ({"rule": "summ"}, "Did you mean 'sum'"),
        ({"rational": 8}, "Did you mean 'rationales'"),
        ({"choices_per_call": 0}, "choices_per_call: at least 1"),
        ({"teacher_config": {"temprature": 1}}, "Did you mean 'temperature'"),
        ({"teacher_config": {"temperature": "hot"}}, "teacher_config: temperature"),
        ({"plans": "all"}, "plans are 'every'"),
        ({"exam": "variants"}, "bank=FILE.jsonl"),
        ({"exam": "variant", "bank": "BANK"}, "Did you mean 'variants'|variants"),
        ({"exam": "random", "bank": "nowhere.jsonl"}, "found nothing at nowhere.jsonl"),
    ],
)
def test_a_users_mistake_is_one_line_before_the_first_call(tmp_path, options, message: str) -> None:
    bank = tmp_path / "bank.jsonl"
    bank.write_text('{"id": 1, "question": "q", "answer": "a"}\n')
    if options.get("bank") == "BANK":
        options = {**options, "bank": str(bank)}
    with pytest.raises(UsageError, match=message):
        arguments: dict[str, Any] = {"exam": fixed([Problem("p", "q", "1")]), **options}
        learn_by_teaching(**arguments)


def test_a_broken_bank_names_its_line(tmp_path) -> None:
    bank = tmp_path / "bank.jsonl"
    bank.write_text('{"id": 1, "question": "q", "answer": "a"}\n{"id": 2,\n')
    with pytest.raises(UsageError, match=r"bank.jsonl, line 2: no valid JSON"):
        load_problems(bank)
    bank.write_text('{"id": 1, "question": "q"}\n')
    with pytest.raises(UsageError, match="line 1: the column 'answer' was needed, found id, question"):
        load_problems(bank)


def test_problems_without_answers_are_refused() -> None:
    with pytest.raises(UsageError, match="needs a gold answer; missing for p1"):
        lbt_task([Problem("p1", "q", " ")], fixed([Problem("p", "x", "1")]), name="t")
    with pytest.raises(UsageError, match="at least one problem"):
        lbt_task([], fixed([Problem("p", "x", "1")]), name="t")


def test_an_exam_without_other_problems_is_an_errored_sample(run) -> None:
    log = run(toy_task(1, exam=variants(world.problems(1))))
    assert log.status == "error" and "No exam for problem '10-3'" in reasons(log)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"text": ""}, "gave no usable text in 8 samples .*8 empty"),
        ({"text": "   \n"}, "8 empty"),
        ({"text": "no", "stop_reason": "content_filter"}, "8 refused by a content filter"),
    ],
)
def test_a_silent_teacher_is_an_errored_sample(run, reply, reason: str) -> None:
    import re

    log = run(toy_task(1), teacher=scripted("teacher", **reply))
    assert log.status == "error"
    assert re.search(reason, reasons(log))


def test_a_silent_student_is_an_errored_sample_that_names_it(run) -> None:
    log = run(toy_task(1), students=("a", scripted("mute", text="")))
    assert log.status == "error"
    assert "student scripted/mute gave no usable reply" in reasons(log)


def test_a_student_that_fails_half_way_names_item_and_rationale(run) -> None:
    log = run(toy_task(1), students=(scripted("frail", fail_after=3),))
    assert log.status == "error"
    assert "student: scripted/frail failed on exam item" in reasons(log)
    assert "after rationale" in reasons(log)


def test_truncated_rationales_without_an_answer_are_flagged_and_never_win(run) -> None:
    log = run(toy_task(1), teacher=scripted("teacher", text="First I add 3 and 4, which", stop_reason="max_tokens"))
    assert values(log)["sum"] == 0
    assert record(log)["plans"] == []
    assert "8 of 8 rationales truncated" in record(log)["notes"]
    assert "8 of 8 rationales without an answer" in record(log)["notes"]
    score = next(iter(log.samples[0].scores.values()))
    assert "No rationale has an answer" in score.explanation


def test_truncated_students_count_as_wrong_and_are_flagged(run) -> None:
    log = run(toy_task(1), students=(scripted("slow", text="I begin with", stop_reason="max_tokens"),))
    assert scores(log)[0][0][0] == [0.0, 0.0]
    assert any("sittings truncated" in note for note in record(log)["notes"])


def test_a_megabyte_of_output_is_an_answer_like_any_other(run) -> None:
    log = run(toy_task(1, rationales=2), teacher=scripted("teacher", text="word " * 200_000 + "\nANSWER: 16"))
    assert values(log)["sum"] == 1


def test_an_answer_that_cannot_be_evaluated_is_wrong_and_the_run_goes_on(run) -> None:
    log = run(toy_task(1, rationales=2), teacher=scripted("teacher", text="Big.\nANSWER: $10^{10^8}$"))
    assert values(log)["sum"] == 0


def test_no_model_at_all_is_one_line(tmp_path) -> None:

    log = evaluate(toy_task(1), model=get_model("none"), log_dir=str(tmp_path))
    assert log.status == "error"
    assert "No model" in str(log.error)
