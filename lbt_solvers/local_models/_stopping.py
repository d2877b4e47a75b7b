"""When a row ends before the batch does: its own token limit, its stop strings, nobody waiting for it.

    model.generate(..., stopping_criteria=[RowStops(rows, decoders, width, device)])
    count, text = cut_at_stop(tokens, stop, raw, plain)

`generate` itself ends rows at the end-of-sequence token. What a row's tokens and text are is decided afterwards,
from its tokens alone, so both parts agree by construction.
"""

import bisect
from collections.abc import Callable, Sequence
from typing import cast

import torch
from transformers import StoppingCriteria

from lbt_solvers.local_models._requests import BatchRow

Decode = Callable[[Sequence[int]], str]

SPARE_TOKENS = 4
"""Tokens looked at beyond the stop string's bytes: decoders treat the first token of a text in their own ways."""


def cut_at_stop(tokens: Sequence[int], stop: Sequence[str], raw: Decode, plain: Decode) -> tuple[int, str] | None:
    """Where the first stop string is complete: number of tokens up to there, and the text before it.

    Args:
        tokens: what was generated.
        stop: stop strings, none of them empty.
        raw: text of first tokens, special tokens included: a stop string may be one.
        plain: the same without special tokens, as the reply has it.

    Returns:
        `None` where no stop string occurs.
    """
    if not stop or first_stop(raw(tokens), stop) is None:
        return None
    count = bisect.bisect_left(range(len(tokens)), True, key=lambda n: first_stop(raw(tokens[:n]), stop) is not None)
    text = plain(tokens[:count])
    if (start := first_stop(text, stop)) is not None:
        return count, text[:start]
    # The stop string holds special tokens: the text is that of the tokens before it.
    start = first_stop(raw(tokens[:count]), stop) or 0
    before = bisect.bisect_right(range(count), start, key=lambda n: len(raw(tokens[:n]))) - 1
    return count, plain(tokens[:before])


def first_stop(text: str, stop: Sequence[str]) -> int | None:
    """Where the first of the stop strings begins."""
    return min((text.index(string) for string in stop if string in text), default=None)


class RowStops(StoppingCriteria):
    """Ends single rows of a batch."""

    def __init__(self, rows: Sequence[BatchRow], width: int, decode: Decode, device: torch.device) -> None:
        """Args: rows; width: tokens of the padded prompts; decode: any row's tokens to text; device of the model."""
        self._rows = rows
        self._width = width
        self._decode = decode
        self._limits = torch.tensor([row.limit for row in rows], device=device)
        self._stops = {index: row.request.sampling.stop for index, row in enumerate(rows) if row.request.sampling.stop}
        self._window = SPARE_TOKENS + max((len(s.encode()) for stop in self._stops.values() for s in stop), default=0)

    def __call__(
        self, input_ids: torch.LongTensor, scores: tuple[torch.Tensor] | None, **kwargs: object
    ) -> torch.BoolTensor:
        """Which rows have ended, [rows]. `generate` keeps a row ended once it has been."""
        ended = self._limits <= input_ids.shape[1] - self._width
        hits = [*self._abandoned(), *self._stopped(input_ids)]
        if hits:
            ended[hits] = True
        return cast(torch.BoolTensor, ended)

    def _abandoned(self) -> list[int]:
        return [index for index, row in enumerate(self._rows) if row.request.settled]

    def _stopped(self, input_ids: torch.Tensor) -> list[int]:
        if not self._stops:
            return []
        start = max(self._width, input_ids.shape[1] - self._window)
        tails: list[list[int]] = input_ids[list(self._stops), start:].tolist()
        hits = [
            index
            for (index, stop), tail in zip(self._stops.items(), tails, strict=True)
            if first_stop(self._decode(tail), stop) is not None
        ]
        for index in hits:
            del self._stops[index]
        return hits
