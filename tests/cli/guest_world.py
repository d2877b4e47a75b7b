"""A task as a stranger may write it, and models of two providers for it: images, several targets, a judge, thoughts.

inspect eval lbt_tasks/wrap -T base=pictures --model first/teacher --model-role student=first/a,second/b
"""

import re
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentText,
    GenerateConfig,
    modelapi,
)
from inspect_ai.scorer import includes, model_graded_qa
from inspect_ai.solver import generate, prompt_template

from tests.synthetic.world import RIGHT, WRONG, Scripted, right_share

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501


class GuestModel(Scripted):
    """Solves by the method that it was shown last; nobody answers who is not shown the image."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        if "judge" in self.model_name:
            return _verdict(input[-1].text)
        asked: Any = input[-1].content
        if input[0].role != "system" or not any(part.type == "image" for part in asked):
            return "I see no picture."
        shown = [message.text for message in input if message.role == "assistant"]
        sampled = "teacher" in self.model_name and config.temperature
        is_right = RIGHT in shown[-1] if shown else sampled and right_share((config.seed or 0) + choice)
        a, b = map(int, re.findall(r"Compute (\d+) plus twice (\d+)", input[-1].text)[-1])
        return f"{RIGHT}: so.\n\nANSWER: {a + 2 * b}" if is_right else f"{WRONG}: so.\n\nANSWER: {2 * (a + b)}"


@modelapi(name="first")
class FirstModel(GuestModel):
    """A provider."""


@modelapi(name="second")
class SecondModel(GuestModel):
    """Another provider."""


@task
def pictures() -> Task:
    """Sums beside a picture; the second target is the right one."""
    samples = [
        Sample(
            id=f"p{a}",
            input=[
                ChatMessageSystem(content="Look closely."),
                ChatMessageUser(content=[ContentText(text=f"Compute {a} plus twice {b}."), ContentImage(image=PIXEL)]),
            ],
            target=["none", str(a + 2 * b)],
        )
        for a, b in [(10 + i, 3 + i) for i in range(6)]
    ]
    steps = [prompt_template("{prompt}\n\nEnd with ANSWER: and the number."), generate()]
    return Task(MemoryDataset(samples), solver=steps, scorer=[includes(), model_graded_qa()])


def _verdict(text: str) -> str:
    (answer,) = re.findall(r"ANSWER: (\d+)$", text, re.MULTILINE) or ["nothing"]
    (criterion,) = re.findall(r"\[Criterion\]: (.+)", text)
    return f"GRADE: {'C' if answer in criterion else 'I'}"
