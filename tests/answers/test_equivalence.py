"""Which answers are equal: the table `equality.yaml`, and how and why that is found.

python -m pytest tests/answers/test_equivalence.py -k defect
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import anyio
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import Equality, MathAnswers, TextAnswers, answer_classes, normalise
from lbt_solvers.answers._compare import compare

TABLE: dict[str, dict[str, list[tuple[str, str]]]] = yaml.safe_load(
    (Path(__file__).parent / "equality.yaml").read_text(encoding="utf-8")
)
HANGING = {
    "towers": [("9^{9^{9^9}}", "1"), ("10^{10^8}", "1"), ("\\frac{5^{(5^{(5^{(5^5)})} - 4)} - 5}{16}", "1")],
    "binomials": [("\\binom{10000000}{5000000}", "1")],
    "factorials": [("1000000!", "1"), ("5!!!", "1")],
    "sums": [("\\sum_{k=1}^{100000000} \\frac{1}{k^3}", "1")],
    "length": [("1" * 1_200, "1"), ("1", "x+" * 600)],
    "nesting": [("(1," * 9 + "2" + ")" * 9, "(1," * 9 + "3" + ")" * 9)],
    "parts": [("1" + ",1" * 40, "2" + ",1" * 40)],
}


def rows(table: dict[str, list[tuple[str, str]]]) -> list[object]:
    return [
        pytest.param(*pair, id=f"{name}: {pair[0]:.30} {pair[1]:.30}")
        for name, pairs in table.items()
        for pair in pairs
    ]


@pytest.fixture(scope="module")
def answers() -> Iterator[MathAnswers]:
    yield MathAnswers(seconds=30.0)  # generous: the machine that runs the tests may be slow


@pytest.mark.parametrize(("gold", "answer"), rows(TABLE["equal"]))
def test_equal(answers: MathAnswers, gold: str, answer: str):
    assert answers.equal(gold, answer).equal
    assert answers.equal(answer, gold).equal


@pytest.mark.parametrize(("gold", "answer"), rows(TABLE["different"]))
def test_different(answers: MathAnswers, gold: str, answer: str):
    for found in (answers.equal(gold, answer), answers.equal(answer, gold)):
        assert (found.equal, found.how) == (False, "different"), found


@pytest.mark.parametrize(("gold", "answer"), rows(HANGING))
def test_what_would_hang_is_undecided_at_once(gold: str, answer: str):
    """No worker is involved: its limit is shorter than any answer could take."""
    found = MathAnswers(seconds=1e-9).equal(gold, answer)
    assert (found.equal, found.how) == (False, "undecided")
    assert found.reason


def test_the_same_text_is_equal_however_large():
    assert MathAnswers().equal("9^{9^{9^9}}", "$9^{9^{9^{9}}}$").how == "same text"


@pytest.mark.parametrize(
    ("gold", "answer", "how"),
    [
        ("\\frac12", "\\dfrac{1}{2}", "same text"),
        ("1,2", "2,1", "same text"),
        ("(1,\\frac12)", "(1,0.5)", "same number"),
        ("(1,2x)", "(1,x+x)", "math-verify"),
        ("1", "2", "different"),
    ],
)
def test_how_it_was_found(answers: MathAnswers, gold: str, answer: str, how: str):
    assert answers.equal(gold, answer).how == how


@pytest.mark.parametrize(
    ("gold", "answer", "reason"),
    [
        ("5 cm", "5 m", "units cm and m"),
        ("(1,2)", "\\{1,2\\}", "an ordered () and a set"),
        ("1,2", "1,2,3", "2 parts and 3"),
        ("2516_8", "2516", "a number with a base is compared as text"),
        ("", "5", "an empty answer equals nothing"),
        ("5", "}{&", "math-verify cannot read the answer"),
    ],
)
def test_why_it_is_different(answers: MathAnswers, gold: str, answer: str, reason: str):
    assert answers.equal(gold, answer).reason == reason


def test_an_unreadable_gold_is_undecided_not_wrong(answers: MathAnswers):
    found = answers.equal("}{&", "5")
    assert (found.equal, found.how, found.reason) == (False, "undecided", "math-verify cannot read the gold answer")


def test_votes_of_one_value_are_one_class(answers: MathAnswers):
    """Defect 4: half of the votes for 3/4 went to another spelling of it."""
    votes = ["\\dfrac34", "0.75", "\\frac{3}{4}", "3/4", "\\frac{6}{8}", "1", None]
    classes = answer_classes(votes, lambda known, answer: answers.equal(known, answer).equal)
    assert classes == [0, 0, 0, 0, 0, 1, None]


@pytest.mark.parametrize("kind", [MathAnswers(), TextAnswers()])
def test_every_kind_of_answers_is_used_alike(kind: MathAnswers | TextAnswers):
    found = kind.extract("2+3=5.\n\nANSWER: 5", truncated=False)
    pairs = [(found.answer or "", "5"), ("", ""), ("5", "6")]
    assert [equality.equal for equality in anyio.run(kind.equal_many, pairs)] == [True, False, False]
    assert anyio.run(kind.classes, ["5", None, "6", "$5$"]) == [0, None, 1, 0]


def test_text_answers_know_only_text():
    assert TextAnswers().equal("\\dfrac12", "$\\frac{1}{2}$").equal
    assert not TextAnswers().equal("\\frac12", "0.5").equal
    assert not TextAnswers().equal("", "").equal


written = st.text(alphabet="12,.()[]{}\\\\$%=+-^_/! xacm:<", max_size=16) | st.text(max_size=16)


def ask_nobody(gold: str, answer: str) -> Equality:
    return Equality(False, "different", "asked")


@given(written)
def test_every_answer_is_itself_unless_empty(answer: str):
    found = compare(answer, answer, ask_nobody)
    assert found.equal == bool(normalise(answer))


@given(written, written)
def test_any_two_texts_are_compared_alike_in_both_directions(one: str, other: str):
    assert compare(one, other, ask_nobody).equal == compare(other, one, ask_nobody).equal


@given(st.fractions(max_denominator=10_000), st.fractions(max_denominator=10_000))
def test_numbers_are_equal_exactly_when_they_are(one: Fraction, other: Fraction):
    gold, answer = (f"\\frac{{{value.numerator}}}{{{value.denominator}}}" for value in (one, other))
    assert compare(gold, answer, ask_nobody).equal == (one == other)


numbers = st.lists(st.integers(-2_000, 2_000), min_size=2, max_size=4)


@given(numbers, st.data())
def test_lists_are_equal_exactly_when_they_hold_the_same(one: list[int], data: st.DataObject):
    other = data.draw(st.permutations(one) | numbers)
    gold, answer = (", ".join(map(str, values)) for values in (one, other))
    assert compare(gold, answer, ask_nobody).equal == (sorted(one) == sorted(other))
    assert compare(f"({gold})", f"({answer})", ask_nobody).equal == (one == other)
    assert not compare(gold, "".join(map(str, map(abs, one))), ask_nobody).equal


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_decimals_are_exact(digits: int, places: int):
    exact = Fraction(digits, 10**places)
    decimal = f"{'-' if digits < 0 else ''}{abs(digits) // 10**places}.{abs(digits) % 10**places:0{places}d}"
    assert compare(f"{exact.numerator}/{exact.denominator}", decimal, ask_nobody).equal
    assert not compare(f"{exact.numerator}/{exact.denominator}", decimal + "1", ask_nobody).equal
