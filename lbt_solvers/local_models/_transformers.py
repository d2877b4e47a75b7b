"""A model loaded by transformers, generating for rows of a batch.

    model = load_model(weights)
    model.encode(request)
    completions = model.generate([BatchRow(request, choice=0, limit=64)])

Padding is on the left, under an attention mask; transformers derives the positions from the mask.
"""

import contextlib
import copy
import gc
import traceback
from collections.abc import Generator, Sequence
from functools import partial
from typing import Any, cast

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedTokenizerBase,
    StoppingCriteriaList,
)
from transformers.utils import logging as transformers_logging

from lbt_solvers.answers.thinking import begins_thinking, thought_marks
from lbt_solvers.local_models._arguments import Weights
from lbt_solvers.local_models._chat import render
from lbt_solvers.local_models._exclusion import Exclusion
from lbt_solvers.local_models._requests import BatchRow, Completion, Request, Sampling
from lbt_solvers.local_models._sampling import RowSampler, RowSampling, row_seed
from lbt_solvers.local_models._stopping import RowStops, cut_at_stop

ANCHOR_TOKENS = 8
"""Tokens of the prompt that a continuation is decoded with: some decoders drop the blank before a text's first word."""

THOUGHT_TOKENS = 16
"""Tokens at the end of a prompt in which a template may begin the thought of the reply."""

LOADS_AND_BATCHES = Exclusion()
"""While transformers loads weights it changes torch for the whole process (default dtype, meta device, initialisers);
a batch or another load in a second thread at that moment ends with scores that are not finite."""


def load_model(weights: Weights) -> "TransformersModel":
    """Load model and tokenizer onto the device.

    Without a `device`: a GPU where there is one, else Apple's, else the CPU. Without a `dtype`: float32 on the CPU,
    elsewhere that of the weights.
    """
    device = weights.device or default_device()
    dtype = weights.dtype or ("float32" if device == "cpu" else "auto")
    hub: dict[str, Any] = {"trust_remote_code": weights.trust_remote_code}
    if weights.revision:
        hub["revision"] = weights.revision
    extra: dict[str, Any] = {} if device == "cpu" else {"device_map": device}
    if weights.attn_implementation:
        extra["attn_implementation"] = weights.attn_implementation
    with LOADS_AND_BATCHES.alone(), _no_progress_bars():
        model = AutoModelForCausalLM.from_pretrained(
            weights.path, dtype=dtype if dtype == "auto" else getattr(torch, dtype), **hub, **extra
        )
        tokenizer = AutoTokenizer.from_pretrained(weights.tokenizer, **hub)
    return TransformersModel(model.eval(), tokenizer)


