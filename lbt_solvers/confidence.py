"""How sure a teacher was of its own rationale: columns that need no exam and no gold answer.

    >>> confidence_of([(-0.1, (-0.1, -2.5)), (-0.3, (-0.3, -1.5))], self_certainty=2.0)
    {'logprob': -0.2, 'tail': 1.1, 'self_certainty': 2.0}

With p_t the model's probabilities at token t of the rationale and answer, V its vocabulary and n their number:

    logprob          mean_t log p_t(token t)                             as length-normalised likelihood
    self_certainty   mean_t (-log V - mean_j log p_t(j))                 Kang et al., 2025, arXiv 2502.18581
    tail             mean over the last 2048 tokens of -mean_j log p_t(j), j of the likeliest ones that were told
                                                                         DeepConf, Fu et al., 2025, arXiv 2508.15260

All by the model's own probabilities, whatever drew the tokens. `self_certainty` needs the whole vocabulary, which
`hf-batch` alone tells. Pure.
"""

from collections.abc import Sequence
from math import fsum

TAIL = 2048
"""Tokens of DeepConf's tail."""
TOLD = 5
"""Likeliest tokens that a provider is asked for: what the most frugal of them tell."""
COLUMNS = ("logprob", "self_certainty", "tail")


def confidence_of(
    tokens: Sequence[tuple[float, Sequence[float]]], self_certainty: float | None = None
) -> dict[str, float]:
    """What a provider told of a reply; empty where it told nothing.

    Args:
        tokens: Of each drawn token its log-probability, and those of the likeliest ones in its place.
        self_certainty: Where the provider tells it.
    """
    if not tokens:
        return {}
    found = {"logprob": round(fsum(own for own, _ in tokens) / len(tokens), 6)}
    ends = [-fsum(top) / len(top) for _, top in tokens[-TAIL:] if top]
    if ends:
        found["tail"] = round(fsum(ends) / len(ends), 6)
    return found | ({} if self_certainty is None else {"self_certainty": round(self_certainty, 6)})
