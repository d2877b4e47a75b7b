"""Settings of a model's generation config that change scores, beyond temperature, top-k and top-p.

    settings = score_settings(model.generation_config, eos=[2])
    scores = settings(row_ids, prompt_length, scores)      # one row: what it has read and written so far

Each row is looked at by itself, without padding: a penalty on tokens that occurred must not count the padding.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessorList,
    MinLengthLogitsProcessor,
    MinNewTokensLengthLogitsProcessor,
    NoBadWordsLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)

Make = Callable[[Any, int, list[int], str], Any]
"""From a setting's value, the length of the prompt, the end tokens and the device."""

MAKERS: dict[str, Make] = {
    "sequence_bias": lambda value, prompt, eos, device: SequenceBiasLogitsProcessor(sequence_bias=value),
    "repetition_penalty": lambda value, prompt, eos, device: RepetitionPenaltyLogitsProcessor(penalty=value),
    "no_repeat_ngram_size": lambda value, prompt, eos, device: NoRepeatNGramLogitsProcessor(value),
    "bad_words_ids": lambda value, prompt, eos, device: NoBadWordsLogitsProcessor(value, eos or None),
    "min_length": lambda value, prompt, eos, device: MinLengthLogitsProcessor(value, eos, device=device),
    "min_new_tokens": lambda value, prompt, eos, device: MinNewTokensLengthLogitsProcessor(
        prompt, value, eos, device=device
    ),
    "suppress_tokens": lambda value, prompt, eos, device: SuppressTokensLogitsProcessor(value, device=device),
    "begin_suppress_tokens": lambda value, prompt, eos, device: SuppressTokensAtBeginLogitsProcessor(
        value, prompt, device=device
    ),
}
"""In the order in which `generate` applies them."""
WITHOUT_EFFECT: dict[str, object] = {"repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "min_length": 0}


class ScoreSettings:
    """What the generation config does to the scores of a row."""

    def __init__(self, config: GenerationConfig, eos: Sequence[int], device: torch.device) -> None:
        given = {name: getattr(config, name, None) for name in MAKERS}
        self._given = {
            name: value
            for name, value in given.items()
            if value is not None and value != WITHOUT_EFFECT.get(name) and (eos or not name.startswith("min_"))
        }
        self._eos = list(eos)
        self._device = device

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._given)

    def of_prompt(self, prompt_length: int) -> LogitsProcessorList:
        """The processors of a row whose prompt has so many tokens."""
        return LogitsProcessorList(
            MAKERS[name](value, prompt_length, self._eos, str(self._device)) for name, value in self._given.items()
        )
