"""Model calls of one role for one problem: seeded, cached, topped up, counted.

    caller = Caller(get_model(role="teacher"), "teacher", GenerateConfig(temperature=0.7), prompt, problem_id="p1")
    replies = await caller.replies(prompt.messages("Compute 2+3*4."), count=16, key="sample")

Every call is cached by Inspect under a scope of problem, role, position and the model's weights, so a run that was
killed repeats nothing it paid for; and every call has its own seed, so that providers which honour seeds give the same
replies again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from math import fsum, nan
from typing import Any

from inspect_ai.model import (
    CachePolicy,
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
)
from pydantic import BaseModel

from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.choice_usage import of_all_choices
from lbt_solvers.concurrency import in_order
from lbt_solvers.confidence import confidence_of
from lbt_solvers.conversation import message_of
from lbt_solvers.errors import UsageError
from lbt_solvers.exam_forms import FirstToken, Likelihood
from lbt_solvers.log_probabilities import MOST_TOLD, begins_with, reading, reply_scores
from lbt_solvers.measured_calls import input_tokens, note_call
from lbt_solvers.media import with_media
from lbt_solvers.model_identity import identity_of
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import PromptFormat, Turn
from lbt_solvers.refusals import accepted, is_refusal
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.types import Reply

Ask = Callable[[int, str], Awaitable[list[Reply]]]
"""A request of one prompt: for so many replies, under that name."""

_TOKENS = ("tokens", "written", "cached")
# Providers that continue a trailing assistant message instead of answering it.
CONTINUES_PREFILL = frozenset({"hf-batch", "vllm", "sglang", "sagemaker"})


class RoleUsage(BaseModel):
    """Calls and tokens of one role; cached calls count at what they cost when they were made."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Those of the read ones that the provider found in its own prompt cache; 0 in older logs."""
    reasoning_tokens: int = 0
    """Those of the written ones that are thoughts, as far as the provider says."""

    def add(self, usage: ModelUsage | None) -> None:
        """Counts one call."""
        self.calls += 1
        if usage:
            self.input_tokens += input_tokens(usage)
            self.output_tokens += usage.output_tokens
            self.cached_tokens += usage.input_tokens_cache_read or 0
            self.reasoning_tokens += usage.reasoning_tokens or 0


