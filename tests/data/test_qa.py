"""Questions of one's own, in whatever form people have them.

Invariants:
 1. The same questions in JSONL, JSON, CSV, TSV, Parquet and from the hub are the same problems.
 2. Rows without ids get ids; one id of two questions or of two answers is refused, never a smaller bank.
 3. An exam never asks the taught question or a copy of it, wherever the exam questions come from.
 4. What cannot be read is one line that says where, what was found and what to do.
 5. Every right answer of a question counts as right.
"""

import gzip
import json
import sys
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from lbt_solvers.bank import Columns, exam_maker, load_problems
from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import exam_without_models, question_key
from lbt_solvers.exams import EXAM_MAKERS, make_exam_maker, random_items
from lbt_solvers.row_files import read_rows
from lbt_solvers.types import Problem
from lbt_tasks.qa import qa
from tests.synthetic.running import record

ROWS = [
    {"question": f"Compute {n} plus {n + 1}, please.", "answer": str(2 * n + 1), "subject": "sums"} for n in range(20)
]


def jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def separated(path: Path, rows: Sequence[dict[str, Any]], by: str = ",", end: str = "\n", mark: str = "") -> str:
    lines = [by.join(rows[0]), *(by.join(f'"{cell}"' for cell in row.values()) for row in rows)]
    path.write_bytes((mark + end.join(lines) + end).encode())
    return str(path)


def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    return str(path)


def zipped(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return str(path)


FORMS = {
    "a.jsonl": jsonl,
    "a.jsonl.gz": zipped,
    "a.json": lambda path, rows: (path.write_text(json.dumps(list(rows))), str(path))[1],
    "a.csv": separated,
    "semicolons.csv": lambda path, rows: separated(path, rows, ";", "\r\n", "\ufeff"),
    "a.tsv": lambda path, rows: separated(path, rows, "\t"),
    "a.parquet": parquet,
}


@pytest.mark.parametrize("name", FORMS)
def test_1_every_form_gives_the_same_problems(name: str, tmp_path: Path) -> None:
    found = load_problems(FORMS[name](tmp_path / name, ROWS))
    assert found == load_problems(jsonl(tmp_path / "as.jsonl", ROWS))
    assert [problem.id for problem in found] == [str(number) for number in range(1, 21)]
    assert [problem.metadata for problem in found] == [{"subject": "sums"}] * 20


def test_1_the_hub_with_config_revision_and_split(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    def load_dataset(*name: str, split: str, revision: str | None) -> list[dict[str, Any]]:
        asked.append((*name, split, revision))
        return ROWS

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert load_problems("hub:org/name") == load_problems(jsonl(tmp_path / "as.jsonl", ROWS))
    load_problems("hub:org/name/main@v2:train")
    assert asked == [("org/name", "test", None), ("org/name", "main", "train", "v2")]
    assert qa("hub:org/name/main:train").name == "main"


CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip)


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_1_texts_survive_csv(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    import csv

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["question", "answer"], *([text, "1"] for text in texts)])
    assert [row["question"] for _, row in read_rows(path)] == texts


def test_2_one_id_of_two_questions_is_refused_by_every_maker() -> None:
    bank = [Problem("None", f"Compute {n} plus 1.", str(n + 1), {"subject": "s"}) for n in range(20)]
    for name in EXAM_MAKERS:
        with pytest.raises(ValueError, match="'None' is that of 'Compute 0 plus 1.' and of 'Compute 1 plus 1.'"):
            options = {"questions": "random"} if name == "label_free" else {}
            make_exam_maker(name, bank, **options)


def test_2_nor_is_one_id_of_two_answers_read(tmp_path: Path) -> None:
    rows = [{"id": "a", "question": "q?", "answer": "1"}, {"id": "a", "question": "q?", "answer": "2"}]
    with pytest.raises(UsageError, match="line 2: the id a is that of another answer"):
        load_problems(jsonl(tmp_path / "a.jsonl", rows))


def test_2_null_ids_are_made(tmp_path: Path) -> None:
    rows = [row | {"id": None} for row in ROWS]
    assert len(load_problems(jsonl(tmp_path / "a.jsonl", rows))) == 20


def exams(task: Task) -> list[tuple[str, list[str]]]:
    reply = ModelOutput.from_content("mockllm/model", "It is 1. ANSWER: 1")
    reply.usage = ModelUsage()
    (log,) = inspect_eval(task, model=get_model("mockllm/model", custom_outputs=repeat(reply)), display="none")
    assert log.status == "success", log.error
    return [
        (str(sample.id), [item["question"] for item in record(log, n)["items"]])
        for n, sample in enumerate(log.samples or [])
    ]


