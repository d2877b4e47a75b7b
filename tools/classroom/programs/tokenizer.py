"""The code classroom's tokenizer: byte-level BPE in which an indentation, a word and a number below 1000 are tokens.

    >>> build_code_tokenizer(seed=0).tokenize("    return n // 7")

Any other text works as bytes; every text is decoded exactly, with its indentation.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tools.classroom.arithmetic.tokenizer import train_tokenizer
from tools.classroom.programs.curriculum import CodeCurriculum, code_formats

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

VOCABULARY = 1664
# A word and an operator take one blank on either side with them; a newline takes the indentation that follows it.
_PIECES = r" ?\p{L}+ ?|\p{N}{1,3}|\n *| ?[^\s\p{L}\p{N}]+ ?|\s"


def build_code_tokenizer(seed: int, dialogues: int = 3000) -> PreTrainedTokenizerFast:
    """Trains the tokenizer on dialogues of all types; every number below 1000 becomes a token."""
    rng = random.Random(f"{seed}:code tokenizer")
    curriculum = CodeCurriculum(right_share=0.5, all_types=True)
    texts = [turn.text for _ in range(dialogues) for turn in curriculum.dialogue(rng).turns]
    numbers = [f"{number}=" for number in range(1000)] * 100
    prompts = [turn.text for fmt in code_formats().values() for turn in fmt.messages("")] * 100
    return train_tokenizer(texts + numbers + prompts, _PIECES, VOCABULARY)
