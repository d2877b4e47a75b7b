"""Exam questions of a file: several answers, and what is no answer.

Invariants:
 1. Each of several answers is right; none of them is a list in words.
 2. What is neither text nor a number is refused with its line, and so are an empty file and one id of two questions.
 3. Unicode's separators of lines and a byte order mark do no harm.
"""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from lbt_solvers.answers import ChoiceAnswers, MathAnswers
from lbt_solvers.bank import exam_maker, load_problems
from lbt_solvers.errors import UsageError
from lbt_solvers.exam_forms import grade_in_place
from lbt_solvers.types import Reply


def bank(tmp_path: Path, *rows: Any, mark: str = "") -> str:
    path = tmp_path / "bank.jsonl"
    path.write_text(mark + "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def row(answer: Any, **more: Any) -> dict[str, Any]:
    return {"id": "p", "question": "Compute 1+1.", "answer": answer, **more}


def test_1_each_of_several_answers_is_right(tmp_path: Path) -> None:
    (problem,) = load_problems(bank(tmp_path, row(["0", "2", 2.5])))
    grades = anyio.run(MathAnswers().grade, problem, ["0.0", "2", "5/2", "02.5", "1"])
    assert [grade.score for grade in grades] == [1, 1, 1, 1, 0]
    replies = [Reply(f"ANSWER: {text}", "stop") for text in ("2", "1")]
    assert [each.score for each in grade_in_place(problem, replies, MathAnswers())] == [1, 0]
    (letters,) = load_problems(bank(tmp_path, row(["A", "C"])))
    assert [each.score for each in anyio.run(ChoiceAnswers().grade, letters, ["C", "B"])] == [1, 0]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (row(None), "line 1: answer: a text or a number was needed, found null"),
        (row({"a": 1}), "line 1: answer: a text or a number"),
        (row([None]), "line 1: answer: a text"),
        (row("2", question=None), "line 1: question: a text"),
        (row("2", metadata=[1]), "line 1: metadata: an object"),
    ],
)
def test_2_what_is_no_answer_is_refused_with_its_line(tmp_path: Path, found: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_problems(bank(tmp_path, found))


def test_2_an_empty_bank_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found no line"):
        exam_maker("similar", bank(tmp_path))


def test_2_one_id_of_two_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: the id p is that of another question .*line 1"):
        load_problems(bank(tmp_path, row("2"), row("3", question="Compute 1+2.")))


def test_2_latin_1_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bank.jsonl"
    path.write_bytes(json.dumps(row("café"), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8"):
        load_problems(str(path))


def test_3_separators_inside_texts_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    text = "One\u2028two\u0085three"
    (problem,) = load_problems(bank(tmp_path, row("2", question=text), mark="\ufeff"))
    assert problem.question == text
