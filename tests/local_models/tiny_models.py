"""Tiny random models on disk, made in a moment: a Llama with one token per byte.

    path = make_tiny_model(tmp_path / "tiny")            # with a chat template
    path = make_tiny_model(tmp_path / "base", template=None)

Needs torch and transformers; no network.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
ALTERNATING = (
    "{% for turn in messages %}{% if (turn.role == 'user') != loop.index0 is even %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}" + TEMPLATE
)
SPECIAL = ("<|end|>", "<pad>", "<|user|>", "<|assistant|>", "<|system|>")


def make_tokenizer(template: str | None = TEMPLATE, marks: tuple[str, ...] = ()) -> Any:
    """One token per byte, and the special ones, with these marks among them."""
    alphabet = {char: index for index, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    backend: Any = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in (*SPECIAL, *marks)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|end|>", pad_token="<pad>")
    tokenizer.chat_template = template
    return tokenizer


def make_tiny_model(
    folder: Path, *, template: str | None = TEMPLATE, ends: float = 1.0, context: int = 256, **generation: Any
) -> Path:
    """A random Llama of two layers in `folder`.

    Args:
        folder: where to save it.
        template: chat template.
        ends: factor on the weights that lead to the end token; larger ends more replies early, 0 none.
        context: longest sequence.
        generation: settings of its generation config.
    """
    tokenizer = make_tokenizer(template)
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.3,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    model = LlamaForCausalLM(sizes)
    with torch.no_grad():
        model.lm_head.weight[tokenizer.eos_token_id] *= ends
    for name, value in generation.items():
        setattr(model.generation_config, name, value)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_scripted_model(folder: Path, reply: tuple[str, ...], marks: tuple[str, ...]) -> Path:
    """A model that writes these tokens, no two of them alike, and then ends: every token leads to the next one.

    Args:
        folder: where to save it.
        reply: single characters and marks.
        marks: special tokens that the tokenizer has besides.
    """
    make_tiny_model(folder)
    tokenizer = make_tokenizer(marks=marks)
    model: Any = LlamaForCausalLM.from_pretrained(folder)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    chain = tokenizer.convert_tokens_to_ids(["<|assistant|>", *reply, "<|end|>"])
    with torch.no_grad():
        for layer in model.model.layers:  # what stands before a token changes nothing
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        model.lm_head.weight.zero_()
        known = torch.nn.functional.normalize(model.model.embed_tokens.weight, dim=1)
        for token, following in zip(chain, chain[1:], strict=False):
            model.lm_head.weight[following] = known[token]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tiny_gpt2(folder: Path, context: int) -> Path:
    """A random GPT-2: positions are learned, and there is none beyond the context."""
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    sizes = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=context,
        n_embd=32,
        n_layer=2,
        n_head=2,
        initializer_range=0.3,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    GPT2LMHeadModel(sizes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
