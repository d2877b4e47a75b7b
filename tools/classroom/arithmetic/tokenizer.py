"""The classroom's tokenizer: byte-level BPE in which every word of the domain and every number below 1000 is a token.

    >>> tokenizer = build_tokenizer(seed=0)
    >>> tokenizer.apply_chat_template([{"role": "user", "content": "Compute 2+3*4."}], tokenize=False,
    ...                               add_generation_prompt=True)
    '<|user|>Compute 2+3*4.<|end|><|assistant|>'

Any other text works as bytes and is decoded exactly. Trained in a second or two, always with the same result.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.classroom.arithmetic.composing import LABELS, WORDS
from tools.classroom.arithmetic.curriculum import Curriculum, prompt_formats

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PAD, END, USER, ASSISTANT = SPECIAL_TOKENS = ("<|pad|>", "<|end|>", "<|user|>", "<|assistant|>")
VOCABULARY = 2560
CONTEXT = 2048
# A word takes one blank on either side with it, which halves the length of a text; a number never does.
_PIECES = r" ?\p{L}+ ?|\p{N}{1,3}|[^\s\p{L}\p{N}]+ ?|\n+|\s"
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] in ('user', 'assistant') -%}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
)


def build_tokenizer(seed: int, dialogues: int = 4000) -> PreTrainedTokenizerFast:
    """Trains the tokenizer on dialogues of the domain."""
    return train_tokenizer(_corpus(seed, dialogues), _PIECES, VOCABULARY)


def train_tokenizer(texts: Sequence[str], pieces: str, vocabulary: int) -> PreTrainedTokenizerFast:
    """A tokenizer with the classroom's chat template.

    Args:
        texts: What its tokens are learned from.
        pieces: A regular expression; no token reaches over the end of what it matches.
        vocabulary: Tokens, at most.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pieces), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )


def _corpus(seed: int, dialogues: int) -> list[str]:
    """Dialogues of all types, every number often enough to become a token, and every word and label in its places."""
    rng = random.Random(f"{seed}:tokenizer")
    curriculum = Curriculum(right_share=0.5, all_types=True)  # tuning the shares leaves the tokenizer as it is
    texts = [turn.text for _ in range(dialogues) for turn in curriculum.dialogue(rng).turns]
    numbers = [f"{number}=" for number in range(1000)] * 100
    places = ("{}", "{} ", " {}", " {} ", "{}.", "{}: 1")
    words = [place.format(word) for word in (*WORDS, *LABELS) for place in places] * 20
    prompts = [
        text for fmt in prompt_formats().values() for text in (fmt.instruction, fmt.question, fmt.solution)
    ] * 100
    return texts + numbers + words + prompts
