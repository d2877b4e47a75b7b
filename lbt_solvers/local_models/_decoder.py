"""Continuous batching with a model of transformers: rows join and leave between any two tokens.

    decoder = Decoder(model)
    decoder.join([DecodedRow(prompt_ids, ...), ...], waiting=[...])   # reads their prompts, shared beginnings once
    scores = decoder.scores()                                         # [rows, vocabulary], of each row's next token
    decoder.append([token, ...])                                      # what was chosen
    decoder.leave(3)

All but the last token of a prompt is read when its row joins; the last one is the input of its first step. What rows
draw and when they end is not known here.
"""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from lbt_solvers.local_models._prefixes import PrefixStore, first_tokens, key_of, length, longest_shared, tokens_of
from lbt_solvers.local_models._requests import LocalModelError
from lbt_solvers.local_models._row_cache import KeysValues, RowCache
from lbt_solvers.local_models._sampling import Workspace

MIN_SHARED = 16
"""A common beginning of fewer tokens is not worth a pass of its own."""
TOKENS_PER_READ = 4096
"""Tokens of prompts in one pass, padding included: more is no faster and takes memory."""
SCORES_PER_READ = 2**27
"""Scores of tokens in prompts that one pass gives: half a gigabyte in float32."""
STORE_BYTES = 512 * 2**20
"""Keys and values that are kept of beginnings used last."""


@dataclass(eq=False, slots=True)
class DecodedRow:
    """What was read and written of one row."""

    prompt: Sequence[int]
    tokens: list[int] = field(default_factory=list[int])
    """Generated so far."""

    @property
    def last(self) -> int:
        """The token of the next step's input."""
        return self.tokens[-1] if self.tokens else self.prompt[-1]

    @property
    def length(self) -> int:
        """Tokens of prompt and reply."""
        return len(self.prompt) + len(self.tokens)


RowT = TypeVar("RowT", bound=DecodedRow)


class _Read(NamedTuple):
    """Tokens to read after a beginning that was read before."""

    base: KeysValues | None
    base_length: int
    tokens: list[int]


