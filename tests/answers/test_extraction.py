r"""What is taken out of a completion, marker by marker. Defects are those of the paper's original code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import extract

HEADER = "[[Final Answer]]:\n"
COLUMN = "\\begin{pmatrix}\n1\\\\\n2\n\\end{pmatrix}"
PREFILL = "[[Solution]]:\nLet's think step by step.\n\n"

MARKED = [
    # completion, answer, rationale, marker
    ("2+3=5.\n\n[[Final Answer]]:\n$5$\n", "5", "2+3=5.", "[[Final Answer]]"),
    ("2+3=5.\n\n[[Final Answer]]: $5$", "5", "2+3=5.", "[[Final Answer]]"),
    ("So.\n[[final answer]]\n5\n", "5", "So.", "[[Final Answer]]"),
    ("So.\n[[Final Answer]]:\n$\\$36$\n", "\\$36", "So.", "[[Final Answer]]"),
    ("So.\n[[Final Answer]]:\n$$\n5\n$$\n", "5", "So.", "[[Final Answer]]"),
    (f"So.\n[[Final Answer]]:\n${COLUMN}$", COLUMN, "So.", "[[Final Answer]]"),
    ("So $\\boxed{4}$.\n[[Final Answer]]:\n$5$\n", "5", "So $\\boxed{4}$.", "[[Final Answer]]"),
    (f"A.\n{HEADER}$4$\nNo, B.\n{HEADER}$5$\n", "5", f"A.\n{HEADER}$4$\nNo, B.", "[[Final Answer]]"),
    ("The area is $\\boxed{9\\pi}$.", "9\\pi", "The area is $9\\pi$.", "\\boxed"),
    ("It is \\boxed{\\frac{1}{\\sqrt{2}}} now", "\\frac{1}{\\sqrt{2}}", "It is \\frac{1}{\\sqrt{2}} now", "\\boxed"),
    ("So\n\\[\n\\boxed{\\{1,2\\}}\n\\]", "\\{1,2\\}", "So", "\\boxed"),
    ("So\nTherefore, the final answer is $\\boxed{12}$.", "12", "So", "ANSWER:"),
    ("First \\boxed{1}, then \\fbox{2}.", "2", "First \\boxed{1}, then 2.", "\\boxed"),
    ("Then \\boxed 5", "5", "Then 5", "\\boxed"),
    ("We say \\boxed{\\boxed{5}} ok", "5", "We say \\boxed{5} ok", "\\boxed"),
    ("2+3=5.\n\nANSWER: 5", "5", "2+3=5.", "ANSWER:"),
    ("So.\n\n**Answer:** 5", "5", "So.", "ANSWER:"),
    ("So.\n\n**ANSWER: 5**", "5", "So.", "ANSWER:"),
    ("So.\n### Final Answer\n\n$$\n\\boxed{5}\n$$", "5", "So.", "ANSWER:"),
    ("So.\nFinal Answer: The final answer is $5$. I hope it is correct.", "5", "So.", "ANSWER:"),
    ("So.\nThe answer is (C).", "(C)", "So.", "ANSWER:"),
    ("So.\nANSWER: $\\boxed{3}$", "3", "So.", "ANSWER:"),
    ("So.\nANSWER: \\(\\frac{1}{2}\\).", "\\frac{1}{2}", "So.", "ANSWER:"),
    ("So.\nANSWER: $5$ cm", "5 cm", "So.", "ANSWER:"),
    ("So.\nANSWER: $x=2$ and $x=3$", "$x=2$ and $x=3$", "So.", "ANSWER:"),
    ("So.\nANSWER: $36", "$36", "So.", "ANSWER:"),
    ("So.\nANSWER: <5>", "5", "So.", "ANSWER:"),
    ("So.\r\n## Answer\r\n[[1,2],[3,4]]\r\n", "[[1,2],[3,4]]", "So.", "ANSWER:"),
    ("The radius is $\\boxed{3}$.\n\nANSWER: 9", "9", "The radius is $\\boxed{3}$.", "ANSWER:"),
    ("Answer: we compute.\n2+3 is $\\boxed{5}$.", "5", "Answer: we compute.\n2+3 is $5$.", "\\boxed"),
    ("ANSWER: 5\n\nBecause 2+3=5.", "5", "Because 2+3=5.", "ANSWER:"),
    ("The answer is not obvious.\nANSWER: 5", "5", "The answer is not obvious.", "ANSWER:"),
    ("So.\nANSWER: The number of all the ways is 12.", "12", "So.", "ANSWER:"),
    ("The answer is all of these added.\nIt is 12.", "12", "The answer is all of these added.\nIt is 12.", "last line"),
    ("So.\nANSWER: \\text{no real number can do it}", "\\text{no real number can do it}", "So.", "ANSWER:"),
    ("2+3=5.\n#### 5", "5", "2+3=5.", "####"),
    ("So the total cost is 12 dollars.", "12 dollars", "So the total cost is 12 dollars.", "last line"),
    ("It follows.\nThe total is 12.", "12", "It follows.\nThe total is 12.", "last line"),
    ("Add.\n2+12 = 14", "14", "Add.\n2+12 = 14", "last line"),
    ("Add.\nx = 5", "x = 5", "Add.", "last line"),
    ("Think.\nEvelyn", "Evelyn", "Think.", "last line"),
]  # fmt: skip

UNMARKED = [
    "",
    "  \n ",
    "ANSWER:",
    "[[Final Answer]]:\n",
    "So it is.\n### Step 2",
    "So it is.\n#### Step 2",
    "So it is.\n#### 2. Add up the numbers",
    "We have shown that nobody can ever know this at all.",
    "The last thing that we need is:",
]


@pytest.mark.parametrize(("completion", "answer", "rationale", "marker"), MARKED)
def test_marked_answers(completion: str, answer: str, rationale: str, marker: str):
    found = extract(completion)
    assert (found.answer, found.rationale, found.marker) == (answer, rationale, marker)


@pytest.mark.parametrize("completion", UNMARKED)
def test_no_answer_is_none_and_keeps_the_text(completion: str):
    found = extract(completion)
    assert (found.answer, found.rationale, found.marker) == (None, completion.strip(), "none")


@pytest.mark.parametrize("question", ["[[Question]]:", "**Question:**", "Problem 2:", "Q:", "Human:"])
def test_defect_5_an_invented_next_question_does_not_steal(question: str):
    invented = f"\n\n{question}\nWhat is 3+4?\n\n[[Solution]]:\n3+4=7.\n\n[[Final Answer]]:\n$7$\n\nANSWER: 7"
    for ending in ("[[Final Answer]]:\n$5$\n", "ANSWER: 5", "It is $\\boxed{5}$."):
        assert extract(f"2+3=5.\n\n{ending}{invented}").answer == "5"


def test_defect_5_also_on_the_same_line():
    found = extract("2+3=5. [[Final Answer]]: $5$ [[Question]]: 3+4? [[Final Answer]]: $7$")
    assert (found.rationale, found.answer) == ("2+3=5.", "5")


def test_a_question_before_any_answer_is_reasoning():
    completion = "The question: is 5 prime?\nQuestion: does 2 divide it? No.\nANSWER: yes"
    assert extract(completion).rationale == "The question: is 5 prime?\nQuestion: does 2 divide it? No."


def test_defect_6_nothing_is_lost_without_a_marker():
    text = "We add, and we add, and then we are nearly done with everything"
    assert extract(text).rationale == text


def test_the_repeated_prefill_goes():
    assert extract(PREFILL + "2+3=5.\n\nANSWER: 5") == extract("2+3=5.\n\nANSWER: 5")
    assert extract("Let's think step by step.\n2+3=5.\n\nANSWER: 5").rationale == "2+3=5."


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("So the total is 12", None),
        ("12", None),
        ("So.\nANSWER: 12", None),  # may have become 123
        ("So.\nANSWER: 12\nNow we che", "12"),
        ("So.\nANSWER: $12$", "12"),
        ("So \\boxed{12", None),
        ("So \\boxed{12}", "12"),
        ("So.\n[[Final Answer]]:\n$12$\n", "12"),
        ("So.\n[[Final Answer]]:\n$1", None),
        ("2+3=5.\n#### 5", None),
        ("", None),
    ],
)
def test_defect_9_truncated_completions_have_only_finished_marked_answers(completion: str, answer: str | None):
    assert extract(completion, truncated=True).answer == answer


words = st.text(alphabet="abc =\n+\u03c0", max_size=60)
plain_answers = st.from_regex(r"[1-9][0-9]{0,5}|\\frac\{[1-9]\}\{[1-9]\}|[xyz]", fullmatch=True)


@given(
    words,
    plain_answers,
    st.sampled_from(["[[Final Answer]]:\n${}$\n", "ANSWER: {}", "**Answer:** {}\n", "$\\boxed{{{}}}$"]),
)
def test_rationale_and_answer_are_taken_apart_whole(reasoning: str, answer: str, ending: str):
    found = extract(f"{reasoning}\n\n{ending.format(answer)}")
    assert (found.rationale, found.answer) == (reasoning.strip(), answer)


@given(st.text(alphabet="ab \n$\\{}[]#*:=.5", max_size=80) | st.text(max_size=80), st.booleans())
def test_any_text_is_taken_apart(text: str, truncated: bool):
    found = extract(text, truncated=truncated)
    assert found.answer is None or found.answer.strip()
    if found.answer is None:
        assert found.rationale == text.strip()
        assert found.marker == "none"


PIECES = (
    ["\\boxed{", "\\boxed{}", "[[Final Answer]]:", "ANSWER: ", "ANSWER:\n", "####\n", "\n####",
     "is ", "$", "{", "*", "\\(", "the answer is ", " ", "\n", "so the ", "\\text\nanswer "]
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_completions_take_linear_time(piece: str):
    """Quadratic work on so many characters takes much longer than the time limit that pytest sets."""
    text = piece * (200_000 // len(piece))
    for completion in (text, "ANSWER: " + text, text + "\nANSWER: 5", "\\boxed{" + text + "}"):
        extract(completion)


def test_a_megabyte_keeps_every_character():
    reasoning = "2+3=5 and more. " * 62_500
    assert extract(f"{reasoning}\n\nANSWER: 5").rationale == reasoning.strip()
