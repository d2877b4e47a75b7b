"""The Inspect provider `hf-batch`: what Inspect asks of a model, translated for the worker of its weights.

    model = get_model("hf-batch/./my-model", device="cpu")
    output = await model.generate("Compute 2+3*4.", config=GenerateConfig(num_choices=16, temperature=0.8, seed=1))

Imports neither torch nor transformers: the worker thread loads them with the weights, for the first request.
"""

import functools
import logging
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    Content,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from lbt_solvers._compat import raise_connection_limit
from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.errors import UsageError
from lbt_solvers.local_models._arguments import (
    Weights,
    cacheable_name,
    check_hub_name,
    commit_of,
    parse_arguments,
    weights_of,
)
from lbt_solvers.local_models._chat import turns_of
from lbt_solvers.local_models._pool import borrow, give_back
from lbt_solvers.local_models._requests import Answer, Prompt, Reading, Request, Sampling, TokenScore
from lbt_solvers.local_models._worker import DEFAULT_BATCH_SIZE, Backend, Worker

logger = logging.getLogger(__name__)

DEFAULT_MAX_TOKENS = 2048
"""Tokens of a reply where nobody says: what Inspect gives its own local provider."""
MIN_CONNECTIONS = 256
"""Enough for batches of similar rows. More would cost time: Inspect's own work for a call grows with their number."""
REFUSED = ("response_schema", "modalities")
READ_OF, CONTINUED = "prompt_logprobs_of", "continued"
WORST_RANK = 100
"""Above which ranks count as this, as in RSR (arXiv 2601.14249)."""
"""In `extra_body`: log-probabilities of the assistant's last turn alone, for which less is computed and told."""
IGNORED = ("frequency_penalty", "presence_penalty", "logit_bias", "best_of", "effort", "reasoning_effort")


class LocalModelAPI(ModelAPI):
    """Local Hugging Face weights, batched across all requests of the process."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **model_args: Any,
    ) -> None:
        """Check the arguments; nothing is loaded yet.

        Raises:
            UsageError: unknown or wrong arguments, or no such model.
        """
        super().__init__(cacheable_name(model_name), base_url, api_key, config=config or GenerateConfig())
        self._arguments = parse_arguments(model_args)
        self._weights = weights_of(model_name, self._arguments)
        check_hub_name(self._weights)
        self._template = read_template(self._arguments.chat_template)
        self._borrowed: tuple[Worker, weakref.finalize[Any, Any]] | None = None
        self._lifted: object = None
        self._warned: set[str] = set()

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Wait for the answer of the worker.

        Raises:
            UsageError: something this provider does not do: tools, images, a prompt's log-probabilities beside a reply.
            LocalModelError: the model could not be loaded or failed; the message names it.
        """
        self._check(tools, config)
        adaptive = config.adaptive_connections
        if config.max_connections is None and (adaptive is None or adaptive is True):
            self._lifted = raise_connection_limit(self.max_connections(), self._lifted)
        prompt = Prompt(turns_of(input), self._template, self._arguments.template_args)
        reading = reading_of(prompt, config)
        request = Request(prompt, sampling_of(config), choices=config.num_choices or 1, reading=reading)
        self._worker().submit(request)
        return self._output(await request.answer())

    def max_tokens(self) -> int | None:
        """Tokens of a reply where nobody says."""
        return DEFAULT_MAX_TOKENS

    def max_connections(self) -> int:
        """Calls in flight: several batches of them, so that a batch can be chosen."""
        return max(MIN_CONNECTIONS, 4 * (self._arguments.batch_size or DEFAULT_BATCH_SIZE))

    def connection_key(self) -> str:
        """Instances that share weights share their connections."""
        return str(self._weights)

    def collapse_user_messages(self) -> bool:
        """Many templates insist on turns that alternate."""
        return True

    def collapse_assistant_messages(self) -> bool:
        """Many templates insist on turns that alternate."""
        return True

    def collapse_system_messages(self) -> bool:
        """Templates that know a system message know one."""
        return True

    @property
    def weights_place(self) -> str:
        """The folder, or the name on the hub."""
        return self._weights.path

    @property
    def commit(self) -> str:
        """Of a model of the hub; empty for a folder."""
        return commit_of(self._weights)

    def close(self) -> None:
        """Let go of the weights; the last instance to do so frees them. A later request loads them again."""
        if self._borrowed:
            self._borrowed[1]()
            self._borrowed = None

    def _worker(self) -> Worker:
        if self._borrowed is None:
            load = functools.partial(load_backend, self._weights)
            worker = borrow(self._weights, f"hf-batch/{self.model_name}", load)
            self._borrowed = worker, weakref.finalize(self, give_back, self._weights)
            if self._arguments.batch_size:
                worker.limit_batch_size(self._arguments.batch_size)
        return self._borrowed[0]

    def _check(self, tools: Sequence[ToolInfo], config: GenerateConfig) -> None:
        if tools:
            raise UsageError(f"hf-batch: no tools: asked for {tools[0].name}. Use the provider hf/ or vllm/.")
        for name in sorted(config.model_fields_set):
            value = getattr(config, name)
            if name in REFUSED and value:
                raise UsageError(f"hf-batch: '{name}' is not supported: asked for {value!r}.")
            if name in IGNORED and value is not None and name not in self._warned:
                self._warned.add(name)
                logger.warning("hf-batch/%s: '%s' has no effect", self.model_name, name)

    def _output(self, answer: Answer) -> ModelOutput:
        generated = sum(completion.tokens for completion in answer.completions)
        thought = sum(completion.thought for completion in answer.completions)
        return ModelOutput(
            model=self.model_name,
            choices=[
                ChatCompletionChoice(
                    message=ChatMessageAssistant(
                        content=content_of(done.text), model=self.model_name, source="generate"
                    ),
                    stop_reason=done.stop_reason,
                    logprobs=logprobs_of(done.scores),
                    prompt_logprobs=logprobs_of(answer.prompt_scores),
                )
                for done in answer.completions
            ],
            usage=ModelUsage(
                input_tokens=answer.input_tokens,
                output_tokens=generated,
                total_tokens=answer.input_tokens + generated,
                reasoning_tokens=thought or None,
            ),
            metadata=metadata_of(answer),
        )