@dataclass(slots=True)
class Caller:
    """One model in one role on one problem."""

    model: Model
    role: str
    config: GenerateConfig
    prompt: PromptFormat
    problem_id: str
    epoch: int = 1
    seed: int | None = 0
    """Seed of the run; `None` sends no seeds."""
    cache: bool = True
    choices_per_call: int = 16
    usage: RoleUsage = field(default_factory=RoleUsage)
    watch: Stopwatch = field(default_factory=Stopwatch)
    counted_as: str = ""
    """Under which role a run's progress and cost count its calls, where that is not its own, which seeds them."""
    _identity: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def greedy(self) -> bool:
        """Whether it gives one question one reply."""
        return self.config.temperature == 0

    def under(self, role: str) -> "Caller":
        """The same model under another role, with a count of its own."""
        return replace(self, role=role, usage=RoleUsage())

    async def replies(self, turns: Sequence[Turn], count: int, key: str) -> list[Reply]:
        """`count` completions of one prompt, in a fixed order.

        Asks for several choices a call and tops up: providers may return fewer, or one whatever was asked. A reply
        without usable text is asked for once more.
        """
        ask = await self.asking(turns)
        replies = await ask(min(count, self.choices_per_call), f"{key}/0")
        per_call = self.choices_per_call if len(replies) > 1 else 1
        while replies and len(replies) < count:
            starts = range(len(replies), count, per_call)
            batches = await in_order([partial(ask, min(per_call, count - start), f"{key}/{start}") for start in starts])
            replies = replies + [reply for batch in batches for reply in batch]
        return await _asked_again(ask, replies[:count], key)

    async def asking(self, turns: Sequence[Turn]) -> Ask:
        """Requests of that prompt."""
        return partial(self._ask, await self._messages(turns))

    @property
    def identity(self) -> dict[str, str]:
        """Weights and arguments of the model, as far as they can be told."""
        if self._identity is None:
            self._identity = identity_of(self.model)
        return self._identity

    async def log_likelihood(self, turns: Sequence[Turn], reply: str, key: str) -> Likelihood:
        """How likely the model finds that reply, by one pass over the prompt and the reply.

        Raises:
            UsageError: its provider does not tell the log-probabilities of a prompt.
            ValueError: those that it told are not those of the reply.
        """
        answered = (reply if reply.startswith(self.prompt.prefill) else self.prompt.prefill + reply).strip()
        messages: list[ChatMessage] = [await with_media(message_of(turn)) for turn in turns]
        messages.append(ChatMessageAssistant(content=answered))
        output = await self._call(messages, reading(self.model, self.config), key, 1)
        logprobs = output.choices[0].prompt_logprobs if output.choices else None
        pairs = [(each.token, each.logprob) for each in logprobs.content] if logprobs else []
        scores = reply_scores(pairs, answered, self.model)
        tokens, written, cached = spent(output.usage)
        ranks = float((output.metadata or {}).get("rank_sum", nan))
        return Likelihood(fsum(scores), len(scores), tokens - written, cached, written, ranks, tuple(scores))

    async def first_token(self, turns: Sequence[Turn], beginnings: Sequence[str], key: str) -> FirstToken:
        """By one call that writes one token, of which the likeliest ones count by their first letters.

        Raises:
            UsageError: its provider does not tell log-probabilities.
        """
        messages: list[ChatMessage] = [await with_media(message_of(turn)) for turn in turns]
        one = {"max_tokens": 1, "logprobs": True, "top_logprobs": MOST_TOLD, "num_choices": None, "stop_seqs": None}
        output = await self._call(messages, self.config.model_copy(update=one), key, 1)
        logprobs = output.choices[0].logprobs if output.choices else None
        top = logprobs.content[0].top_logprobs if logprobs and logprobs.content else None
        if not top:
            raise UsageError(
                f"{self.model} tells no log-probabilities of what it writes, which exam_kind=ptrue needs: take "
                "exam_kind=judge, or another model."
            )
        likely = begins_with([(each.token, each.logprob) for each in top], beginnings)
        return FirstToken(likely, *map(float, spent(output.usage)))

    def grading(self) -> AbstractContextManager[None]:
        """While a grade of its replies is awaited."""
        return self.watch.grading()

    def sampling(self) -> dict[str, Any]:
        """The sampling parameters of this role, for the record."""
        return self.config.model_dump(exclude_none=True, exclude={"max_connections", "adaptive_connections"})

    async def _ask(self, messages: list[ChatMessage], count: int, key: str) -> list[Reply]:
        config = self.config.model_copy(update={"num_choices": count if count > 1 else None})
        return self.replies_in(await self._call(messages, config, key, count), count)

    def replies_in(self, output: ModelOutput, count: int) -> list[Reply]:
        """What a call for so many replies gave."""
        choices = output.choices[:count]
        shares = [part / len(choices) for part in spent(output.usage)] if choices else []
        certainties = (output.metadata or {}).get("self_certainty") or [None] * len(choices)
        replies = [
            _reply(choice, *shares)._replace(confidence=_confidence(choice, certainty))
            for choice, certainty in zip(choices, certainties, strict=False)
        ]
        return [reply._replace(text=self.prompt.read(reply.text)) for reply in replies]

    async def _call(self, messages: list[ChatMessage], config: GenerateConfig, key: str, count: int) -> ModelOutput:
        """One request: seeded, cached and counted."""
        config = config.model_copy(update={"seed": self.seed_of(key)})
        scope = {"lbt": f"{self.problem_id}/{self.role}/{key}", **self.identity}
        policy = CachePolicy(expiry=None, scopes=scope) if self.cache else False
        with self.watch.generating(), RUN_PROGRESS.calling(self.counted_as or self.role, count) as result:
            started = time.monotonic()
            output = _counted(await self._generate(messages, config, policy), self.model)
            note_call(self.model, self.counted_as or self.role, count, output, started, time.monotonic())
            result.replies, result.tokens = len(output.choices[:count]), spent(output.usage)[0]
            result.dollars = output.usage.total_cost if output.usage else None
            result.seconds_when_made = output.time or 0.0
        self.usage.add(output.usage)
        return output

    async def _generate(
        self, messages: list[ChatMessage], config: GenerateConfig, cache: CachePolicy | bool
    ) -> ModelOutput:
        """The model's output, without the parameters that it refuses."""
        while True:
            taken = accepted(self.model, config)
            try:
                return await self.model.generate(messages, config=taken, cache=cache)
            except Exception as error:
                if not is_refusal(self.model, taken, error):
                    raise

    def seed_of(self, key: str) -> int | None:
        """The seed of the call of that name."""
        if self.seed is None:
            return None
        name = f"{self.seed}/{self.epoch}/{self.problem_id}/{self.role}/{key}"
        return int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) >> 1  # 31 bits: every provider takes it

    async def _messages(self, turns: Sequence[Turn]) -> list[ChatMessage]:
        messages: list[ChatMessage] = [await with_media(message_of(turn)) for turn in turns]
        continues = str(self.model).split("/")[0] in CONTINUES_PREFILL
        begun = self.prompt.begun(turns)
        if begun and (continues or self.prompt.prefill_always):
            messages.append(ChatMessageAssistant(content=begun))
        return messages


