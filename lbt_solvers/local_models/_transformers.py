"""A model loaded by transformers, as the worker's backend: rows join, every step gives each its next token.

model = load_model(weights)
model.encode(request)
model.join([BatchRow(request, choice=0, limit=64)], waiting=[])
while not (left := model.step()): ...
"""

import contextlib
import gc
import traceback
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import fsum
from typing import Any, cast

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from lbt_solvers.answers.thinking import begins_thinking, thought_length, thought_marks
from lbt_solvers.local_models._arguments import Weights
from lbt_solvers.local_models._chat import before_last_turn, render
from lbt_solvers.local_models._decoder import DecodedRow, Decoder
from lbt_solvers.local_models._exclusion import Exclusion
from lbt_solvers.local_models._packed_linear import pack_weights
from lbt_solvers.local_models._prefixes import common_tokens, key_of
from lbt_solvers.local_models._processor import choose_threads, fast_in_bfloat16
from lbt_solvers.local_models._requests import Answer, BatchRow, Completion, Request, Sampling, TokenScore
from lbt_solvers.local_models._sampling import RowSampler, RowSampling, Workspace, row_seed
from lbt_solvers.local_models._score_settings import ScoreSettings
from lbt_solvers.local_models._stopping import cut_at_stop, has_stopped
from lbt_solvers.local_models._token_scores import self_certainties, token_scores

ANCHOR_TOKENS = 8
"""Tokens of the prompt that a continuation is decoded with: some decoders drop the blank before a text's first word."""

THOUGHT_TOKENS = 16
"""Tokens at the end of a prompt in which a template may begin the thought of the reply."""

LOADS_AND_STEPS = Exclusion()
"""While transformers loads weights it changes torch for the whole process (default dtype, meta device, initialisers);
a step or another load in a second thread at that moment ends with scores that are not finite. On the CPU the steps of
several models take turns as well: each uses all cores, and threads that wait for each other would starve."""


def load_model(weights: Weights) -> "TransformersModel":
    """Load model and tokenizer onto the device.

    Without a `device`: a GPU where there is one, else Apple's, else the CPU. Without a `dtype`: that of the weights,
    but float32 on a CPU that does not compute in theirs.
    """
    device = weights.device or default_device()
    hub: dict[str, Any] = {"trust_remote_code": weights.trust_remote_code}
    if weights.revision:
        hub["revision"] = weights.revision
    extra: dict[str, Any] = {} if device == "cpu" else {"device_map": device}
    if weights.attn_implementation:
        extra["attn_implementation"] = weights.attn_implementation
    with LOADS_AND_STEPS.alone(), _no_progress_bars():
        dtype = weights.dtype or (
            "auto" if device != "cpu" else cpu_dtype(AutoConfig.from_pretrained(weights.path, **hub))
        )
        model = AutoModelForCausalLM.from_pretrained(
            weights.path, dtype=dtype if dtype == "auto" else getattr(torch, dtype), **hub, **extra
        )
        if weights.tokenizer != weights.path:
            hub.pop("revision", None)  # which is the weights'
        tokenizer = AutoTokenizer.from_pretrained(weights.tokenizer, **hub)
    pack_weights(model)
    return TransformersModel(model.eval(), tokenizer, weights.threads)


def cpu_dtype(config: Any) -> str:
    """`bfloat16` for weights that are stored so, where the CPU computes in it; else `float32`."""
    stored = getattr(config.get_text_config(), "dtype", None) or getattr(config, "dtype", None)
    return "bfloat16" if stored == torch.bfloat16 and fast_in_bfloat16() else "float32"


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


@dataclass(eq=False, slots=True, kw_only=True)
class _RunningRow(DecodedRow):
    """A row of the worker's while it is decoded."""

    row: BatchRow
    sampling: RowSampling
    settings: LogitsProcessorList | None
    scores: list[TokenScore] = field(default_factory=list[TokenScore])
    certainties: list[float] = field(default_factory=list[float])


