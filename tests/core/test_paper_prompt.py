"""The presets of the paper, letter by letter: `golden/` holds what the paper's code sends, role by role.

The files were rendered by the templates of the paper's code, examples/config of its commit c14bf6e.
"""

import re
from pathlib import Path

import anyio
import pytest
from inspect_ai.model import GenerateConfig

from lbt_solvers.answers import extract
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import Demonstration, load_prompt
from tests.synthetic.running import scripted

GOLDEN = Path(__file__).parent / "golden"
TAUGHT = Demonstration("Compute $2+3\\cdot 4$.", "First $3\\cdot 4=12$.\nThen $2+12=14$.", "14")
PROGRAM = Demonstration(
    "Double {n}.", "Add n to itself.", "class Solution():\n    def twice(self, n):\n        return 2 * n"
)
ASKED = {
    "paper_math_teacher": (TAUGHT.question, []),
    "paper_math_student": ("Compute $5+2\\cdot {6}$.", [TAUGHT]),
    "paper_code_teacher": (PROGRAM.question, []),
    "paper_code_student": ("Triple n.", [PROGRAM]),
}


def golden(name: str) -> list[tuple[str, str]]:
    text = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    return re.findall(r"<<(system|user|assistant)>>\n(.*?)<<end>>\n", text, re.DOTALL)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("provider", ["mockllm", "hf-batch", "openai"])
def test_what_is_sent_is_what_the_papers_code_sends(asked: str, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system message, the user's turns, and the begun reply, whatever the provider makes of it."""
    preset, _, role = asked.rpartition("_")
    prompt, model = load_prompt(preset), scripted("teacher")
    monkeypatch.setattr(type(model), "__str__", lambda _: f"{provider}/model")
    caller = Caller(model, role, GenerateConfig(), prompt, "p")
    sent = anyio.run(caller._messages, prompt.messages(*ASKED[asked]))
    expected = golden(asked)
    assert [role for role, _ in expected][:2] == ["system", "user"]
    assert [(message.role, message.text) for message in sent] == expected


def test_without_demonstrations_it_is_the_same_prompt() -> None:
    plain, math = load_prompt("paper"), load_prompt("paper_math")
    assert not plain.demonstrations and len(math.demonstrations) == 4
    shown = math.messages(TAUGHT.question)[1].text
    first, last = shown.index("[[Question]]:"), shown.rindex("[[Question]]:")
    assert plain.messages(TAUGHT.question)[1].text == shown[:first] + shown[last:]


SELF_CORRECTED = (
    "So $3$.\n\n[[Final Answer]]:\n$3$\n\nWait, that is wrong.\n\n[[Final Answer]]:\n$4$\n\n"
    "[[Question]]:\nAnother one?\n\n[[Final Answer]]:\n$5$\n"
)


def test_the_first_final_answer_counts_and_nothing_after_it() -> None:
    first, last = load_prompt("paper_math"), load_prompt("chat")
    assert extract(first.read(SELF_CORRECTED)).answer == "3"
    assert extract(first.read(SELF_CORRECTED)).rationale == "So $3$."
    assert extract(first.read(SELF_CORRECTED), truncated=True).answer == "3"
    assert extract(last.read(SELF_CORRECTED)).answer == "4"


@pytest.mark.parametrize("reply", ["", "ANSWER: 4", "[[Final Answer]]: $4$", "[[Final Answer]]:\n$4$", "\\boxed{4}"])
def test_a_reply_without_a_whole_final_answer_is_read_to_its_end(reply: str) -> None:
    assert load_prompt("paper_math").read(reply) == reply