class Decoder(Generic[RowT]):
    """The rows that a model is decoding."""

    def __init__(self, model: Any) -> None:
        """Raises LocalModelError: a model that keeps something else than keys and values of its tokens."""
        check_cache(model)
        self._model = model
        self._device: torch.device = model.device
        # Without this a pass over prompts computes scores of the whole vocabulary for every token.
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in parameters_of(model) else {}
        self._vocabulary: int = model.config.get_text_config().vocab_size
        self._takes_positions = "position_ids" in parameters_of(model)
        self._cache = RowCache()
        self._scores = Workspace()
        self._store: PrefixStore[KeysValues] = PrefixStore(STORE_BYTES)
        self.rows: list[RowT] = []

    def join(self, rows: Sequence[RowT], waiting: Iterable[bytes] = ()) -> None:
        """Read the prompts of `rows`; `waiting`: keys of prompts to come, whose common beginnings are kept."""
        keys = [key_of(row.prompt) for row in rows]
        known = sorted({*keys, *waiting})
        targets = [first_tokens(key, length(key) - 1) for key in keys]
        filled = self._filled({target for target in targets if target}, known)
        if b"" in targets:
            filled[b""] = self._nothing()
        self._cache.add([filled[target] for target in targets])
        self.rows += rows

    def scores(self) -> torch.Tensor:
        """One step: scores of every row's next token, [rows, vocabulary] in float32, which the next step overwrites."""
        cache = self._cache
        lengths = [row.length - 1 for row in self.rows]
        cache.keep_columns(max(lengths))
        cache.before_step()
        first = torch.tensor([cache.width - count for count in lengths], device=self._device)
        columns = torch.arange(cache.width + 1, device=self._device)
        output = self._model(
            input_ids=torch.tensor([[row.last] for row in self.rows], device=self._device),
            attention_mask=(columns[None] >= first[:, None]).long(),
            **self._positions(torch.tensor([[count] for count in lengths], device=self._device)),
            past_key_values=cache,
            use_cache=True,
        )
        cache.advance()
        last: torch.Tensor = output.logits[:, -1]
        return self._scores.like(last).copy_(last)

    def read_scores(
        self, prompts: Sequence[tuple[bytes, int]], waiting: Iterable[bytes] = ()
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """The scores of tokens that stand in prompts, by one plain pass; no row joins.

        Args:
            prompts: The key of each, and from which of its tokens on, at least 1, scores are wanted.
            waiting: As in `join`.

        Yields:
            The place of a prompt and [tokens, vocabulary] in float32, row k of which is of token `start + k`; only as
            many at a time as `SCORES_PER_READ` allows, so that they can be let go.
        """
        known = sorted({*(key for key, _ in prompts), *waiting})
        bases = [first_tokens(key, start - 1) for key, start in prompts]
        filled = self._filled({base for base in bases if base}, known)
        reads = [
            _Read(filled.get(base), length(base), tokens_of(key[len(base) :])[:-1])
            for base, (key, _) in zip(bases, prompts, strict=True)
        ]
        most = min(TOKENS_PER_READ, SCORES_PER_READ // self._vocabulary)
        lengths = [len(read.tokens) for read in reads]
        yield from ((place, torch.empty(0, self._vocabulary)) for place, count in enumerate(lengths) if not count)
        for places in passes(lengths, most, at_least=1):
            _, scores = self._pass([reads[place] for place in places])
            for row, place in enumerate(places):
                yield place, scores[row, : len(reads[place].tokens)].float()

    def append(self, tokens: Sequence[int]) -> None:
        """The next token of each row."""
        for row, token in zip(self.rows, tokens, strict=True):
            row.tokens.append(token)

    def leave(self, place: int) -> None:
        """Drop a row; the last one moves to its place."""
        self._cache.drop(place)
        last = self.rows.pop()
        if place < len(self.rows):
            self.rows[place] = last

    def clear(self) -> None:
        """Drop all rows, and what was kept of beginnings."""
        self.rows = []
        self._cache.clear()
        self._store.clear()

    def _filled(self, keys: set[bytes], known: Sequence[bytes]) -> dict[bytes, KeysValues]:
        """Keys and values of these beginnings; those that they share are read first, and kept."""
        found = {key: kept for key in keys if (kept := self._store.get(key)) is not None}
        missing = sorted(keys - set(found))
        bases = {key: self._base(key, known) for key in missing}
        shared = self._filled({base for base in bases.values() if base}, known) if any(bases.values()) else {}
        for base, kept in shared.items():
            self._store.put(base, kept, sum(part.nbytes for layer in kept for part in layer))
        reads = [
            _Read(shared.get(bases[key]), length(bases[key]), tokens_of(key[len(bases[key]) :])) for key in missing
        ]
        return found | dict(zip(missing, self._read_all(reads), strict=True))

    def _base(self, key: bytes, known: Sequence[bytes]) -> bytes:
        kept = self._store.longest(first_tokens(key, length(key) - 1))
        shared = longest_shared(key, known)
        return first_tokens(key, shared) if shared >= length(kept) + MIN_SHARED else kept

    def _read_all(self, reads: Sequence[_Read]) -> list[KeysValues]:
        done: dict[int, KeysValues] = {}
        for places in passes([len(read.tokens) for read in reads], TOKENS_PER_READ):
            done |= zip(places, self._read([reads[place] for place in places]), strict=True)
        return [done[place] for place in range(len(reads))]

    def _read(self, reads: Sequence[_Read]) -> list[KeysValues]:
        left = max(read.base_length for read in reads)
        cache, _ = self._pass(reads, **self._last_only)
        return [
            [(keys[place, :, own], values[place, :, own]) for keys, values in _layers_of(cache)]
            for place, read in enumerate(reads)
            for own in [slice(left - read.base_length, left + len(read.tokens))]
        ]

    def _pass(self, reads: Sequence[_Read], **options: int) -> tuple[DynamicCache, torch.Tensor]:
        """One pass: beginnings end at one column and the new tokens start there, so no row has a gap."""
        left = max(read.base_length for read in reads)
        right = max(len(read.tokens) for read in reads)
        cache = self._stacked([read.base for read in reads], left)
        ends = torch.tensor([[read.base_length + len(read.tokens)] for read in reads], device=self._device)
        begins = ends.new_tensor([[read.base_length] for read in reads])
        columns = torch.arange(-left, right, device=self._device)[None] + begins
        output = self._model(
            input_ids=ends.new_tensor([read.tokens + [0] * (right - len(read.tokens)) for read in reads]),
            attention_mask=((columns >= 0) & (columns < ends)).long(),
            # Models with learned positions have none beyond a prompt's last.
            **self._positions(torch.minimum(columns[:, left:], ends - 1)),
            past_key_values=cache,
            use_cache=True,
            **options,
        )
        return cache, output.logits

    def _stacked(self, bases: Sequence[KeysValues | None], width: int) -> DynamicCache:
        """A cache of beginnings, all of which end at column `width`."""
        cache = DynamicCache()
        like = next((base for base in bases if base is not None), None)
        for index, layer in enumerate(like or ()):
            stacked = [part.new_zeros(len(bases), part.shape[0], width, part.shape[2]) for part in layer]
            for row, base in enumerate(bases):
                if base is not None:
                    for to, part in zip(stacked, base[index], strict=True):
                        to[row, :, width - part.shape[1] :] = part
            cache.update(stacked[0], stacked[1], index)
        return cache

    def _positions(self, positions: torch.Tensor) -> dict[str, torch.Tensor]:
        """For models that take them; others derive them from the mask."""
        return {"position_ids": positions} if self._takes_positions else {}

    def _nothing(self) -> KeysValues:
        """What a prompt of one token has read before its first step; a pass tells the shapes."""
        read = self._read([_Read(None, 0, [0])])[0]
        return [(keys[:, :0], values[:, :0]) for keys, values in read]


def parameters_of(model: Any) -> set[str]:
    """Names of what the model's `forward` takes."""
    return set(inspect.signature(model.forward).parameters)


def check_cache(model: Any) -> None:
    """Rows can only come and go where all that a model keeps of them is keys and values.

    Raises:
        LocalModelError: it keeps something else.
    """
    kinds = {type(layer) for layer in DynamicCache(config=model.config.get_text_config()).layers}
    kinds -= {DynamicLayer, DynamicSlidingWindowLayer}
    if kinds or "past_key_values" not in parameters_of(model):
        kind = ", ".join(sorted(kind.__name__ for kind in kinds)) or "no past_key_values"
        raise LocalModelError(
            f"hf-batch needs a model whose layers keep keys and values; {type(model).__name__} has {kind}. "
            "Use the provider hf/ or vllm/."
        )


def passes(lengths: Sequence[int], tokens: int, at_least: int = 0) -> list[list[int]]:
    """Places of `lengths` in groups of about equal length, each of at most `tokens` tokens with padding, or alone.

    Those with fewer than `at_least` are in none.
    """
    groups: list[list[int]] = []
    places = [place for place, count in enumerate(lengths) if count >= at_least]
    for place in sorted(places, key=lambda at: -lengths[at]):
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= tokens:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _layers_of(cache: DynamicCache) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(layer.keys, layer.values) for layer in cache.layers]  # pyright: ignore
