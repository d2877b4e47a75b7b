"""Answer kinds by name: what each takes out of a reply, what is equal under it, and which one gold answers choose."""

from functools import partial
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers.kinds import KINDS, answer_kind, kind_of_golds, name_of, named_kind
from lbt_solvers.types import Problem
from lbt_tasks.lm_eval_plugin.options import score_of

COLOURS = Problem("p", "Which is warm?\nA) blue\nB) red\nC) green", "B", {"choices": ["blue", "red", "green"]})


@pytest.mark.parametrize(
    ("golds", "kind"),
    [
        (["B", "(D)", "A."], "choice"),
        (["12", "x+1", "\\frac12"], "math"),
        (["A", "12"], "math"),
        (["Paris", "New York"], "text"),
        (["Paris", "7"], "math"),
        (['{"a": 1}', '["x"]'], "json"),
        (["[1, 2]", "(3, 4)"], "math"),
        (["The ship sank in the storm.", "He left early because of the rain."], "text"),
        (["x"], "math"),
        ([], "math"),
        (["", " "], "math"),
    ],
)
def test_gold_answers_choose_the_kind(golds: list[str], kind: str) -> None:
    assert kind_of_golds(golds) == kind
    assert name_of(answer_kind("auto", golds=golds)) == kind


@pytest.mark.parametrize(
    ("kind", "reply", "answer"),
    [
        ("choice", "It is red.\n\nANSWER: B", "B"),
        ("choice", "ANSWER: (B)", "B"),
        ("choice", "ANSWER: option B", "B"),
        ("choice", "ANSWER: B) red", "B"),
        ("choice", "ANSWER: red", "B"),
        ("choice", "Thinking of it, the answer is (B).", "B"),
        ("choice", "\\boxed{\\text{B}}", "B"),
        ("choice", "<think>Perhaps A.</think>ANSWER: B", "B"),
        ("number", "So she has 12 apples left.", "12"),
        ("number", "So she makes $2 * 16 = $32 every day at the market.", "$32"),
        ("number", "So 2 of 3 are left.", None),
        ("number", "ANSWER: 1,200 euros", "1,200 euros"),
        ("text", "ANSWER: New York", "New York"),
        ("labels", "ANSWER: red, Blue", "red, Blue"),
        ("json", 'Here: [1] and then\n```json\n{"a": [1, 2]}\n```', '{"a": [1, 2]}'),
        ("json", "There is none.", None),
        ("json", '{"a": 1', None),
    ],
)
def test_what_is_taken_out_of_a_reply(kind: str, reply: str, answer: str | None) -> None:
    assert named_kind(kind).extract(reply, problem=COLOURS).answer == answer


@pytest.mark.parametrize(
    ("kind", "gold", "answer", "equal"),
    [
        ("choice", "B", "(b)", True),
        ("choice", "B", "B) red", True),
        ("choice", "B", "A", False),
        ("choice", "B", "", False),
        ("number", "1200", "1,200", True),
        ("number", "0.5", "1/2", True),
        ("number", "12", "12 apples", True),
        ("number", "12", "x+12", False),
        ("number", "12", "12.0001", False),
        ("text", "New York", "new  york.", True),
        ("text", "New York", "York", False),
        ("text", "", "", False),
        ("labels", "red, blue", "[Blue, red]", True),
        ("labels", "red, blue", "blue and red", True),
        ("labels", "red, blue", "red", False),
        ("labels", "none", "[]", True),
        ("labels", "none", "", False),
        ("labels", "red", "none", False),
        ("json", '{"a": 1, "b": [true]}', '{"b": [true], "a": 1.0}', True),
        ("json", '{"a": true}', '{"a": 1}', False),
        ("json", '{"a": "1"}', '{"a": 1}', False),
        ("json", "[1, 2]", "[2, 1]", False),
        ("json", "[9007199254740993]", "[9007199254740992]", False),
        ("json", f"[{10**400}]", f"[{10**400}]", True),
        ("json", "null", "None", True),
        ("json", "not json", "not json", False),
    ],
)
def test_what_is_equal(kind: str, gold: str, answer: str, equal: bool) -> None:
    made: Any = named_kind(kind)
    assert made.equal(gold, answer).equal is equal
    assert made.equal(answer, gold).equal is equal


