"""From Inspect's messages to the text of a prompt.

    >>> turns_of([ChatMessageUser(content="Compute 2+3*4.")])
    (('user', 'Compute 2+3*4.'),)

`render` applies the chat template; without one, the texts of the turns stand one after the other, a blank line
between them, and no role names: the prompt of a base model is what the user wrote.
"""

import contextlib
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from inspect_ai.model import ChatMessage, ContentReasoning, ContentText

from lbt_solvers.errors import UsageError
from lbt_solvers.local_models._requests import LocalModelError, Prompt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def turns_of(messages: Sequence[ChatMessage]) -> tuple[tuple[str, str], ...]:
    """(role, text) of each message; reasoning of earlier replies is left out.

    Raises:
        UsageError: a tool's message, or content that is not text.
    """
    return tuple((_role(message), _text(message)) for message in messages)


def _role(message: ChatMessage) -> str:
    if message.role == "tool":
        raise UsageError("hf-batch: no tools: found a tool's message. Use the provider hf/ or vllm/.")
    return message.role


def _text(message: ChatMessage) -> str:
    for content in message.content if isinstance(message.content, list) else ():
        if not isinstance(content, ContentText | ContentReasoning):
            raise UsageError(f"hf-batch: text only: found content of type '{content.type}' in a message.")
    return message.text


def render(prompt: Prompt, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """Tokens of the prompt. A last turn of the assistant is left open, to be continued."""
    template = tokenizer.chat_template if prompt.template is None else prompt.template
    if not template:
        text = "\n\n".join(text for _, text in prompt.turns)
        return cast(list[int], tokenizer(text)["input_ids"])
    text = _templated(prompt, tokenizer)
    return cast(list[int], tokenizer(text, add_special_tokens=False)["input_ids"])


def before_last_turn(prompt: Prompt, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """Tokens of all that stands before the text of the assistant's last turn.

    Raises:
        LocalModelError: the template does not show that text as it is.
    """
    template = tokenizer.chat_template if prompt.template is None else prompt.template
    if not template:
        before = "".join(f"{text}\n\n" for _, text in prompt.turns[:-1])
        return cast(list[int], tokenizer(before)["input_ids"])
    text, reply = _templated(prompt, tokenizer), prompt.turns[-1][1]
    at = text.rfind(reply) if reply in text else text.rfind(reply.strip())  # many templates strip turns
    if at < 0:
        raise LocalModelError("log-probabilities: the chat template does not show the assistant's last turn as it is.")
    return cast(list[int], tokenizer(text[:at], add_special_tokens=False)["input_ids"])


def _templated(prompt: Prompt, tokenizer: "PreTrainedTokenizerBase") -> str:
    from jinja2 import TemplateError

    folded = without_system(prompt.turns)
    for turns in (prompt.turns, alternating(prompt.turns), folded):
        with contextlib.suppress(TemplateError):
            return _apply(turns, prompt, tokenizer)
    return _apply(alternating(folded), prompt, tokenizer)


def without_system(turns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """System texts moved to the front of the first user turn, for templates that refuse the role."""
    system = "\n\n".join(text for role, text in turns if role == "system")
    others = [(role, text) for role, text in turns if role != "system"]
    if system and others and others[0][0] == "user":
        others[0] = ("user", f"{system}\n\n{others[0][1]}")
        return tuple(others)
    return turns


def alternating(turns: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Turns of one role that follow each other as one, a blank line between them, for templates that refuse two."""
    runs = [(role, [text for _, text in run]) for role, run in groupby(turns, key=itemgetter(0))]
    return tuple((role, "\n\n".join(texts)) for role, texts in runs)


def _apply(turns: Sequence[tuple[str, str]], prompt: Prompt, tokenizer: "PreTrainedTokenizerBase") -> str:
    conversation: list[dict[str, str]] = [{"role": role, "content": text} for role, text in turns]
    rendered: Any = tokenizer.apply_chat_template(
        conversation,
        chat_template=prompt.template,
        tokenize=False,
        add_generation_prompt=not prompt.continues,
        continue_final_message=prompt.continues,
        **prompt.template_args,
    )
    return cast(str, rendered)
