"""A toy world in which the truth about teaching is known, and a scripted model that lives in it.

Every problem is "Compute A op B." where `op` is an operator of the problem's family. A teacher explains by METHOD RIGHT
or METHOD WRONG; a student solves by the method that the last demonstration names, and by METHOD WRONG without one
(a `wise` one by METHOD RIGHT; a `fickle` one by either, whatever it is shown). A `reader` tells log-probabilities of
prompts: -0.1 for each word of a last turn by the method that it would follow, else -0.6. Asked for variants, a teacher
writes three good ones, a copy, one of another kind, and one that breaks off; a `mute` teacher writes none. Every eighth
rationale of a `vague` teacher has no answer, and none of an `aimless` one.
The model is registered with Inspect as `scripted/teacher`, `scripted/student`, ..., answers at once or after a delay,
and appends one line per call to the file named by LBT_SCRIPTED_CALLS, so that tests can count what was paid for.

Invariants that tests rely on:
 1. A rationale with the right method has the right answer and teaches students to be right on every variant.
 2. With the wrong method both are wrong.
 3. The share of right rationales is below one half, so a majority vote is wrong and every LbT rule is right.
"""

import os
import re
from abc import abstractmethod
from math import log
from typing import Any

import anyio
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    modelapi,
)

from lbt_solvers.types import Problem

RIGHT, WRONG = "METHOD RIGHT", "METHOD WRONG"


def problem(a: int, b: int, variant_of: str | None = None) -> Problem:
    metadata: dict[str, Any] = {"subject": "sums"} | ({"variant_of": variant_of} if variant_of else {})
    return Problem(f"{a}-{b}", f"Compute {a} plus twice {b}.", str(a + 2 * b), metadata)


def problems(count: int) -> list[Problem]:
    return [problem(10 + i, 3 + i) for i in range(count)]


def variants_of(taught: Problem, count: int = 3) -> list[Problem]:
    a, b = map(int, taught.id.split("-"))
    return [problem(a + 100 * (i + 1), b + 7 * (i + 1), variant_of=taught.id) for i in range(count)]


def bank(taught: list[Problem], count: int = 3) -> list[Problem]:
    return [variant for each in taught for variant in variants_of(each, count)]


def solve(question: str, method: str) -> str:
    a, b = map(int, re.findall(r"\d+", question)[-2:])
    value = a + 2 * b if method == RIGHT else 2 * (a + b)
    return f"{method}: I compute.\n\nANSWER: {value}"


def right_share(seed: int | None) -> bool:
    """Three in eight samples are right, decided by the call's seed."""
    return (seed or 0) % 8 < 3


