"""Prompt formats: the presets letter by letter, files of the user's, braces left alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.prompts import Demonstration, load_prompt

DEMO = Demonstration("Compute 1+2*3.", "2*3=6. 1+6=7.", "7")


def test_paper_preset_letter_by_letter() -> None:
    turns = load_prompt("paper").messages("Compute 2+3*4.", [DEMO])
    assert [turn.role for turn in turns] == ["user"]
    assert turns[0].text == (
        "Answer the last question. Think step by step, then give the final answer after [[Final Answer]]: on a line "
        "of its own, wrapped in dollar signs.\n\n\n"
        "[[Question]]:\nCompute 1+2*3.\n\n"
        "[[Solution]]:\nLet's think step by step.\n\n2*3=6. 1+6=7.\n\n[[Final Answer]]:\n$7$\n\n\n\n"
        "[[Question]]:\nCompute 2+3*4."
    )
    assert load_prompt("paper").prefill == "[[Solution]]:\nLet's think step by step.\n\n"


def test_chat_preset_letter_by_letter() -> None:
    turns = load_prompt("chat").messages("Compute 2+3*4.", [DEMO])
    assert [(turn.role, turn.text) for turn in turns] == [
        (
            "user",
            "Solve the problem step by step. End with a line of the form ANSWER: <your answer>.\n\nCompute 1+2*3.",
        ),
        ("assistant", "2*3=6. 1+6=7.\n\nANSWER: 7"),
        ("user", "Compute 2+3*4."),
    ]


def test_paper_math_adds_the_four_minerva_demonstrations() -> None:
    math, paper = load_prompt("paper_math"), load_prompt("paper")
    assert [demo.answer for demo in math.demonstrations] == ["[2,5)", "24", "16", "-\\frac{2}{3}"]
    assert (math.layout, math.instruction, math.solution) == (paper.layout, paper.instruction, paper.solution)


@given(st.sampled_from(["chat", "paper"]), st.text(), st.text(), st.text())
def test_texts_with_braces_arrive_unaltered(preset: str, question: str, rationale: str, answer: str) -> None:
    slots = Demonstration("{rationale}" + question, "{answer}{question}" + rationale, "\\frac{1}{2}" + answer)
    text = "\n".join(turn.text for turn in load_prompt(preset).messages("{question}", [slots]))
    assert "{rationale}" + question in text
    assert "{answer}{question}" + rationale in text
    assert "\\frac{1}{2}" + answer in text
    assert text.endswith("{question}")


@pytest.mark.parametrize("preset", ["chat", "paper"])
def test_requests_of_one_rationale_share_everything_before_the_question(preset: str) -> None:
    first, second = (
        "\n".join(turn.text for turn in load_prompt(preset).messages(question, [DEMO])) for question in ("AAA", "BBB")
    )
    assert first.removesuffix("AAA") == second.removesuffix("BBB")


def test_a_format_of_the_users(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("layout: single_turn\ninstruction: Go.\nquestion: 'Q {question}'\nsolution: 'A {answer}'\n")
    assert load_prompt(str(file)).messages("one", [DEMO])[0].text == "Go.\n\nQ Compute 1+2*3.\n\nA 7\n\nQ one"


def test_fixed_demonstrations_come_first(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "layout: multi_turn\ninstruction: ''\nquestion: '{question}'\nsolution: '{answer}'\n"
        "demonstrations: [{question: fixed, rationale: r, answer: '0'}]\n"
    )
    assert [turn.text for turn in load_prompt(str(file)).messages("one", [DEMO])] == [
        "fixed",
        "0",
        "Compute 1+2*3.",
        "7",
        "one",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("layout: single_turn\nquestoin: x", "unknown keys \\['questoin'\\]"),
        ("layout: single_turn", "missing keys"),
        ("layout: nested\ninstruction: a\nquestion: b\nsolution: c", "single_turn or multi_turn"),
        ("just text", "a YAML mapping was needed"),
        ("[unclosed", "not valid YAML"),
        (
            "layout: multi_turn\ninstruction: a\nquestion: b\nsolution: c\ndemonstrations: [{question: q}]",
            "demonstrations need question, rationale, answer",
        ),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    with pytest.raises(ValueError, match=message):
        load_prompt(str(file))


def test_an_unknown_preset_names_its_near_match() -> None:
    with pytest.raises(ValueError, match="Did you mean 'paper'"):
        load_prompt("papper")
