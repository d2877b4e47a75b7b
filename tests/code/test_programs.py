"""Replies become programs: nothing is changed, prose is no program, and what stands around it is the rationale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox import Case, Kind, Problem

from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.programs import read_reply

CASES = (Case(args=(1,), expected=2), Case(args=(2,), expected=3))
NEXT = CodeProblem.split(
    Problem("next", "Solution().next", CASES),
    "The next number.",
    visible=1,
    starter_code="class Solution:\n    def next(self, n: int) -> int:\n",
)
PROGRAM = "class Solution:\n    def next(self, n: int) -> int:\n        return n + 1"
OTHER = PROGRAM.replace("n + 1", "n - 1")


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


@pytest.mark.parametrize(
    ("reply", "answer", "rationale"),
    [
        (f"Add one.\n\n{fenced(PROGRAM)}", PROGRAM, "Add one."),
        (f"First.\n{fenced(PROGRAM)}\nLast.", PROGRAM, "First.\n\nLast."),
        (PROGRAM, PROGRAM, ""),
        (f"Here you go:\n{PROGRAM}\nIt adds one, doesn't it?", PROGRAM, "Here you go:\n\nIt adds one, doesn't it?"),
        (f"```python\n{PROGRAM}", PROGRAM, ""),  # truncated before the fence closed
        (f"1. Add:\n   ```python\n   {PROGRAM.replace(chr(10), chr(10) + '   ')}\n   ```", PROGRAM, "1. Add:"),
        (f"[[RATIONALE]]:\nAdd one.\n\n[[Final Code]]:\n${PROGRAM}$", PROGRAM, "Add one."),
        (f"Add one.\n\n[[Final Code]]:\n${PROGRAM}", PROGRAM, "Add one."),
        (f"Add.\n[[Final Code]]:\n{fenced(PROGRAM)}\n", PROGRAM, "Add."),
        (f"Add.\n[[Final Code]]:\n${PROGRAM}$\n\n[[Question]]:\nNext.\n[[Final Code]]:\n${OTHER}$", PROGRAM, "Add."),
        (f"Add.\n{fenced(PROGRAM)}\n[[Question]]:\nNext.\n{fenced(OTHER)}", PROGRAM, "Add."),
    ],
)
def test_programs_and_rationales(reply: str, answer: str, rationale: str) -> None:
    read = read_reply(reply, NEXT)
    assert (read.answer, read.rationale) == (answer, rationale)


@pytest.mark.parametrize("reply", ["", "   \n", "Sorry", "I cannot do that.", "add, subtract", "[[Final Code]]:\n$$"])
def test_a_reply_without_code_has_no_answer(reply: str) -> None:
    assert read_reply(reply, NEXT).answer is None


def test_two_classes_are_kept_as_they_stand() -> None:
    both = f"{OTHER}\n\n{PROGRAM}"
    assert read_reply(fenced(both), NEXT).answer == both
    assert read_reply(f"{fenced(OTHER)}\nNo, better:\n{fenced(PROGRAM)}", NEXT).answer == PROGRAM


@pytest.mark.parametrize("wrong", ["def next(n):\n    return n + 1", "class Answer:\n    pass", "return n + 1"])
def test_a_wrong_signature_is_an_answer_that_will_fail(wrong: str) -> None:
    assert read_reply(fenced(wrong), NEXT).answer == wrong


def test_a_continuation_of_the_starter_code_is_made_whole() -> None:
    humaneval = CodeProblem.split(
        Problem("h", "next", CASES, prompt='def next(n):\n    """One more."""\n'), "One more.", visible=1
    )
    assert read_reply("    return n + 1\n", humaneval).answer == 'def next(n):\n    """One more."""\n    return n + 1'


def test_programs_that_read_their_input() -> None:
    stdio = CodeProblem.split(
        Problem("s", "", tuple(Case(args=(x,), expected=x) for x in "ab"), kind=Kind.STDIO), "Echo.", visible=1
    )
    assert read_reply("```\nprint(input())\n```", stdio).answer == "print(input())"
    assert read_reply("I would print it.", stdio).answer is None


@given(st.text(max_size=200), st.text(max_size=200), st.booleans())
def test_any_text_around_leaves_the_program_alone(before: str, after: str, paper: bool) -> None:
    """Every program that comes out is a piece of the reply; a fence of its own is found whatever stands around it."""
    reply = f"{before}\n\n[[Final Code]]:\n${PROGRAM}$" if paper else f"{before}\n\n{fenced(PROGRAM)}\n\n{after}"
    read = read_reply(reply, NEXT)
    plain = not any(mark in before + after for mark in ("`", "~", "$", "[["))
    assert read.answer == PROGRAM if plain else read.answer is None or read.answer in reply