@pytest.mark.parametrize("gold", ["B", "red", "B) red"])
def test_an_option_is_right_by_letter_and_by_text(gold: str) -> None:
    problem = Problem(COLOURS.id, COLOURS.question, gold, COLOURS.metadata)
    grades = anyio.run(named_kind("choice").grade, problem, ["B", "red", "(B)", "A", "green"])
    assert [grade.score for grade in grades] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("gold", ["B", "red", "B) red"])
def test_harnesses_without_an_event_loop_grade_options_alike(gold: str) -> None:
    question = f"{COLOURS.question}\nAnswer with a letter."
    grade = partial(score_of, gold=gold, kind=named_kind("choice"), question=question)
    assert [grade(reply) for reply in ("ANSWER: B", "ANSWER: red", "ANSWER: (A)", "")] == [1, 1, 0, None]


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([name for name in KINDS if name != "math"]))
def test_nothing_raises_and_equality_is_symmetric(one: str, other: str, kind: str) -> None:
    made: Any = named_kind(kind)
    assert made.equal(one, other).equal == made.equal(other, one).equal
    made.extract(f"{one}\n\nANSWER: {other}", problem=COLOURS)


@pytest.mark.parametrize("text", ["[Option A]", "(option A)", "<Option A>", "{choice A}", "[Answer A]", "Option A"])
def test_an_option_in_brackets_is_no_placeholder(text: str) -> None:
    kind = named_kind("choice")
    found = kind.extract(f"Red is the colour.\nANSWER: {text}", problem=COLOURS).answer
    assert found is not None and kind.equal("A", found).equal


@pytest.mark.parametrize("text", ["$LETTER", "[letter]", "<letter of the option>", "[Option]", "("])
def test_a_placeholder_for_an_option_is_none(text: str) -> None:
    assert named_kind("choice").extract(f"We think about it\nANSWER: {text}", problem=COLOURS).answer is None


@pytest.mark.timeout(60)  # trying every bracket takes minutes
@pytest.mark.parametrize("text", ["[1," * 50_000, '{"a":' * 50_000, "[" * 200_000, "[1], " * 20_000])
def test_json_that_never_ends_is_given_up(text: str) -> None:
    assert named_kind("json").extract(text).answer in (None, "[1]")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("maths", {}, "No kind of answers 'maths'.*Did you mean 'math'"),
        ("choice", {"tolerance": 0.1}, "tolerance are rules of math and number; answers=choice has none"),
        ("math", {"tolerence": 0.1}, "no option 'tolerence'. Did you mean 'tolerance'"),
        ("math", {"tolerance": 1}, "a tolerance from 0 up to 1 was needed, found 1"),
        ("math", {"percent": "half"}, "percent is unit, fraction, found 'half'"),
    ],
)
def test_what_cannot_be_is_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        named_kind(name, options)


@pytest.mark.parametrize(
    ("options", "gold", "answer", "without", "with_it"),
    [
        ({"percent": "fraction"}, "0.335", "33.5%", False, True),
        ({"percent": "fraction"}, "33.5", "33.5%", True, False),
        ({"units": "required"}, "5", "5 cm", True, False),
        ({"units": "ignored"}, "5 m", "5 cm", False, True),
        ({"tolerance": 0.01}, "3.3333", "3.33", False, True),
        ({"simplified": True}, "\\frac12", "\\frac24", True, False),
        ({"decimal_comma": True}, "2.5", "2,5", False, True),
    ],
)
def test_a_rule_decides_what_people_disagree_on(
    options: dict[str, Any], gold: str, answer: str, without: bool, with_it: bool
) -> None:
    assert named_kind("math").equal(gold, answer).equal is without
    assert named_kind("math", options).equal(gold, answer).equal is with_it
