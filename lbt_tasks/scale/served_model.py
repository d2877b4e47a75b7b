"""A model behind OpenAI-compatible servers, for many calls a second: Inspect's `Model` without what a log needs.

    model = ServedModel("openai-api/cluster/llama", servers, GenerateConfig(max_tokens=400))
    output = await model.generate([ChatMessageUser(content="Compute 2+3*4.")], config=GenerateConfig())

Prompts, seeds, topping up and what counts of a reply are those of `lbt_solvers.generation.Caller`. Left out are
Inspect's own retries, limits, cache and events; and where a prompt is plain text and so is its reply, the objects of
messages and outputs, which cost more than the request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from inspect_ai.model import CachePolicy, ChatMessage, ChatMessageUser, GenerateConfig, Model, ModelOutput, ModelUsage

from lbt_solvers.choice_usage import of_all_choices
from lbt_solvers.generation import Ask, Caller, reply_of_text, spent
from lbt_solvers.measured_calls import is_measured
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Turn
from lbt_solvers.refusals import is_refusal, refused
from lbt_solvers.types import Reply
from lbt_tasks.scale.served_api import STOP_REASONS, ServedAPI, choices_of, output_of, text_and_thought, usage_of
from lbt_tasks.scale.servers import RefusedError, Servers

_NONE = Reply("", "unknown")
_Sent = tuple[GenerateConfig, dict[str, Any]]
"""Sampling parameters by Inspect's names, and by the protocol's."""


@dataclass(slots=True)
class ServedCaller(Caller):
    """A caller whose plain prompts go to the server as they are."""

    _sent: dict[tuple[int, frozenset[str]], _Sent] = field(
        default_factory=dict[tuple[int, frozenset[str]], _Sent], init=False, repr=False, compare=False
    )
    """By how many replies are asked for, and what the model refuses."""
    _sent_of: GenerateConfig | None = field(default=None, init=False, repr=False, compare=False)

    async def asking(self, turns: Sequence[Turn]) -> Ask:
        """Requests of that prompt."""
        if is_measured() or any(turn.parts or turn.message is not None for turn in turns):
            return await Caller.asking(self, turns)
        begun = self.prompt.begun(turns)
        begins = bool(begun) and (self._served.continues or self.prompt.prefill_always)
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        messages += [{"role": "assistant", "content": begun}] if begins else []
        return partial(self._ask_served, messages)

    @property
    def _served(self) -> ServedAPI:
        assert isinstance(self.model, ServedModel)
        return self.model.served

    async def _ask_served(self, messages: Sequence[Mapping[str, str]], count: int, key: str) -> list[Reply]:
        with self.watch.generating(), RUN_PROGRESS.calling(self.counted_as or self.role, count) as result:
            found = await self._found(messages, count, key)
            usage = None if isinstance(found, str) else self._usage_of(found)
            replies = [_NONE] * count if isinstance(found, str) else self.replies_of(found, usage, count)
            result.replies, result.tokens = len(replies), spent(usage)[0]
        self.usage.add(usage)
        return replies

    def _usage_of(self, found: Mapping[str, Any]) -> ModelUsage | None:
        usage = usage_of(found.get("usage"))
        texts = ["".join(map(str, reversed(text_and_thought(each)))) for each in choices_of(found)]
        return usage and of_all_choices(usage, texts, str(self.model))

    async def _found(self, messages: Sequence[Mapping[str, str]], count: int, key: str) -> dict[str, Any] | str:
        """The reply of the server, or why there is none; without the parameters that it refuses."""
        name, begun = f"{self.problem_id}/{self.role}/{key}", messages[-1]["role"] == "assistant"
        while True:
            config, sent = self._sent_for(count)
            seed = None if "seed" in refused(self.model) else self.seed_of(key)
            seeded = sent if seed is None else {"seed": seed, **sent}
            try:
                return await self._served.reply(self._served.body(messages, seeded, begun), name)
            except RefusedError as error:
                if not is_refusal(self.model, config.model_copy(update={"seed": seed}), error):
                    return self._served.none(name, str(error))

    def _sent_for(self, count: int) -> _Sent:
        if self._sent_of is not self.config:
            self._sent, self._sent_of = {}, self.config
        without = refused(self.model)
        if (count, without) not in self._sent:
            given = {"num_choices": count if count > 1 else None, "seed": None, **dict.fromkeys(without)}
            config = self.config.model_copy(update=given)
            self._sent[count, without] = config, self._served.sent(config)
        return self._sent[count, without]

    def replies_of(self, found: Mapping[str, Any], usage: ModelUsage | None, count: int) -> list[Reply]:
        """What a reply to a request for so many choices gave, as `replies_in` has it."""
        choices = choices_of(found)[:count]
        if any(map(_has_more_than_text, choices)):
            return self.replies_in(output_of(found, str(self.model)), count)
        shares = [part / len(choices) for part in spent(usage)] if choices else []
        return [self._reply(choice, *shares) for choice in choices]

    def _reply(self, choice: Mapping[str, Any], tokens: float, written: float, cached: float) -> Reply:
        text: str = text_and_thought(choice)[0]
        reason = STOP_REASONS.get(choice.get("finish_reason") or "", "unknown")
        reply = reply_of_text(text, reason, tokens, written, cached)
        return reply._replace(text=self.prompt.read(reply.text))


def _has_more_than_text(choice: Mapping[str, Any]) -> bool:
    text, thought = text_and_thought(choice)
    return bool(thought or choice.get("logprobs")) or not isinstance(text, str)


class ServedModel(Model):
    """Inspect's model, asked without Inspect's bookkeeping; its name is the one that it was given."""

    caller = ServedCaller

    def __init__(self, name: str, servers: Servers, config: GenerateConfig) -> None:
        self.served = ServedAPI(name, servers)
        super().__init__(self.served, config)

    def __str__(self) -> str:
        return self.served.model_name

    async def generate(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, input: str | list[ChatMessage], *, config: GenerateConfig, cache: bool | CachePolicy = False, **_: Any
    ) -> ModelOutput:
        """One reply; its name, for seed, session and journal, is in the scope of the cache policy."""
        name = cache.scopes.get("lbt", "") if isinstance(cache, CachePolicy) else ""
        messages: list[ChatMessage] = [ChatMessageUser(content=input)] if isinstance(input, str) else input
        return await self.served.ask(messages, self.config.merge(config), name)
