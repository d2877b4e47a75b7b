"""The method on replies that real models gave: what is read from them, who wins, and what a report says.

Invariants:
 1. The last closed box of a reply is its answer; a reply without one that was cut has none; nothing is made up.
 2. Votes, oracle and exam accuracies are those that this file counts by itself from the boxes.
 3. The report of such a run prints them, with the share of replies that were cut.
"""

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog

from lbt_solvers.exam_bank import ExamContext
from lbt_solvers.record import TeachingRecord
from lbt_solvers.types import Exam, Problem
from lbt_tasks._task import lbt_task
from lbt_tasks.cli import main
from tests.evaluating import evaluate
from tests.recorded.recording import Recording, read_recording

NAMES = ("gsm8k", "math")


@pytest.fixture(scope="module", params=NAMES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, EvalLog]:
    recording = read_recording(request.param)
    exams = {problem["id"]: [Problem(**item) for item in problem["items"]] for problem in recording["problems"]}

    async def make_exam(taught: Problem, context: ExamContext, /) -> Exam:
        return Exam(tuple(exams[taught.id]), recording["about"]["repetitions"])

    taught = [Problem(each["id"], each["question"], each["answer"]) for each in recording["problems"]]
    task = lbt_task(taught, make_exam, name=request.param, budget="full", **recording["about"]["options"])
    teacher = f"recorded/{request.param}/{recording['about']['teacher']}"
    roles: dict[str, Any] = {"student": [f"recorded/{request.param}/{name}" for name in recording["about"]["students"]]}
    folder = str(tmp_path_factory.mktemp(request.param))
    log = evaluate(task, model=teacher, model_roles=roles, log_dir=folder)
    assert log.status == "success", log.error
    return recording, log


def boxed(text: str) -> Fraction | None:
    """The number in the last closed box, read by a rule of this file's own."""
    boxes = re.findall(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}", text)
    digits = re.sub(r"\\text\{[^}]*\}|\\[$%, !]|[$%,\s]", "", boxes[-1]) if boxes else ""
    return Fraction(digits) if re.fullmatch(r"-?\d+(\.\d+)?", digits) else None


def records(log: EvalLog) -> list[TeachingRecord]:
    return [sample.store_as(TeachingRecord) for sample in log.samples or []]


def test_boxes_are_answers_and_cut_replies_without_one_have_none(run: tuple[Recording, EvalLog]) -> None:
    recording, log = run
    replies = {tuple(call["place"]): call["choices"] for call in recording["calls"] if call["place"][2] == -1}
    read = 0
    for problem, record in zip(recording["problems"], records(log), strict=True):
        sampled = replies[problem["id"], problem["id"], -1, False]
        for (text, stop), rationale in zip(sampled, record.rationales, strict=True):
            assert rationale.truncated == (stop == "max_tokens")
            if (number := boxed(text)) is not None:
                read += 1
                assert rationale.answer is not None and Fraction(re.sub(r"[^\d.-]", "", rationale.answer)) == number
            elif stop == "max_tokens":
                assert rationale.answer is None
            # What students are shown is what the teacher wrote.
            assert rationale.text[:40].strip() in text
    assert read > len(recording["problems"])


def test_votes_and_exams_are_what_the_boxes_say(run: tuple[Recording, EvalLog]) -> None:
    recording, log = run
    for sample, problem, record in zip(log.samples or [], recording["problems"], records(log), strict=True):
        right = [
            rationale.answer is not None and boxed_equal(rationale.answer, problem["answer"])
            for rationale in record.rationales
        ]
        assert sample.scores is not None
        value: Any = next(iter(sample.scores.values())).value
        assert value["oracle"] == float(any(right))
        golds = [item["answer"] for item in problem["items"]]
        for row in record.sittings:
            assert row.score == float(boxed_equal(row.answer, golds[row.item]))
        whole = [row for row in record.sittings if row.plan is not None]
        answered = sum(number is not None for number in record.classes)
        assert len(whole) == answered * len(golds) * len(record.students)


def boxed_equal(answer: str | None, gold: str) -> bool:
    digits = re.sub(r"\\text\{[^}]*\}|[^\d.-]", "", answer or "")
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", digits)) and Fraction(digits) == Fraction(gold.replace(",", ""))


def test_the_report_says_the_same(run: tuple[Recording, EvalLog]) -> None:
    _, log = run
    found = CliRunner().invoke(main, ["report", log.location, "--json"])
    assert found.exit_code == 0, found.output
    (table,) = json.loads(found.output)
    values: list[Any] = [next(iter((sample.scores or {}).values())).value for sample in log.samples or []]
    for rule in ("maj", "max", "sum", "oracle"):
        assert table[rule]["accuracy"] == pytest.approx(sum(value[rule] for value in values) / len(values))
    printed = CliRunner().invoke(main, ["report", log.location]).output
    cut = sum(rationale.truncated for record in records(log) for rationale in record.rationales)
    assert not cut or f"{cut} of " in printed and "hit a limit on tokens" in printed
