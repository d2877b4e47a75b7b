"""Requests and replies of one model behind OpenAI-compatible servers, kept by the journal of their shard.

    api = ServedAPI("openai-api/cluster/llama", servers)
    output = await api.ask([ChatMessageUser(content="Compute 2+3*4.")], GenerateConfig(seed=7), "p1/teacher/sample/0")

A reply that cannot be had is one without text that says why: a sitting without a score, never a 0.
"""

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b
from re import search
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    StopReason,
    messages_to_openai,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from lbt_solvers.errors import UsageError
from lbt_solvers.generation import CONTINUES_PREFILL
from lbt_solvers.refusals import refused_parameter
from lbt_tasks.scale.journal import Journal
from lbt_tasks.scale.servers import LostError, RefusedError, Servers

_SENT = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "num_choices": "n",
    "stop_seqs": "stop",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "logit_bias": "logit_bias",
    "logprobs": "logprobs",
    "top_logprobs": "top_logprobs",
    "reasoning_effort": "reasoning_effort",
}
"""Sampling parameters by Inspect's names, and by the protocol's."""
_NOT_SENT = frozenset({"extra_body", "max_connections", "adaptive_connections", "max_retries", "timeout", "cache"})
STOP_REASONS: Mapping[str, StopReason] = {
    "stop": "stop",
    "length": "max_tokens",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


@dataclass(slots=True)
class ProblemCalls:
    """Where the calls of one problem are kept."""

    problem: str
    journal: Journal
    failures: dict[str, str] = field(default_factory=dict[str, str])
    """Why a call had no reply, by its name `problem/role/key`."""


PROBLEM: ContextVar[ProblemCalls] = ContextVar("lbt_problem_calls")
"""The problem that is being worked on."""


class ServedAPI(ModelAPI):
    """Requests and replies of one model."""

    def __init__(self, name: str, servers: Servers) -> None:
        super().__init__(model_name=name)
        self.servers = servers
        provider, _, rest = name.partition("/")
        self.continues = provider in CONTINUES_PREFILL
        self.sent_as = rest.partition("/")[2] if provider == "openai-api" else rest if self.continues else name

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """One reply, without a name to keep it under."""
        return await self.ask(input, config, "")

    async def ask(self, messages: Sequence[ChatMessage], config: GenerateConfig, name: str) -> ModelOutput:
        """One reply, from the journal where it is there.

        Raises:
            RefusedError: the server refuses a parameter that can be left out.
            UsageError: the run makes no sense any more, or a parameter that is not sent.
        """
        begun = messages[-1].role == "assistant"
        body = self.body(await _plain(messages), self.sent(config), begun)
        try:
            found = await self.reply(body, name)
        except RefusedError as refused:
            if refused_parameter(str(refused), config):
                raise
            found = self.none(name, str(refused))
        return (
            _without_text(self.model_name, config, found)
            if isinstance(found, str)
            else output_of(found, self.model_name)
        )

    async def reply(self, body: Mapping[str, Any], name: str) -> dict[str, Any] | str:
        """What the server says, from the journal where it is there; or why nothing was to be had.

        Raises:
            RefusedError: the server does not take the request.
            UsageError: the run makes no sense any more.
        """
        calls, data = PROBLEM.get(), json.dumps(body).encode()
        key = blake2b(name.encode() + b"\0" + data, digest_size=12).hexdigest()
        if (reply := calls.journal.get(key)) is not None:
            return reply
        if calls.journal.is_whole:
            return self.none(name, "its reply was not kept")
        try:
            said = await self.servers.post(self.model_name, data, session_of(name, calls.problem))
        except LostError as lost:
            return self.none(name, str(lost))
        calls.journal.add(key, said.data)
        return said.found

    def none(self, name: str, reason: str) -> str:
        """Notes why the call of that name has no reply."""
        PROBLEM.get().failures[name] = reason
        return reason

    def sent(self, config: GenerateConfig) -> dict[str, Any]:
        """Sampling parameters as the protocol names them.

        Raises:
            UsageError: one that is not sent.
        """
        given = config.model_dump(exclude_none=True)
        if unknown := given.keys() - _SENT - _NOT_SENT:
            raise UsageError(
                f"lbt scale sends no {', '.join(sorted(unknown))}: leave it out, or run the task in Inspect."
            )
        return {_SENT[name]: value for name, value in given.items() if name in _SENT} | given.get("extra_body", {})

    def body(self, messages: Sequence[Any], sent: Mapping[str, Any], begun: bool) -> dict[str, Any]:
        """A request; `begun` where the last message is to be continued."""
        continued = {"continue_final_message": True, "add_generation_prompt": False}
        body = {"model": self.sent_as, "messages": messages, **sent}
        return body | continued if begun and self.continues else body


def _without_text(model: str, config: GenerateConfig, reason: str) -> ModelOutput:
    nothing = ChatCompletionChoice(message=ChatMessageAssistant(content=""), stop_reason="unknown")
    return ModelOutput(model=model, choices=[nothing] * (config.num_choices or 1), error=reason)


def session_of(name: str, problem: str) -> str:
    """The session of a call: of exams the rationale, whose prompt's beginning they share.

    >>> session_of("p1/student: m/exam/3/item/0", "p1"), session_of("p1/teacher/sample/0", "p1")
    ('p1/3', 'p1')
    """
    rest = name[len(problem) :]
    found = search(r"/exam[^/]*/([\d+]+|control)/", rest)
    return f"{problem}/{found[1]}" if found else problem


async def _plain(messages: Sequence[ChatMessage]) -> list[Any]:
    if all(
        isinstance(message.content, str) and message.role in ("user", "system", "assistant") for message in messages
    ):
        return [{"role": message.role, "content": message.content} for message in messages]
    return list(await messages_to_openai(list(messages)))


def output_of(reply: Mapping[str, Any], model: str) -> ModelOutput:
    """The reply as Inspect has it."""
    choices = [_choice(each, model) for each in choices_of(reply)]
    return ModelOutput(model=model, choices=choices, usage=usage_of(reply.get("usage")))


def choices_of(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The choices in the order of their numbers, which servers need not keep."""
    return sorted(reply["choices"], key=lambda choice: choice.get("index", 0))


def text_and_thought(choice: Mapping[str, Any]) -> tuple[Any, str]:
    """What a choice says, and what it thought apart from that."""
    message: Mapping[str, Any] = choice.get("message") or {}
    return message.get("content") or "", message.get("reasoning_content") or message.get("reasoning") or ""


def _choice(given: Mapping[str, Any], model: str) -> ChatCompletionChoice:
    text, thought = text_and_thought(given)
    content: Any = [ContentReasoning(reasoning=thought), ContentText(text=text)] if thought else text
    told = (given.get("logprobs") or {}).get("content")
    return ChatCompletionChoice(
        message=ChatMessageAssistant(content=content, model=model, source="generate"),
        stop_reason=STOP_REASONS.get(given.get("finish_reason") or "", "unknown"),
        logprobs=Logprobs.model_validate({"content": told}) if told else None,
    )


def usage_of(given: Mapping[str, Any] | None) -> ModelUsage | None:
    """As Inspect counts: what came from a provider's cache apart from what was read."""
    if not given:
        return None
    cached = (given.get("prompt_tokens_details") or {}).get("cached_tokens")
    return ModelUsage(
        input_tokens=given.get("prompt_tokens", 0) - (cached or 0),
        output_tokens=given.get("completion_tokens") or 0,
        total_tokens=given.get("total_tokens") or 0,
        input_tokens_cache_read=cached,
        reasoning_tokens=(given.get("completion_tokens_details") or {}).get("reasoning_tokens"),
    )
