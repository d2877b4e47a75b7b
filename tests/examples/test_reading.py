"""From a model's reply to examples, reasons and labels; and from examples to a set that may be used."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from lbt_solvers.examples import DataRow, Example, ExampleTask, Prediction, SetRules, measure
from lbt_solvers.examples.parsing import read_examples, read_label, read_reasons
from lbt_solvers.examples.prompts import load_example_prompts
from lbt_solvers.examples.types import Failure
from lbt_solvers.examples.validation import forbidden_keys, without_test_rows

LABELS = ("Yes", "No")
TASK = ExampleTask("toy", "Is it {so}? {text}", LABELS, "Yes")
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(str.strip).filter(bool)
hard_texts = st.one_of(texts, st.sampled_from(["{text}", "a ] [ {", "### Example 1", "Label: No", '"], ["', "# Why"]))
written_sets = st.lists(st.builds(Example, hard_texts, st.sampled_from(LABELS)), min_size=1, max_size=6)


@given(examples=written_sets)
@settings(max_examples=150, deadline=None)
def test_json_comes_back_whatever_the_texts_hold(examples) -> None:
    reply = f"<think>[1] or [2]?</think>Sure [see]: {json.dumps([vars_of(example) for example in examples])} End [x]."
    assert read_examples(reply, LABELS) == (examples, Counter())


def vars_of(example: Example) -> dict[str, str]:
    return {"text": example.text, "label": example.label.lower()}


@given(texts=st.lists(hard_texts.filter(lambda text: len(text.splitlines()) == 1), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_prompts_show_texts_as_they_are(texts) -> None:
    prompts = load_example_prompts()
    examples = tuple(Example(text, "Yes") for text in texts)
    failures = [Failure(DataRow("r", text, "No"), Prediction(None), "s") for text in texts]
    rewriting = prompts.rewrite(TASK, examples, failures, ["{examples}"], 8)
    for text in texts:
        assert f"Text: {text}\nLabel: Yes" in prompts.answer(TASK, examples, "x")
        assert f"Text: {text}\nLabel: No\nPrediction: (no label)" in rewriting
    assert "# Why\n{examples}\n" in rewriting and "# Task\nIs it {so}? {text}\n" in rewriting
    assert prompts.answer(TASK, examples, "{labels}").endswith("Text: {labels}\nLabel:")


def test_the_numbered_form_is_read() -> None:
    reply = "### Example 1\nText: All {cats}\nsleep.\nLabel: yes\n\n### Example 2\n**Text:** One cat.\n**Label:** No"
    assert read_examples(reply, LABELS).examples == [Example("All {cats}\nsleep.", "Yes"), Example("One cat.", "No")]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("I would rather not.", "no list of examples"),
        ("", "no list of examples"),
        ("[1, 2, 3]", "no list of examples"),
        ('[{"text": "cut off', "no list of examples"),
        ('[{"text": "a"}]', "no text or label"),
        ('[{"text": ["a"], "label": "Yes"}]', "no text or label"),
        ("[" * 5000, "no list of examples"),
        ('[{"text": ' * 5000, "no list of examples"),
    ],
)
def test_what_cannot_be_read_is_counted(reply, fault) -> None:
    assert read_examples(reply, LABELS) == ([], Counter({fault: 1}))


def test_the_last_list_counts() -> None:
    first, second = ([{"text": text, "label": "Yes"}] for text in "ab")
    assert read_examples(f"{json.dumps(first)} No, better: {json.dumps(second)}", LABELS).examples == [
        Example("b", "Yes")
    ]
    assert read_examples(f"[{json.dumps(first)}] [1, 2] []", LABELS).examples == [Example("a", "Yes")]


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("Yes", "Yes"), (" **NO**.", "No"), ("Label: yes, because", "Yes"), ("### Label:\nNo", "No"), ("[Yes]", "Yes"),
        ("Nope", None), ("Not sure", None), ("", None), ("I think yes", None), ("<think>no</think>Yes", "Yes"),
    ],
)  # fmt: skip
def test_labels(reply, label) -> None:
    assert read_label(reply, LABELS) == label
    assert read_label(reply, LABELS, otherwise="No") == (label or "No")


def test_the_longest_label_is_meant() -> None:
    assert read_label("mostly true", ("mostly", "mostly true")) == "mostly true"


def test_reasons() -> None:
    reply = "Because:\n1. The examples are all far too short to tell.\n2) Too short.\n"
    reply += "- They are all about cats and\n  dogs."
    assert read_reasons(reply, 5, 4) == (
        ["The examples are all far too short to tell.", "They are all about cats and dogs."],
        1,
    )
    assert read_reasons("They only ever show cats.", 1, 4) == (["They only ever show cats."], 0)
    assert read_reasons("", 1, 4) == ([], 1)


def rules(count: int = 2, **given) -> SetRules:
    return SetRules(count, LABELS, **given)


YES, NO = Example("all cats", "Yes"), Example("one cat", "No")


@pytest.mark.parametrize(
    ("examples", "kept", "faults"),
    [
        ([YES, NO], True, {}),
        ([YES, NO, Example("c", "No")], True, {"more than asked for": 1}),
        ([YES, Example("ALL  cats", "No"), NO], True, {"copy in the set": 1}),
        ([YES, Example(" ", "No"), NO], True, {"empty text": 1}),
        ([YES, Example("c", "Maybe"), NO], True, {"unknown label": 1}),
        ([YES, Example("c", "Yes")], False, {"label missing": 1}),
        ([YES], False, {"fewer than asked for": 1}),
        ([], False, {"nothing usable": 1}),
    ],
)  # fmt: skip
def test_sets_are_checked(examples, kept, faults) -> None:
    checked = rules().check(examples)
    assert checked == ((YES, NO) if kept else None, Counter(faults))


def test_short_sets_only_on_request_and_imbalance_is_counted() -> None:
    assert rules(4, accept_short=True).check([YES, NO]).examples == (YES, NO)
    uneven = [YES, NO, Example("c", "No"), Example("d", "No")]
    assert rules(4).check(uneven) == (tuple(uneven), Counter({"unbalanced": 1}))


def test_rows_of_the_test_split_never_become_examples() -> None:
    long = "everybody in my street drives a red car, so red cars sell best"
    test = [DataRow("t1", "All  cats", "Yes"), DataRow("t2", long, "Yes"), DataRow("t3", "cat", "No")]
    guarded = rules(accept_short=True, forbidden=forbidden_keys(test))
    copied = [YES, Example(f"He said: {long}!", "Yes"), NO, Example("no cats", "Yes")]
    assert guarded.check(copied) == ((NO, copied[-1]), Counter({"row of the test split": 2}))
    assert without_test_rows([DataRow("a", "ALL cats", "Yes"), DataRow("b", "dogs", "No")], test) == [
        DataRow("b", "dogs", "No")
    ]


@given(pairs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", None])), min_size=1))
@settings(max_examples=80, deadline=None)
def test_f1_is_that_of_the_definition(pairs) -> None:
    golds, told = [gold for gold, _ in pairs], [Prediction(label) for _, label in pairs]
    binary = measure(golds, told, ExampleTask("t", "", ("a", "b", "c"), "a"))
    hit, wrong, missed = (
        sum(gold == "a" and label == "a" for gold, label in pairs),
        sum(gold != "a" and label == "a" for gold, label in pairs),
        sum(gold == "a" and label != "a" for gold, label in pairs),
    )
    assert binary == pytest.approx(2 * hit / (2 * hit + wrong + missed) if hit else 0.0)
    macro = measure(golds, told, ExampleTask("t", "", ("a", "b", "c")))
    labels = [label or "-" for _, label in pairs]
    sklearn_f1: Any = f1_score
    assert macro == pytest.approx(sklearn_f1(golds, labels, labels=list("abc"), average="macro", zero_division=0.0))


def test_unusable_replies_are_left_out() -> None:
    told = [Prediction("Yes"), Prediction(None, usable=False)]
    assert measure(["Yes", "Yes"], told, TASK) == 1
    assert measure(["Yes", "Yes"], [Prediction("Yes"), Prediction(None)], TASK) == pytest.approx(2 / 3)
