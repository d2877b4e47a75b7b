"""Whichever way a model continues a prompt, the program is the one that it meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.code_extraction import complete_program

HEAD = "import math\nfrom typing import List\n\ndef helper(x):\n    return x\n\n\n"
SIGNATURE = "def area(r: float) -> float:\n"
PROMPT = f'{HEAD}{SIGNATURE}    """Area of a circle."""\n'
BODY = "    return math.pi * r * helper(r)\n"
WHOLE = SIGNATURE + BODY
ANSWER = 12.566370614359172


def indented(code: str) -> str:
    return "".join(f"    {line}" for line in code.splitlines(keepends=True))


@pytest.mark.parametrize(
    "completion",
    [
        BODY,
        f"{BODY}\n\n{WHOLE}",
        f"{BODY}\n\n{PROMPT}{BODY}",
        WHOLE,
        f"\n\n{WHOLE}",
        PROMPT + BODY,
        f"import math\n\n{SIGNATURE}    return math.pi * r * r\n",
        indented(WHOLE),
        f"\n{indented(WHOLE)}",
        "    def area(x):\n        return math.pi * x * x\n    return area(r)\n",
        f"{BODY}\nThis computes the area; it's right.\nIndeed.\n",
        f"{WHOLE}\nThis computes the area.\n",
        f"{indented(WHOLE)}",
        f"{BODY}```\n\nExplanation:\n- the area",
        f"{BODY}\n1. It takes the radius.\n",
        f'{BODY}\n\nif __name__ == "__main__":\n    print(area(2))\n',
        f'{WHOLE}\n\nif __name__ == "__main__":\n    print(area(2))\n',
        f"{BODY}\nassert area(1) > 3\n",
        "area = lambda r: math.pi * r * r",
        f"    if r < 0:\n        return 0.0\n{BODY}",
        BODY.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_ways_to_continue_a_function(completion: str) -> None:
    program = complete_program(completion, PROMPT, "area")
    namespace = {"__name__": "solution"}
    exec(program, namespace)
    assert namespace["area"](2) == ANSWER  # type: ignore[operator]


METHOD = "class Solution:\n    def area(self, r: int) -> int:\n"


@pytest.mark.parametrize(
    "completion",
    [
        "        return r * r\n",
        "    def area(self, r: int) -> int:\n        return r * r\n",
        "def area(self, r: int) -> int:\n        return r * r\n",
        "def area(self, r: int) -> int:\n    return r * r\n",
        "class Solution:\n    def area(self, r):\n        return r * r\n",
        "        return self.square(r)\n\n    def square(self, r):\n        return r * r\n",
    ],
)
def test_ways_to_continue_a_method(completion: str) -> None:
    namespace = {"__name__": "solution"}
    exec(complete_program(completion, METHOD, "Solution().area"), namespace)
    assert namespace["Solution"]().area(3) == 9  # type: ignore[operator]


@pytest.mark.parametrize(
    "completion",
    [
        f"{WHOLE}\ndef broken(",
        f"{BODY}\nclass Broken",
        "    return (",
        "def area(r",
        "x y",
        f"Here:\n```python\n{WHOLE}```\n",
    ],
)
def test_broken_code_stays_broken(completion: str) -> None:
    with pytest.raises(SyntaxError):
        compile(complete_program(completion, PROMPT, "area"), "program", "exec")


def test_what_is_whole_is_not_touched() -> None:
    whole = "def area(r):\n    return r\n"
    assert complete_program(whole, "def area(r):\n", "area") == whole
    assert complete_program("    return r\n", "def area(r):\n", "area") == whole
    assert complete_program(WHOLE, PROMPT, "area", preamble=HEAD) == WHOLE
    assert complete_program(WHOLE, PROMPT, "area") == HEAD + WHOLE


@given(completion=st.text(max_size=200), prompt=st.sampled_from([PROMPT, METHOD, ""]))
def test_any_text_comes_to_something(completion: str, prompt: str) -> None:
    entry_point = "Solution().area" if prompt == METHOD else "area"
    complete_program(completion, prompt, entry_point)
