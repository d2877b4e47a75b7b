"""A task with a scorer of its own, `match(numeric=True)`, on replies that a real model gave: boxes, sentences, markers.

Invariants:
 1. A sitting's score is what the task's scorer says of that reply.
 2. A rationale whose text holds a number votes, and its vote is the number that the scorer compares.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from lbt_solvers.record import TeachingRecord
from lbt_tasks.wrap.task import wrap
from tests.evaluating import evaluate
from tests.recorded.recording import Recording, read_recording

ASKED = "\n\nReason in a few short lines. The last line is 'ANSWER: ' and the number."
TASK = f"""
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate, prompt_template


@task
def mine():
    rows = json_dataset(str(Path(__file__).with_name("mine.jsonl")))
    return Task(rows, solver=[prompt_template("{{prompt}}" + {ASKED!r}), generate()], scorer=match(numeric=True))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, EvalLog]:
    recording, folder = read_recording("wrap"), tmp_path_factory.mktemp("wrap")
    (folder / "mine.py").write_text(TASK)
    write_rows(recording, folder / "mine.jsonl")
    own = {"where": {"exam": "="}}
    task = wrap(base=f"{folder}/mine.py@mine", rationales=4, exam="metadata", items=2, exam_options=own, budget="full")
    model: Any = f"recorded/wrap/{recording['about']['teacher']}"
    taught = [problem["id"] for problem in recording["problems"]]
    log = evaluate(task, model=model, model_roles={"student": model}, log_dir=str(folder), sample_id=taught)
    assert log.status == "success", log.error
    return recording, log


def write_rows(recording: Recording, path: Path) -> None:
    """The task's own data: what is taught, and what exams ask, without the task's instruction."""
    rows = [
        {
            "id": problem["id"] if each is problem else f"{problem['id']}-{each['id']}",
            "input": each["question"].removesuffix(ASKED),
            "target": each["answer"],
            "metadata": {"exam": problem["id"]},
        }
        for problem in recording["problems"]
        for each in (problem, *problem["items"])
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def last_number(text: str) -> str | None:
    """Of the task's scorer, by a rule of this file's own: the last word that is a number, without what is around it."""
    words = [re.sub(r"^[^\d-]+|[^\d]+$", "", word).replace(",", "") for word in re.split(r"\s+", text)]
    numbers = [word for word in words if re.fullmatch(r"-?\d+(\.\d+)?", word)]
    return numbers[-1] if numbers else None


def test_equal_numbers_are_one_vote(run: tuple[Recording, EvalLog]) -> None:
    for sample in run[1].samples or []:
        record = sample.store_as(TeachingRecord)
        numbers = [last_number(rationale.text) for rationale in record.rationales]
        voting = [(number, at) for number, at in zip(record.classes, numbers, strict=True) if at is not None]
        assert all(number is not None for number, _ in voting)
        assert len({number for number, _ in voting}) == len({float(at or 0) for _, at in voting}) == len(set(voting))


def test_sittings_are_graded_as_the_tasks_scorer_grades(run: tuple[Recording, EvalLog]) -> None:
    graded = right = 0
    for sample in run[1].samples or []:
        record = sample.store_as(TeachingRecord)
        for row in record.sittings:
            same = last_number(row.answer or "") == record.items[row.item].answer
            assert row.score == float(same)
            graded, right = graded + 1, right + same
    assert graded >= 20 and right < graded