class TransformersModel:
    """The `Backend` of the worker."""

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, threads: int | None = None) -> None:
        self._model: Any = model
        self._tokenizer = tokenizer
        self._threads = threads
        self._defaults: GenerationConfig = model.generation_config
        self._eos = _token_ids(self._defaults.eos_token_id) or _token_ids(tokenizer.eos_token_id)
        # Decoding skips more than `all_special_ids`: every added token that says it is special.
        added = (token for token, kind in getattr(tokenizer, "added_tokens_decoder", {}).items() if kind.special)
        special = {*tokenizer.all_special_ids, *added}
        self._thought_marks = thought_marks({token: self._raw([token]) for token in special})
        self._settings = ScoreSettings(self._defaults, self._eos, model.device)
        self._context: int | None = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self._decoder: Decoder[_RunningRow] = Decoder(model)
        self._sampler: RowSampler | None = None
        self._probabilities = Workspace()

    def encode(self, request: Request) -> int:
        """Tokens of the prompt into the request; returns how many tokens may be generated."""
        start = self._tokenizer.bos_token_id
        empty = _token_ids(start) or self._eos[:1] or [0]
        request.prompt_ids = render(request.prompt, self._tokenizer) or empty
        request.begun = begins_thinking(self._raw(request.prompt_ids[-THOUGHT_TOKENS:]))
        wanted = request.sampling.max_tokens
        if request.reading and request.reading.continued:
            before = key_of(before_last_turn(request.prompt, self._tokenizer))
            request.read_from = max(1, common_tokens(before, key_of(request.prompt_ids)))
        return wanted if self._context is None else max(0, min(wanted, self._context - len(request.prompt_ids)))

    @torch.inference_mode()
    def join(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> None:
        """Read the prompts of `rows`; what they share with each other and with those that wait is read once."""
        self._sampler = None
        with self._computing():
            self._decoder.join([self._running(row) for row in rows], {row.request.prompt_key for row in waiting})

    @torch.inference_mode()
    def read(self, rows: Sequence[BatchRow], waiting: Sequence[BatchRow]) -> list[Answer]:
        """Log-probabilities of the prompts' own tokens; what prompts share is read once."""
        asked = [(row.request.prompt_key, row.request.read_from) for row in rows]
        scored: dict[int, tuple[TokenScore, ...]] = {}
        with self._computing():
            for place, scores in self._decoder.read_scores(asked, {row.request.prompt_key for row in waiting}):
                scored[place] = self._scored(rows[place].request, scores)
        nothing = Completion("", 0, "max_tokens")
        return [Answer(len(row.request.prompt_ids), (nothing,), scored[place]) for place, row in enumerate(rows)]

    @torch.inference_mode()
    def step(self) -> list[tuple[BatchRow, Completion | None]]:
        """The next token of every row. Returns the rows that left: with what they wrote, or nobody wanted it."""
        rows = self._decoder.rows
        with self._computing():
            raw = self._decoder.scores()
            scores = raw.clone() if self._settings else raw
            for place, row in enumerate(rows) if self._settings else ():
                scores[place : place + 1] = self._adjusted(row, scores[place : place + 1])
            self._sampler = self._sampler or RowSampler(
                [row.sampling for row in rows], scores.device, self._probabilities
            )
            tokens: list[int] = self._sampler(scores, [len(row.tokens) for row in rows]).tolist()
            self._note_scores(rows, raw, tokens)
        self._decoder.append(tokens)
        left: list[tuple[BatchRow, Completion | None]] = []
        for place in reversed(range(len(rows))):
            running = rows[place]
            if running.row.request.settled or self._ended(running):
                completion = None if running.row.request.settled else self._with_scores(running)
                left.append((running.row, completion))
                self._decoder.leave(place)
                self._sampler = None
        return left

    def ran_out_of_memory(self, error: Exception) -> bool:
        """Whether the device's memory was too small; frees what the failed step held."""
        if not isinstance(error, torch.OutOfMemoryError):
            return False
        traceback.clear_frames(error.__traceback__)
        return True

    def clear(self) -> None:
        """Drop all rows."""
        self._decoder.clear()
        self._sampler = None
        free_memory()

    def close(self) -> None:
        """Free the weights, also those that frames of the loader still refer to in a cycle."""
        self._model = None
        self._decoder = cast(Any, None)
        free_memory()

    @contextlib.contextmanager
    def _computing(self) -> Generator[None]:
        on_cpu = self._model.device.type == "cpu"
        with LOADS_AND_STEPS.alone() if on_cpu else LOADS_AND_STEPS.together():
            if on_cpu:
                choose_threads(self._threads)
            yield

    def _running(self, row: BatchRow) -> _RunningRow:
        prompt = row.request.prompt_ids
        return _RunningRow(
            prompt=prompt,
            row=row,
            sampling=self._row_sampling(row),
            settings=self._settings.of_prompt(len(prompt)) if self._settings else None,
        )

    def _adjusted(self, row: _RunningRow, scores: torch.Tensor) -> torch.Tensor:
        assert row.settings is not None
        seen = torch.tensor([[*row.prompt, *row.tokens]], device=scores.device)
        return row.settings(seen, scores)  # pyright: ignore[reportArgumentType]

    def _scored(self, request: Request, scores: torch.Tensor) -> tuple[TokenScore, ...]:
        """The scores of a prompt's tokens, from the first that is wanted."""
        start, ids = request.read_from, request.prompt_ids
        before = [ids[max(0, at - ANCHOR_TOKENS) : at] for at in range(start, len(ids))]
        assert request.reading is not None
        return token_scores(torch.log_softmax(scores, -1), ids[start:], before, request.reading.top, self._raw)

    def _note_scores(self, rows: Sequence[_RunningRow], raw: torch.Tensor, tokens: Sequence[int]) -> None:
        """Keeps the log-probability of the token that each row drew, where it is wanted."""
        asked = [place for place, row in enumerate(rows) if row.row.request.sampling.logprobs is not None]
        if not asked:
            return
        log_p = torch.log_softmax(raw[asked], -1)
        for at, (place, certainty) in enumerate(zip(asked, self_certainties(log_p), strict=True)):
            row, token = rows[place], tokens[place]
            before = [*row.prompt[-ANCHOR_TOKENS:], *row.tokens][-ANCHOR_TOKENS:]
            top = row.row.request.sampling.logprobs or 0
            row.scores += token_scores(log_p[at : at + 1], [token], [before], top, self._raw)
            row.certainties.append(certainty)

    def _with_scores(self, running: _RunningRow) -> Completion:
        done = self._completion(running.row, running.tokens)
        certainties = running.certainties[: done.tokens]
        certainty = fsum(certainties) / len(certainties) if certainties else None
        return replace(done, scores=tuple(running.scores[: done.tokens]), certainty=certainty)

    def _ended(self, running: _RunningRow) -> bool:
        tokens = running.tokens
        stop = running.row.request.sampling.stop
        return tokens[-1] in self._eos or len(tokens) >= running.row.limit or has_stopped(tokens, stop, self._raw)

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
            text, tokens, reason = found[1], tokens[: found[0]], "stop"
        else:
            cut_by = "model_length" if row.limit < row.request.sampling.max_tokens else "max_tokens"
            text, reason = plain(tokens), "stop" if end is not None else cut_by
        thought = thought_length(len(tokens), lambda count: begun + plain(tokens[:count]))
        return Completion(begun + text, len(tokens), reason, thought=thought)

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