async def _asked_again(ask: Ask, replies: list[Reply], key: str) -> list[Reply]:
    empty = [index for index, reply in enumerate(replies) if not reply.usable]
    if empty:
        second = await in_order([partial(ask, 1, f"{key}/{index}/again") for index in empty])
        for index, batch in zip(empty, second, strict=True):
            if batch:
                both = {name: getattr(replies[index], name) + getattr(batch[0], name) for name in _TOKENS}
                replies[index] = batch[0]._replace(**both)
    return replies


def _counted(output: ModelOutput, model: Model) -> ModelOutput:
    """The output, with a usage of all its choices."""
    if output.usage is None or len(output.choices) < 2:
        return output
    texts = [_whole_text(choice) for choice in output.choices]
    return output.model_copy(update={"usage": of_all_choices(output.usage, texts, str(model))})


def _whole_text(choice: ChatCompletionChoice) -> str:
    return "".join([*(block.reasoning for block in _thoughts(choice)), choice.message.text])


def spent(usage: ModelUsage | None) -> tuple[int, int, int]:
    """Tokens of a call, those of them that were written, and those that came from a provider's cache."""
    if usage is None:
        return 0, 0, 0
    return input_tokens(usage) + usage.output_tokens, usage.output_tokens, usage.input_tokens_cache_read or 0


def _reply(choice: ChatCompletionChoice, tokens: float, written: float, cached: float) -> Reply:
    """What the model says, apart from blocks of what it thinks."""
    apart = "\n\n".join(text for block in _thoughts(choice) if (text := _thought(block)))
    reply = reply_of_text(choice.message.text, choice.stop_reason, tokens, written, cached)
    return reply._replace(thinking="\n\n".join(filter(None, (apart, reply.thinking))))


def reply_of_text(text: str, stop_reason: str, tokens: float, written: float, cached: float) -> Reply:
    """What a model says apart from what it thinks between marks."""
    visible, thinking, cut = split_thinking(text)
    return Reply(
        visible, "max_tokens" if cut and stop_reason == "stop" else stop_reason, tokens, thinking, written, cached
    )


def _confidence(choice: ChatCompletionChoice, self_certainty: float | None) -> dict[str, float]:
    logprobs = choice.logprobs.content if choice.logprobs else []
    tokens = [(each.logprob, [top.logprob for top in each.top_logprobs or []]) for each in logprobs]
    return confidence_of(tokens, self_certainty)


def _thoughts(choice: ChatCompletionChoice) -> list[ContentReasoning]:
    content = choice.message.content
    return [part for part in content if isinstance(part, ContentReasoning)] if isinstance(content, list) else []


def _thought(block: ContentReasoning) -> str:
    """What may be read of it: a provider that keeps thoughts to itself gives a summary at most."""
    return ((block.summary or "") if block.redacted else block.reasoning or block.summary or "").strip()
