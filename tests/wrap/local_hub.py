"""Small data of the hub's shape in place of the hub's, and a scripted model that answers tasks of inspect_evals.

Every question hides "Compute A plus twice B". The model follows the toy world's methods (tests/synthetic/world.py): it
says METHOD RIGHT or METHOD WRONG, and ends as the task asks: a number, a letter, or a function.
"""

import csv
import os
import re
from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, modelapi

from tests.synthetic.world import RIGHT, WRONG, Scripted, right_share

COUNT = 6
PAIRS = [(10 + i, 3 + i) for i in range(COUNT)]


def _value(a: int, b: int, method: str) -> int:
    return a + 2 * b if method == RIGHT else 2 * (a + b)


def _gsm8k() -> list[dict[str, Any]]:
    return [
        {"question": f"Compute {a} plus twice {b}.", "answer": f"Double and add.\n#### {a + 2 * b}"} for a, b in PAIRS
    ]


def _arc() -> list[dict[str, Any]]:
    return [
        {
            "id": f"q{a}",
            "question": f"Compute {a} plus twice {b}.",
            "choices": {"label": ["1", "2", "3"], "text": [str(_value(a, b, WRONG)), "0", str(_value(a, b, RIGHT))]},
            "answerKey": "3",
        }
        for a, b in PAIRS
    ]


def _mmlu() -> list[dict[str, Any]]:
    return [
        {"question": row["question"], "choices": row["choices"]["text"], "answer": 2, "subject": "algebra"}
        for row in _arc()
    ]


def _math() -> list[dict[str, Any]]:
    return [
        {
            "problem": f"Compute {a} plus twice {b}.",
            "solution": f"It is $\\boxed{{{a + 2 * b}}}$.",
            "level": "Level 1",
            "type": "Algebra",
        }
        for a, b in PAIRS
    ]


def _humaneval() -> list[dict[str, Any]]:
    return [
        {
            "task_id": f"HumanEval/{a}",
            "prompt": f'def f():\n    """Compute {a} plus twice {b}."""\n',
            "canonical_solution": f"    return {a + 2 * b}\n",
            "test": f"def check(candidate):\n    assert candidate() == {a + 2 * b}\n",
            "entry_point": "f",
        }
        for a, b in PAIRS
    ]


def _mbpp() -> list[dict[str, Any]]:
    return [
        {
            "task_id": a,
            "prompt": f"Write a function f. Compute {a} plus twice {b}.",
            "test_list": [f"assert f() == {a + 2 * b}", "assert isinstance(f(), int)", "assert f() not in (None, 0)"],
            "test_imports": [],
            "code": "",
            "source_file": "",
        }
        for a, b in PAIRS
    ]


def gpqa(_url: str, _sha256: str, path: Path) -> None:
    """In place of `inspect_ai.util.download`."""
    names = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Record ID", "Question", *names, "High-level domain", "Subdomain"])
        for a, b in PAIRS:
            values = (_value(a, b, RIGHT), _value(a, b, WRONG), 0, 1)
            writer.writerow([f"g{a}", f"Compute {a} plus twice {b}.", *values, "Physics", "Genetics"])


ROWS = {
    "openai/gsm8k": _gsm8k,
    "allenai/ai2_arc": _arc,
    "cais/mmlu": _mmlu,
    "DigitalLearningGmbH/MATH-lighteval": _math,
    "openai/openai_humaneval": _humaneval,
    "google-research-datasets/mbpp": _mbpp,
}


def load_dataset(path: str, *_: Any, **__: Any) -> Any:
    """In place of `datasets.load_dataset`."""
    from datasets import Dataset

    return Dataset.from_list(ROWS[path]())


def install(cache: Path) -> None:
    """Let Inspect find this data and nothing that it has kept from other runs."""
    import datasets

    datasets.load_dataset = load_dataset
    os.environ["XDG_CACHE_HOME"] = os.environ["INSPECT_CACHE_DIR"] = str(cache)


def _judge(text: str) -> str:
    """A grader's reply: whether two expressions (the last pair) are alike, or an answer is as it should be."""
    if pairs := re.findall(r"Expression 1: (.+)\n\s*Expression 2: (.+)", text):
        return "Yes" if pairs[-1][0] == pairs[-1][1] else "No"
    (answer,), (criterion,) = re.findall(r"ANSWER: (\d+)", text), re.findall(r"\[Criterion\]: (\d+)", text)
    return f"GRADE: {'C' if answer == criterion else 'I'}"


@modelapi(name="wrapped")
class WrappedModel(Scripted):
    """The toy world's teacher and student, who reply as the task at hand asks."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        text = input[-1].text
        if "judge" in self.model_name:
            return _judge(text)
        method = self._method(input, config, choice)
        a, b = map(int, re.findall(r"Compute (\d+) plus twice (\d+)", text)[-1])
        value = _value(a, b, method)
        if "Reply in prose" in text:
            return f"{method}, as anybody can see who has ever thought about such a matter for a while."
        if "f()" in text:
            return f"{method}\n\n```python\ndef f():\n    return {value}\n```"
        letter = re.search(rf"^([A-Z])\) {value}$", text, re.MULTILINE)
        return f"{method}: I compute.\n\nANSWER: {letter[1] if letter else value}"

    def _method(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        shown = [message.text for message in input if message.role == "assistant"]
        if shown:
            return RIGHT if RIGHT in shown[-1] else WRONG
        sampled = "teacher" in self.model_name and config.temperature
        return RIGHT if sampled and right_share((config.seed or 0) + choice) else WRONG
