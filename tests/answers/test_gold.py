"""Every gold solution of MATH500, of its functional variants and of GSM8K: its own answer, and nobody else's.

The data lies outside the repository, in `../shared/data`; without it these tests are skipped.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lbt_solvers.answers import MathAnswers, extract

DATA = Path(__file__).parents[3] / "shared" / "data" / "math"
SAME_ANSWER = {
    # Golds of different problems that say the same, written differently: MATH has no other such pair.
    ("x=5", "5"),
    ("5", "x=5"),
}


class Gold(NamedTuple):
    name: str
    solution: str
    answer: str


def _rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def golds() -> list[Gold]:
    math = [Gold(row["unique_id"], row["solution"], row["answer"]) for row in _rows("math500_test.jsonl")]
    variants = [
        Gold(f"{row['unique_id']} {row['snapshot']}", row["solution"], row["solution"][len("\\boxed{") : -1])
        for row in _rows("functional_snapshots_181.jsonl")
    ]
    return math + variants


@pytest.fixture(scope="module")
def answers() -> Iterator[MathAnswers]:
    yield MathAnswers(seconds=30.0)


def test_the_data_is_whole(golds: list[Gold]):
    assert len(golds) == 500 + 543


def test_every_solution_gives_its_own_answer(golds: list[Gold], answers: MathAnswers):
    wrong = [
        (gold.name, extracted, gold.answer)
        for gold in golds
        if not (extracted := extract(gold.solution).answer) or not answers.equal(gold.answer, extracted).equal
    ]
    assert not wrong


@pytest.mark.parametrize(
    "layout",
    [
        "[[Solution]]:\nLet's think step by step.\n\n{rationale}\n\n[[Final Answer]]:\n${answer}$\n",
        "{rationale}\n\nANSWER: {answer}",
        "{rationale}\n\n**Final Answer:** \\({answer}\\).",
        "{rationale}\n\nTherefore, the answer is $\\boxed{{{answer}}}$.",
    ],
)
def test_a_rebuilt_demonstration_gives_the_same_parts(golds: list[Gold], layout: str):
    """Rationale and answer survive the way into a demonstration and back out of an equal completion."""
    for gold in golds:
        parts = extract(gold.solution)
        again = extract(layout.format(rationale=parts.rationale, answer=parts.answer))
        assert (again.rationale, again.answer) == (parts.rationale, parts.answer), gold.name


@pytest.mark.parametrize(
    "respelled",
    [
        lambda answer: f"${answer}$.",
        lambda answer: answer.replace("\\frac", "\\dfrac").replace("\\left", "").replace("\\right", ""),
        lambda answer: f"\\boxed{{\\,{answer}}}",
        lambda answer: answer.replace("\\sqrt", "\\sqrt ").replace(",", ", ") if "\\!" not in answer else answer,
    ],
    ids=["dollars", "dfrac", "boxed", "spaces"],
)
def test_a_respelled_answer_is_the_same_text(golds: list[Gold], answers: MathAnswers, respelled):
    for gold in golds:
        if "58,500" not in gold.answer:  # with a space that is a list
            assert answers.equal(gold.answer, respelled(gold.answer)).how == "same text", gold.name


def test_every_solution_of_gsm8k_gives_its_own_answer(answers: MathAnswers):
    path = DATA.parent / "gsm8k" / "test.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    rows = [json.loads(line)["answer"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 1319
    for solution in rows:
        rationale, _, gold = solution.rpartition("\n#### ")
        for reply in (solution, f"{rationale}\n\nANSWER: {gold}", f"{rationale} \\boxed{{{gold}}}"):
            assert answers.equal(gold, extract(reply).answer or "").how == "same text", solution


def test_no_solution_gives_another_answer(golds: list[Gold], answers: MathAnswers):
    """Each gold against the next problem's answer and against one more, drawn with a fixed seed."""
    draw = random.Random(0)
    wrong: list[tuple[str, str, str]] = []
    for index, gold in enumerate(golds):
        for other in (golds[(index + 1) % len(golds)], draw.choice(golds)):
            extracted = extract(other.solution).answer or ""
            if gold.answer == other.answer or (gold.answer, other.answer) in SAME_ANSWER:
                continue
            if answers.equal(gold.answer, extracted).how != "different":
                wrong.append((gold.name, gold.answer, extracted))
    assert not wrong
