"""Prompt formats: the presets letter by letter, files of the user's, braces left alone."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import extract
from lbt_solvers.prompts import Demonstration, Turn, load_prompt, recorded_prompt

DEMO = Demonstration("Compute 1+2*3.", "2*3=6. 1+6=7.", "7")


def test_chat_preset_letter_by_letter() -> None:
    turns = load_prompt("chat").messages("Compute 2+3*4.", [DEMO])
    assert [(turn.role, turn.text) for turn in turns] == [
        (
            "user",
            "Solve the problem step by step, in a few short lines. End with a line that begins with ANSWER: and has "
            "the final answer alone.\n\nCompute 1+2*3.",
        ),
        ("assistant", "2*3=6. 1+6=7.\n\nANSWER: 7"),
        ("user", "Compute 2+3*4."),
    ]


PROGRAM = "class Solution:\n    def twice(self, n):\n        return 2 * n"
CODE_DEMO = Demonstration("Double n.", "Add n to itself.", PROGRAM)


def test_code_preset_letter_by_letter() -> None:
    turns = load_prompt("code").messages("Triple n.", [CODE_DEMO])
    assert [(turn.role, turn.text) for turn in turns] == [
        (
            "user",
            "Solve the problem in Python. Explain your approach first, then give the whole program in one ```python "
            "block.\n\nDouble n.",
        ),
        ("assistant", f"Add n to itself.\n\n```python\n{PROGRAM}\n```"),
        ("user", "Triple n."),
    ]


def test_code_preset_tells_of_failed_tests() -> None:
    turns = load_prompt("code").debug_messages(CODE_DEMO, "my {report} reply", "Input: 1\nExpected: 2\nGot: 3")
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert turns[1].text == "my {report} reply"
    assert turns[2].text == (
        "The tests say:\n\nInput: 1\nExpected: 2\nGot: 3\n\n"
        "Find the mistake, explain the corrected approach, then give the whole corrected program in one ```python "
        "block."
    )


def test_the_coders_layout_letter_by_letter() -> None:
    paper = load_prompt("lbt_tasks.classroom/paper_code")
    first, worked, asked = paper.messages("Triple n.")
    assert first.text.startswith('Write Python code for "class Solution():\n    def hasPairWithin(self, values')
    assert first.text.endswith("\n\nThink step by step first, and then write the Python code.")
    assert worked.text.startswith("[[RATIONALE]]:\nThe two numbers that differ least")
    assert "\n\n[[Final Code]]:\n$class Solution():\n    def hasPairWithin" in worked.text and worked.text.endswith(
        ")$"
    )
    assert asked == Turn("user", "Triple n.\n\nThink step by step first, and then write the Python code.")
    assert paper.prefill == "[[RATIONALE]]:\n"


def test_the_coders_layout_shows_students_the_taught_problem_as_an_example() -> None:
    [turn] = load_prompt("lbt_tasks.classroom/paper_code").messages("Triple n.", [CODE_DEMO])
    assert turn.text == (
        "Here is an example. Read it carefully and understand it.\n\n\n"
        "[[Question]]:\nDouble n.\n\n"
        f"[[RATIONALE]]:\nAdd n to itself.\n\n[[Final Code]]:\n${PROGRAM}$\n\n\n"
        "Understand the approach of the example, and follow it to solve this similar problem. Think step by step "
        "first, and then write the Python code.\n\n"
        "[[Question]]:\nTriple n."
    )


def test_the_coders_layout_gives_the_teacher_the_papers_three_rules() -> None:
    last = load_prompt("lbt_tasks.classroom/paper_code").debug_messages(CODE_DEMO, "reply", "2 of 2 tests fail.")[-1]
    assert last.text == (
        "The tests say:\n\n2 of 2 tests fail.\n\nLook at the question, the rationale and the code again.\n"
        "1. If the code is right, keep it as it is.\n2. If the code is wrong, fix it.\n"
        "3. If there is no code, write it.\n"
        "Give the rationale and the final code once more in the same layout."
    )


@given(st.sampled_from(["chat", "paper", "code", "paper_code"]), st.text(), st.text(), st.text())
def test_texts_with_braces_arrive_unaltered(preset: str, question: str, rationale: str, answer: str) -> None:
    slots = Demonstration("{rationale}" + question, "{answer}{question}" + rationale, "\\frac{1}{2}" + answer)
    text = "\n".join(turn.text for turn in load_prompt(preset).messages("{question}", [slots]))
    assert "{rationale}" + question in text
    assert "{answer}{question}" + rationale in text
    assert "\\frac{1}{2}" + answer in text
    assert "{question}" in text.rsplit("answer}", 1)[-1]


@pytest.mark.parametrize("preset", ["chat", "paper", "code", "paper_code"])
def test_requests_of_one_rationale_share_everything_before_the_question(preset: str) -> None:
    first, second = (
        "\n".join(turn.text for turn in load_prompt(preset).messages(question, [DEMO])) for question in ("AAA", "BBB")
    )
    assert first.rpartition("AAA")[0] == second.rpartition("BBB")[0] != ""


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
        ("layout: multi_turn\ninstruction: a\nquestion: b\nsolution: c\ntaught: {layuot: x}", "taught: unknown keys"),
        ("base: paper\nmarker: any", "marker is first or last, not 'any'"),
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


@pytest.mark.parametrize("name", ["chat", "paper", "paper_math", "code", "paper_code"])
def test_a_format_comes_back_from_what_a_log_holds_of_it(name: str) -> None:
    known = load_prompt(name)
    assert recorded_prompt(name) == known
    assert recorded_prompt(json.loads(json.dumps(asdict(known)))) == known


SHIPPED = ["boxed", "boxed_brief", "chat", "code", "paper", "paper_code", "paper_math"]


@pytest.mark.parametrize("preset", SHIPPED)
def test_no_preset_shows_a_placeholder_that_could_be_sent_back_as_an_answer(preset: str) -> None:
    """Whatever part of the instruction a model repeats, nothing in it is an answer."""
    prompt = load_prompt(preset)
    for text in (prompt.instruction, *prompt.instruction.split(". ")):
        assert not re.search(r"<[^>]*answer[^>]*>|\[[^\]]*your[^\]]*\]", text, re.IGNORECASE)
        assert extract(text).answer is None, text


def test_the_classroom_keeps_the_prompt_that_its_models_were_trained_on() -> None:
    [first, *_] = load_prompt("lbt_tasks.classroom/chat").messages("Compute 2+3*4.")
    assert first.text == (
        "Solve the problem step by step. End with a line of the form ANSWER: <your answer>.\n\nCompute 2+3*4."
    )


def test_the_classroom_keeps_its_wording_of_the_papers_layout() -> None:
    paper = load_prompt("lbt_tasks.classroom/paper")
    assert [(turn.role, turn.text) for turn in paper.messages("Compute 2+3*4.", [DEMO])] == [
        (
            "user",
            "Answer the last question. Think step by step, then give the final answer after [[Final Answer]]: on a "
            "line of its own, wrapped in dollar signs.\n\n\n"
            "[[Question]]:\nCompute 1+2*3.\n\n"
            "[[Solution]]:\nLet's think step by step.\n\n2*3=6. 1+6=7.\n\n[[Final Answer]]:\n$7$\n\n\n\n"
            "[[Question]]:\nCompute 2+3*4.",
        )
    ]
    assert paper.prefill == "[[Solution]]:\nLet's think step by step.\n\n"


def test_a_system_message_comes_first_in_any_layout(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("base: chat\nsystem: Be brief.\n")
    turns = load_prompt(str(file)).messages("Compute 2+3*4.", [DEMO])
    assert turns == [Turn("system", "Be brief."), *load_prompt("chat").messages("Compute 2+3*4.", [DEMO])]


@pytest.mark.parametrize("preset", ["boxed", "boxed_brief"])
def test_boxed_presets_show_boxed_answers(preset: str) -> None:
    shown = load_prompt(preset).messages("Compute 2+3*4.", [DEMO])[1].text
    assert shown == "2*3=6. 1+6=7.\n\nTherefore, the final answer is $\\boxed{7}$."
    assert extract(shown).answer == "7"
    assert extract(shown).rationale == "2*3=6. 1+6=7."


@pytest.mark.parametrize("name", ["lbt_tasks.classroom/nothing", "no_such_package/chat", "chat/", "../chat/x"])
def test_a_preset_that_no_package_brings_is_one_line(name: str) -> None:
    with pytest.raises(ValueError, match="prompt format"):
        load_prompt(name)
