"""The canonical key: what it joins, what it must leave apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbt_solvers.answers import normalise
from lbt_solvers.answers.normalisation import MAX_LENGTH

SAME = [
    ["\\frac{1}{2}", "\\dfrac12", "\\tfrac 12", "$\\frac{1}{2}$", "1/2", "\\(\\frac 1 2\\)", "\\frac1{2}.", "\u00bd"],
    ["\\sqrt{51}", "\\sqrt {51}", "\u221a51", "sqrt(51)", "\\sqrt{ 51 }"],
    ["0.5", ".5", "0.50", "$0.5$", "+.5"],
    ["5", "5.0", "5.", "{5}", "\\boxed{5}", "**5**", "\\text{5}", "(5)"],
    ["10080", "10,080", "10,\\!080", "10{,}080", "10\\,080"],
    ["12345678", "12,345,678", "12,\\! 345,\\! 678"],
    ["2,3", "2, 3", "$2,3$"],
    ["C", "(C)", "\\text{(C)}", "C)", "\\textbf{(C)}"],
    ["evelyn", "Evelyn", "\\text{Evelyn}", "\\mbox{ Evelyn }"],
    ["90^\\circ", "90^{\\circ}", "90\u00b0", "90\\degree"],
    ["5 cm", "5\\text{ cm}", "5\\,\\text{cm}", "5 \\mathrm{cm}"],
    ["2516_8", "2516_{8}", "(2516)_8", "2516 base 8", "2516_{\\text{8}}"],
    ["\\{1,2\\}", "{1,2}", "\\left\\{1, 2\\right\\}", "\\lbrace 1,2 \\rbrace"],
    ["[\\frac{\\pi^2}{8},2]", "\\left[ \\frac{\\pi^2}{8}, 2 \\right]"],
    ["x\\le 3", "x \\leq 3", "x <= 3", "x \u2264 3"],
    ["10%", "10\\%", "10 %"],
    ["\\$36", "$36", "\\$36"],
    ["x=2 and x=3", "$x=2$ and $x=3$"],
    ["\\begin{pmatrix}-2\\\\7\\end{pmatrix}", "\\begin{pmatrix} -2 \\\\ 7 \\end{pmatrix}"],
    ["(3,4]", "$(3,4]$", "\\((3,4]\\)", "\\boxed{(3,4]}", "{(3,4]}"],
    ["2\\pi", "2\u03c0", "2pi"],
]

APART = [
    ["2,3", "23", "2.3", "(2,3)", "\\{2,3\\}", "[2,3]"],  # defect 1
    ["100, 200", "100,200", "(100,200)", "\\{100,200\\}"],
    ["1,23", "123", "1,2345", "12345"],
    ["(1,234)", "1234"],
    ["square", "points", "", "a", "an"],  # defect 3
    ["Kan a b", "Kb", "Kan b"],
    ["x", "X", "x'"],
    ["5", "x=5", "-5", "5 cm", "5 m"],
    ["1 2", "12"],
    ["1 4/5", "14/5"],
    ["10", "10%", "0.1"],
    ["2516", "2516_8", "2516_{10}"],
    ["11 a.m.", "11 p.m.", "11"],
    ["\\cot x", "\\cot", "cotx"],
    ["AB", "ab"],
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_one_answer_has_one_key(spellings: list[str]):
    assert {normalise(spelling) for spelling in spellings} == {spellings[0]}


@pytest.mark.parametrize("answers", APART, ids=lambda answers: answers[0])
def test_different_answers_have_different_keys(answers: list[str]):
    keys = [normalise(answer) for answer in answers]
    assert len(set(keys)) == len(keys)


def test_thousands_inside_brackets_are_separators():
    assert normalise("(1,234)") == "(1,234)"
    assert normalise("(1,234), 5,678") == "(1,234),5678"


def test_a_very_long_answer_is_only_stripped():
    answer = "1 + " * MAX_LENGTH
    assert normalise(answer) == answer.strip()


latex = st.text(alphabet="\\frac{}sqt()[]12 ,.$%^_xpi=!", max_size=30)


@given(latex | st.text(max_size=30))
def test_a_key_is_its_own_key(answer: str):
    key = normalise(answer)
    assert normalise(key) == key


integers = st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=5)


@given(integers, integers, st.sampled_from([", ", " , ", ",\\ ", "$,$", "$, $"]))
def test_lists_of_integers_are_never_joined(one: list[int], other: list[int], comma: str):
    dollar = "$" if "$" in comma else ""
    keys = [normalise(dollar + comma.join(map(str, numbers)) + dollar) for numbers in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=4))
@example(["a", "pi"])
@example(["pi", "pi", "x"])
def test_no_word_is_deleted(words: list[str]):
    """The word pi is a number, before and after which blanks say nothing."""
    key = normalise("\\text{" + " ".join(words) + "}").replace("\\pi", " pi ")
    assert len(key.split()) == len(words)
