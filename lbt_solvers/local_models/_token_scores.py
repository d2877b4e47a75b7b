"""Log-probabilities of tokens that were read or drawn, by the model's own scores.

    scored = token_scores(torch.log_softmax(scores, -1), tokens, before, top=1, decode=tokenizer_text)
    scored[0].token, scored[0].logprob

Neither temperature, top-k nor a penalty counts, as in vLLM and at OpenAI: what is told is what the model thinks of a
token, whatever drew it.
"""

from collections.abc import Callable, Sequence
from math import log

import torch

from lbt_solvers.local_models._requests import TokenScore

Decode = Callable[[Sequence[int], Sequence[int]], str]
"""The text of tokens, after the tokens before them: some decoders drop the blank before a text's first word."""


def token_scores(
    log_p: torch.Tensor, tokens: Sequence[int], before: Sequence[Sequence[int]], top: int, decode: Decode
) -> tuple[TokenScore, ...]:
    """The log-probability of each token in its place, and the likeliest tokens there.

    Args:
        log_p: [tokens, vocabulary].
        tokens: Which token stands in each place.
        before: Some tokens before each.
        top: Likeliest tokens to tell.
        decode: Gives a token's text.
    """
    own: list[float] = log_p.gather(-1, torch.tensor(tokens, device=log_p.device)[:, None])[:, 0].tolist()
    ranks = (log_p > log_p.new_tensor(own)[:, None]).sum(-1) + 1
    best = log_p.topk(top, dim=-1) if top else None
    values: list[list[float]] = best.values.tolist() if best else [[]] * len(tokens)
    ids: list[list[int]] = best.indices.tolist() if best else [[]] * len(tokens)
    return tuple(
        TokenScore(
            decode([token], prompt_end),
            score,
            tuple((decode([other], prompt_end), value) for other, value in zip(others, of_others, strict=True)),
            rank,
        )
        for token, score, prompt_end, others, of_others, rank in zip(
            tokens, own, before, ids, values, ranks.tolist(), strict=True
        )
    )


def self_certainties(log_p: torch.Tensor) -> list[float]:
    """-log V - mean_j log p_j of each row of [rows, V]: how far it is from guessing (Kang et al., 2025, 2502.18581)."""
    return (-log(log_p.shape[-1]) - log_p.mean(-1)).tolist()
