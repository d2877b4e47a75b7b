"""Code comes out of a reply exactly as it stands there, whatever is around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.code_extraction import defines, entry_name, extract_code

ADD = "def add(a, b):\n    return a + b\n"
SOLUTION = """class Solution:
    def add(self, a, b):
        '''Sum.

        ```
        1
        ```
        '''
        return a + b
"""

lines = st.text(st.characters(codec="utf-8", exclude_characters="\n`~"), max_size=30)
programs = st.lists(lines, min_size=1, max_size=8).map(lambda parts: "\n".join(parts) + "\n")
proses = st.text(st.characters(codec="utf-8", exclude_characters="`~"), max_size=80)


@given(code=programs, before=proses, after=proses, mark=st.sampled_from(["```", "````", "~~~"]))
def test_fenced_code_comes_back_character_for_character(code: str, before: str, after: str, mark: str) -> None:
    assert extract_code(f"{before}\n{mark}python\n{code}{mark}\n{after}") == code


@given(code=programs, indent=st.sampled_from([" ", "   ", "    ", "\t"]))
def test_indentation_of_the_fence_itself_is_taken_off(code: str, indent: str) -> None:
    indented = "".join(indent + line + "\n" for line in code.split("\n")[:-1])
    assert extract_code(f"1. Like this:\n\n{indent}```python\n{indented}{indent}```\n") == code


@given(reply=st.text(max_size=300), entry=st.sampled_from([None, "add", "Solution"]))
def test_what_comes_back_without_an_indented_fence_is_a_piece_of_the_reply(reply: str, entry: str | None) -> None:
    reply = "\n".join(
        line.lstrip(" \t") if line.lstrip(" \t").startswith(("```", "~~~")) else line for line in reply.split("\n")
    )
    assert extract_code(reply, entry) in reply


@pytest.mark.parametrize(
    ("reply", "entry", "expected"),
    [
        (ADD, "add", ADD),
        (SOLUTION, "Solution().add", SOLUTION),
        (f"```python\n{SOLUTION}```", "Solution().add", SOLUTION),
        (f"Here you are:\n\n{ADD}\nThis adds two numbers.", "add", ADD + "\n"),
        (f"Note the class of inputs.\nimport matters.\n{ADD}", "add", ADD),
        (f"from the text it follows:\n\nfrom math import gcd\n{ADD}", "add", "from math import gcd\n" + ADD),
        (f"```\nadd(1, 2)  # 3\n```\n```python\n{ADD}```\n```python\nprint(add(1, 2))\n```", "add", ADD),
        (f"```bash\npip install x\n```\n```\n{ADD}```", None, ADD),
        (f"```python\n{ADD}```\nOutput:\n```\n3\n```", None, ADD),
        (f"```Python3 title=a\n{ADD}```", None, ADD),
        ("```python\ndef add(a, b):\n    return a", "add", "def add(a, b):\n    return a"),
        ("    return a + b\n", "add", "    return a + b\n"),
        ("def add(a, b):\n    return (a\n", "add", "def add(a, b):\n    return (a\n"),
        # The prompt opened the fence, and the reply closes it.
        (f"{ADD}```\n\nThe code above adds.", "add", ADD),
        (f"{ADD}\nprint(add([\n```\nWhat does it print?", "add", f"{ADD}\n"),
        (f"{ADD[:-1]} +\n```\nThe sum.", "add", f"{ADD[:-1]} +\n"),
        (f"{ADD}```\nUse it so:\n```python\nprint(add(1, 2))\n```\n", "add", ADD),
        (f"{ADD}```\nOutput:\n```\n3\n```", "add", ADD),
        (f"import math\n\n{ADD}```\nBetter:\n```python\n{ADD}\n```\n", "add", ADD + "\n"),
        ("    return a + b\n```\nThe sum.", "add", "    return a + b\n"),
        ("    return a + b\n```\nUse it so:\n```python\nadd(1, 2)\n```", "add", "    return a + b\n"),
        ("print(int(input()) + 1)\n```", None, "print(int(input()) + 1)\n"),
        ("x = int(input())\nprint(x)\n```\nThis prints it.", None, "x = int(input())\nprint(x)\n"),
        ("x = int(input())\n```\nBetter:\n```python\nprint(3)\n```", None, "print(3)\n"),
        # The token limit cut the reply.
        (f"```python\n{ADD}print(add(1, 2))\n``", "add", f"{ADD}print(add(1, 2))\n"),
        (f"```python\n{ADD}`", "add", ADD),
        ("```python\nprint(int(input()))\n``", None, "print(int(input()))\n"),
        (f"```python\n{ADD}\nprint(add([", "add", ADD + "\n"),
        ("```python\ndef add(a, b):\n    return (a", "add", "def add(a, b):\n    return (a"),
        (f"```python\n{ADD}\ndef main():\n    for", "main", f"{ADD}\ndef main():\n    for"),
        # Only examples are fenced.
        (f"Here you are:\n\n{ADD}\nExample:\n```\nadd(1, 2)\n```", "add", ADD + "\n"),
        (f"{ADD}\n```text\n3\n```", "add", ADD + "\n"),
        ("Sure\n```\nprint(1)\n```", None, "print(1)\n"),
        ("Example\n```\n$ run it\n```", None, "$ run it\n"),
        (f"def add in words:\n```\n{ADD}", "add", ADD),
        ("", None, ""),
        ("```python\n```", None, ""),
        ("\r\n```python\r\ndef add(a, b):\r\n    return 1\r\n```\r\n", "add", "def add(a, b):\r\n    return 1\r\n"),
    ],
)
def test_table_of_replies(reply: str, entry: str | None, expected: str) -> None:
    assert extract_code(reply, entry) == expected


@given(prose=proses, more=st.sampled_from(["", "```python\nprint(add(1, 2))\n```\n", "```\n3\n```\n"]))
def test_a_reply_that_goes_on_inside_the_prompts_fence_is_read_to_the_end_of_it(prose: str, more: str) -> None:
    assert extract_code(f"{ADD}```\n{prose}\n{more}", "add") == ADD


@pytest.mark.parametrize(
    "reply", ["(" * 5000, "\0def f(): pass", "x = '\ud800'", "def f():\n" + " " * 90 + "\x00", "9" * 6000]
)
def test_hostile_replies_come_back_as_they_are(reply: str) -> None:
    assert extract_code(reply) == reply


def test_many_starts_that_are_no_program_do_not_take_quadratic_time() -> None:
    reply = "def f(\n" * 2000
    assert extract_code(reply, "f") == reply


@pytest.mark.parametrize(
    ("code", "entry", "expected"),
    [
        (ADD, "add", True),
        (SOLUTION, "Solution().add", True),
        ("    return a + b\n", "add", False),
        ("add = lambda a, b: a + b", "add", True),
        ("from m import adder as add", "add", True),
        ("class Other:\n    def add(self): ...", "add", False),
        ("def add(a, b:\n  return", "add", True),
        ("def adder(a, b:\n  return", "add", False),
        ("add: object = 1", "add", True),
    ],
)
def test_whether_code_defines_the_entry_point(code: str, entry: str, expected: bool) -> None:
    assert defines(code, entry) is expected


def test_an_entry_point_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with a Python name"):
        entry_name("()")