def written(request: str) -> str:
    """What a teacher writes who was asked for variants of a problem."""
    a, b = map(int, re.findall(r"Compute (\d+) plus twice (\d+)", request)[0])
    texts = [variant.question for variant in variants_of(problem(a, b))]
    texts[1:1] = [problem(a, b).question, "What do you call the capital of France?"]
    return (
        "Here they are.\n" + "\n".join(f"<problem>\n{text}\n</problem>" for text in texts) + "\n<problem>Compute 1 pl"
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+", text)


class Scripted(ModelAPI):
    """What scripted models share. Model args: delay (s), ignores_n, fail_after (calls), text (a fixed reply), thinks.

    What it `thinks` comes in a block before every reply and counts a token a word.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (the base class's signature)
        *,
        delay: float = 0.0,
        ignores_n: bool = False,
        fail_after: int | None = None,
        text: str | None = None,
        stop_reason: str = "stop",
        thinks: str = "",
        **args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.delay, self.ignores_n, self.fail_after = delay, ignores_n, fail_after
        self.text, self.stop_reason, self.thinks, self.calls = text, stop_reason, thinks, 0

    @property
    def tells_prompt_logprobs(self) -> bool:
        return "reader" in self.model_name

    @property
    def tells_prompt_ranks(self) -> bool:
        return "ranking reader" in self.model_name

    @property
    def continues(self) -> bool:
        return "finisher" in self.model_name

    def max_connections(self) -> int:
        return 200

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        self.calls += 1
        if self.fail_after is not None and self.calls > self.fail_after:
            raise RuntimeError("the scripted model fails now")
        await anyio.sleep(self.delay)
        count = 1 if self.ignores_n else config.num_choices or 1
        if config.prompt_logprobs:
            return self._read(input)
        texts = [self.text if self.text is not None else self._reply(input, config, i) for i in range(count)]
        if path := os.environ.get("LBT_SCRIPTED_CALLS"):
            async with await anyio.open_file(path, "a") as file:
                await file.write(f"{self.model_name}\n")
        return ModelOutput(
            model=self.model_name,
            choices=[
                ChatCompletionChoice(
                    message=ChatMessageAssistant(content=self._content(text)),
                    stop_reason=self.stop_reason,  # type: ignore[arg-type]
                    logprobs=self._told(text) if config.logprobs else None,
                )
                for text in texts
            ],
            usage=self._usage(count),
        )

    def _content(self, text: str) -> Any:
        return [ContentReasoning(reasoning=self.thinks), ContentText(text=text)] if self.thinks else text

    def _told(self, text: str) -> Logprobs | None:
        """What a `sure` model thinks of its reply: it finds a right one likelier."""
        if "VERDICT" in text:
            yes = 2 / 3 if "Yes" in text else 1 / 3
            top = [TopLogprob(token=word, logprob=log(share)) for word, share in (("Yes", yes), ("No", 1 - yes))]
            told = [Logprob(token="Yes", logprob=log(yes), top_logprobs=top)]
            return Logprobs(content=told) if "sure" in self.model_name else None
        value = -0.25 if RIGHT in text else -0.5
        told = [
            Logprob(token=word, logprob=value, top_logprobs=[TopLogprob(token=word, logprob=value)])
            for word in _words(text)
        ]
        return Logprobs(content=told) if "sure" in self.model_name else None

    def _usage(self, count: int) -> ModelUsage:
        thought = count * len(self.thinks.split())
        written = 5 * count + thought
        more = {"reasoning_tokens": thought} if thought else {}
        return ModelUsage(input_tokens=10, output_tokens=written, total_tokens=10 + written, **more)

    def _read(self, input: list[ChatMessage]) -> ModelOutput:
        """Log-probabilities of every word of the prompt; those of a reply that does as it was shown are larger."""
        shown = [message.text for message in input[:-1] if message.role == "assistant"]
        expected = RIGHT if shown and RIGHT in shown[-1] else WRONG
        likely = -0.1 if expected in input[-1].text else -0.6
        words = [(word, likely if message is input[-1] else -9.0) for message in input for word in _words(message.text)]
        return ModelOutput(
            model=self.model_name,
            choices=[
                ChatCompletionChoice(
                    message=ChatMessageAssistant(content="."),
                    stop_reason="max_tokens",
                    prompt_logprobs=Logprobs(content=[Logprob(token=word, logprob=value) for word, value in words]),
                )
            ],
            usage=ModelUsage(input_tokens=len(words), output_tokens=1, total_tokens=len(words) + 1),
            # What it would not have done ranks third.
            metadata={"rank_sum": (1 if expected in input[-1].text else 3) * len(_words(input[-1].text))}
            if self.tells_prompt_ranks
            else None,
        )

    @abstractmethod
    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        """The text of one choice."""


@modelapi(name="scripted")
class ScriptedModel(Scripted):
    """Deterministic by seed."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        if (said := self._asked_otherwise(input[-1].text)) is not None:
            return said
        if self.continues and input[-1].role == "assistant":  # as it was begun
            return solve(input[-2].text.strip().split("\n\n")[-1], RIGHT if RIGHT in input[-1].text else WRONG)
        if input[-1].role == "assistant":  # the begun reply
            input = input[:-1]
        question = input[-1].text.strip().split("\n\n")[-1]
        shown = [message.text for message in input if message.role == "assistant"]
        if "Teacher: " in input[-1].text:
            return solve(question, RIGHT if f"Teacher: Use {RIGHT}" in input[-1].text else WRONG)
        if "fickle" in self.model_name:
            return solve(question, RIGHT if right_share((config.seed or 0) + choice) else WRONG)
        if shown:
            return solve(question, RIGHT if RIGHT in shown[-1] else WRONG)
        if "teacher" in self.model_name and config.temperature:
            is_vague = "vague" in self.model_name and ((config.seed or 0) + choice) % 8 == 7
            if is_vague or "aimless" in self.model_name:
                return "I wonder how anybody could ever tell what comes of all this in the end."
            return solve(question, RIGHT if right_share((config.seed or 0) + choice) else WRONG)
        return solve(question, RIGHT if "wise" in self.model_name else WRONG)

    def _asked_otherwise(self, text: str) -> str | None:
        """What is no solution: variants, verdicts, a choice among all, a dialogue; `None` where one is asked for."""
        if "<problem>" in text:
            return "" if "mute" in self.model_name else written(text)
        if "proposed answer" in text:  # a judge, who knows the right method
            return f"I look.\nVERDICT: {'Yes' if RIGHT in text else 'No'}"
        if "most consistent response" in text:  # of all, whose right one it knows, unless it is `mute`
            right = re.findall(rf"Response (\d+): {RIGHT}", text)
            return (
                "None."
                if "mute" in self.model_name or not right
                else f"The most consistent response is Response {right[0]}."
            )
        if "ask your teacher" in text:
            return "READY" if "silent" in self.model_name else "Which method?"
        if "Answer your student's last" in text:
            told = " The answer is 14." if "telling" in self.model_name else ""
            return f"Use {RIGHT if RIGHT in text else WRONG}.{told}"
        if "LEAK:" in text:
            return "Hm." if "vague" in self.model_name else f"LEAK: {'Yes' if 'The answer is' in text else 'No'}"
        return None
