"""Equality is symmetric, classes do not depend on order, nothing raises: hand-made groups and mutated replies."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lbt_solvers.answers import Equality, MathAnswers, answer_classes, extract
from lbt_solvers.answers._compare import compare
from lbt_solvers.answers._worker_process import MathWorker, Reply

HERE = Path(__file__).parent
EQUALITY: dict[str, dict[str, list[list[str]]]] = yaml.safe_load((HERE / "equality.yaml").read_text(encoding="utf-8"))
REPLIES = [
    row["text"] for rows in yaml.safe_load((HERE / "replies.yaml").read_text(encoding="utf-8")).values() for row in rows
]
GROUPS = [
    sorted({text for table in ("equal", "different") for pair in EQUALITY[table].get(kind, []) for text in pair})[:9]
    for kind in {**EQUALITY["equal"], **EQUALITY["different"]}
] + [
    ["t\\in(4,\\infty)", "t>4", "4<t", "(4,\\infty)", "\\{t \\mid t>4\\}", "(4,+\\infty)"],
    ["2x+3", "y=2x+3", "2x-y+3=0", "y-3=2x"],
    ["90^\\circ", "90", "90 degrees", "\\frac{\\pi}{2}"],
    ["28\\%", "28", "28 pct", "28 percent", "0.28"],
    ["5 cm", "5", "5 m", "5 metres"],
]
ONE_CLASS = (GROUPS[-5], GROUPS[-4][:3])


@pytest.fixture(scope="module")
def answers() -> Iterator[MathAnswers]:
    yield MathAnswers(seconds=30.0)


def partition(votes: list[str], answers: MathAnswers) -> set[frozenset[str]]:
    classes = answer_classes(votes, lambda known, answer: answers.equal(known, answer).equal)
    return {frozenset(v for v, number in zip(votes, classes, strict=True) if number == n) for n in set(classes)}


def test_there_are_enough_groups():
    assert len(GROUPS) >= 40


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0][:30])
def test_classes_are_the_same_in_every_order_and_equality_is_symmetric(answers: MathAnswers, group: list[str]):
    votes = [text for text in group if text.strip("$ ")]
    expected, draw = partition(votes, answers), random.Random(0)
    for _ in range(12):
        draw.shuffle(votes)
        assert partition(votes, answers) == expected
    for one in votes:
        assert all(answers.equal(one, other).equal == answers.equal(other, one).equal for other in votes)


@pytest.mark.parametrize("group", ONE_CLASS, ids=lambda group: group[0])
def test_one_answer_in_several_spellings_is_one_class(answers: MathAnswers, group: list[str]):
    assert partition(group, answers) == {frozenset(group)}


def test_ten_thousand_mutated_replies_and_answers_raise_nothing():
    draw = random.Random(0)
    texts = [
        *REPLIES,
        *(text for table in EQUALITY.values() for pairs in table.values() for pair in pairs for text in pair),
    ]
    for _ in range(10_000):
        one, other = list(draw.choice(texts)), draw.choice(texts)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(one) + 1)
            one[at : at + draw.randint(0, 3)] = draw.choice(
                ["", "\\", "{", "}", "$", "=", "\\boxed{", "^", "<think>", *other[:3]]
            )
        found = extract("".join(one), truncated=draw.random() < 0.2).answer or "".join(one)
        compare(other, found, lambda gold, answer: Equality(False, "different", "asked"))


def test_the_parts_of_one_comparison_share_its_limit():
    """Without that, thirty parts that hang would take thirty limits."""
    asked: list[float] = []

    class Slow(MathWorker):
        def start(self) -> None:
            pass

        def compare(self, gold: str, answer: str, seconds: float) -> Reply:
            asked.append(seconds)
            return Reply("equal", "")

    parts = [f"x^{{{n}}}+1" for n in range(20)]
    others = [f"1+x^{{{n}}}" for n in range(20)]
    MathAnswers(30.0, Slow()).equal(f"({','.join(parts)})", f"({','.join(others)})")
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) > 1