def metadata_of(answer: Answer) -> dict[str, Any] | None:
    """What Inspect has no place for: self-certainty of what was drawn, the sum of the ranks of what was read."""
    certainties = [completion.certainty for completion in answer.completions]
    found: dict[str, Any] = {"self_certainty": certainties} if any(each is not None for each in certainties) else {}
    if answer.prompt_scores:
        found["rank_sum"] = sum(min(each.rank, WORST_RANK) for each in answer.prompt_scores)
    return found or None


def content_of(text: str) -> str | list[Content]:
    """A reply as Inspect's other providers report it: what was thought in a block of its own."""
    visible, thinking, _ = split_thinking(text)
    return [ContentReasoning(reasoning=thinking), ContentText(text=visible)] if thinking else visible


def sampling_of(config: GenerateConfig) -> Sampling:
    """The part of Inspect's settings that decides how tokens are drawn."""
    return Sampling(
        max_tokens=config.max_tokens or DEFAULT_MAX_TOKENS,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=config.top_k,
        seed=config.seed,
        stop=tuple(string for string in config.stop_seqs or () if string),
        logprobs=(config.top_logprobs or 0) if config.logprobs else None,
    )


def reading_of(prompt: Prompt, config: GenerateConfig) -> Reading | None:
    """Whether the prompt's own log-probabilities are asked for, and of which tokens.

    Raises:
        UsageError: together with a reply of more than the token that servers insist on, or of several.
    """
    extra = config.extra_body or {}
    continued = extra.get(READ_OF) == CONTINUED
    if config.prompt_logprobs is None:
        return None
    if config.max_tokens != 1 or (config.num_choices or 1) > 1:
        raise UsageError(
            "hf-batch: prompt_logprobs reads a prompt and writes nothing: max_tokens=1 and one choice were needed, "
            f"found max_tokens={config.max_tokens}, num_choices={config.num_choices}."
        )
    if continued and not prompt.continues:
        raise UsageError(f"hf-batch: {READ_OF}={CONTINUED} needs a conversation that ends with the assistant's turn.")
    return Reading(config.prompt_logprobs, continued)


def logprobs_of(scores: Sequence[TokenScore]) -> Logprobs | None:
    """As Inspect's other providers report them; `None` where there are none."""
    found = [
        Logprob(
            token=each.token,
            logprob=each.logprob,
            top_logprobs=[TopLogprob(token=token, logprob=value) for token, value in each.top] or None,
        )
        for each in scores
    ]
    return Logprobs(content=found) if found else None


def read_template(argument: str | None) -> str | None:
    """The chat template in the file `argument`; empty for `none`, `None` for the tokenizer's own.

    Raises:
        UsageError: no such file.
    """
    if argument is None or argument == "none":
        return None if argument is None else ""
    path = Path(argument).expanduser()
    if not path.is_file():
        raise UsageError(f"hf-batch: chat_template={argument}: needs a Jinja file, or none; found no such file.")
    return path.read_text(encoding="utf-8")


def load_backend(weights: Weights) -> Backend:
    """Load the weights; runs in the worker's thread, where torch and transformers are first imported."""
    from lbt_solvers.local_models._transformers import load_model

    return load_model(weights)