def free_memory() -> None:
    """Give unused memory back."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def default_device() -> str:
    """`cuda`, `mps` or `cpu`: the first that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class TransformersModel:
    """The `Backend` of the worker."""

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
        self._model: Any = model
        self._tokenizer = tokenizer
        self._defaults: GenerationConfig = model.generation_config
        self._eos = _token_ids(self._defaults.eos_token_id) or _token_ids(tokenizer.eos_token_id)
        # Decoding skips more than `all_special_ids`: every added token that says it is special.
        added = (token for token, kind in getattr(tokenizer, "added_tokens_decoder", {}).items() if kind.special)
        special = {*tokenizer.all_special_ids, *added}
        self._thought_marks = thought_marks({token: self._raw([token]) for token in special})
        self._config = self._greedy_config()
        model.generation_config = self._config  # `generate` would fill in the gaps from the model's own settings.
        text_config = model.config.get_text_config()
        self._context: int | None = getattr(text_config, "max_position_embeddings", None)
        # Learned positions have an end: also rows that are ended already must not run past it.
        self.shared_window = None if getattr(text_config, "rope_parameters", None) else self._context

    def encode(self, request: Request) -> int:
        """Tokens of the prompt into the request; returns how many tokens may be generated."""
        start = self._tokenizer.bos_token_id
        empty = _token_ids(start) or self._eos[:1] or [0]
        request.prompt_ids = render(request.prompt, self._tokenizer) or empty
        request.begun = begins_thinking(self._raw(request.prompt_ids[-THOUGHT_TOKENS:]))
        wanted = request.sampling.max_tokens
        return wanted if self._context is None else max(0, min(wanted, self._context - len(request.prompt_ids)))

    def generate(self, rows: Sequence[BatchRow]) -> list[Completion]:
        """One batch through `generate`, and what came out for each row."""
        width = max(len(row.request.prompt_ids) for row in rows)
        input_ids, mask = self._padded(rows, width)
        config = copy.copy(self._config)
        config.max_new_tokens = max(row.limit for row in rows)
        with LOADS_AND_BATCHES.together(), torch.inference_mode():
            sequences = self._model.generate(
                input_ids=input_ids,
                attention_mask=mask,
                generation_config=config,
                logits_processor=self._sampler(rows),
                stopping_criteria=StoppingCriteriaList([RowStops(rows, width, self._raw, input_ids.device)]),
            )
        generated: list[list[int]] = sequences[:, width:].tolist()
        return [self._completion(row, tokens) for row, tokens in zip(rows, generated, strict=True)]

    def ran_out_of_memory(self, error: Exception) -> bool:
        """Whether the device's memory was too small; frees what the failed batch held."""
        if not isinstance(error, torch.OutOfMemoryError):
            return False
        traceback.clear_frames(error.__traceback__)
        free_memory()
        return True

    def close(self) -> None:
        """Free the weights, also those that frames of the loader still refer to in a cycle."""
        self._model = None
        free_memory()

    def _greedy_config(self) -> GenerationConfig:
        config = copy.deepcopy(self._defaults)
        for name in ("temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"):
            setattr(config, name, None)
        for name in ("max_length", "max_time", "stop_strings", "return_dict_in_generate"):
            setattr(config, name, None)
        config.do_sample, config.num_beams, config.num_return_sequences = False, 1, 1
        config.eos_token_id = self._eos or None
        pad = _token_ids(self._tokenizer.pad_token_id) or self._eos or [0]
        config.pad_token_id = pad[0]
        return config

    def _padded(self, rows: Sequence[BatchRow], width: int) -> tuple[torch.Tensor, torch.Tensor]:
        prompts = [row.request.prompt_ids for row in rows]
        pad = cast(int, self._config.pad_token_id)
        input_ids = torch.tensor([[pad] * (width - len(ids)) + ids for ids in prompts], device=self._model.device)
        mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts], device=self._model.device)
        return input_ids, mask

    def _sampler(self, rows: Sequence[BatchRow]) -> LogitsProcessorList:
        settings = [self._row_sampling(row) for row in rows]
        if all(row.greedy for row in settings):
            return LogitsProcessorList()
        return LogitsProcessorList([RowSampler(settings, self._model.device)])

    def _row_sampling(self, row: BatchRow) -> RowSampling:
        asked: Sampling = row.request.sampling
        defaults = self._defaults
        return RowSampling(
            temperature=_first(asked.temperature, defaults.temperature, 1.0),
            top_k=int(_first(asked.top_k, defaults.top_k, 0)),
            top_p=_first(asked.top_p, defaults.top_p, 1.0),
            seed=row_seed(asked.seed, row.choice, row.request.prompt_ids),
            steps=row.limit,
        )

    def _completion(self, row: BatchRow, tokens: Sequence[int]) -> Completion:
        tokens = tokens[: row.limit]
        end = next((index for index, token in enumerate(tokens) if token in self._eos), None)
        tokens = tokens if end is None else tokens[: end + 1]
        prompt_end = row.request.prompt_ids[-ANCHOR_TOKENS:] if row.request.prompt.continues else []
        raw, plain = partial(self._raw, prompt_end=prompt_end), partial(self._plain, prompt_end=prompt_end)
        begun = row.request.begun
        if found := cut_at_stop(tokens, row.request.sampling.stop, raw, plain):
            return Completion(begun + found[1], found[0], "stop")
        text = begun + plain(tokens)
        if end is not None:
            return Completion(text, len(tokens), "stop")
        cut_by_context = row.limit < row.request.sampling.max_tokens
        return Completion(text, len(tokens), "model_length" if cut_by_context else "max_tokens")

    def _raw(self, tokens: Sequence[int], prompt_end: Sequence[int] = ()) -> str:
        return self._decode(tokens, prompt_end, skip_special_tokens=False)

    def _plain(self, tokens: Sequence[int], prompt_end: Sequence[int] = ()) -> str:
        """Without special tokens, but for those that set thinking apart."""
        if not self._thought_marks.intersection(tokens):
            return self._decode(tokens, prompt_end, skip_special_tokens=True)
        text, start = "", 0
        for at, token in enumerate(tokens):
            if token in self._thought_marks:
                text += self._decode(tokens[start:at], prompt_end if not start else (), skip_special_tokens=True)
                text, start = text + self._raw([token]), at + 1
        return text + self._decode(tokens[start:], (), skip_special_tokens=True)

    def _decode(self, tokens: Sequence[int], prompt_end: Sequence[int], *, skip_special_tokens: bool) -> str:
        def text(ids: list[int]) -> str:
            decoded = self._tokenizer.decode(
                ids, skip_special_tokens=skip_special_tokens, clean_up_tokenization_spaces=False
            )
            return cast(str, decoded)

        before = text([*prompt_end]) if prompt_end else ""
        return text([*prompt_end, *tokens])[len(before) :]


def _token_ids(given: Any) -> list[int]:
    """Token ids of a setting that is one id, several or none."""
    if given is None:
        return []
    return [int(token) for token in given] if isinstance(given, list | tuple) else [int(given)]


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


@contextlib.contextmanager
def _no_progress_bars() -> Generator[None]:
    """Bars of the loader would be drawn over Inspect's display."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()
