"""A world in which the vote is wrong and teaching tells: twice a number plus another, doubled first or added first.

The teacher doubles first in one of three replies. A student does as it was shown, and adds first if nobody showed it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason='lm-eval is not installed (pip install "lbt-tasks[lm-eval]")')

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

from lbt_solvers.types import Problem
from lbt_tasks.lm_eval_plugin import register

RIGHT = "Double first: twice {a} is {double}. Then add: {right}.\n\nANSWER: {right}"
WRONG = "Add first: {a} and {b} is {sum}. Then double: {wrong}.\n\nANSWER: {wrong}"
PROBLEMS = [Problem(f"p{a}", f"What is twice {a} plus {a + 1}?", str(3 * a + 1), {"split": "train"}) for a in (3, 5, 8)]
BANK = [Problem(f"b{a}", f"What is twice {a} plus {a + 2}?", str(3 * a + 2)) for a in (4, 6)]


def worked(template: str, a: int, b: int) -> str:
    return template.format(a=a, b=b, double=2 * a, sum=a + b, right=2 * a + b, wrong=2 * (a + b))


def numbers(text: str) -> tuple[int, int]:
    """Of the last question in a text."""
    a, b = re.findall(r"twice (\d+) plus (\d+)", text)[-1]
    return int(a), int(b)


class ScriptedLM(LM):
    """Teacher (every third reply is right) and student (does as it was shown) in one; it keeps what it was asked.


    One that thinks names the right method and a wrong answer in every thought.
    """

    def __init__(self, role: str = "student", silent: bool = False, thinks: bool = False, **_: Any) -> None:
        super().__init__()
        self.role, self.silent, self.thinks = role, silent, thinks
        self.asked: list[str] = []

    def generate_until(self, requests: Any) -> list[str]:
        replies: list[str] = []
        for index, request in enumerate(requests):
            prompt = request.args[0]
            self.asked.append(prompt)
            follows = index % 3 == 0 if self.role == "teacher" else "Double first" in prompt
            reply = "" if self.silent else worked(RIGHT if follows else WRONG, *numbers(prompt))
            replies.append(f"Double first? Then \\boxed{{0}}.\n</think>\n\n{reply}" if self.thinks else reply)
        return replies

    def loglikelihood(self, requests: Any) -> list[tuple[float, bool]]:
        return [(-1.0, True) for _ in requests]

    def loglikelihood_rolling(self, requests: Any) -> list[float]:
        return [-1.0 for _ in requests]

    @property
    def tokenizer_name(self) -> str:
        return "scripted"

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        said = "".join(f"<{turn['role']}>{turn['content']}" for turn in chat_history)
        return said + "<assistant>" if add_generation_prompt else said


register()
register_model("scripted")(ScriptedLM)


def jsonl(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def problem_rows(problems: list[Problem]) -> list[dict[str, Any]]:
    return [{"id": p.id, "question": p.question, "answer": p.answer, "metadata": dict(p.metadata)} for p in problems]


def rationale_rows(problems: list[Problem] = PROBLEMS) -> list[dict[str, Any]]:
    """One right reply, two wrong ones, and one without an answer."""
    rows: list[dict[str, Any]] = []
    for problem in problems:
        replies = [worked(template, *numbers(problem.question)) for template in (WRONG, RIGHT, WRONG)]
        rows += [{"problem": problem.id, "completion": reply} for reply in [*replies, "I do not know, so I stop:"]]
    return rows