@pytest.mark.parametrize("exam", ["similar", "random"])
def test_3_an_exam_never_asks_the_taught_question(exam: str, tmp_path: Path) -> None:
    copies = [row | {"question": row["question"].upper()} for row in ROWS[:4]]
    data = jsonl(tmp_path / "mine.jsonl", [*ROWS[:6], *copies])
    others = jsonl(tmp_path / "others.jsonl", [*ROWS, *copies])
    questions = {problem.id: problem.question for problem in load_problems(data)}
    for exam_data in (None, others):
        found = exams(qa(data, exam=exam, exam_data=exam_data, rationales=2, budget="full"))
        assert len(found) == 10
        for taught, asked in found:
            assert asked and question_key(questions[taught]) not in map(question_key, asked)
            assert len(asked) == 3 == len(set(map(question_key, asked)))


def test_3_ids_that_are_made_in_both_files_are_no_copies(tmp_path: Path) -> None:
    data, others = jsonl(tmp_path / "a.jsonl", ROWS[:1]), jsonl(tmp_path / "b.jsonl", ROWS[1:2])
    assert exams(qa(data, exam_data=others, rationales=1)) == [("1", [ROWS[1]["question"]])]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, r"needs a file of questions with answers: inspect eval lbt_tasks/qa -T data="),
        ({"data": "missing.csv"}, r"\.jsonl, \.json, \.csv.*found nothing at missing.csv"),
        ({"data": "one.jsonl"}, "one question leaves none for its exam; add more, or give others with exam_data"),
        (
            {"data": "a.csv", "question": "q"},
            "line 2: the column 'q' was needed, found question, answer, subject.*-T qu",
        ),
        ({"data": "wide.csv"}, "wide.csv, line 2: more cells than the header has columns. Quote texts"),
        ({"data": "gap.csv"}, "gap.csv, line 3: answer: a text or a number was needed, found null"),
        ({"data": "latin.csv"}, "text in UTF-8 was needed"),
        ({"data": "object.json"}, "a list of objects was needed, found dict"),
        ({"data": "lines.json"}, "no valid JSON .*Is it JSONL"),
        ({"data": "broken.parquet"}, "cannot be read as Parquet"),
        ({"data": "book.xlsx"}, "save it as CSV"),
        ({"data": "folder"}, "found a folder at folder"),
        ({"data": "a.csv", "bank": "b.jsonl"}, "Did you mean 'exam_data'"),
        ({"data": "a.csv", "answr": "gold"}, "Did you mean 'answer'"),
        ({"data": "a.csv", "exam": "similr"}, "Did you mean 'similar'"),
        ({"data": "a.csv", "items": 0}, "items: at least 1"),
    ],
)
def test_4_a_mistake_is_one_line(
    options: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    separated(Path("a.csv"), ROWS)
    jsonl(Path("one.jsonl"), ROWS[:1])
    Path("wide.csv").write_text("question,answer\nWhat is 2,000 + 1?,2001,\n")
    Path("gap.csv").write_text("question,answer\nWhat is 2?,2\nWhat is 3?,\n")
    Path("latin.csv").write_bytes("question,answer\nCafé?,1\n".encode("latin-1"))
    Path("object.json").write_text("{}")
    Path("lines.json").write_text('{"a": 1}\n{"a": 2}\n')
    Path("broken.parquet").write_text("PAR")
    Path("book.xlsx").write_text("PK")
    Path("folder").mkdir()
    with pytest.raises(UsageError, match=said) as found:
        qa(**options)
    assert "\n" not in str(found.value)


def test_4_a_bank_for_a_maker_that_has_one_is_refused(tmp_path: Path) -> None:
    maker = random_items([Problem("a", "q", "1")])
    with pytest.raises(UsageError, match="bank: only an exam maker that is given by its name"):
        exam_maker(maker, bank=jsonl(tmp_path / "a.jsonl", ROWS))


def test_5_each_of_several_answers_is_a_target(tmp_path: Path) -> None:
    rows = [{"question": "A colour?", "answer": ["red", "blue"]}, {"question": "A river?", "answer": "Rhine"}]
    task = qa(jsonl(tmp_path / "a.jsonl", rows))
    assert [sample.target for sample in task.dataset] == [["red", "blue"], "Rhine"]
    assert (task.metadata or {})["answers"].startswith("text")


def test_columns_of_other_names(tmp_path: Path) -> None:
    rows = [{"prompt": row["question"], "gold": row["answer"], "key": f"k{n}"} for n, row in enumerate(ROWS)]
    found = load_problems(jsonl(tmp_path / "a.jsonl", rows), Columns("prompt", "gold", "key"))
    assert [(each.id, each.question, each.answer) for each in found] == [
        (f"k{n}", row["question"], row["answer"]) for n, row in enumerate(ROWS)
    ]
    assert exam_without_models(random_items(found, items=2), found[0])
