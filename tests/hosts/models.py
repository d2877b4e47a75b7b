"""Scripted models that answer any of the tasks, told by the case at hand how.

    CURRENT.case = Case(...)
    eval("inspect_evals/gsm8k", model="hosts/right")

`hosts/teacher` is right once in four samples, `hosts/student` follows the method of the reply it was shown last,
`hosts/right` always has it, `hosts/replay` says what CURRENT.replies has for the running sample, `hosts/judge` grades.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.log._samples import sample_active
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi

from tests.hosts.cases import Case
from tests.hosts.sums import NEVER_SOLVED, asked


@dataclass
class Current:
    """What the models need to know of the run."""

    case: Case = field(default_factory=Case)
    replies: dict[str, str] = field(default_factory=dict[str, str])


CURRENT = Current()


@modelapi(name="hosts")
class HostModel(ModelAPI):
    """Deterministic by seed and by what it is shown."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (the base class's signature)
        **_: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        texts = [self._reply(input, config, choice) for choice in range(config.num_choices or 1)]
        output = ModelOutput.from_content(self.model_name, texts[0])
        output.choices = [ModelOutput.from_content(self.model_name, text).choices[0] for text in texts]
        output.usage = ModelUsage(input_tokens=10, output_tokens=5 * len(texts), total_tokens=10 + 5 * len(texts))
        return output

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        text = input[-1].text
        if (grade := _judged(text)) is not None:
            return grade
        if self.model_name == "replay":
            active = sample_active()
            assert active
            return CURRENT.replies[str(active.sample.id)]
        question = asked(text)
        assert question, f"no question in {text!r}"
        if self.model_name == "right":
            return CURRENT.case.reply(question, text, True)
        if self.model_name == "student":
            return CURRENT.case.reply(question, text, _taught_well(input))
        lucky = bool(config.temperature) and ((config.seed or 0) + choice) % 4 == 1
        return CURRENT.case.reply(question, text, lucky and question != NEVER_SOLVED)


def _taught_well(input: list[ChatMessage]) -> bool:
    """Whether the last demonstration's reply ends as that of somebody who is right."""
    pairs = [pair for pair in zip(input, input[1:-1], strict=False) if pair[1].role == "assistant"]
    question = asked(pairs[-1][0].text) if pairs else None
    if question is None:
        return False
    shown, reply = pairs[-1][0].text, pairs[-1][1].text
    right, wrong = (set(_words(CURRENT.case.reply(question, shown, is_right))) for is_right in (True, False))
    return right - wrong <= set(_words(reply))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _judged(text: str) -> str | None:
    """A grader's reply to prompts of graders; `None` to others."""
    if pairs := re.findall(r"Expression 1: (.+)\n\s*Expression 2: (.+)", text):
        return "Yes" if pairs[-1][0].strip() == pairs[-1][1].strip() else "No"
    if criterion := re.search(r"\[(?:Criterion|Expert)\]: (.+)", text):
        (submission,) = re.findall(r"\[(?:Submission|Answer)\]: ([\s\S]+?)\n\*\*\*", text)
        return f"GRADE: {'C' if submission.strip().endswith(criterion[1].strip()) else 'I'}"
    return None
