"""What gold answers are worth without teaching, and whether the winner wins again.

Invariants:
 1. The few-shot teacher sees every exam question with its gold answer, never the taught problem's own, and as often as
    rationales were sampled; its calls are counted apart.
 2. Students see another question than the one that they are asked.
 3. A fresh exam has seeds of its own: it asks again, and changes no score and no choice of the first.
 4. An exam without written gold answers is refused before anything is graded wrongly.
"""

from typing import Any

import pytest
from inspect_ai.log import EvalLog

from lbt_solvers.exam_bank import exam_without_models, without_models
from lbt_solvers.label_controls import with_gold_answers
from lbt_solvers.types import Exam, Problem
from lbt_tasks.cli import main
from tests.synthetic.running import record, toy_task, values

from click.testing import CliRunner  # isort: skip


def test_label_controls_are_columns_and_have_their_costs(run) -> None:
    plain, with_controls = (
        run(toy_task(4, rationales=4, budget="full", label_controls=flag)) for flag in (False, True)
    )
    assert "few_shot" not in values(plain) and {"few_shot", "solved_question"} <= values(with_controls).keys()
    assert {k: v for k, v in values(with_controls).items() if k in values(plain)} == values(plain)
    found = record(with_controls)
    assert len(found["controls"]["few_shot"]) == 4 and found["usage"]["few-shot control: teacher"]["calls"] >= 1
    assert found["usage"]["teacher"] == record(plain)["usage"]["teacher"]


def test_who_is_shown_what(run) -> None:
    log = run(toy_task(2, rationales=3, budget="full", label_controls=True))
    answers = [f"ANSWER: {item['answer']}" for item in record(log)["items"]]
    solved = [[answer for answer in answers if answer in prompt] for prompt in _prompts(log)]
    assert solved.count(answers) == 1  # the teacher, once for all its replies
    assert solved.count(answers[:1]) == solved.count(answers[1:2]) == solved.count(answers[2:]) == 2  # two students
    own = f"ANSWER: {log.samples[0].target}" if log.samples else ""
    assert own not in answers


def test_a_fresh_exam_is_another_one(run) -> None:
    plain, again = (run(toy_task(4, rationales=4, budget="full", re_examine=flag)) for flag in (False, True))
    first = record(again)["controls"]
    assert first["chosen_score"] is not None and first["fresh_score"] is not None
    assert values(plain) == values(again)
    students = [name for name in record(again)["usage"] if name.startswith("student")]
    assert all(record(again)["usage"][name]["calls"] > record(plain)["usage"][name]["calls"] for name in students)


def test_the_report_says_so(run) -> None:
    log = run(toy_task(6, rationales=4, budget="full", re_examine=True, label_controls=True)).location
    said = CliRunner().invoke(main, ["report", log]).stdout
    for part in (
        "few-shot: vote",
        "after another question",
        "in exams with other seeds",
        "shown the same gold answers",
    ):
        assert part in said


def _prompts(log: EvalLog) -> list[str]:
    assert log.samples
    events: list[Any] = [event for event in log.samples[0].events if event.event == "model"]
    return ["\n".join(message.text for message in event.input) for event in events]


@pytest.mark.parametrize("answers", [["5", ""], ["5", " "]])
def test_without_gold_answers_nobody_sits(answers: list[str]) -> None:
    exam = Exam(tuple(Problem(str(i), "?", answer) for i, answer in enumerate(answers)))
    with pytest.raises(ValueError, match="gold answers"):
        exam_without_models(with_gold_answers(without_models(lambda _: exam)), Problem("p", "?", "1"))
