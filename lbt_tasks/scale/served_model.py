"""A model behind OpenAI-compatible servers, for many calls a second: Inspect's `Model` without what a log needs.

    model = ServedModel("openai-api/cluster/llama", servers, GenerateConfig(max_tokens=400))
    output = await model.generate([ChatMessageUser(content="Compute 2+3*4.")])

Whoever asks (`lbt_solvers.generation.Caller`) names, seeds, tops up and counts its calls as it does under Inspect. What
is left out is Inspect's own retries, limits, cache and events. A reply that cannot be had is one without text that says
why: a sitting without a score, never a 0.
"""

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b
from re import search
from typing import Any

from inspect_ai.model import (
    CachePolicy,
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    Content,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprobs,
    Model,
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
_REASONS: Mapping[str, StopReason] = {
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
            UsageError: the run makes no sense any more.
        """
        calls = PROBLEM.get()
        body = await self._body(messages, config)
        key = blake2b(name.encode() + b"\0" + body, digest_size=12).hexdigest()
        reply = calls.journal.get(key)
        if reply is None:
            try:
                reply = await self.servers.post(self.model_name, body, session_of(name, calls.problem))
            except LostError as lost:
                return self._none(config, calls, name, str(lost))
            except RefusedError as refused:
                if refused_parameter(str(refused), config):
                    raise
                return self._none(config, calls, name, str(refused))
            calls.journal.add(key, reply)
        return _output(reply, self.model_name)

    async def _body(self, messages: Sequence[ChatMessage], config: GenerateConfig) -> bytes:
        given = config.model_dump(exclude_none=True)
        if unknown := given.keys() - _SENT - _NOT_SENT:
            raise UsageError(
                f"lbt scale sends no {', '.join(sorted(unknown))}: leave it out, or run the task in Inspect."
            )
        body: dict[str, Any] = {"model": self.sent_as, "messages": await _plain(messages)}
        body |= {_SENT[name]: value for name, value in given.items() if name in _SENT}
        if self.continues and messages[-1].role == "assistant":
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return json.dumps(body | given.get("extra_body", {})).encode()

    def _none(self, config: GenerateConfig, calls: ProblemCalls, name: str, reason: str) -> ModelOutput:
        calls.failures[name] = reason
        nothing = ChatCompletionChoice(message=ChatMessageAssistant(content=""), stop_reason="unknown")
        return ModelOutput(model=self.model_name, choices=[nothing] * (config.num_choices or 1), error=reason)


class ServedModel(Model):
    """Inspect's model, asked without Inspect's bookkeeping; its name is the one that it was given."""

    def __init__(self, name: str, servers: Servers, config: GenerateConfig) -> None:
        self._served = ServedAPI(name, servers)
        super().__init__(self._served, config)

    def __str__(self) -> str:
        return self._served.model_name

    async def generate(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, input: str | list[ChatMessage], *, config: GenerateConfig, cache: bool | CachePolicy = False, **_: Any
    ) -> ModelOutput:
        """One reply; its name, for seed, session and journal, is in the scope of the cache policy."""
        name = cache.scopes.get("lbt", "") if isinstance(cache, CachePolicy) else ""
        messages: list[ChatMessage] = [ChatMessageUser(content=input)] if isinstance(input, str) else input
        return await self._served.ask(messages, self.config.merge(config), name)


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


def _output(reply: Mapping[str, Any], model: str) -> ModelOutput:
    choices = sorted(reply["choices"], key=lambda choice: choice.get("index", 0))
    return ModelOutput(
        model=model, choices=[_choice(each, model) for each in choices], usage=_usage(reply.get("usage"))
    )


def _choice(given: Mapping[str, Any], model: str) -> ChatCompletionChoice:
    message: Mapping[str, Any] = given.get("message") or {}
    text = message.get("content") or ""
    content: str | list[Content] = text
    if thought := message.get("reasoning_content") or message.get("reasoning"):
        content = [ContentReasoning(reasoning=thought), ContentText(text=text)]
    told = (given.get("logprobs") or {}).get("content")
    return ChatCompletionChoice(
        message=ChatMessageAssistant(content=content, model=model, source="generate"),
        stop_reason=_REASONS.get(given.get("finish_reason") or "", "unknown"),
        logprobs=Logprobs.model_validate({"content": told}) if told else None,
    )


def _usage(given: Mapping[str, Any] | None) -> ModelUsage | None:
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
