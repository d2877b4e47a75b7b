"""Keys and values of the rows that are being decoded: rows come and go while the others run on.

    cache = RowCache(layers=24)
    cache.add([keys_values_of_one_prompt, ...])     # any lengths
    model(..., past_key_values=cache); cache.advance()
    cache.drop(3)                                   # the last row takes its place

All rows end at the same column, so that a step writes one column. Which columns of a row are its own is for the
attention mask to say: `mask_columns`. Room for rows and columns is allocated ahead and grows as needed; a step copies
nothing.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

KeysValues = list[tuple[torch.Tensor, torch.Tensor]]
"""Of one row, for each layer: keys and values, [heads, tokens, size of a head]."""

SPARE_COLUMNS = 128
"""Columns allocated at a time: growing copies everything."""


class RowCache(Cache):
    """The cache that a model of transformers reads and writes while it decodes."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self.rows = 0
        self.start = 0
        """First column that some row needs."""
        self.end = 0
        """Column of the next token."""

    @property
    def width(self) -> int:
        """Columns in use."""
        return self.end - self.start

    def add(self, filled: Sequence[KeysValues]) -> None:
        """Append rows; each has read so many tokens as its keys have."""
        if not filled:
            return
        longest = max(row[0][0].shape[-2] for row in filled)
        if not self.rows:
            self.start = self.end
        self._reserve(filled[0], self.rows + len(filled), max(self.width, longest))
        self.start = min(self.start, self.end - longest)
        for place, row in enumerate(filled, start=self.rows):
            for layer, (keys, values) in zip(self._layers, row, strict=True):
                layer.put(place, self.end, keys, values)
        self.rows += len(filled)

    def drop(self, place: int) -> None:
        """Forget a row; the last one moves to its place."""
        self.rows -= 1
        if place < self.rows:
            for layer in self._layers:
                layer.move(self.rows, place, self.start, self.end)

    def keep_columns(self, longest: int) -> None:
        """No row has more than `longest` tokens: the columns before them are not looked at any more."""
        self.start = max(self.start, self.end - longest)

    def advance(self) -> None:
        """The column of the last step is full."""
        self.end += 1

    def before_step(self) -> None:
        """Make room for one column."""
        if self.end == self._layers[0].columns:
            self._move(self._layers[0].capacity, self.width)

    def clear(self) -> None:
        """Forget all rows, and free their memory."""
        self.layers = []
        self.rows = self.start = self.end = 0

    @property
    def _layers(self) -> "list[_RowLayer]":
        layers: Any = self.layers
        return layers

    def _reserve(self, like: KeysValues, rows: int, width: int) -> None:
        if not self.layers:
            self.layers = [_RowLayer(self) for _ in like]
            self.start = self.end = width
            for layer, (keys, values) in zip(self._layers, like, strict=True):
                layer.allocate(keys, values, rows, width + SPARE_COLUMNS)
        elif rows > self._layers[0].capacity or width > self.end:
            held = self._layers[0].capacity
            self._move(max(rows, 2 * held) if rows > held else held, width)

    def _move(self, rows: int, width: int) -> None:
        """Into new memory for so many rows, with so many columns up to the next token."""
        old = slice(self.start, self.end)
        self.start, self.end = width - self.width, width
        for layer in self._layers:
            layer.reallocate(self.rows, old, self.start, rows, width + SPARE_COLUMNS)


class _RowLayer(DynamicLayer):
    """One layer: its memory is [rows, heads, columns, size], of which the cache's rows and columns are in use."""

    def __init__(self, cache: RowCache) -> None:
        super().__init__()
        self._cache = cache
        self._keys = self._values = torch.empty(0)
        self.is_initialized = True

    @property
    def capacity(self) -> int:
        """Rows that there is memory for."""
        return self._keys.shape[0]

    @property
    def columns(self) -> int:
        """Columns that there is memory for."""
        return self._keys.shape[2]

    def allocate(self, keys: torch.Tensor, values: torch.Tensor, rows: int, columns: int) -> None:
        """Memory like that of one row, [heads, tokens, size]. Zeros: what is masked must still be finite."""
        self._keys = keys.new_zeros(rows, keys.shape[0], columns, keys.shape[2])
        self._values = values.new_zeros(rows, values.shape[0], columns, values.shape[2])

    def reallocate(self, used: int, old: slice, start: int, rows: int, columns: int) -> None:
        """Other sizes; the first `used` rows' `old` columns go on at `start`."""
        keys, values = self._keys, self._values
        self.allocate(keys[0], values[0], rows, columns)
        to = slice(start, start + old.stop - old.start)
        self._keys[:used, :, to] = keys[:used, :, old]
        self._values[:used, :, to] = values[:used, :, old]

    def put(self, row: int, end: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """A row's tokens, the last of them right before column `end`."""
        columns = slice(end - keys.shape[-2], end)
        self._keys[row, :, columns] = keys
        self._values[row, :, columns] = values

    def move(self, row: int, to: int, start: int, end: int) -> None:
        """Copy a row."""
        self._keys[to, :, start:end] = self._keys[row, :, start:end]
        self._values[to, :, start:end] = self._values[row, :, start:end]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the step's column; returns keys and values of all columns in use, as views."""
        rows, start, end = self._cache.rows, self._cache.start, self._cache.end
        self._keys[:rows, :, end : end + 1] = key_states
        self._values[:rows, :, end : end + 1] = value_states
        return self._keys[:rows, :, start : end + 1], self._values[:rows, :, start : end + 1]

    def get_seq_length(self, *args: Any, **kwargs: Any) -> int:
        """Columns before the step's."""
        return self._cache.width

    def get_mask_sizes(self, *args: Any, **kwargs: Any) -> tuple[int, int]:
        """Columns that a step looks at, and the first of them."""
        return self._cache.width + 1, 0
