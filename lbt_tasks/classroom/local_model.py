"""Classroom models in batches, without a harness: prompts in, worked solutions out.

>>> teacher = LocalModel.load(classroom_model_path("teacher"))
>>> teacher.solve([("Compute 2+3*4.", [])], "chat", temperature=0.7, seed=0)
[Demonstration(question='Compute 2+3*4.', rationale='Product: 3*4=12. Sum: 2+12=14.', answer='14')]
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lbt_solvers.prompts import Demonstration, PromptFormat, load_prompt
from lbt_tasks.classroom.models import CLASSROOM_PAPER, CLASSROOM_PROMPT

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

LONGEST_ANSWER = 72
"""Tokens; the domain's longest completion is shorter."""
_BATCH = 256

Request: TypeAlias = tuple[str, Sequence[Demonstration]]
"""A question and the demonstrations that go before it."""


@functools.cache
def prompt_formats() -> dict[str, PromptFormat]:
    """The presets that the models know, and bare questions: that of the classroom without its instruction."""
    chat = load_prompt(CLASSROOM_PROMPT)
    return {"chat": chat, "paper": load_prompt(CLASSROOM_PAPER), "bare": replace(chat, instruction="")}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A loaded model with its tokenizer."""

    model: Any
    """A `LlamaForCausalLM`; its type information leaves `generate` out."""
    tokenizer: PreTrainedTokenizerFast

    @classmethod
    def load(cls, folder: Path) -> LocalModel:
        """Loads a classroom model in single precision on the CPU."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return cls(model.eval(), AutoTokenizer.from_pretrained(folder))

    def solve(
        self, requests: Sequence[Request], fmt: str = "chat", temperature: float = 0.0, seed: int = 0
    ) -> list[Demonstration]:
        """One worked solution per request, in their order; the answer is empty where the model gave none.

        Args:
            requests: Questions with their demonstrations.
            fmt: `chat`, `paper` or `bare`.
            temperature: 0 is greedy.
            seed: Of the sampling.
        """
        prompt_format = prompt_formats()[fmt]
        texts = self.reply(requests, prompt_format, temperature, seed)
        return [read_completion(prompt_format, request[0], text) for request, text in zip(requests, texts, strict=True)]

    def reply(
        self,
        requests: Sequence[Request],
        prompt_format: PromptFormat,
        temperature: float = 0.0,
        seed: int = 0,
        longest: int = LONGEST_ANSWER,
    ) -> list[str]:
        """One reply per request, in their order, without the format's prefill.

        Args:
            requests: Questions with their demonstrations.
            prompt_format: How they are asked.
            temperature: 0 is greedy.
            seed: Of the sampling.
            longest: Tokens of a reply, at most.
        """
        import torch

        torch.manual_seed(seed)
        prompts = [self.prompt(request, prompt_format) for request in requests]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        texts = [""] * len(prompts)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            replies = self._continue([prompts[i] for i in chosen], temperature, longest)
            for index, text in zip(chosen, replies, strict=True):
                texts[index] = text
        return texts

    def prompt(self, request: Request, prompt_format: PromptFormat) -> str:
        """The text that the model continues, with the format's prefill."""
        turns = prompt_format.messages(*request)
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        if not prompt_format.prefill:
            return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        messages.append({"role": "assistant", "content": prompt_format.prefill})
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True))

    def _continue(self, prompts: list[str], temperature: float, longest: int) -> list[str]:
        import torch

        inputs = self.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        # top_k=0 switches transformers' default of 50 off.
        sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {"do_sample": False}
        with torch.inference_mode():
            tokens = self.model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=longest,
                **sampling,
            )
        return self.tokenizer.batch_decode(tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def read_completion(prompt_format: PromptFormat, question: str, text: str) -> Demonstration:
    """Splits a completion at what the format writes between rationale and answer."""
    opening, rest = prompt_format.solution.split("{rationale}")
    between, closing = rest.split("{answer}")
    rationale, _, answer = text.removeprefix(opening).partition(between)
    return Demonstration(question, rationale.strip(), answer.removesuffix(closing).strip())
